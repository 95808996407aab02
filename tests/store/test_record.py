"""Records sealed in one chain."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.record import Draft, Edit, Head, Record, advance, broken, erased, from_data, seal, to_data
from cfgcore.values.absent import ABSENT

START = Head("a" * 32)
EDITS = {
    "system": [Edit(("download", "retries"), ABSENT, 3), Edit(("download", "names"), ["a"], ABSENT)],
    "user/alice": [Edit(("download", "rate"), 1.0, None)],
}


def draft(number: int, **named: Any) -> Draft:
    given = {"action": "update", "actor": "alice", "reason": f"why {number}", "edits": EDITS, **named}
    return Draft(time=f"2026-01-{number + 1:02}T00:00:00Z", versions={"download": 1}, **given)


def sealed(count: int) -> tuple[list[Record], Head]:
    """Return a log in which every third record is a refusal, and where it ends."""
    records, head = [], START
    for number in range(count):
        records.append(seal(head, draft(number, reverts=number or None), commits=number % 3 != 1))
        head = advance(head, records[-1])
    return records, head


def mutations(data: Any) -> Iterator[Any]:
    """Yield `data` with one leaf of it changed, in every place and in a few ways."""
    if isinstance(data, dict):
        for key in data:
            for changed in mutations(data[key]):
                yield {**data, key: changed}
            yield {other: value for other, value in data.items() if other != key}
    elif isinstance(data, list):
        for index, item in enumerate(data):
            for changed in mutations(item):
                yield [*data[:index], changed, *data[index + 1 :]]
            yield data[:index] + data[index + 1 :]
    elif isinstance(data, str):
        yield from (data + "x", data[1:], data[:-1] + chr(ord(data[-1:] or "a") ^ 1))
    elif isinstance(data, (int, float)):
        yield from (data + 1, -data, None, str(data))
    else:
        yield from (0, "", False)


def test_a_whole_log_is_not_broken() -> None:
    """The log of commits and refusals verifies, from its start and from any record on."""
    records, head = sealed(6)
    assert broken(records, head) is None
    middle = START
    for number, record in enumerate(records):
        assert broken(records[number:], head, start=middle) is None
        middle = advance(middle, record)
    assert broken([], START) is None


def test_every_edit_is_detected() -> None:
    """Whatever is changed in whichever record, the chain breaks or the record cannot be read."""
    records, head = sealed(3)
    logs = [to_data(record) for record in records]
    missed, tried = [], 0
    for number, data in enumerate(logs):
        for changed in mutations(data):
            if changed == data and json.dumps(changed) == json.dumps(data):
                continue
            tried += 1
            log = copy.deepcopy([*logs[:number], changed, *logs[number + 1 :]])
            if not is_found(log, head):
                missed.append(changed)
    assert [] == missed
    assert tried > 300


def test_every_digit_of_a_digest_counts() -> None:
    """A changed digest is found, in the chain and in the parts, in whichever digit."""
    records, head = sealed(2)
    for place in range(64):
        chain = (
            records[1].chain[:place] + ("0" if records[1].chain[place] != "0" else "1") + records[1].chain[place + 1 :]
        )
        assert broken([records[0], replace(records[1], chain=chain)], head) is not None


def is_found(log: list[dict[str, Any]], head: Head) -> bool:
    try:
        return broken([from_data(data) for data in log], head) is not None
    except (ValueError, TypeError, KeyError, AttributeError):
        return True


def test_every_deletion_is_detected() -> None:
    """Leaving out any records, from the middle or the end, is found."""
    records, head = sealed(6)
    for chosen in range(2 ** len(records) - 1):
        kept = [record for number, record in enumerate(records) if chosen >> number & 1]
        assert broken(kept, head) is not None


def test_every_order_but_one_is_detected() -> None:
    """Records in any other order, or one of them twice, are found."""
    records, head = sealed(5)
    assert 1 == sum(broken(order, head) is None for order in permutations(records))
    for number, record in enumerate(records):
        assert broken([*records[:number], record, *records[number:]], head) is not None


def test_truncation_is_detected_by_the_head() -> None:
    """A log that ends early verifies in itself: the store's own head is what tells."""
    records, head = sealed(4)
    assert broken(records[:3], head) == "the log ends at record 3, but the store was at 4"


