"""What it costs to read a setting, against the chain of attributes of frozen dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loading import dynaconf_settings, opened
from measure import reads
from table import Row

REPETITIONS = 25

VIEW, LIVE = "read a setting of a held view", "read config.download.max_retries, live"

GOALS = {VIEW: 1.5, LIVE: 2.0}


@dataclass(frozen=True, slots=True)
class _Download:
    enabled: bool = True
    max_retries: int = 3


@dataclass(frozen=True, slots=True)
class _Settings:
    download: _Download = field(default_factory=_Download)


def rows(files: Sequence[Path], *, peers: bool) -> list[Row]:
    """Return the rows about reading one setting."""
    with opened(files) as config:
        expressions: dict[str, tuple[str, object]] = {
            "limit": ("it.download.max_retries", _Settings()),
            VIEW: ("it.download.max_retries", config.view),
            LIVE: ("it.download.max_retries", config),
        }
        if peers:
            expressions |= {name: ("it.download.max_retries", make(files)) for name, make in PEERS.items()}
        found = reads(expressions, REPETITIONS)
    limit = found.pop("limit")
    return [Row(name, measured, limit, "dataclass chain", GOALS.get(name)) for name, measured in found.items()]


def _attrs(_files: Sequence[Path]) -> object:
    import attrs

    download = attrs.make_class("Download", {"max_retries": attrs.field(default=3)}, frozen=True, slots=True)
    return attrs.make_class("Settings", {"download": attrs.field(factory=download)}, frozen=True, slots=True)()


def _pydantic(_files: Sequence[Path]) -> object:
    from pydantic import create_model

    download: Any = create_model("Download", __config__={"frozen": True}, max_retries=(int, 3))
    settings: Any = create_model("Settings", __config__={"frozen": True}, download=(download, download()))
    return settings()


def _dynaconf(files: Sequence[Path]) -> object:
    return dynaconf_settings(files)


PEERS: dict[str, Callable[[Sequence[Path]], object]] = {
    "  attrs object": _attrs,
    "  pydantic model": _pydantic,
    "  dynaconf": _dynaconf,
}
