"""A store copied as it is, history included, into a place where there is none."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import closing

from cfgcore.change.copying import copy
from cfgcore.errors import StoreError
from cfgcore.installing.store_target import is_vacant, target_of, vacant
from cfgcore.store.address import shown
from cfgcore.store.opening import file_of, open_store
from cfgcore.store.outside import EditableOutside, not_taken_in
from cfgcore.store.place import beside
from cfgcore.store.protocol import Store
from cfgcore.store.record import Head
from cfgcore.store.scanning import is_beginning


def keep_mode(source: str, built: Store) -> None:
    """Have those who may not read the file of `source` not read that of `built`, which nobody else has open yet."""
    original, copied = file_of(source), file_of(built.url)
    if original is None or copied is None:
        return
    try:
        mode = stat.S_IMODE(os.stat(original).st_mode)
        for file in (copied, beside(copied, "journal")):
            if file.exists():
                os.chmod(file, mode & stat.S_IMODE(os.stat(file).st_mode))
    except OSError as error:
        raise StoreError(f"{copied}: its permissions cannot be set: {error.strerror}") from error


def copy_store(source: str, target: str, progress: Callable[[str, int, int], None]) -> Head:
    """Copy the store `source` to `target`, where nothing may be; return where the log of both ends.

    The copy is there whole, or not at all; what an interruption left of it is gone on with. `progress` is told what is
    done, of how many, and how many are done. Raises :class:`CfgcoreError`.
    """
    with closing(open_store(source, existing=True)) as old:
        if isinstance(old, EditableOutside) and old.outside_edit() is not None:
            raise not_taken_in(shown(source))
        place = target_of(target)
        if place.state == "foreign":
            raise StoreError(f"{place.name}: it exists and is no store of cfgcore; copy into a new store")
        if not is_vacant(place, None):
            raise StoreError(f"{place.name}: it is not empty; copy into a new store")
        with vacant(place, None, lambda begun: is_beginning(begun.head(), old)) as built:
            total = old.head().sequence
            head = copy(old, built.store, resume=True, progress=lambda done: progress("records", total, done))
            keep_mode(source, built.store)
            built.publish()
        return head
