"""What a user's view costs, cold and cached, and how much memory it takes, against dataclasses that are replaced."""

from __future__ import annotations

import dataclasses
import gc
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import application
import measure
from loading import dynaconf_settings
from table import Row, size

import cfgcore
from cfgcore import Config

USERS = 1000
BATCH = 200
ROUNDS = 25
COLD, CACHED, MEMORY = 40e-6, 0.5e-6, 600.0

#: What each user overrides: three settings, in two sections.
OVERRIDES: Mapping[str, Any] = {"storage.max_retries": 4, "download.limit": 7.0, "download.label": "mine"}


def rows(files: Sequence[Path], folder: Path, *, peers: bool) -> list[Row]:
    """Return the rows about users' views."""
    with ExitStack() as stack:
        urls = str(folder / "users.json"), f"sqlite:///{folder / 'users.db'}"
        memory, database = (stack.enter_context(_opened(files, url)) for url in urls)
        subjects = {"cold": _cold(memory), "database": _cold(database), "cached": _cached(memory), "limit": _limit()}
        if peers:
            subjects |= {name: make(files) for name, make in PEERS.items()}
        found = {name: seconds / BATCH for name, seconds in measure.medians(subjects, ROUNDS).items()}
        replaced = found["limit"], "dataclasses, replaced"
        return [
            Row("a user's view, 3 overrides, cold: read, checked, clamped", found["cold"], *replaced, within=COLD),
            Row("  the same, out of a SQLite store", found["database"], *replaced),
            Row("  cached", found["cached"], *replaced, within=CACHED),
            *(Row(name, found[name], *replaced) for name in PEERS if peers),
            Row(
                "  memory of a cached view",
                _bytes(lambda: [memory.for_user(user) for user in _names()]),
                _bytes(lambda: [_replaced(number) for number in range(USERS)]),
                "dataclasses, replaced",
                within=MEMORY,
                unit=size,
            ),
        ]


def _opened(files: Sequence[Path], store: str) -> Config:
    config = cfgcore.open(
        settings_files=files,
        env_prefix=application.PREFIX,
        plugins=[application.PLUGIN],
        plugin_group=None,
        store=store,
    )
    for number, user in enumerate(_names()):
        config.update(_overrides(number), user=user)
    return config


def _names() -> list[str]:
    return [f"user{number:04}" for number in range(USERS)]


def _overrides(number: int) -> Mapping[str, Any]:
    return {**OVERRIDES, "download.limit": OVERRIDES["download.limit"] + number}


def _cold(config: Config) -> Callable[[], object]:
    """Return a function that makes views which are not in the cache, which is emptied as by changes of those users."""
    names = _names()[:BATCH]

    def run() -> None:
        config._users.drop(names)
        for name in names:
            config.for_user(name)

    return run


def _cached(config: Config) -> Callable[[], object]:
    names = _names()[:BATCH]
    return lambda: [config.for_user(name) for name in names]


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    enabled: bool = True
    max_retries: int = 3
    delay: float = 2.0
    limit: float | None = None
    mode: str = "assisted"
    label: str = "main"
    names: tuple[str, ...] = ()


_Settings: Any = dataclasses.make_dataclass(
    "_Settings", [(name, _Part, _Part()) for name in application.SECTIONS], frozen=True, slots=True
)
_EVERYONE = _Settings()


def _replaced(number: int) -> object:
    """Return what everyone has with the overrides of a user: nothing looked up, nothing checked."""
    own = _overrides(number)
    storage = dataclasses.replace(_EVERYONE.storage, max_retries=own["storage.max_retries"])
    download = dataclasses.replace(_EVERYONE.download, limit=own["download.limit"], label=own["download.label"])
    return dataclasses.replace(_EVERYONE, storage=storage, download=download)


def _limit() -> Callable[[], object]:
    return lambda: [_replaced(number) for number in range(BATCH)]


def _pydantic(_files: Sequence[Path]) -> Callable[[], object]:
    from pydantic import ConfigDict, create_model

    frozen = ConfigDict(frozen=True)
    fields: Any = {field.name: (field.type, field.default) for field in dataclasses.fields(_Part)}
    part = create_model("Part", __config__=frozen, **fields)
    whole: Any = {name: (part, part()) for name in application.SECTIONS}
    settings = create_model("Settings", __config__=frozen, **whole)
    given = settings().model_dump()
    given["storage"]["max_retries"] = 4
    given["download"] |= {"limit": 7.0, "label": "mine"}
    return lambda: [settings.model_validate(given) for _ in range(BATCH)]


def _dynaconf(files: Sequence[Path]) -> Callable[[], object]:
    settings = dynaconf_settings(files)
    limits = cycle(range(USERS))

    def clone() -> object:
        copy = settings.dynaconf_clone()
        copy.set("storage.max_retries", 4)
        copy.set("download.limit", 7.0 + next(limits))
        copy.set("download.label", "mine")
        return copy

    return lambda: [clone() for _ in range(BATCH)]


PEERS: dict[str, Callable[[Sequence[Path]], Callable[[], object]]] = {
    "  pydantic, model_validate": _pydantic,
    "  dynaconf, clone and set": _dynaconf,
}


def _bytes(make: Callable[[], object]) -> float:
    """Return how much memory `make` leaves taken, for each user."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return taken / USERS
