"""What one transaction writes: commits that wait together, each judged on the state that those before it leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cfgcore.errors import CfgcoreError, Conflict, StoreError
from cfgcore.store.protocol import Request
from cfgcore.store.record import Draft, Head, Record, advance, seal
from cfgcore.store.rows import DocumentRow, RecordRow, document_row, record_text, secret_text

NAME_LIMIT = 512


@dataclass(slots=True)
class Batch:
    """The rows that a transaction writes. A request that fails leaves none, and takes no other with it.

    It begins with the head, and the revisions of the documents that the requests expect something of, as they are while
    nobody else may write.
    """

    head: Head
    revisions: dict[str, int]
    documents: dict[str, DocumentRow] = field(default_factory=dict)
    records: list[RecordRow] = field(default_factory=list)
    mentions: list[tuple[str, int]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    outcomes: list[Record | Exception] = field(default_factory=list)

    def judge(self, requests: Iterable[Request]) -> None:
        """Take in the rows of each request, or the reason why it cannot be committed."""
        for request in requests:
            try:
                self.outcomes.append(self._take(request))
            except CfgcoreError as error:
                self.outcomes.append(error)
            except (ValueError, TypeError, RecursionError) as error:
                self.outcomes.append(StoreError(f"the change cannot be stored: {error}"))

    def _take(self, request: Request) -> Record:
        self._check(request.expect)
        record = seal(self.head, request.draft, commits=request.commits)
        head = advance(self.head, record)
        documents = {_name(name): document_row(name, head.revision, write) for name, write in request.writes.items()}
        mentions = [(_name(name), record.sequence) for name in {**request.draft.edits, **request.writes}]
        secrets = {_name(key): secret_text(key, value) for key, value in request.secrets.items()}
        self.records.append((record.sequence, record.revision, record_text(record)))
        self.mentions += mentions
        self.documents.update(documents)
        self.secrets.update(secrets)
        self.revisions.update(dict.fromkeys(documents, head.revision))
        self.head = head
        return record

    def _check(self, expect: Mapping[str, int]) -> None:
        for name, expected in expect.items():
            found = self.revisions.get(name, 0)
            if found != expected:
                raise Conflict(f"document {name!r} was read at revision {expected} and is at {found} now")


def audited(head: Head, draft: Draft) -> tuple[Batch, Record]:
    """Return the batch of one record that follows `head` and changes no document. Raises ``StoreError``."""
    batch = Batch(head, {})
    batch.judge([Request({}, {}, draft, {}, commits=False)])
    outcome = batch.outcomes[0]
    if not isinstance(outcome, Record):
        raise outcome
    return batch, outcome


def expected(requests: Iterable[Request]) -> list[str]:
    """Return the names of the documents whose revisions the requests expect something of."""
    return list({name: None for request in requests for name in request.expect})


def _name(name: str) -> str:
    if "\0" in name or len(name) > NAME_LIMIT:
        raise ValueError(f"a name holds no NUL, and at most {NAME_LIMIT} characters")
    return name
