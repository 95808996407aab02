"""The files of one JSON store, kept in step: journal, readable file, backups."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
from pathlib import Path as File

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.adoption import IsSecret, begin_journal, open_read_only
from cfgcore.store.backups import Backups
from cfgcore.store.durable import sweep
from cfgcore.store.journal import Journal
from cfgcore.store.outside import OutsideEdit
from cfgcore.store.place import beside
from cfgcore.store.projection import Found
from cfgcore.store.readable import Readable
from cfgcore.store.record import Draft, Head, Record, broken, erased, seal
from cfgcore.store.replica import Replica
from cfgcore.store.secret import keys_in, keys_of
from cfgcore.store.state import Entry, State, checkpoint_line, entry_line, even_second
from cfgcore.store.verdict import Verdict, judge

_logger = logging.getLogger("cfgcore.store")


class Files:
    """What one process holds of a store. One thread at a time; whoever writes holds the store's lock."""

    def __init__(self, file: File, backups: int, is_secret: IsSecret) -> None:
        self.edit: OutsideEdit | None = None
        self.backups = Backups(file, backups)
        self.replica = Replica(Journal(beside(file, "journal")), self.backups.advice)
        self._readable = Readable(file)
        self._file = file
        self._is_secret = is_secret

    @property
    def state(self) -> State:
        """The documents and the head, as far as they have been read."""
        return self.replica.state

    def open(self) -> None:
        """Recover: bring journal and file to the last commit, and begin them where there are none."""
        try:
            for name in sweep(self._file):
                _logger.warning("%s: removed %s, which a killed writer left", self._file, name)
        except OSError as error:
            _logger.warning("%s: what a killed writer left cannot be removed: %s", self._file, error.strerror)
        loaded = self._readable.load()
        begins = not self.replica.journal.exists()
        if begins:
            taken = loaded and (loaded[0], loaded[2])
            begin_journal(self._file, self.replica.journal, taken, self.backups, self._is_secret)
        self.replica.load(loaded and loaded[0])
        self.replica.journal.sync()
        self.replica.settle()
        if begins:
            self._write()
        else:
            self.examine()

    def open_read_only(self) -> None:
        """Load what there is, and touch nothing."""
        loaded = self._readable.load()
        open_read_only(self._file, self.replica, loaded and loaded[0], self.backups)

    def prepare(self) -> None:
        """Be ready to write: at the end of the journal, and knowing whether somebody edited the file."""
        self.replica.catch_up()
        self.replica.settle()
        if not self.is_untouched():
            self.examine()

    def is_untouched(self) -> bool:
        """Return whether the file is as a store wrote it last, by its metadata alone."""
        return self.edit is None and self._readable.is_ours(self.state)

    def examine(self) -> None:
        """Read the file, and see to it: a damaged one is moved aside, a stale one written anew, an edit is kept."""
        loaded = self._readable.load()
        self.edit = None
        if loaded is None:
            self._write()
            return
        found, signature, _ = loaded
        self._refuse_loss(found)
        self._readable.know(signature)
        verdict = judge(found, signature[2], self.state)
        if isinstance(verdict, OutsideEdit):
            self.edit = verdict
        elif verdict is Verdict.DAMAGED:
            aside = self.move_aside("damaged")
            _logger.error(
                "%s: it was damaged, and is written anew from the journal; it is kept as %s", self._file, aside
            )
        elif verdict is Verdict.STALE:
            self._write()

    def append(self, line: bytes, *, over_edit: bool) -> Record:
        """Make an entry durable, then write the file, unless an edit of it is pending."""
        record = self.replica.append(line)
        if over_edit:
            self.edit = None
        if self.edit is None and (over_edit or self._readable.is_known()):
            self._write()
        return record

    def compact(self, before: int, draft: Draft) -> int:
        """Begin another journal, without the payloads of records below revision `before`; return how many had one."""
        head = self.state.head
        below = (e.record.sequence for e in self.entries() if e.record.revision and e.record.revision < before)
        horizon = max(head.horizon, min(before - 1, head.revision))
        return self._rewrite(replace(head, horizon=horizon), None, max(below, default=0), draft)

    def erase(self, document: str, draft: Draft) -> int:
        """Begin another journal, without `document` and all that speaks of it; return how many records did."""
        return self._rewrite(self.state.head, document, self.state.head.sequence, draft)

    def _rewrite(self, head: Head, document: str | None, last: int, draft: Draft) -> int:
        """Begin another journal, without `document` and the payloads up to record `last` that speak of it; None is any.

        Documents that records wrote are in its checkpoint only. It ends with the record of `draft`, which says that
        this was done. Returns how many records lost a payload.
        """
        state, count = self.state, 0
        kept = {name: content for name, content in state.documents.items() if name != document}
        lines = [checkpoint_line(head, kept, state.saved)]
        for entry in self.entries():
            record = erased(entry.record, document) if entry.record.sequence <= last else entry.record
            count += record != entry.record
            lines.append(entry_line(Entry(record, entry.saved, {})))
        lines.append(entry_line(Entry(seal(head, draft, commits=False), even_second(), {})))
        self.replica.journal.rewrite(lines, self._file)
        self.replica.load(None)
        self._write()
        return count

    def replace_by(self, built: Files) -> None:
        """Have the journal of another store, whose records go on where those of this one end."""
        self.replica.journal.rewrite((line for _, line in built.replica.journal.lines()), self._file)
        self.replica.load(None)
        self._write()

    def entries(self) -> list[Entry]:
        """Return the whole log. Raises ``StoreDamaged``."""
        return self.replica.entries(1, self.state.head.sequence)

    def verify(self) -> None:
        """Read the whole log. Raises ``StoreDamaged`` where a record is not what was written, or not there."""
        if self.replica.journal.exists():
            fault = broken((entry.record for entry in self.entries()), self.state.head)
            if fault is not None:
                raise StoreDamaged(f"{self.replica.journal.file}: {fault}; {self.backups.advice()}")

    def mode(self) -> int:
        """Return the permissions that the file has. Raises ``StoreError``."""
        try:
            return stat.S_IMODE(os.stat(self._file).st_mode)
        except FileNotFoundError:
            return 0o600
        except OSError as error:
            raise StoreError(f"{self._file}: it cannot be read: {error.strerror}") from error

    def secret_keys(self) -> set[str]:
        """Return the keys of the secrets that a document, or what is left of the log, refers to."""
        found = {key for document in self.state.documents.values() for key in keys_in(document.values)}
        return found.union(*(keys_of(entry.record) for entry in self.entries()))

    def back_up(self) -> None:
        """Keep a copy of the file as it is for the state of now."""
        self.backups.keep(self.state.head.revision, self.render())

    def render(self) -> bytes:
        """Return the file as it is for the state of now."""
        return self._readable.render(self.state)

    def move_aside(self, kind: str) -> File:
        """Rename the file, write one for the state of now, and return the new name of the old one."""
        try:
            aside = self._readable.move_aside(kind)
        except OSError as error:
            raise StoreError(f"{self._file}: it cannot be moved aside: {error.strerror}") from error
        self.edit = None
        self._write()
        return aside

    def sync(self) -> None:
        """See the file to the disk. Raises ``OSError``."""
        self._readable.sync()

    def _refuse_loss(self, found: Found) -> None:
        header, head = found.header, self.state.head
        ours = found.intact and header is not None and header.head.incarnation == head.incarnation
        if ours and header is not None and header.head.sequence > head.sequence:
            raise StoreDamaged(
                f"{self.replica.journal.file}: it ends at record {head.sequence}, but {self._file} was written at "
                f"record {header.head.sequence}; {self.replica.remedy()}"
            )

    def _write(self) -> None:
        """Write the file. Failing refuses nothing: the journal is the commit, and the next one tries again."""
        try:
            self._readable.write(self.state)
        except OSError as error:
            _logger.warning("%s: it stays behind the journal: %s", self._file, error.strerror)
