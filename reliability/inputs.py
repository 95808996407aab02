"""Bytes, texts, ids, paths and values as nobody means them: altered at random, and made to be too much."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

SIZE = 1 << 20

#: About how long (letters) a variable can be.
VARIABLE_SIZE = 128 << 10

#: What is put into bytes that are altered.
TOKENS = (
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"0x1"),
    *(b"9" * 30, b"9" * 5000, b"1" + b"0" * 400, b"1e-400", b"\\u0000", b"\\ud800", b"\\udfff", b"\\u12", b"\x00"),
    *(b"\xff", b"\xef\xbb\xbf", b"\xc0\xaf", b"\xed\xa0\x80", b"\r\n", b"\n", b"\t", b"/**/", b"'", b"@format"),
    *(b'"$secret"', b'"a":1,"a":2', b'{"values":', b'"values":[]', b'"versions":{"work":-1}', b"[" * 50, b'{"a":' * 50),
    *(b'"revision": -1', b'"revision": 1.5', b'"sequence":"1"', b'"payload":null', b'"parts":{}', b'"edits":[[]]'),
)


def _pages(unit: bytes, begin: bytes = b"", end: bytes = b"") -> Callable[[], bytes]:
    return lambda: begin + unit * ((SIZE - len(begin) - len(end)) // len(unit)) + end


#: Files of 1 MiB, each of which is too much of something.
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blank": _pages(b" "),
    "zero bytes": _pages(b"\0"),
    "open lists": _pages(b"["),
    "open objects": _pages(b'{"a":'),
    "closed lists": lambda: b"[" * (SIZE // 2) + b"]" * (SIZE // 2),
    "one text": _pages(b"x", b'{"system":{"values":{"work":{"text":"', b'"}}}}'),
    "escapes": _pages(b"\\u00e9", b'{"system":{"values":{"work":{"text":"', b'"}}}}'),
    "surrogates": _pages(b"\\ud83d", b'{"system":{"values":{"work":{"text":"', b'"}}}}'),
    "one number": _pages(b"9", b'{"system":{"values":{"work":{"number":', b"}}}}"),
    "one fraction": _pages(b"9", b'{"system":{"values":{"work":{"number":0.', b"}}}}"),
    "empty lists": _pages(b"[],", b'{"system":{"values":{"work":{"text":[', b"0]}}}}"),
    "empty objects": _pages(b"{},", b'{"system":{"values":{"work":{"text":[', b"0]}}}}"),
    "numbers": _pages(b"1,", b'{"system":{"values":{"work":{"text":[', b"0]}}}}"),
    "keys": lambda: b'{"system":{"values":{' + b",".join(b'"%x":{}' % n for n in range(SIZE // 12)) + b"}}}",
    "one key, often": _pages(b'"a":1,', b'{"system":{"values":{"work":{', b'"b":1}}}}'),
    "users": lambda: b'{"users":{' + b",".join(b'"%x":{"values":{}}' % n for n in range(SIZE // 24)) + b"}}",
    "UTF-16": lambda: ('{"system":{"values":{"work":{"text":"' + "x" * (SIZE // 2 - 60) + '"}}}}').encode("utf-16"),
    "short lines": _pages(b"\n"),
    "lines with digests": _pages(b'{"digest":"' + b"0" * 64 + b'","x":1}\n'),
    "SQLite": lambda: b"SQLite format 3\0" + b"\x10\0\2\2\0\x40\x20\x20" + b"\xff" * (SIZE - 24),
}

_LINE = re.compile(rb'\{"digest":"[^"]{0,100}",')
_FILE = re.compile(rb'"digest": "([0-9a-f]{64})"')

_PIECES = (
    *("work.number", "work.text", "work.left", "work.first", "work.token", "work", ".", "", "..", "number", "a" * 300),
    *(
        "__class__",
        "system.values",
        "$secret",
        "@format",
        "work.number.x",
        "WORK.NUMBER",
        "work..number",
        "\0",
        "\ud800",
    ),
)
_LETTERS = "aB0 .-_/\\:%é\u0301ﬁİß😀\u202e\u200d\ufeff\0\n\r\t\x1f\x7f\x85\u2028\ud800\udfff\U0010ffff"
_TEXT_TOKENS = (
    *(
        "",
        "",
        "",
        "",
        "@int ",
        "@float ",
        "@bool ",
        "@json ",
        "@str ",
        "@note ",
        "@del ",
        "@reset ",
        "@empty ",
        "@merge ",
    ),
    *(
        "@insert ",
        "@insert 0 ",
        "@merge_unique ",
        "@format {env[HOME]}",
        "@jinja {{ 7 * 7 }}",
        "@get work.number ",
        "@none ",
    ),
    *("@read_file /etc/passwd ", "@path ", "@int @json ", "@@", "@", "dynaconf_merge", "@xyz "),
)
_VARIABLE_LETTERS = "aB01 .-_/\\:%é{}[]\"'=,@$#\n\t\x7f\ud800😀"
_SCALARS = (
    *(None, True, False, 0, -1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.0, -0.0, 1.5, 1e308, float("inf")),
    *(float("nan"), "", "x", "\0", "\ud800", "é" * 1000, "x" * SIZE, "x" * (SIZE + 1), b"x", (), 1j, object, "@int 5"),
)


def crowd(count: int = 10_000) -> bytes:
    """Return a document file of about 1 MiB, as somebody may write it, of so many users."""
    users = {
        f"user{n:05}": {"values": {"work": {"number": n, "text": "some words of text, and some more"}}}
        for n in range(count)
    }
    return json.dumps({"users": users}).encode()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return other bytes: one to four things are done to `data`."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        begin = chance.randrange(len(changed) + 1)
        end = min(len(changed), begin + chance.choice((0, 1, 1, 4, 64, 1000)))
        kind = chance.randrange(5)
        if kind == 0 and begin < len(changed):
            changed[begin] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[begin:end] = chance.choice(TOKENS)
        elif kind == 2:
            del changed[begin:end]
        elif kind == 3:
            changed[begin:begin] = changed[begin:end]
        else:
            other = chance.randrange(len(changed) + 1)
            changed[begin:end] = changed[other : other + end - begin]
    return bytes(changed)


def resealed(data: bytes) -> bytes:
    """Return a line, or a document file, with the digest that it should have; anything else as it is."""
    found = _LINE.match(data)
    if found is not None:
        rest = data[found.end() :].rstrip(b"\n")
        return b'{"digest":"' + hashlib.sha256(b"{" + rest).hexdigest().encode() + b'",' + rest + b"\n"
    digest = _FILE.search(data, 0, 2000)
    if digest is None:
        return data
    empty = data[: digest.start(1)] + data[digest.end(1) :]
    return data[: digest.start(1)] + hashlib.sha256(empty).hexdigest().encode() + data[digest.end(1) :]


def sealed(data: bytes) -> bytes:
    """Return a line with its digest that holds `data`, as the only thing that it holds."""
    body = b'{"x":' + data + b"}"
    return b'{"digest":"' + hashlib.sha256(body).hexdigest().encode() + b'",' + body[1:] + b"\n"


def odd_id(chance: random.Random) -> Any:
    """Return what may be given for a user's id, and seldom is one."""
    if chance.random() < 0.05:
        return chance.choice((0, b"alice", 1.5, ["alice"], object()))
    length = chance.choice((0, 1, 2, 5, 20, 256, 257, 10_000) if chance.random() < 0.1 else (1, 2, 5, 20))
    return "".join(chance.choices(_LETTERS, k=length))


