"""Stores that are broken on purpose: a harness that does not catch them has proved nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reliability.broken import any_store, databases, json_file, parsing


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect with a name. `apply` breaks the running process, which is a child that goes soon."""

    name: str
    apply: Callable[[], None]


def unlocked_acknowledgement(kind: str) -> Mutant:
    """Return the store that acknowledges a commit before it has written it: the one before the last is written."""
    return Mutant("written one commit late", partial(any_store.late, kind))


def two_transactions(kind: str) -> Mutant:
    """Return the store that writes in two steps what belongs together."""
    if kind == "json":
        return Mutant("a file written in its place", json_file.in_place)
    return Mutant("two transactions", databases.two_postgresql if kind == "postgresql" else databases.two_sqlite)


def built_in_place() -> Mutant:
    """Return the migration that builds a new store where it is to be, and removes what is there first."""
    return Mutant("a store built in its place", any_store.built_in_place)


def emptied_first(kind: str) -> Mutant:
    """Return the store that empties the documents of an upgrade before it writes them."""
    return Mutant("documents are emptied first", partial(any_store.emptied_first, kind))


def recorded_later(kind: str) -> Mutant:
    """Return the store that erases, and then writes down that it did."""
    return Mutant("an erasure is recorded afterwards", partial(any_store.recorded_later, kind))


def no_lock(kind: str) -> Mutant:
    """Return the store whose writers do not wait for each other; SQLite's own lock cannot be taken away."""
    if kind == "sqlite":
        return Mutant("no lock, and a busy database is believed", databases.no_lock_sqlite)
    return Mutant("no lock", json_file.no_lock_json if kind == "json" else databases.no_lock_postgresql)


def last_in_line(kind: str) -> Mutant:
    """Return the store of which a writer waits for a second before each commit."""
    return Mutant("one writer waits a second each time", partial(any_store.last_in_line, kind))


def no_sync(kind: str) -> Mutant:
    """Return the store that does not wait for the disk."""
    if kind == "json":
        return Mutant("no fsync", json_file.no_fsync)
    if kind == "postgresql":
        return Mutant("synchronous_commit=off", databases.asynchronous)
    return Mutant("synchronous=NORMAL", databases.normal)


def no_folder_sync() -> Mutant:
    """Return the JSON store that does not see the names of its files to the disk."""
    return Mutant("no fsync of the folder", json_file.no_folder_sync)


def no_expectations(kind: str) -> Mutant:
    """Return the store that commits whatever has been committed since it was read."""
    return Mutant("no compare-and-swap", json_file.no_check_json if kind == "json" else databases.no_check_rows)


def no_digest(kind: str) -> Mutant:
    """Return the store that believes what it reads."""
    return Mutant("no digests", json_file.no_digest_json if kind == "json" else databases.no_digest_rows)


def unchecked_chain() -> Mutant:
    """Return the store whose chain is there for show."""
    return Mutant("a chain that nobody checks", any_store.no_chain)


def fsync_again() -> Mutant:
    """Return the JSON store that asks a failed descriptor once more, and believes the answer."""
    return Mutant("a failed fsync is tried again", json_file.again)


def no_take_back() -> Mutant:
    """Return the JSON store that leaves what it could not write whole where it is."""
    return Mutant("a failed write stays", json_file.no_take_back)


def one_write() -> Mutant:
    """Return the JSON store that takes a short write for a whole one."""
    return Mutant("a short write is taken for a whole one", json_file.one_write)


def swallowed_errors(kind: str) -> Mutant:
    """Return the store that acknowledges what could not be committed."""
    return Mutant("errors are swallowed", partial(any_store.swallow, kind))


def commits_again() -> Mutant:
    """Return the PostgreSQL store that commits once more, without looking, when the answer was lost."""
    return Mutant("a commit whose answer is lost is repeated", databases.commit_again)


def ordered_by_clock(kind: str) -> Mutant:
    """Return the store that keeps its records in the order of their times."""
    return Mutant("records in the order of the clock", partial(any_store.by_clock, kind))


def ids_as_paths(kind: str, root: Path) -> Mutant:
    """Return the store that makes a file called like the user; it makes none outside the folder around `root`."""
    return Mutant("a user's id is a path", partial(any_store.ids_as_paths, kind, root))


def folded_ids(kind: str) -> Mutant:
    """Return the store to which ids are the same that look alike."""
    return Mutant("ids are folded", partial(any_store.folded_ids, kind))


def no_limits() -> Mutant:
    """Return the parser that trusts whoever wrote what it reads."""
    return Mutant("a parser without limits", parsing.no_limits)


def greedy_parser() -> Mutant:
    """Return the parser that takes sixty times what it reads."""
    return Mutant("a parser that takes 64 MB", partial(parsing.parse_with, parsing.greedy))


def slow_parser() -> Mutant:
    """Return the parser that takes its time."""
    return Mutant("a parser that takes 0.15 s", partial(parsing.parse_with, parsing.slow))


def backtracking() -> Mutant:
    """Return the patterns of Python's own engine."""
    return Mutant("re", parsing.backtracking)


def slow_variables() -> Mutant:
    """Return the reader of variables that takes its time."""
    return Mutant("a reader of variables that takes 0.15 s", parsing.slow_variables)


def unchecked_files() -> Mutant:
    """Return the SQLite store whose errors of the database reach the caller as they are."""
    return Mutant("errors of SQLite are passed on", databases.unchecked_files)


def unchecked_requests() -> Mutant:
    """Return the store that takes any id and any value."""
    return Mutant("ids and values are not checked", any_store.unchecked_requests)
