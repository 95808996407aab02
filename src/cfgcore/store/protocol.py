"""What a store is: few primitives, all synchronous, all safe to call from any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cfgcore.store.document import Document
from cfgcore.store.record import Draft, Head, Record

if TYPE_CHECKING:
    from cfgcore.store.presence import Presence


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Documents as they were together at one revision: an absent one is an empty document of revision 0."""

    head: Head
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Write:
    """The new content of one document. Empty values leave an empty document, whose revision still counts."""

    values: Mapping[str, Any]
    versions: Mapping[str, int]


class Store(Protocol):
    """The durable home of one application's documents, commits and audit.

    Every method raises ``StoreError`` where the store cannot do it: unreachable, full, damaged. What was acknowledged
    is durable: it survives the death of the process and the loss of power.
    """

    url: str

    def head(self) -> Head:
        """Return where the log ends now."""
        ...

    def read(self, names: Sequence[str]) -> Snapshot:
        """Return the named documents, all as of one revision."""
        ...

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` names of written documents that begin with `prefix` and follow `after`, in order."""
        ...

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
    ) -> Record:
        """Write all documents and one record, or nothing; return the sealed record.

        `expect` names documents with the revisions at which they were read; where one of them has moved on, raises
        ``Conflict`` and writes nothing. `secrets` are kept apart from the documents, under the given keys.
        """
        ...

    def append_audit(self, draft: Draft) -> Record:
        """Append a record that changes no document, such as a refusal."""
        ...

    def log(self, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Yield the records whose sequence number is greater than `after`, oldest first."""
        ...

    def log_back(self, before: int | None = None, document: str | None = None) -> Iterator[Record]:
        """Yield the records before sequence number `before`, newest first; only those that speak of `document`."""
        ...

    def watch(self, revision: int, timeout: float) -> int:
        """Wait until the store's revision is greater than `revision`, at most `timeout` seconds; return it."""
        ...

    def read_secrets(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the stored secrets of these keys; a key that is not known is left out."""
        ...

    def compact(self, before: int, draft: Draft) -> int:
        """Erase the payloads of records whose revision is below `before`; return how many records lost theirs.

        The record of `draft`, which changes no document, is sealed with the erasure: both are there, or neither is.
        """
        ...

    def erase(self, document: str, draft: Draft) -> int:
        """Remove a document and every payload that speaks of it; return how many records lost one.

        The record of `draft`, which changes no document, is sealed with the erasure: both are there, or neither is.
        """
        ...

    def backup(self, target: File) -> Head:
        """Write a copy of everything to `target`, which must not exist, and return the head it holds."""
        ...

    def close(self) -> None:
        """Release what the store holds. Closing twice does nothing."""
        ...


@dataclass(slots=True)
class Request:
    """A commit, or a record that changes no document, as it waits to be written; and its outcome, once it is."""

    writes: Mapping[str, Write]
    expect: Mapping[str, int]
    draft: Draft
    secrets: Mapping[str, Any]
    commits: bool
    outcome: Record | Exception | None = None


@runtime_checkable
class Manifold(Protocol):
    """A store that can write many commits at once, such as those of a copy."""

    def commit_all(self, requests: Sequence[Request]) -> None:
        """Commit these in their order, in one transaction. Raises what the first that fails fails by."""
        ...


@runtime_checkable
class Scannable(Protocol):
    """A store that hands out many documents with one query, for what goes through all of them."""

    def page(self, prefix: str, after: str, limit: int) -> dict[str, Document]:
        """Return at most `limit` documents whose names begin with `prefix` and follow `after`, in order."""
        ...

    def count(self, prefix: str) -> int:
        """Return how many documents have names that begin with `prefix`."""
        ...


@runtime_checkable
class Replaceable(Protocol):
    """A store whose whole content can become that of another one of its kind, at once."""

    def replace_by(self, built: Store) -> None:
        """Hold what `built` does, whose log goes on where that of this store ends: all of it or nothing.

        What was built is not to be used any more. Raises ``StoreError`` where somebody wrote to this store meanwhile,
        so that its log is not the beginning of that of `built`; then nothing has changed.
        """
        ...


@runtime_checkable
class Staging(Replaceable, Protocol):
    """A store on a server, beside which the one that replaces it can be built."""

    def aside(self, keep: Callable[[Store], bool], *, copied: bool = False) -> Store:
        """Open the store that is built beside this one, for this process alone: empty, or a `copied` one of this.

        What an interrupted process left there stays where `keep` says so of it. Raises ``StoreError`` where another
        process is building it.
        """
        ...

    def discard(self, built: Store) -> None:
        """Remove the store built aside."""
        ...


@runtime_checkable
class Ephemeral(Protocol):
    """A store by which the processes that have it open see each other; nothing of that is in the log."""

    def announce(self, presence: Presence) -> None:
        """Let others see `presence`, until this store is closed or its process ends, however it ends.

        A process that is forked from this one is seen by itself. Nothing fails by this: where it cannot be done, the
        process is not seen.
        """
        ...

    def present(self) -> list[Presence]:
        """Return who announced themselves and are there, this process included. Raises ``StoreError``."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A store that can look through everything it holds, because it is opened without being read."""

    def check(self) -> None:
        """Raise ``StoreDamaged`` where a document, record or secret is not what was written, or not there any more."""
        ...


def pages(store: Store) -> Iterator[list[str]]:
    """Yield the names of all documents, in order, some at a time."""
    after = ""
    while page := store.names(after=after):
        yield page
        after = page[-1]
