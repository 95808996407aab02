"""P19: a user's id is data, never a path: whatever it is, it works exactly, or is refused."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from cfgcore.errors import InvalidUser, StoreDamaged
from reliability.application import open_config
from reliability.child import Board, call
from reliability.mutants import Mutant, folded_ids, ids_as_paths
from reliability.place import fresh, workplace
from reliability.report import Row
from reliability.scale import Scale

PIECES = (
    *(
        "..",
        ".",
        "/",
        "\\",
        "~",
        "%2e%2e",
        "%00",
        "\0",
        "\n",
        "\r",
        " ",
        "\t",
        ":",
        "|",
        "*",
        "?",
        '"',
        "'",
        "<",
        ">",
        "$",
    ),
    *(
        "con",
        "NUL",
        "aux",
        "com1",
        "LPT9",
        "etc",
        "passwd",
        "c:",
        "file://",
        "backup",
        "journal",
        ".tmp",
        "lock",
        "user/",
    ),
    *(
        "alice",
        "ALICE",
        "é",
        "e\u0301",
        "ﬁ",
        "İ",
        "ß",
        "ẞ",
        "\U0001d482",
        "😀",
        "\u202e",
        "\u200d",
        "\ufeff",
        "\ud800",
        "\U0010ffff",
    ),
    *(
        "system",
        "policies",
        "{",
        "}",
        "[",
        ",",
        "\\u0000",
        "';--",
        "$secret",
        "@format",
        "__class__",
        "-",
        "--help",
        "0",
    ),
)


#: Ids for stores that are broken on purpose: none of them leads out of the folder around the store's.
HARMLESS = ("../outside", "inside", "below/inside", "alice", "ALICE", "straße", "STRASSE")


#: How many users a store has: a JSON store writes all of them with each commit.
TOGETHER = 1_000


def hostile(kind: str, scale: Scale) -> Row:
    """Store a number for each of thousands of ids that look like something else; read all of them back, opened anew."""
    row = Row("P19", "hostile user ids", kind)
    chance, ids = random.Random(scale.seed), set(PIECES)
    while len(ids) < scale.of(5_000, 50_000):
        ids.add("".join(chance.choices(PIECES, k=chance.randint(1, 9)))[: chance.choice((256, 300))])
    with workplace(kind) as place:
        usual = _names(kind, fresh(kind, place / "usual"))
        for together in _alike(ids):
            _try(row, kind, fresh(kind, place / "root"), together, usual)
        for mutant in (ids_as_paths(kind, place / "broken"), folded_ids(kind)):
            row.controls[mutant.name] = _is_caught(kind, fresh(kind, place / "broken"), mutant, usual)
    return row


def _alike(ids: set[str]) -> Iterator[list[str]]:
    """Yield the ids, so many together as one store is given; those that look alike are."""
    ordered = sorted(ids, key=lambda each: (unicodedata.normalize("NFKC", each).casefold(), each))
    yield from (ordered[begin : begin + TOGETHER] for begin in range(0, len(ordered), TOGETHER))


def _names(kind: str, root: Path) -> set[str]:
    """Return which files a store has, of one user and of everyone, while it is open and afterwards."""
    with open_config(kind, root) as config:
        config.update({"work.token": "hidden"})
        config.update({"work.number": 1}, user="somebody")
        found = {file.name for file in root.iterdir()}
    return found | {file.name for file in root.iterdir()}


def _is_caught(kind: str, root: Path, mutant: Mutant, usual: set[str]) -> bool:
    def act(board: Board) -> None:
        mutant.apply()
        control = Row("P19", "", kind)
        try:
            _try(control, kind, root, HARMLESS, usual)
        except StoreDamaged:  # the store itself misses what its log speaks of
            board.text = "caught"
        else:
            board.text = "caught" if control.violations else ""

    return call(act)[1] == "caught"


def _try(row: Row, kind: str, root: Path, ids: Sequence[str], usual: set[str]) -> None:
    """Store for each id, and read back; no file is there that a store of any one user would not have.

    So it does not matter whether the file system tells small letters from capital ones, or which names it knows.
    """
    around = set(root.parent.iterdir())
    stored = _store(row, kind, root, ids)
    with open_config(kind, root) as config:
        for user, number in stored.items():
            if config.for_user(user).work.number != number:
                row.violations.append(f"{user!r} holds {config.for_user(user).work.number}, not {number}")
    outside = [file.name for file in set(root.parent.iterdir()) - around]
    inside = {file.name for file in root.iterdir()} - usual
    if outside or inside:
        row.violations.append(f"files were made: {outside} outside, {sorted(inside)} inside")


def _store(row: Row, kind: str, root: Path, ids: Sequence[str]) -> dict[str, int]:
    stored: dict[str, int] = {}
    with open_config(kind, root) as config:
        for number, user in enumerate(ids, 1):
            row.trials += 1
            try:
                config.update({"work.number": number}, user=user)
                stored[user] = number
            except InvalidUser:
                continue
            except Exception as error:
                row.violations.append(f"{user!r}: {type(error).__name__}: {error}")
    return stored
