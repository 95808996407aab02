"""Copies of a store that lie beside it, and what they may still hold."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path as File

from cfgcore.store.document import user_of
from cfgcore.store.secret import secret_prefix

#: What cfgcore, or whoever made a backup, may have put beside a store; the store's own files are none of it.
_COPY = re.compile(r"\.(before|edited|damaged|backup)-.+")

_logger = logging.getLogger("cfgcore.store")


def tell_of_copies(file: File, document: str) -> None:
    """Warn of every copy beside `file` that may still hold `document`: what is erased of a store is not of those."""
    for copy in _copies(file):
        try:
            holds = _holds(copy.read_bytes(), document)
        except OSError:
            holds = True
        if holds:
            _logger.warning(
                "%s: it was kept beside the store, and may still hold what was erased of %r; remove it",
                copy,
                user_of(document) or document,
            )


def _copies(file: File) -> list[File]:
    found = (one for one in file.parent.iterdir() if one.name.startswith(file.name) and one.is_file())
    return sorted(one for one in found if _COPY.match(one.name[len(file.name) :]))


def _holds(data: bytes, document: str) -> bool:
    user = user_of(document)
    plain = (document,) if user is None else (document, json.dumps(user, ensure_ascii=False), json.dumps(user))
    return any(text.encode("utf-8", "surrogatepass") in data for text in (*plain, secret_prefix(document)))
