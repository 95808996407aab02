"""The reference of sections as Markdown."""

from typing import Literal

import pytest

from cfgcore import Flag, Profile, rule, section, setting, subsection
from cfgcore.declare.reference import settings_reference
from cfgcore.declare.registry import Owned, Registry

SECRET = "hunter2-hunter2"


@subsection
class Mirror:
    url: str = setting(help="Where it is.")
    key: str = setting(SECRET, secret=True)


@section("server", title="The server", aliases=("web",))
class ServerConfig:
    """Where the application | listens."""

    port: int = setting(8000, minimum=1, maximum=65535, help="Port to bind.", env=("PORT",))
    wait: float = setting(1.5, exclusive_minimum=0, unit="s", help="Patience.")
    mode: Literal["fast", "safe"] = setting("safe", restart=True)
    names: tuple[str, ...] = setting((), pattern="a|b", length=(0, 3))
    password: str = setting(SECRET, secret=True)
    required: str = setting(deprecated="No use.", renamed_from="needed")
    mirrors: tuple[Mirror, ...] = setting(())
    best: Mirror | None = setting(None, scope="system")


def is_low(port: int) -> None:
    """The port is low.

    Nobody knows why.
    """


PARTS = {
    "sections": [ServerConfig],
    "rules": [rule(("server.port",), is_low, code="server.low", severity="warning")],
    "flags": [Flag("listening", default=True, description="Listen at all.", owner="somebody")],
    "profiles": [
        Profile("server.mode", "safe", {"server.port": 1}),
        Profile("server.mode", "fast", {"server.wait": 0.5}),
    ],
}


@pytest.fixture
def page() -> str:
    return settings_reference(Registry([Owned("plugin", **PARTS)]), "APP")


@pytest.mark.parametrize(
    "line",
    [
        "| [The server](#the-server) | `server` | plugin | Where the application \\| listens. |",
        "| `port` | whole number | `8000` | 1 to 65535 |  | `APP_SERVER__PORT`, `PORT` | Port to bind. |",
        "| `wait` | number | `1.5` | more than 0 | s | `APP_SERVER__WAIT` | Patience. |",
        "| `mode` | `fast`, `safe` | `safe` |  |  | `APP_SERVER__MODE` | Changes wait for a restart. |",
        "| `names` | list of text | empty | matches `a\\|b`; 0 to 3 items |  | `APP_SERVER__NAMES` |  |",
        "| `password` | text | •••• |  |  | `APP_SERVER__PASSWORD` | A secret. |",
        "| `required` | text | required |  |  | `APP_SERVER__REQUIRED` | Deprecated: No use. Formerly `needed`. |",
        "| `mirrors[].url` | text | required |  |  |  | Where it is. |",
        "| `best` | table, or none | none |  |  | `APP_SERVER__BEST` | Users cannot override it. |",
        "| `best.key` | text | •••• |  |  | `APP_SERVER__BEST__KEY` | A secret. |",
        "| `server.low` | warning | `server.port` | The port is low. |",
        "| `listening` | on | somebody | Listen at all. |",
        "| setting | `fast` | `safe` |",
        "| `server.port` |  | `1` |",
    ],
)
def test_rows(page: str, line: str) -> None:
    """Each setting, rule, flag and profile has its row, with everything that was declared of it."""
    assert line in page.splitlines()


def test_secrets_are_not_told(page: str) -> None:
    """No default of a secret is in the page."""
    assert SECRET not in page


def test_nothing_to_tell() -> None:
    """Without plugins the page has its title and no empty chapters."""
    assert "## " not in settings_reference(Registry([]))
