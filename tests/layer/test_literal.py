"""Text read as the type that a setting asks for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.declare.kind import Kind
from cfgcore.layer.dynaconf_reader import Cast, starts_with_token
from cfgcore.layer.literal import read_literal
from cfgcore.values.absent import ABSENT

TEXTS = [
    "1.10",
    "123456",
    "2024-01-01",
    "1e5",
    "true",
    "null",
    "[1]",
    "{a=1}",
    "'q'",
    '"q"',
    "a\nb = 2",
    "0x10",
    "@",
    "@foo",
]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("list", '[{"path": "a.b", "maximum": 5}]', [{"path": "a.b", "maximum": 5}]),
        ("list", '[{path = "a.b", maximum = 5}]', [{"path": "a.b", "maximum": 5}]),
        ("list", ' ["a", null]', ["a", None]),
        ("dict", '{"a": {"b": 1}}', {"a": {"b": 1}}),
        ("record", '{"a": true}', {"a": True}),
        ("list", '[{"a": 1', '[{"a": 1'),
        ("list", "many", "many"),
    ],
)
def test_lists_and_tables_may_be_json(kind: Any, text: str, expected: Any) -> None:
    """Where TOML reads no list or table, JSON may; what is neither stays text, which the setting refuses."""
    assert Cast(expected) == read_literal(text, Kind(kind))


@pytest.mark.parametrize("kind", ["str", "path", "decimal", "uuid", "datetime", "enum", "literal"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_as_it_is_written(kind: Any, text: str) -> None:
    """Casting would make 1.1 of 1.10, and a number of a password of digits."""
    assert Cast(text) == read_literal(text, Kind(kind))


@given(st.text().filter(lambda text: not starts_with_token(text)))
def test_any_text_without_a_token_is_taken_for_a_str(text: str) -> None:
    """There is no text that a variable cannot give to a setting that is text."""
    assert Cast(text) == read_literal(text, Kind("str"))


@pytest.mark.parametrize(("text", "expected"), [("red", "red"), ("3", 3), ("true", True), ("4", "4"), ("None", "None")])
def test_a_choice_that_is_no_text_is_found_by_its_spelling(text: str, expected: Any) -> None:
    """``Literal["red", 3, True]`` takes the variable's 3; what is no choice stays text, for the check to refuse."""
    found = read_literal(text, Kind("literal", choices=("red", 3, True))).value
    assert expected == found or (expected is True and text == found)


@pytest.mark.parametrize("text", ["1", "true", "True", "TRUE", "yes", "on", " On "])
def test_words_for_true(text: str) -> None:
    """A switch takes the words that people write."""
    assert Cast(True) == read_literal(text, Kind("bool"))


@pytest.mark.parametrize("text", ["0", "false", "False", "no", "off", "OFF\n"])
def test_words_for_false(text: str) -> None:
    """A switch takes the words that people write."""
    assert Cast(False) == read_literal(text, Kind("bool"))


@pytest.mark.parametrize("text", ["2", "t", "enabled", "ja", "1.0"])
def test_other_words_stay_text(text: str) -> None:
    """They are refused by the check, and not taken for false."""
    assert Cast(text) == read_literal(text, Kind("bool"))


@pytest.mark.parametrize(
    "kind", ["bool", "int", "float", "path", "enum", "literal", "list", "dict", "timedelta", "uuid"]
)
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_empty_text_is_unset(kind: Any, text: str) -> None:
    """``APP_SERVER__PORT=`` in a compose file means that nobody gave a port."""
    assert ABSENT is read_literal(text, Kind(kind)).value


@pytest.mark.parametrize("text", ["", " "])
def test_empty_text_is_a_str(text: str) -> None:
    """For text, empty is a value."""
    assert text == read_literal(text, Kind("str")).value


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("int", "8000", 8000),
        ("int", "1_000", 1000),
        ("int", "1e3", 1000.0),
        ("int", "many", "many"),
        ("int", "٣", "٣"),
        ("float", "0.5", 0.5),
        ("float", "3", 3),
        ("timedelta", "1h30m", "1h30m"),
        ("timedelta", "90", 90),
        ("list", "['a', 1]", ["a", 1]),
        ("list", "a,b", "a,b"),
        ("dict", "{a = 1, b = {c = 'x'}}", {"a": 1, "b": {"c": "x"}}),
        ("any", "True", True),
    ],
)
def test_the_rest_is_cast_as_toml(kind: Any, text: str, expected: Any) -> None:
    """As Dynaconf documents it; whether the type fits is the check's business."""
    assert Cast(expected) == read_literal(text, Kind(kind))
    assert type(expected) is type(read_literal(text, Kind(kind)).value)


@pytest.mark.parametrize("kind", ["str", "int", "bool", "list", "path"])
def test_a_token_is_obeyed_whatever_the_type(kind: Any) -> None:
    """``@none`` says None everywhere, and ``@int`` a whole number even where text was asked for."""
    assert Cast(None) == read_literal("@none", Kind(kind))
    assert Cast(3) == read_literal("@int 3", Kind(kind))
    assert "delete" == read_literal("@del", Kind(kind)).operation
