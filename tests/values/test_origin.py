"""Where a value came from, in words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cfgcore import Origin
from cfgcore.values.origin import Path


@dataclass(frozen=True)
class LineThree:
    """Every key stands on line 3."""

    def line_of(self, key: Path) -> int | None:
        return 3


@pytest.mark.parametrize(
    ("expected", "origin"),
    [
        ("environment variable APP_SERVER__PORT", Origin("environment", "variable", "APP_SERVER__PORT")),
        ("file settings.toml", Origin("file", "file", "settings.toml")),
        ("file settings.toml:3", Origin("file", "file", "settings.toml", ("server",), LineThree())),
        ("default of plugin 'web'", Origin("default", "default", "plugin 'web'")),
        ("secret file /run/secrets/server__key", Origin("file", "secret", "/run/secrets/server__key")),
    ],
)
def test_an_origin_reads_as_words(expected: str, origin: Origin) -> None:
    """An origin says what kind of place it is, and which one, with the line where there is one."""
    assert expected == str(origin)


def test_the_place_begins_an_error() -> None:
    """The place is the short form: file and line, or the name alone."""
    assert "settings.toml:3" == Origin("file", "file", "settings.toml", ("server",), LineThree()).place
    assert "APP_X" == Origin("environment", "variable", "APP_X").place


def test_how_a_line_is_found_does_not_tell_origins_apart() -> None:
    """Two origins at the same key of the same file are equal, and show the same."""
    one, other = Origin("file", "file", "a", ("b",), LineThree()), Origin("file", "file", "a", ("b",))
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == repr(other)
