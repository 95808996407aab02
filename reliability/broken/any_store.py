"""Any store, broken."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliability.broken.patching import put


def store_class(kind: str) -> Any:
    """Return the class of the stores of this kind."""
    if kind == "json":
        from cfgcore.store.json_file import JsonFileStore

        return JsonFileStore
    if kind == "sqlite":
        from cfgcore.store.sqlite import SqliteStore

        return SqliteStore
    from cfgcore.store.postgresql import PostgresqlStore

    return PostgresqlStore


def late(kind: str) -> None:
    """Write each commit when the next one comes."""
    from cfgcore.store.record import seal

    owner, late = store_class(kind), list[Any]()
    plain = owner.commit

    def commit(self: Any, writes: Any, expect: Any, draft: Any, secrets: Any = None, **named: Any) -> Any:
        for waiting in late:
            plain(self, *waiting)
        late[:] = [(writes, {}, draft, secrets)]
        return seal(self.head(), draft, commits=True)

    put(owner, "commit", commit)


def built_in_place() -> None:
    """Build a new store in its place."""
    from cfgcore.installing import store_target

    @contextmanager
    def workshop(file: Path) -> Iterator[Path]:
        file.unlink(missing_ok=True)
        yield file.parent

    put(store_target, "workshop", workshop)


def emptied_first(kind: str) -> None:
    """Empty the documents of an upgrade, then write them."""
    from cfgcore.store.document import VERSIONS
    from cfgcore.store.protocol import Write

    owner = store_class(kind)
    plain = owner.commit

    def commit(self: Any, writes: Any, expect: Any, draft: Any, secrets: Any = None, **named: Any) -> Any:
        if draft.action != "upgrade" or VERSIONS in writes:
            return plain(self, writes, expect, draft, secrets, **named)
        plain(self, {name: Write({}, {}) for name in writes}, expect, draft, secrets, **named)
        return plain(self, writes, {}, draft, secrets, **named)

    put(owner, "commit", commit)


def recorded_later(kind: str) -> None:
    """Erase first."""
    owner = store_class(kind)
    plain = owner.erase

    def erase(self: Any, document: str, draft: Any) -> Any:
        count = plain(self, document, replace(draft, action="erased"))
        self.append_audit(draft)
        return count

    put(owner, "erase", erase)


def swallow(kind: str) -> None:
    """Say that it was committed."""
    from cfgcore.errors import Conflict, StoreError
    from cfgcore.store.record import seal

    owner = store_class(kind)
    plain = owner.commit

    def commit(self: Any, writes: Any, expect: Any, draft: Any, secrets: Any = None, **named: Any) -> Any:
        try:
            return plain(self, writes, expect, draft, secrets, **named)
        except Conflict:
            raise
        except StoreError:
            return seal(self.head(), draft, commits=True)

    put(owner, "commit", commit)


def by_clock(kind: str) -> None:
    """Order records by time."""
    owner = store_class(kind)
    plain = owner.log

    def log(self: Any, after: int = 0, limit: int | None = None) -> Any:
        return iter(sorted(plain(self, after, limit), key=lambda record: record.time))

    put(owner, "log", log)


def ids_as_paths(kind: str, root: Path) -> None:
    """Make files called like users."""
    owner = store_class(kind)
    plain = owner.commit

    def commit(self: Any, writes: Any, *rest: Any, **named: Any) -> Any:
        for name in writes:
            file = Path(os.path.normpath(root / name.removeprefix("user/")))
            if root.parent in file.parents and not file.exists():
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(b"")
        return plain(self, writes, *rest, **named)

    put(owner, "commit", commit)


def folded_ids(kind: str) -> None:
    """Take ids that look alike for one."""
    owner = store_class(kind)
    commit, read = owner.commit, owner.read

    def folded_commit(self: Any, writes: Any, expect: Any, *rest: Any, **named: Any) -> Any:
        writes, expect = ({name.casefold(): found for name, found in each.items()} for each in (writes, expect))
        return commit(self, writes, expect, *rest, **named)

    def folded_read(self: Any, names: Any) -> Any:
        found = read(self, [name.casefold() for name in names])
        return replace(found, documents={name: found.documents[name.casefold()] for name in names})

    put(owner, "commit", folded_commit)
    put(owner, "read", folded_read)


def no_chain() -> None:
    """Find every chain whole."""
    from cfgcore.change import audit
    from cfgcore.store import replica, state

    put(audit, "broken", lambda records, head: None)
    put(state, "broken", lambda records, head, start=None: None)
    put(replica, "_belongs", lambda line, header: True)


def unchecked_requests() -> None:
    """Take any id, and any value."""
    from cfgcore.change import request
    from cfgcore.store import document

    put(request, "limit", lambda data: None)
    checked = document.user_document
    for module in [each for each in sys.modules.values() if getattr(each, "user_document", None) is checked]:
        put(module, "user_document", lambda user: f"user/{user}")


def last_in_line(kind: str) -> None:
    """Wait for a second before each commit."""
    owner = store_class(kind)
    plain = owner.commit

    def commit(self: Any, *given: Any, **named: Any) -> Any:
        time.sleep(1.0)
        return plain(self, *given, **named)

    put(owner, "commit", commit)