def odd_path(chance: random.Random) -> str:
    """Return what may be given for a path: half of the time, one of a setting."""
    if chance.random() < 0.5:
        return chance.choice(_PIECES[:5])
    return chance.choice((".", "")).join(chance.choices(_PIECES, k=chance.randint(1, 3)))


def odd_environment(chance: random.Random) -> dict[str, str]:
    """Return variables, of which most mean a setting, with any text as it may stand in one."""
    names = ("NUMBER", "TEXT", "LEFT", "FIRST", "TOKEN", "number", "", "NUMBER__X", "_", "TEXT_FILE", "É")
    sections = ("APP_WORK__", "APP_WORK__", "APP_WORK__", "APP_WORK", "APP_", "APP__", "APP_POLICIES__", "APP_FLAGS__")
    return {
        chance.choice(sections) + chance.choice(names): chance.choice(_TEXT_TOKENS) + _variable(chance)
        for _ in range(chance.choice((1, 1, 2, 5)))
    }


def _variable(chance: random.Random) -> str:
    if chance.random() < 0.01:
        return chance.choice(("[", '{"a":', "9", "[],", "x", "{", '"', "\n", "a=", "é"))[:9] * (VARIABLE_SIZE // 9)
    if chance.random() < 0.3:
        return chance.choice(TOKENS).decode("utf-8", "surrogateescape").replace("\0", "")
    return "".join(chance.choices(_VARIABLE_LETTERS, k=chance.choice((0, 1, 3, 8, 30))))


def odd_value(chance: random.Random, depth: int = 0) -> Any:
    """Return any value: plain or not, deep or not."""
    kind = chance.random()
    if kind < 0.7 or depth > 4:
        return chance.choice(_SCALARS) if chance.random() < 0.5 else chance.randint(-9, 9)
    if kind < 0.75:
        return _deep(chance.choice((10, 33, 100, 2_000, 100_000)))
    if kind < 0.85:
        return [odd_value(chance, depth + 1) for _ in range(chance.choice((0, 1, 3)))]
    return {chance.choice(_PIECES): odd_value(chance, depth + 1) for _ in range(chance.choice((0, 1, 3)))}


def _deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value
