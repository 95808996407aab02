"""Patterns of administrators: linear whatever they are, and refused with position and reason where RE2 has them not."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cfgcore.values.pattern import COUNT_LIMIT, PATTERN_LIMIT, TEXT_LIMIT, Pattern, first_match, patterns

#: Patterns that make backtracking matchers hang, each with a text that does it.
CORPUS = [
    (r"(a+)+$", "a" * 50_000 + "!"),
    (r"(a|aa)+$", "a" * 50_000 + "!"),
    (r"(a|a?)+$", "a" * 50_000 + "!"),
    (r"(.*a){20}$", "a" * 5_000 + "!"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 50_000),
    (r"([a-zA-Z]+)*$", "a" * 50_000 + "1"),
    (r"(x+x+)+y", "x" * 50_000),
    (r"^(\w+\s?)*$", "word " * 10_000 + "!"),
    (r"(\d+)*x", "1" * 50_000),
    (r"((a*)*)*b", "a" * 50_000),
]


@pytest.mark.parametrize(("expression", "text"), CORPUS)
def test_no_pattern_stalls(expression: str, text: str) -> None:
    """A pattern and a text that hang a backtracking matcher are answered: no, or that it is too long."""
    assert not Pattern(expression).matches(text[-290:])
    with suppress(ValueError):
        assert not Pattern(expression).matches(text)


def test_the_control_stalls() -> None:
    """Python's own matcher, given the first of them and thirty letters, is still busy after a second."""
    code = "import re; re.fullmatch(r'(a+)+$', 'a' * 30 + '!')"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-S", "-c", code], timeout=1, check=False)


@settings(deadline=None)
@given(st.text("ab(|)*+?.[]^$", max_size=12), st.text("ab", max_size=200))
@example("[[]", "")
def test_agreement_with_python(expression: str, text: str) -> None:
    """Where both take a pattern of the common syntax, both say the same of a short text."""
    try:
        ours = Pattern(expression)
        theirs = re.compile(expression)
    except (ValueError, re.error, FutureWarning):  # Python warns of syntax that it may give another meaning
        return
    start = perf_counter()
    answer = ours.matches(text[:12])
    assert perf_counter() - start < 60
    if not re.search(r"[*+?]\)*[*+?]|\[", expression):
        assert answer is (theirs.fullmatch(text[:12]) is not None)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(a", r"missing \) at position 0"),
        ("x**", "bad repetition operator at position 1"),
        ("[z-a]", "invalid character class range at position 1"),
        ("a(?=b)", "a lookahead, which RE2 does not have at position 1"),
        ("a(?!b)", "a negative lookahead, which RE2 does not have at position 1"),
        ("(?<=a)b", "a lookbehind, which RE2 does not have at position 0"),
        ("(?<!a)b", "a negative lookbehind, which RE2 does not have at position 0"),
        (r"(a)\1", "a backreference, which RE2 does not have at position 3"),
        ("(?P<n>a)(?P=n)", "a backreference, which RE2 does not have"),
        ("a" * (PATTERN_LIMIT + 1), "at most 1,000 characters, not 1,001"),
        ("\ud800", "is no RE2 pattern"),
        ("[^a]{1000}", "is too large: 8,004 instructions of RE2, not 2,000"),
        (r"\pL{300}", "pattern too large"),
        (5, "a pattern is text, not int"),
    ],
)
def test_what_re2_does_not_take_is_refused(expression: str, reason: str) -> None:
    """The reason says what is wrong, and where."""
    with pytest.raises(ValueError, match=reason):
        Pattern(expression)


def test_limits() -> None:
    """There are at most 10,000 patterns; text that is too long is not matched, and counts as matched by filters.

    How long it may be depends on how much a pattern has to look at for each letter.
    """
    with pytest.raises(ValueError, match=r"^pattern 10,001, 'b', is one too many: at most 10,000 .* not 10,002$"):
        patterns([*["a"] * COUNT_LIMIT, "b", "c"])
    with pytest.raises(ValueError, match=r"^pattern 10,001, 'b{59}\.\.\., is one too many"):
        patterns([*["a"] * COUNT_LIMIT, "b" * 900])
    with pytest.raises(ValueError, match=r"pattern 2: '\(' is no RE2 pattern"):
        patterns(["a", "("])
    with pytest.raises(ValueError, match="is not matched"):
        Pattern("a*").matches("a" * (TEXT_LIMIT + 1))
    assert Pattern("a*").matches("a" * TEXT_LIMIT)
    large = Pattern("[ab]*a[ab]{900}")
    assert not large.matches("a" * 660)
    with pytest.raises(ValueError, match="text of more than 662 bytes is not matched with"):
        large.matches("a" * 663)
    assert "b" == first_match(patterns(["b", "c"]), "x" * (TEXT_LIMIT + 1))
    assert first_match(patterns(["b"]), "x") is None


def test_it_matches_the_whole_text() -> None:
    """A pattern is for a name as a whole, as everywhere in cfgcore."""
    assert Pattern("acme/.*").matches("acme/x")
    assert not Pattern("acme").matches("acme/x")
    assert not Pattern("a").matches("\ud800")
