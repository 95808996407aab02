"""What it costs to load an application's configuration, and to find that nothing changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import application
from measure import medians, reads
from table import Row

import cfgcore

REPETITIONS = 31
RELOADS = 25


def rows(files: Sequence[Path], *, peers: bool) -> list[Row]:
    """Return the rows about loading and reloading."""
    return [*_load(files, peers), *_reload(files, peers)]


def opened(files: Sequence[Path]) -> cfgcore.Config:
    """Return the application's configuration, with everything that opening one includes."""
    return cfgcore.open(
        settings_files=files, env_prefix=application.PREFIX, plugins=[application.PLUGIN], plugin_group=None
    )


def dynaconf_settings(files: Sequence[Path], **options: Any) -> Any:
    """Return Dynaconf's settings of the same files and variables, loaded."""
    from dynaconf import Dynaconf

    settings = Dynaconf(
        settings_files=list(map(str, files)), envvar_prefix=application.PREFIX, merge_enabled=True, **options
    )
    settings.get("download.max_retries")
    return settings


def _load(files: Sequence[Path], peers: bool) -> list[Row]:
    config = opened(files)
    subjects: dict[str, Callable[[], object]] = {
        "limit": lambda: dynaconf_settings(files),
        "load 84 settings, 2 files, 30 variables, checked, with origins": lambda: opened(files).close(),
        "  the same, plugins registered already (config.validate())": config.validate,
    }
    if peers:
        subjects["  dynaconf with validators"] = lambda: dynaconf_settings(files, validators=_validators())
    found = medians(subjects, REPETITIONS)
    limit = found.pop("limit")
    return [
        Row(name, measured, limit, "dynaconf unchecked", times=None if name.startswith(" ") else 1.0)
        for name, measured in found.items()
    ]


def _validators() -> list[Any]:
    from dynaconf import Validator

    checks: dict[str, dict[str, Any]] = {
        "enabled": {"is_type_of": bool},
        "max_retries": {"is_type_of": int, "gte": 0, "lte": 10},
        "delay": {"is_type_of": (int, float), "gte": 0.1, "lte": 60},
        "limit": {"is_type_of": (int, float), "gte": 0.1, "lte": 10_000},
        "mode": {"is_in": ["manual", "assisted", "automatic"]},
        "label": {"is_type_of": str, "len_min": 1},
        "names": {"is_type_of": list},
    }
    return [Validator(f"{name}.{key}", **check) for name in application.SECTIONS for key, check in checks.items()]


def _reload(files: Sequence[Path], peers: bool) -> list[Row]:
    config = opened(files)
    subjects: dict[str, Callable[[], object]] = {
        "limit": lambda: _two_stats_and_a_scan(files),
        "cfgcore": config.reload,
    }
    if peers:
        subjects["dynaconf"] = dynaconf_settings(files).reload
    found = reads({name: ("it()", subject) for name, subject in subjects.items()}, RELOADS, unrolled=1)
    limit, cost = found.pop("limit"), "two stats and a scan"
    first = Row("reload when nothing changed", found.pop("cfgcore"), limit, cost, within=100e-6)
    return [first, *(Row(f"  {name}", measured, limit, cost) for name, measured in found.items())]


def _two_stats_and_a_scan(files: Sequence[Path]) -> object:
    start = f"{application.PREFIX}_"
    return [os.stat(file) for file in files], {
        name: text for name, text in os.environ.items() if name.startswith(start)
    }
