"""A line of JSON that carries the digest of the rest of it, so that no bit of it changes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cfgcore.store.data import dumps, loads

_BEGIN = b'{"digest":"'
_MIDDLE = b'",'
_DIGEST = slice(len(_BEGIN), len(_BEGIN) + 64)
_REST = slice(_DIGEST.stop, _DIGEST.stop + len(_MIDDLE))

NAME_LENGTH = _REST.stop


def to_line(data: Mapping[str, Any]) -> bytes:
    """Return `data`, which is not empty, as one line. Raises ``ValueError`` or ``TypeError`` where JSON cannot."""
    body = dumps(data).encode()
    return _BEGIN + hashlib.sha256(body).hexdigest().encode() + _MIDDLE + body[1:] + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Return what :func:`to_line` was given. Raises ``ValueError`` when one bit of the line is another."""
    data: dict[str, Any] = loads(_checked(line))
    return data


def check_line(line: bytes) -> None:
    """Raise ``ValueError`` when one bit of a line is another."""
    _checked(line)


def name_of(line: bytes) -> str:
    """Return the digest that a line, or the first bytes of one, carries, unchecked."""
    if not line.startswith(_BEGIN) or line[_REST] != _MIDDLE:
        raise ValueError("it is not a line that cfgcore wrote")
    return line[_DIGEST].decode("ascii", "replace")


def _checked(line: bytes) -> bytes:
    name = name_of(line)
    body = b"{" + line[_REST.stop : -1]
    if not line.endswith(b"\n") or hashlib.sha256(body).hexdigest() != name:
        raise ValueError("it is not what was written")
    return body
