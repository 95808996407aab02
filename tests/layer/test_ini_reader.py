"""INI read by configobj."""

from __future__ import annotations

import pytest

from cfgcore.layer.ini_reader import read_ini
from cfgcore.layer.unreadable import Unreadable

pytest.importorskip("configobj")


def refusal(text: str) -> tuple[str, int | None]:
    with pytest.raises(Unreadable) as caught:
        read_ini(text)
    return caught.value.cause, caught.value.line


def test_values_are_text_as_it_stands() -> None:
    """Commas make no list, ``%(name)s`` and ``$name`` are not replaced; quotes around a value are taken off."""
    text = "[s]\na = 1  # why\nb = x, 'y'\nc = %(a)s $a\nd =\n[[t]]\ne = 'x'\nf = \"it's\"\ng = 'x', 'y'\n"
    nested = {"e": "x", "f": "it's", "g": "'x', 'y'"}
    assert {"s": {"a": "1", "b": "x, 'y'", "c": "%(a)s $a", "d": "", "t": nested}} == read_ini(text)


@pytest.mark.parametrize(
    ("text", "cause", "line"),
    [
        ("[server]\nport = 1\nport = 2\n", "not valid INI: Duplicate keyword name", 3),
        ("[server]\n[server]\n", "not valid INI: Duplicate section name", 2),
        ("[server]\nhunter2\n", "not valid INI: Invalid line", 2),
        ("[[server]\n", "not valid INI: Cannot compute the section depth", 1),
        ("[server]\n[[[peer]]]\n", "not valid INI: Section too nested", 2),
    ],
)
def test_what_is_not_ini_is_refused_with_cause_and_line(text: str, cause: str, line: int) -> None:
    """The line itself, which may hold a secret, is not quoted; of several faults the first is told."""
    assert (cause, line) == refusal(text)
    assert (cause, line) == refusal(text + "[again]\n[again]\nnothing\n")
