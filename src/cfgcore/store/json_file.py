"""The JSON file store: ``file:config/models.json``; one readable file, its journal beside it, one machine."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from cfgcore.errors import Conflict, StoreError
from cfgcore.store.adoption import IsSecret
from cfgcore.store.attendance import Attendance, Attended
from cfgcore.store.copies import tell_of_copies
from cfgcore.store.durable import write_whole
from cfgcore.store.files import Files
from cfgcore.store.lock import ProcessLock
from cfgcore.store.outside import EditedOutside, OutsideEdit
from cfgcore.store.place import FOR_READING, beside, place, unwritable
from cfgcore.store.protocol import Snapshot, Store, Write
from cfgcore.store.record import Draft, Head, Record, seal
from cfgcore.store.scanning import is_beginning
from cfgcore.store.secret import secret_prefix
from cfgcore.store.secret_file import SecretFile
from cfgcore.store.state import Entry, entry_line, even_second

PAGE = 500
POLL = 0.02


class JsonFileStore(Attended):
    """A store in one readable JSON file. A line in the journal beside it is the commit; the file follows.

    Every handle holds all documents in memory, and follows the journal: some thousand users are its measure. `patience`
    is how long (seconds) it waits for another process's lock, `backups` how many copies of the file are kept.
    """

    def __init__(
        self,
        file: File,
        *,
        patience: float = 10.0,
        backups: int = 10,
        read_only: bool = False,
        is_secret: IsSecret = lambda _document, _path: False,
    ) -> None:
        """Open the file, making it where there is none. Raises ``StoreError`` saying what stands in the way.

        One that is `read_only` is left as it is, whatever state it is in. `is_secret` says what is kept apart of a
        file that was made by hand.
        """
        self._file = place(file)
        self.url = f"file:{self._file}"
        self._patience = patience
        self._backups = backups
        self._is_secret = is_secret
        self._secrets = SecretFile(beside(self._file, "secrets"))
        self._attendance = Attendance(beside(self._file, "present"))
        needed = (self._file, beside(self._file, "journal"), beside(self._file, "lock"), self._file.parent)
        self._read_only = FOR_READING if read_only else unwritable(*needed)
        self._closed = False
        self._reset()
        with self._guard(), self._mutex:
            self._files.open() if self._read_only is None else self._files.open_read_only()

    def head(self) -> Head:
        """Return where the log ends now."""
        with self._reading():
            return self._files.state.head

    def read(self, names: Sequence[str]) -> Snapshot:
        """Return the named documents, all as of one revision."""
        with self._reading():
            state = self._files.state
            return Snapshot(state.head, {name: state.document(name) for name in names})

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[str]:
        """Return at most `limit` names of written documents that begin with `prefix` and follow `after`, in order."""
        with self._reading():
            found = [name for name in self._files.state.documents if name.startswith(prefix) and name > after]
        return sorted(found)[:limit]

    def commit(
        self,
        writes: Mapping[str, Write],
        expect: Mapping[str, int],
        draft: Draft,
        secrets: Mapping[str, Any] | None = None,
        *,
        over_edit: bool = False,
    ) -> Record:
        """Write all documents and one record, or nothing; raises ``Conflict`` where an expected revision has moved on.

        Raises :class:`EditedOutside` while an edit of the file by hand is pending, unless this goes `over_edit`.
        """
        with self._writing(over_edit=over_edit):
            self._check(expect)
            line = self._line(writes, draft, commits=True)
            if self._files.state.head.revision and self._files.backups.due():
                self._files.back_up()
            self._secrets.add(secrets or {})
            return self._files.append(line, over_edit=over_edit)

    def append_audit(self, draft: Draft) -> Record:
        """Append a record that changes no document."""
        with self._writing(over_edit=True):
            return self._files.append(self._line({}, draft, commits=False), over_edit=False)

    def log(self, after: int = 0, limit: int | None = None) -> Iterator[Record]:
        """Yield the records whose sequence number is greater than `after`, oldest first."""
        left = limit
        while left is None or left > 0:
            page = PAGE if left is None else min(PAGE, left)
            entries = self._entries(after + 1, after + page)
            yield from (entry.record for entry in entries)
            if len(entries) < page:
                return
            after += page
            left = None if left is None else left - page

    def log_back(self, before: int | None = None, document: str | None = None) -> Iterator[Record]:
        """Yield the records before sequence number `before`, newest first; only those that speak of `document`."""
        end = self.head().sequence + 1
        last = min(end, end if before is None else before) - 1
        while last > 0:
            entries = self._entries(max(1, last - PAGE + 1), last)
            found = (entry.record for entry in reversed(entries))
            yield from (record for record in found if document is None or document in record.edits())
            last -= PAGE

    def watch(self, revision: int, timeout: float) -> int:
        """Wait until the store's revision is greater than `revision`, at most `timeout` seconds; return it."""
        deadline = time.monotonic() + timeout
        while True:
            current = self.head().revision
            left = deadline - time.monotonic()
            if current > revision or left <= 0:
                return current
            with self._changed:
                self._changed.wait(min(POLL, left))

    def read_secrets(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return the stored secrets of these keys; a key that is not known is left out."""
        with self._reading():
            found = self._secrets.read()
        return {key: found[key] for key in keys if key in found}

    def compact(self, before: int, draft: Draft) -> int:
        """Erase the payloads of records whose revision is below `before`; return how many records lost theirs."""
        with self._writing():
            self._files.back_up()
            with self._storable():
                count = self._files.compact(before, draft)
            self._files.backups.drop(before)
            self._secrets.keep(self._files.secret_keys())
            return count

    def erase(self, document: str, draft: Draft) -> int:
        """Remove a document and all payloads that speak of it, from backups too; return how many records lost one.

        Where this raises, or the process dies, some of it may be erased: erasing again takes the rest.
        """
        with self._writing():
            self._files.back_up()
            self._files.backups.erase(document)
            with self._storable():
                count = self._files.erase(document, draft)
            self._secrets.remove(secret_prefix(document))
            tell_of_copies(self._file, document)
            return count

    def backup(self, target: File) -> Head:
        """Write a copy of everything to `target`, which must not exist, and return the head it holds.

        Who may read the store may read the copy. Raises ``StoreDamaged`` where a record is not what was written.
        """
        target = place(target)
        secrets, journal = beside(target, "secrets"), beside(target, "journal")
        for file in (target, journal, secrets):
            if os.path.lexists(file):
                raise StoreError(f"{file}: the target of a backup must not exist")
        if self._files.backups.owns(target):
            raise StoreError(f"{target}: the store removes its own old backups by such names; choose another one")
        with self._guard(), self._mutex:
            self._files.replica.catch_up()
            self._files.verify()
            state = self._files.state
            mode = self._files.mode()
            found = self._secrets.read()
            if found:
                SecretFile(secrets).write(found)
            try:
                write_whole(journal, [self._files.replica.journal.file.read_bytes()[: state.offset]], mode=mode)
                write_whole(target, [self._files.render()], mode=mode, modified=state.saved)
            except OSError as error:
                raise StoreError(f"{target}: the backup cannot be written: {error.strerror}") from error
            return state.head

    def replace_by(self, built: Store) -> None:
        """Hold all that another JSON store does, from one moment to the next. Raises ``StoreError`` where it cannot."""
        assert isinstance(built, JsonFileStore), "what is built for a JSON file is one"
        with self._writing():
            if not is_beginning(self._files.state.head, built):
                raise StoreError(f"{self.url}: somebody wrote to it meanwhile; it is as they left it")
            self._secrets.add(built._secrets.read())
            self._files.replace_by(built._files)

    def outside_edit(self) -> OutsideEdit | None:
        """Return the edit of the file by hand that nobody has dealt with yet, if there is one."""
        with self._reading():
            if self._read_only is not None or self._files.is_untouched():
                return None
        with self._guard(), self._mutex:
            self._files.prepare()
            return self._files.edit

    def set_aside(self) -> File | None:
        """Move the edited file aside, write the stored state in its place, and return where the edited file is now."""
        with self._writing(over_edit=True):
            return self._files.move_aside("edited") if self._files.edit is not None else None

    def close(self) -> None:
        """See the file to the disk. Closing twice does nothing."""
        self._attendance.leave()
        if not self._closed and self._read_only is None:
            with contextlib.suppress(OSError):
                self._files.sync()
        self._closed = True

    def _reset(self) -> None:
        self._lock = ProcessLock(beside(self._file, "lock"), self._patience)
        self._mutex = threading.Lock()
        self._changed = threading.Condition()
        self._files = Files(self._file, self._backups, self._is_secret)
        self._pid = os.getpid()

    def _guard(self) -> contextlib.AbstractContextManager[None]:
        self._be_open()
        return self._lock() if self._read_only is None else contextlib.nullcontext()

    def _be_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.url}: the store is closed")
        if self._pid != os.getpid():
            self._reset()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        self._be_open()
        with self._mutex:
            if self._files.replica.refresh():
                yield
                return
        with self._guard(), self._mutex:
            self._files.replica.catch_up()
            yield

    @contextlib.contextmanager
    def _writing(self, *, over_edit: bool = False) -> Iterator[None]:
        self._be_open()
        if self._read_only is not None:
            raise StoreError(f"{self._file}: it was opened read-only: {self._read_only}")
        with self._lock(), self._mutex:
            self._files.prepare()
            if self._files.edit is not None and not over_edit:
                raise EditedOutside(f"{self._file}: it was edited by hand; that is dealt with first, or set aside")
            yield
        with self._changed:
            self._changed.notify_all()

    def _entries(self, first: int, last: int) -> list[Entry]:
        with self._reading():
            return self._files.replica.entries(first, last)

    def _check(self, expect: Mapping[str, int]) -> None:
        documents = self._files.state.documents
        for name, expected in expect.items():
            found = documents[name].revision if name in documents else 0
            if found != expected:
                raise Conflict(f"document {name!r} was read at revision {expected} and is at {found} now")

    def _line(self, writes: Mapping[str, Write], draft: Draft, *, commits: bool) -> bytes:
        with self._storable():
            record = seal(self._files.state.head, draft, commits=commits)
            return entry_line(Entry(record, even_second(), writes))

    @contextlib.contextmanager
    def _storable(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError(f"{self._file}: the change cannot be stored: {error}") from error
