"""The store that a migration writes: examined before, backed up, and old or new whatever happens."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Literal

from cfgcore.errors import CfgcoreError, SourceError, StoreError
from cfgcore.installing.recognition import Recognised, why_store
from cfgcore.installing.store_source import copied
from cfgcore.installing.target import back_up, real_place
from cfgcore.installing.workshop import clear, workshop
from cfgcore.plugins import Plugins
from cfgcore.store.address import shown
from cfgcore.store.durable import replace, sweep, sync_folder
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import file_of, open_store
from cfgcore.store.protocol import Replaceable, Staging, Store
from cfgcore.store.sqlite import SqliteStore

State = Literal["absent", "foreign", "store"]

#: Says of a store that an interruption left whether it is gone on with.
Keep = Callable[[Store], bool]

_SQLITE = re.compile(r"sqlite:", re.I)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")

#: What makes a store of files, the part that makes it whole last but for the one that follows it.
_PARTS = (".secrets", ".journal", "")


@dataclass(frozen=True, slots=True)
class StoreTarget:
    """Where a migration goes: the store of a URL, in `file` unless a server or a plugin keeps it, and what is there."""

    url: str
    file: File | None
    state: State

    @property
    def name(self) -> str:
        """The URL as it is shown, without its password."""
        return shown(self.url)

    @property
    def is_database(self) -> bool:
        """Whether the file is to be a SQLite database."""
        return _SQLITE.match(self.url) is not None


def examined(url: str, source: Recognised, *, force: bool) -> StoreTarget:
    """Return what is at `url`. Raises :class:`CfgcoreError` where a migration of `source` cannot go there.

    With `force` a file that is no configuration is replaced, after it was backed up.
    """
    target = target_of(url)
    if url == source.url and target.file is None:
        raise CfgcoreError(f"{target.name}: source and target are the same store")
    if target.file is not None and source.file is not None and _same(source.file, target.file):
        raise CfgcoreError(f"{url}: source and target are the same file; name another target")
    if target.state == "foreign" and not force:
        raise CfgcoreError(
            f"{url}: it exists and is no store of cfgcore; name another target, or replace it with --force (it is "
            f"backed up)"
        )
    return target


class Place:
    """Where a store is to be: `store` is what is built for it, and :meth:`publish` puts it there, whole, at once."""

    def __init__(self, store: Store, publish: Callable[[], None]) -> None:
        self.store = store
        self.publish = publish


@contextlib.contextmanager
def vacant(target: StoreTarget, plugins: Plugins | None, keep: Keep) -> Iterator[Place]:
    """Give a place for a store where there is none yet, or an empty one.

    What an interruption (^C, a crash) left of an earlier one is gone on with, where `keep` says so of it; any other
    failure leaves nothing behind. Raises ``StoreError``.
    """
    if target.state == "store":  # an empty one, which others may have open
        with opened(target, plugins, dry_run=False, clearing=False) as store, beside(target, store, keep) as place:
            yield place
    else:
        with _built(target, keep) as store:
            yield Place(store, lambda: publish(target, store))


def can_rebuild(target: StoreTarget, store: Store) -> bool:
    """Return whether a store can be built that takes the place of `store` at once."""
    return isinstance(store, Staging) or (target.file is not None and isinstance(store, Replaceable))


@contextlib.contextmanager
def beside(target: StoreTarget, store: Store, keep: Keep, *, copied: bool = False) -> Iterator[Place]:
    """Give what is built beside `store`, that of the target, and replaces it: an empty store, or a `copied` one of it.

    What was built goes on where the log of `store` ends. A store for which nothing can be built is written itself. What
    an interruption left is gone on with as by :func:`vacant`. Raises ``StoreError``.
    """
    if isinstance(store, Staging):
        with _staged(store, store.aside(keep, copied=copied)) as built:
            yield Place(built, lambda: store.replace_by(built))
    elif target.file is not None and isinstance(store, Replaceable):
        with _built(target, keep, store if copied else None) as built:
            yield Place(built, lambda: store.replace_by(built))
    else:
        yield Place(store, lambda: None)


def is_vacant(target: StoreTarget, plugins: Plugins | None, *, dry_run: bool = False) -> bool:
    """Return whether there is no store, or one that holds nothing."""
    if target.state != "store":
        return True
    with opened(target, plugins, dry_run=dry_run, clearing=False) as store:
        return not store.head().sequence


@contextlib.contextmanager
def _staged(store: Staging, built: Store) -> Iterator[Store]:
    """Discard what was built where that fails; an interruption leaves it for the next time."""
    try:
        yield built
    except Exception:
        with contextlib.suppress(StoreError):
            store.discard(built)
        raise
    finally:
        built.close()


@contextlib.contextmanager
def _built(target: StoreTarget, keep: Keep, original: Store | None = None) -> Iterator[Store]:
    """Open a store that is built in a folder beside the target; a new one begins as a copy of `original`."""
    assert target.file is not None, "only files have workshops"
    with workshop(target.file, lambda folder: _is_kept(target, folder, keep)) as folder:
        file = folder / target.file.name
        if original is not None and not file.exists():
            original.backup(file)
        with contextlib.closing(_open(target, file)) as store:
            yield store


def _is_kept(target: StoreTarget, folder: File, keep: Keep) -> bool:
    assert target.file is not None, "only files have workshops"
    file = folder / target.file.name
    if not file.exists():
        return False
    try:
        with contextlib.closing(_open(target, file)) as store:
            return keep(store)
    except StoreError:
        return False


def target_of(url: str) -> StoreTarget:
    """Return what is at `url`. Raises :class:`CfgcoreError` where no store can be."""
    file = file_of(url)
    if not _SCHEME.match(url) and not url.endswith(".json"):
        open_store(url)  # which refuses it, and says what a store is
    if file is None:
        return StoreTarget(url, None, "store")
    place = real_place(file)
    return StoreTarget(url, place, _state(place))


@contextlib.contextmanager
def opened(target: StoreTarget, plugins: Plugins | None, *, dry_run: bool, clearing: bool = True) -> Iterator[Store]:
    """Open the store, to be changed by one commit; where there is none, a new one is built aside.

    :func:`publish` puts what was built in its place. A dry run opens a copy. What interruptions left beside it is
    removed, unless it is not to be `clearing`. Raises ``StoreError``.
    """
    if target.file is not None and clearing and not dry_run:
        clear(target.file)
        if target.state != "store":  # a store itself does so when it is opened
            with contextlib.suppress(OSError):
                sweep(target.file)
    if target.file is None:
        store = _connected(target, plugins)
    elif target.state == "store" and not dry_run:
        store = _open(target, target.file)
    elif target.state == "store":
        with copied(target.file, target.name) as copy, contextlib.closing(_open(target, copy)) as store:
            yield store
        return
    else:
        with workshop(target.file) as folder, contextlib.closing(_open(target, folder / target.file.name)) as store:
            yield store
        return
    with contextlib.closing(store):
        yield store


def publish(target: StoreTarget, store: Store) -> None:
    """Put a store that was built aside in its place; raises :class:`SourceError`, and then nothing is in its place.

    The journal is what makes a JSON store whole: from the moment it is there, the new store is.
    """
    if target.file is None or target.state == "store":
        return
    built = file_of(store.url if not target.is_database else f"sqlite:///{store.url.partition('///')[2]}")
    store.close()
    assert built is not None, "what was built lies in files"
    try:
        for suffix in _PARTS:
            part = built.with_name(built.name + suffix)
            if part.exists():
                replace(part, target.file.with_name(target.file.name + suffix))
        sync_folder(target.file.parent)
    except OSError as error:
        raise SourceError(target.name, f"it cannot be written: {error.strerror}") from error


def backed_up(target: StoreTarget, store: Store) -> File | None:
    """Keep what is at the target beside it, and return where; None where there is nothing. Raises ``StoreError``."""
    if target.file is not None and target.state == "foreign":
        try:
            return back_up([target.file])[0]
        except OSError as error:
            raise SourceError(target.name, f"it cannot be backed up: {error.strerror}; it is as it was") from error
    if target.state != "store" or not store.head().sequence:
        return None
    file = target.file or File(re.sub(r"[^A-Za-z0-9_-]+", "-", target.url.rpartition("/")[2].partition("?")[0]) + ".db")
    for number in itertools.count(1):
        kept = file.with_name(f"{file.name}.before-{number}")
        if not any(os.path.lexists(kept.with_name(kept.name + suffix)) for suffix in _PARTS):
            break
    with contextlib.suppress(OSError):
        sweep(kept)  # what a killed backup left
    store.backup(kept)
    return kept


def _state(place: File) -> State:
    if not place.exists():
        return "store" if place.with_name(f"{place.name}.journal").exists() else "absent"
    return "store" if why_store(place) is not None else "foreign"


def _same(one: File, other: File) -> bool:
    try:
        return one.resolve() == other or (other.exists() and os.path.samefile(one, other))
    except OSError:
        return False


def _open(target: StoreTarget, file: File) -> Store:
    return SqliteStore(file) if target.is_database else JsonFileStore(file)


def _connected(target: StoreTarget, plugins: Plugins | None) -> Store:
    store = plugins.open_store(target.url) if plugins is not None else None
    return store or open_store(target.url)
