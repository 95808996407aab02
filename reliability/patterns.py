"""P14: an administrator's pattern never stalls: it is refused, or made and matched within ten milliseconds."""

from __future__ import annotations

import json
import random
import re
import resource
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from cfgcore.values import pattern as patterns
from cfgcore.values.pattern import TEXT_LIMIT, Pattern
from reliability.child import TRIED, Board, Child
from reliability.mutants import Mutant, backtracking
from reliability.report import Row
from reliability.scale import Scale

Pair = tuple[str, str]

SECONDS = 0.01
ENOUGH = 20

#: What the machine does besides counts as time of the processor too: what takes too long is tried so often in all.
ATTEMPTS = 4

#: From how many seconds on a pattern of `re` has stalled.
STALLED = 1

#: Patterns with which engines that go back never end, and of RE2 those that it has most to do with; of each text what
#: it repeats, and how it ends.
CORPUS = (
    *(("(a+)+", "a", "!"), ("(a*)*", "a", "!"), ("(a|a)*", "a", "!"), ("(a|aa)+", "a", "!"), ("(a|a?)+", "a", "!")),
    *(("([a-zA-Z]+)*", "a", "1"), ("(.*a){20}", "a", "!"), ("(x+x+)+y", "x", ""), ("(\\w+\\s?)*", "a", "!")),
    *(("^(([a-z])+.)+[A-Z]([a-z])+$", "a", "!"), ("(.*)(.*)(.*)(.*)(.*)x", "a", ""), ("a*a*a*a*a*b", "a", "")),
    *(("(\\d+,?)+;", "1", ""), ("(([a-z0-9])([-.]|[_]+)?([a-z0-9]+))*@", "a", ""), ("(.+)+\\.gguf", "a/", "")),
    *(
        ("((a?){1,30}){1,30}c", "a", ""),
        ("(a?){30}a{30}", "a", ""),
        ("(?:.{0,30}){30}c", "ab", ""),
        (".*" * 300, "a", "\n"),
    ),
    *(
        ("[ab]*a[ab]{12}", "ab", "c"),
        ("[ab]*a[ab]{20}c", "abb", ""),
        ("[ab]*a[ab]{90}", "aab", "c"),
        ("[ab]*a[ab]{900}", "a", "c"),
    ),
    *(("(?:[ab]*a[ab]{50}){10}c", "abaab", ""), ("(?i:[a-z]*a[a-z]{300})|(?:b.*){50}", "ab", "")),
    *(
        ("(\\pL*\\w){100}!", "é", ""),
        ("\\pL{300}", "é", ""),
        ("(?i:[\\pL\\pN]{900})", "ß", ""),
        ("[^a]{1000}", "b", "a"),
    ),
)

_LETTERS = "ab/-.1é"
_ATOMS = (
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\w",
    "\\d",
    "\\pL",
    "/",
    "-",
    "\\.",
    "(?i:a)",
    "(?s:.)",
    "^",
    "$",
    "\\b",
    "é",
)
_REPEATS = ("", "", "", "*", "+", "?", "*?", "{2}", "{3,}", "{0,9}", "{50}", "{1000}")


def never_stall(kind: str, scale: Scale) -> Row:
    """Match a corpus of patterns that are known to stall others, and generated ones, with texts of up to 64 KiB."""
    row = Row("P14", "patterns of an administrator", kind)
    chance = random.Random(scale.seed)
    _each(row, _corpus(chance))
    _each(row, _generated(chance, scale.of(100_000, 10_000_000)))
    mutant, control = backtracking(), Row("P14", "", kind)
    _each(control, _corpus(chance), mutant)
    row.controls[mutant.name] = bool(control.violations)
    return row


def _each(row: Row, pairs: Iterable[Pair], mutant: Mutant | None = None) -> None:
    """Match pairs in a child; a mutant may take a second of the processor for all of them."""

    def run(board: Board) -> None:
        Pattern("a").matches("a")  # imports RE2
        if mutant is not None:
            mutant.apply()
            spent = int(time.process_time()) + STALLED
            resource.setrlimit(resource.RLIMIT_CPU, (spent, spent + STALLED))
        faults: list[str] = []
        for text, subject in pairs:
            board[TRIED] += 1
            taken = min(_taken(text, subject) for _ in range(ATTEMPTS)) if _taken(text, subject) > SECONDS else 0.0
            if taken > SECONDS:
                faults.append(f"{text!r:.200} with {subject!r:.40} ({len(subject)} letters): {taken * 1e3:.0f} ms")
                if len(faults) == ENOUGH:
                    break
        board.text = json.dumps(faults if mutant is None else [])

    child = Child(run)
    child.go()
    code = child.wait()
    row.trials += child.board[TRIED]
    if code == -signal.SIGXCPU:
        row.violations.append(f"pair {child.board[TRIED]} took over {STALLED} s")
    else:
        row.violations += json.loads(child.board.text) if code == 0 else [child.board.text]
    child.board.close()


def _taken(text: str, subject: str) -> float:
    """Make a pattern and match a text, and return the seconds that it took."""
    patterns._compiled.cache_clear()
    start = time.thread_time()
    with suppress(ValueError, re.error):
        Pattern(text).matches(subject)
    return time.thread_time() - start


def _corpus(chance: random.Random) -> Iterator[Pair]:
    for text, unit, end in CORPUS:
        for length in (40, 256, 1_000, 8_000, TEXT_LIMIT):
            count = (length - len(end.encode())) // len(unit.encode())
            yield text, unit * count + end
            yield text, "".join(chance.choices(unit, k=count)) + end


def _generated(chance: random.Random, count: int) -> Iterator[Pair]:
    for number in range(count):
        if number % 4 == 0:
            text = _pattern(chance, 0)[: chance.choice((40, 200, 1_000))]
        length = chance.choice((5, 20, 20, 60, 60, 250, 250, 1_000, 4_000))
        length = TEXT_LIMIT if chance.random() < 0.01 else length
        yield text, "".join(chance.choices(_LETTERS[: chance.choice((1, 2, 2, 7))], k=length))


def _pattern(chance: random.Random, depth: int) -> str:
    parts = []
    for _ in range(chance.choice((1, 2, 3, 5))):
        kind = chance.random()
        if kind < 0.6 or depth > 3:
            part = chance.choice(_ATOMS)
        elif kind < 0.85:
            part = f"({_pattern(chance, depth + 1)})"
        else:
            part = f"(?:{_pattern(chance, depth + 1)}|{_pattern(chance, depth + 1)})"
        parts.append(part + chance.choice(_REPEATS))
    return "".join(parts)
