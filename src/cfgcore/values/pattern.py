"""An administrator's patterns: RE2, whose matching takes time linear in the text, and limits on top."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

PATTERN_LIMIT = 1000
COUNT_LIMIT = 10_000
TEXT_LIMIT = 1 << 16
MEMORY_LIMIT = 1 << 20

#: How many characters an error shows of a pattern that is none of its faults.
SHOWN = 60

#: How many instructions of RE2 a pattern may be; for each letter of a text, it may have to look at all of them.
SIZE_LIMIT = 2_000

#: How many instructions are looked at for one text: what takes a few milliseconds.
WORK_LIMIT = 600_000

_WORDS = {
    "(?=": "a lookahead",
    "(?!": "a negative lookahead",
    "(?<=": "a lookbehind",
    "(?<!": "a negative lookbehind",
    "(?<": "a lookbehind",
    "(?P=": "a backreference",
    "(?>": "an atomic group",
    "(?(": "a condition",
}


class Pattern:
    """One compiled pattern. Raises ``ValueError`` with position and reason for what RE2 does not take."""

    __slots__ = ("_compiled", "_longest", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = _compiled(text)
        self._longest = min(TEXT_LIMIT, WORK_LIMIT // self._compiled.programsize)

    def matches(self, subject: str) -> bool:
        """Return whether the pattern matches `subject` as a whole.

        Raises ``ValueError`` for a subject that is too long for it, which is longer than 290 bytes, and may be up to
        64 KiB: whoever asks decides what that means.
        """
        longest = self._longest
        if len(subject) > longest or len(subject.encode("utf-8", "surrogatepass")) > longest:
            raise ValueError(f"text of more than {longest:,} bytes is not matched with {self.text!r}")
        try:
            return self._compiled.fullmatch(subject) is not None
        except UnicodeEncodeError:
            return False


def patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    """Compile patterns. Raises ``ValueError`` for the first that is wrong, by its place, and for more than 10,000."""
    found = tuple(texts)
    if len(found) > COUNT_LIMIT:
        text = repr(found[COUNT_LIMIT])
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise ValueError(
            f"pattern {COUNT_LIMIT + 1:,}, {shown}, is one too many: at most {COUNT_LIMIT:,} patterns are taken, not "
            f"{len(found):,}"
        )
    compiled = []
    for number, text in enumerate(found, start=1):
        try:
            compiled.append(Pattern(text))
        except ValueError as error:
            raise ValueError(f"pattern {number}: {error}" if len(found) > 1 else str(error)) from None
    return tuple(compiled)


def first_match(compiled: Iterable[Pattern], subject: str) -> str | None:
    """Return the first pattern that matches `subject`, or None; one matches every subject that is too long for it."""
    for pattern in compiled:
        try:
            if pattern.matches(subject):
                return pattern.text
        except ValueError:
            return pattern.text
    return None


@lru_cache(maxsize=COUNT_LIMIT)
def _compiled(text: str) -> Any:
    if not isinstance(text, str):
        raise ValueError(f"a pattern is text, not {type(text).__name__}")
    if len(text) > PATTERN_LIMIT:
        raise ValueError(f"a pattern has at most {PATTERN_LIMIT:,} characters, not {len(text):,}")
    import re2

    options = re2.Options()
    options.max_mem = MEMORY_LIMIT
    options.log_errors = False
    try:
        compiled = re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(_fault(text, error)) from None
    if compiled.programsize > SIZE_LIMIT:
        raise ValueError(f"{text!r} is too large: {compiled.programsize:,} instructions of RE2, not {SIZE_LIMIT:,}")
    return compiled


def _fault(text: str, error: Exception) -> str:
    told = error.args[0] if error.args else ""
    told = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    reason, _, fragment = told.partition(": ")
    position = text.find("(?P=" if fragment == "(?P" and "(?P=" in text else fragment) if fragment else -1
    after = text[position:] if position >= 0 else ""
    feature = next((words for start, words in _WORDS.items() if after.startswith(start)), None)
    if feature is None and after.startswith("\\") and after[1:2].isdecimal():
        feature = "a backreference"
    if feature is not None:
        reason = f"{feature}, which RE2 does not have"
    place = f" at position {position}" if position >= 0 else ""
    return f"{text!r} is no RE2 pattern: {reason}{place}"
