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

#: How large a copy may be, in bytes, that is looked through; a larger one may hold everything.
_SIZE_LIMIT = 16 << 20

_logger = logging.getLogger("cfgcore.store")


def tell_of_copies(file: File, document: str) -> None:
    """Warn of every copy beside `file` that may still hold `document`: what is erased of a store is not of those.

    Never fails: what it speaks of is done.
    """
    whom = user_of(document) or document
    try:
        found = [one for one in file.parent.iterdir() if one.name.startswith(file.name)]
    except OSError as error:
        _logger.warning("%s: copies beside it may still hold what was erased of %r: %s", file, whom, error.strerror)
        return
    for copy in sorted(one for one in found if _COPY.match(one.name[len(file.name) :])):
        if _may_hold(copy, document):
            _logger.warning(
                "%s: it was kept beside the store, and may still hold what was erased of %r; remove it", copy, whom
            )


def _may_hold(copy: File, document: str) -> bool:
    user = user_of(document)
    plain = (document,) if user is None else (document, json.dumps(user, ensure_ascii=False), json.dumps(user))
    try:
        if not copy.is_file():
            return False
        data = copy.read_bytes() if copy.stat().st_size <= _SIZE_LIMIT else None
    except OSError:
        return True
    texts = (text.encode("utf-8", "surrogatepass") for text in (*plain, secret_prefix(document)))
    return data is None or any(text in data for text in texts)
