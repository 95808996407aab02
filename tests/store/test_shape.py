"""What carries the right digest and still makes no sense is refused, whoever wrote it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from cfgcore.errors import StoreDamaged
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.line import to_line
from cfgcore.store.projection import read
from cfgcore.store.record import Head, from_data, seal, to_data
from cfgcore.store.rows import document_of
from cfgcore.store.state import begin, checkpoint_line, entry_in
from cfgcore.testing.store_fixtures import commit, draft_of

RECORD = to_data(seal(Head("one"), draft_of({"system": 1}), commits=True))
PAYLOAD = RECORD["parts"][0]["payload"]


@pytest.mark.parametrize(
    "content", ["[]", "5", "{}", '{"values":[],"versions":{}}', '{"values":{},"versions":{"a":true}}']
)
def test_a_row_of_a_document_that_is_none_is_damage(content: str) -> None:
    """A row whose digest is right and whose content is no document raises the store's own error."""
    digest = hashlib.sha256(f"system\n1\n{content}".encode()).hexdigest()
    with pytest.raises(StoreDamaged, match="document 'system' cannot be read"):
        document_of(("system", 1, content, digest))


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": "1"},
        {"revision": 1.0},
        {"time": None},
        {"parts": {}},
        {"parts": [5]},
        {"parts": [{"digest": "x", "salt": "y", "payload": []}]},
        {"parts": [{"digest": "x", "salt": "y", "payload": {**PAYLOAD, "edits": [[]]}}]},
        {"parts": [{"digest": "x", "salt": "y", "payload": {**PAYLOAD, "edits": [{"path": [1]}]}}]},
        {"parts": [{"digest": "x", "salt": "y", "payload": {**PAYLOAD, "document": None}}]},
    ],
)
def test_a_record_that_is_none_is_refused(change: dict[str, Any]) -> None:
    """A record of another shape is no record."""
    assert from_data(RECORD).edits()
    with pytest.raises(ValueError, match=r"missing, or something else|no table|not made of texts"):
        from_data({**RECORD, **change})


@pytest.mark.parametrize(
    "change",
    [{"saved": "1"}, {"writes": {"system": {"values": 5, "versions": {}}}}, {"writes": {"system": {"values": {}}}}],
)
def test_a_line_of_a_journal_that_is_none_is_refused(change: dict[str, Any]) -> None:
    """A line whose digest is right and that is no record raises ``ValueError``."""
    with pytest.raises(ValueError):  # noqa: PT011
        entry_in(to_line({"record": RECORD, "saved": 2, **change}))


@pytest.mark.parametrize("head", [{"sequence": "0"}, {"horizon": None}, {"incarnation": 1}])
def test_a_checkpoint_that_is_none_is_refused(head: dict[str, Any]) -> None:
    """A journal begins with a head of numbers and texts."""
    whole = {"incarnation": "one", "sequence": 0, "revision": 0, "chain": "0", "horizon": 0}
    assert begin(checkpoint_line(Head("one"), {}, 2))
    with pytest.raises(ValueError, match="missing, or something else"):
        begin(to_line({"checkpoint": {"format": 1, "head": {**whole, **head}, "saved": 2, "documents": {}}}))


def test_a_header_beyond_all_numbers_is_none(file: Path, store: JsonFileStore) -> None:
    """A file that says that it was saved in infinity is read without its header."""
    commit(store, {"system": 1})
    text = file.read_text(encoding="utf-8")
    saved = text.partition('"saved": ')[2].partition("\n")[0].rstrip(",")
    assert read(text.encode()).header is not None
    assert read(text.replace(saved, "1e999").encode()).header is None
