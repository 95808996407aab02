"""A document: sparse stored values, and the schema versions they were written with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cfgcore.errors import InvalidUser
from cfgcore.values.frozen import FrozenDict

SYSTEM = "system"
POLICIES = "policies"
FLAGS = "flags"

#: The version at which each section is to be written, by section: the store's own, and nobody's settings.
VERSIONS = "versions"

#: What everyone shares, and every change depends on.
SHARED = (SYSTEM, POLICIES, FLAGS, VERSIONS)
USER_PREFIX = "user/"

USER_LENGTH = 256

_CONTROL = "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]"


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored under one name: values as nested plain data by section, and each section's schema version.

    `revision` is the commit that wrote it last; 0 means that it was never written, or has been erased.
    """

    values: Mapping[str, Any] = field(default_factory=FrozenDict)
    versions: Mapping[str, int] = field(default_factory=FrozenDict)
    revision: int = 0


def user_document(user: str) -> str:
    """Return the name of a user's document. A user id is opaque: it is never a path, and its case counts.

    Raises :class:`InvalidUser` for what is no text, empty, longer than 256 characters or holds control characters.
    """
    if not isinstance(user, str):
        raise InvalidUser(f"a user id is text, not {type(user).__name__}")
    if not user:
        raise InvalidUser("a user id is not empty")
    if len(user) > USER_LENGTH:
        raise InvalidUser(f"a user id has at most {USER_LENGTH} characters, not {len(user)}")
    if not user.isprintable() and re.search(_CONTROL, user):
        raise InvalidUser(f"the user id {user!r} holds control characters or lone surrogates")
    return USER_PREFIX + user


def user_of(name: str) -> str | None:
    """Return the user whose document is called `name`, or None for the documents that everyone shares."""
    return name[len(USER_PREFIX) :] if name.startswith(USER_PREFIX) else None