def test_an_old_log_replayed_is_detected() -> None:
    """A log that was continued in another way than the store knows is found."""
    records, head = sealed(4)
    before = START
    for record in records[:3]:
        before = advance(before, record)
    other = seal(before, draft(9), commits=True)
    assert "the log ends at record 4" in str(broken([*records[:3], other], head))


def test_equal_drafts_have_different_digests() -> None:
    """Digests are salted: whoever sees two cannot tell that their payloads were alike."""
    first, second = (seal(START, draft(1), commits=True) for _ in range(2))
    assert first.parts[0].payload == second.parts[0].payload
    assert first.parts[0].digest != second.parts[0].digest
    assert first.chain != second.chain


def test_erasing_leaves_the_chain_whole() -> None:
    """Without the payloads of a document, or of all, the log still verifies, and nothing of them is left."""
    records, head = sealed(4)
    without = [erased(record, "user/alice") for record in records]
    assert broken(without, head) is None
    assert "user/alice" not in json.dumps([to_data(record) for record in without])
    assert {"system"} == {name for record in without for name in record.edits()}
    bare = [erased(record) for record in records]
    assert broken(bare, head) is None
    assert "alice" not in json.dumps([to_data(record) for record in bare])
    assert (None, None, {}, {}) == (bare[0].actor, bare[0].reason, bare[0].edits(), bare[0].versions)


def test_an_erased_payload_cannot_be_replaced() -> None:
    """Nobody can put another payload in the place of an erased one."""
    records, head = sealed(2)
    part = records[0].parts[0]
    assert part.payload is not None
    forged = replace(part, payload={**part.payload, "actor": "mallory"})
    log = [replace(records[0], parts=(forged, *records[0].parts[1:])), records[1]]
    assert broken(log, head) == "record 1: its payload was changed"


def test_records_come_back_from_data() -> None:
    """A record as plain data, through JSON, is the record again."""
    for record in (*sealed(3)[0], erased(sealed(1)[0][0])):
        assert record == from_data(json.loads(json.dumps(to_data(record))))


@pytest.mark.parametrize("data", [{}, {"parts": 5}, {"parts": [{}]}, {"parts": [], "sequence": 1}, []])
def test_what_is_no_record_is_a_value_error(data: Any) -> None:
    """Data of another form is a ValueError."""
    with pytest.raises(ValueError, match="not a record"):
        from_data(data)


def test_a_record_says_what_happened() -> None:
    """Absent values stay apart from None, and actor, reason and versions are those of the draft."""
    record = sealed(1)[0][0]
    assert {name: tuple(edits) for name, edits in EDITS.items()} == record.edits()
    assert ("alice", "why 0", {"download": 1}) == (record.actor, record.reason, record.versions)


def test_a_draft_without_documents_has_a_part_for_its_actor() -> None:
    """A refusal that concerns no document still says who and why."""
    record = seal(START, draft(1, edits={}), commits=False)
    assert ("alice", "why 1", None, 0) == (record.actor, record.reason, record.revision, record.previous)


@pytest.mark.parametrize("name", ["action", "actor", "reason", "time"])
@pytest.mark.parametrize("odd", [None, 1, b"x"])
def test_what_could_not_be_read_again_is_not_sealed(name: str, odd: Any) -> None:
    """A record is refused when it is written, not when it is read."""
    with pytest.raises(StoreError, match=f"the {name} of the change"):
        seal(Head("here"), replace(draft(1), **{name: odd}), commits=True)
