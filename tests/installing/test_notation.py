"""Values as settings files write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.installing.notation import TOML, YAML, literal
from cfgcore.layer.dynaconf_reader import cast, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=8,
)
FORMS = {TOML: "key = {}", YAML: "key: {}"}


def understood(value: Any) -> Any:
    """A value of a parsed file as cfgcore takes it: tokens obeyed."""
    if isinstance(value, str):
        return cast(value, infer=False).value
    if isinstance(value, dict):
        return {key: understood(item) for key, item in value.items()}
    return [understood(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("notation", list(FORMS))
@given(value=VALUES)
def test_what_is_written_is_read_again(notation: str, value: Any) -> None:
    """Every plain value stands on one line, and reading that line gives it back, type and all."""
    text = literal(value, notation)
    assert [text] == text.splitlines()
    data, _ = parse(FORMS[notation].format(text), notation)
    assert repr(value) == repr(understood(data["key"]))


@pytest.mark.parametrize(
    ("value", "toml", "yaml"),
    [
        (None, '"@none"', "null"),
        ("@int 3", '"@str @int 3"', '"@str @int 3"'),
        ('say "a\\b"', '"say \\"a\\\\b\\""', '"say \\"a\\\\b\\""'),
        ("Märkt\x85", '"Märkt\\u0085"', '"Märkt\\u0085"'),
        ({"a b": [1, 2.0, True]}, '{"a b" = [1, 2.0, true]}', '{"a b": [1, 2.0, true]}'),
    ],
)
def test_how_values_look(value: Any, toml: str, yaml: str) -> None:
    """None and tokens are marked, odd characters escaped, the others stay as they are."""
    assert (toml, yaml) == (literal(value, TOML), literal(value, YAML))
