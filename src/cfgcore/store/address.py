"""The URL of a store as it is shown: without what proves who somebody is."""

from __future__ import annotations

import re

_LOGIN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^:/?#@]*):.*@", re.DOTALL)
_SECRET = re.compile(r"(?i)[^=]*(?:passw|pwd|secret|token|key)[^=]*=", re.DOTALL)


def shown(url: str) -> str:
    """Return `url` without its password, and without options whose name says that they are secret.

    A URL in which the end of the password cannot be told, because it holds an @ or a / as it is, loses more than that.
    """
    place, mark, query = _LOGIN.sub(r"\1@", url).partition("?")
    options = [option for option in query.split("&") if option and not _SECRET.match(option)]
    return place + mark * bool(options) + "&".join(options)
