"""Names that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.values.suggest import closest, did_you_mean


@pytest.mark.parametrize(
    ("expected", "name"),
    [("server", "sevrer"), ("server", "SERVER"), ("download", "downlod"), (None, "zzz"), (None, "")],
)
def test_the_closest_name_is_found_in_any_case(expected: str, name: str) -> None:
    """A slip of the fingers and other letters' case are seen through; a stranger suggests nothing."""
    assert expected == closest(name, ["server", "download"])


def test_a_suggestion_is_a_sentence_that_can_be_appended() -> None:
    """It brings its own space, and is empty where nothing is close."""
    assert " Did you mean 'port'?" == did_you_mean("prot", ["port", "host"])
    assert "" == did_you_mean("zzz", ["port"])


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=40), max_size=10))
def test_suggesting_never_fails_and_never_invents(name: str, known: list[str]) -> None:
    """Whatever the names are, the answer is one of the known ones, or nothing."""
    found = closest(name, known)
    assert found is None or found in known
    assert ("" == did_you_mean(name, known)) is (found is None)


def test_a_very_long_name_costs_little() -> None:
    """Only the beginning of a name that is megabytes long is compared."""
    assert closest("server" * 1_000_000, ["server"]) is None
