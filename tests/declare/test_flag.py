"""A feature flag, as a plugin declares it."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore import DeclarationError, Flag


def test_a_flag_is_off_unless_it_says_otherwise() -> None:
    """A new feature is opted into."""
    assert Flag("enhanced_downloads").default is False
    assert Flag("enhanced_downloads", default=True).default is True


@pytest.mark.parametrize(
    ("name", "default", "cause"),
    [("a-b", False, "the name 'a-b'"), ("", False, "the name ''"), (5, False, "not text"), ("ab", 1, "the default 1")],
)
def test_a_flag_that_cannot_be_is_refused(name: Any, default: Any, cause: str) -> None:
    """The error names the flag."""
    with pytest.raises(DeclarationError, match=f"^flag .*{cause}"):
        Flag(name, default)
