"""What the URL of a PostgreSQL store says."""

from __future__ import annotations

from contextlib import suppress

import pytest

pytest.importorskip("psycopg", reason="pip install 'cfgcore[postgresql]'")

from cfgcore.errors import StoreError
from cfgcore.store.session import Backoff, address_of

PLACE = "postgresql://alice@db.example:5432/app"


@pytest.mark.parametrize(
    ("url", "shown", "schema"),
    [
        ("postgresql://alice:canary@db.example:5432/app", PLACE, "cfgcore"),
        ("postgres://alice:canary@db.example:5432/app", PLACE, "cfgcore"),
        ("postgresql://alice@db.example:5432/app?password=canary", PLACE, "cfgcore"),
        (f"{PLACE}?sslpassword=canary&sslmode=require", f"{PLACE}?sslmode=require", "cfgcore"),
        (f"{PLACE}?cfgcore_schema=blue", f"{PLACE}?cfgcore_schema=blue", "blue"),
        ("postgresql://alice:can%40%2F%3Aary@[::1]/app", "postgresql://alice@[::1]/app", "cfgcore"),
        ("postgresql://one:1,two:2/app", "postgresql://one:1,two:2/app", "cfgcore"),
        ("postgresql:///app?host=/run/postgresql", "postgresql:///app?host=/run/postgresql", "cfgcore"),
    ],
)
def test_what_is_shown_has_no_password(url: str, shown: str, schema: str) -> None:
    """The URL of a store names user, hosts, database and options; a password is in neither it nor its repr."""
    address = address_of(url)
    assert (shown, schema) == (address.url, address.schema)
    assert "can" not in address.url + repr(address)


def test_the_schema_is_not_sent() -> None:
    """The option that names the schema is cfgcore's own: libpq does not know it."""
    address = address_of("postgresql://a@h/d?cfgcore_schema=x&sslmode=require")
    assert "postgresql://a@h/d?sslmode=require" == address.conninfo


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://alice:can@ary@host/app",
        "postgresql://alice:can/ary@host/app",
        "postgresql://alice:can?ary@host/app",
        "postgresql://alice:can?a=ry@host/app",
        "postgresql://alice:can%ary@host/app",
        "postgresql://alice@host/app?canary=1",
        "postgresql:canary",
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    """A password with characters that end it too early gives an error that shows how to write it, and no part of it."""
    with pytest.raises(StoreError, match="@ is written %40") as caught:
        address_of(url)
    assert not any(part in str(caught.value) for part in ("can", "ary"))
    assert (None, True) == (caught.value.__cause__, caught.value.__suppress_context__ or not caught.value.__context__)


@pytest.mark.parametrize("name", ["", "1a", "a-b", 'a"b', "x" * 49, "ä"])
def test_what_names_no_schema_is_refused(name: str) -> None:
    """A schema has a plain name."""
    with pytest.raises(StoreError, match="1 to 48 ASCII letters, digits and _"):
        address_of(f"{PLACE}?cfgcore_schema={name}")


def test_patience_ends() -> None:
    """Pauses end when the patience is over, and begin anew after a success; a deadline ends them too."""
    backoff = Backoff(0.02, shortest=0.001)
    pauses = 0
    with suppress(StoreError):
        while pauses := pauses + 1:
            backoff.pause(StoreError("away"))
    assert 2 <= pauses <= 20
    backoff.reset()
    backoff.pause(StoreError("away"))
    with pytest.raises(StoreError, match="late"):
        backoff.pause(StoreError("late"), end=0.0)
