"""The states that documents went through since they were last looked at, commit by commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from cfgcore.change.commit import Outcome
from cfgcore.change.past import before, records_since
from cfgcore.store.document import Document
from cfgcore.store.protocol import Store
from cfgcore.store.record import Record

Documents = Mapping[str, Document]

#: The action of a commit that takes back what a critical listener failed on.
TAKEN_BACK = "taken back"

#: How many commits are told one by one; more are told as one.
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """Documents as a commit left them: its revision (None where several are told as one), and what it took back."""

    documents: Documents
    revision: int | None
    rollback_of: int | None = None


def steps(store: Store, known: Documents, now: Documents, outcome: Outcome | None = None) -> Iterator[Step]:
    """Yield the states between the `known` one and that of `now`, oldest first, one for each commit.

    `outcome` is the commit that gave cause to look: where it alone lies in between, the log is not read. Where the log
    does not say any more what a commit did, what is left of the way is one step.
    """
    moved = {name: document for name, document in now.items() if document.revision != known[name].revision}
    if not moved:
        return
    if outcome is not None and _is_whole_way(outcome, known, moved):
        plan = outcome.plan
        yield Step(now, outcome.revision, plan.reverts if plan and plan.action == TAKEN_BACK else None)
        return
    yield from _replayed(now, _between(store, known, moved))


def _is_whole_way(outcome: Outcome, known: Documents, moved: Documents) -> bool:
    expect = outcome.plan.expect if outcome.plan is not None else {}
    return all(
        document.revision == outcome.revision and expect.get(name) == known[name].revision
        for name, document in moved.items()
    )


def _between(store: Store, known: Documents, moved: Documents) -> list[Record]:
    """Return the commits since the known state that wrote one of the documents, newest first."""
    found = {
        record.sequence: record
        for name in moved
        for record in islice(records_since(store, known[name].revision, name), LIMIT + 1)
    }
    return [found[sequence] for sequence in sorted(found, reverse=True)] if len(found) <= LIMIT else []


def _replayed(now: Documents, records: list[Record]) -> list[Step]:
    states: list[Step] = []
    documents = dict(now)
    for record in records:
        edits = {name: found for name, found in record.edits().items() if name in documents}
        written = [name for name in edits if documents[name].revision == record.revision]
        if not written:
            break  # the log has lost a part of the way
        states.append(Step(dict(documents), record.revision, record.reverts if record.action == TAKEN_BACK else None))
        for name in written:
            documents[name] = replace(before(documents[name], record, name), revision=_previous(records, record, name))
    return states[::-1] or [Step(now, None)]


def _previous(records: list[Record], record: Record, name: str) -> int:
    """Return the revision that wrote the document before `record` did, as far as `records` say; else 0."""
    older = (other for other in records if other.sequence < record.sequence and name in other.edits())
    return next((other.revision or 0 for other in older), 0)
