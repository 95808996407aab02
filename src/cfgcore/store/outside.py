"""An edit of a store's file by hand: what the engine gets to see of it, and how it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, Protocol, runtime_checkable

from cfgcore.errors import StoreError
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Record


class EditedOutside(StoreError):
    """The file was edited by hand, and nobody has dealt with that yet. Nothing was written over it."""


@dataclass(frozen=True, slots=True)
class OutsideEdit:
    """A file as somebody left it.

    `documents` are all that the file holds: one that the store has and the file has not was removed. `base_revision` is
    the revision that the file names, the one the edit was based on, or None. `copy` says that the file is, unchanged,
    what this or another store once wrote: somebody put a copy back. `problem` says why the file cannot be read; then
    there are no documents.
    """

    base_revision: int | None
    documents: Mapping[str, Write]
    copy: bool = False
    problem: str | None = None


@runtime_checkable
class EditableOutside(Protocol):
    """A store whose documents lie in a file that people edit. While an edit is pending, ``commit`` refuses.

    ``commit(..., over_edit=True)`` writes the state after the commit over the edited file.
    """

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
        *,
        over_edit: bool = False,
    ) -> Record:
        """Commit as any store does; raises :class:`EditedOutside` while an edit is pending, unless `over_edit`."""
        ...

    def outside_edit(self) -> OutsideEdit | None:
        """Return the edit that nobody has dealt with yet, if there is one."""
        ...

    def set_aside(self) -> File | None:
        """Move the edited file aside, write the stored state in its place, and return where the edited file is now."""
        ...


def not_taken_in(name: str) -> StoreError:
    """Return the error of a copy that would leave out what somebody wrote into the file."""
    return StoreError(
        f"{name}: it was edited by hand, and no process has taken that in yet; run 'cfgcore history' first"
    )
