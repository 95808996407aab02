"""A connection to a PostgreSQL server: what its URL says, how it is made, and what its errors say."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cfgcore.errors import StoreError
from cfgcore.store.address import shown
from cfgcore.store.pool import Pool

SCHEMA = "cfgcore"
SCHEMA_OPTION = "cfgcore_schema"
CONNECTIONS = 8

Connection = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,47}")
_LOST = ("08", "57P", "25P03", "25P04")  # SQLSTATEs of a server that ends the connection
_FORM = (
    "the URL of a PostgreSQL store is postgresql://user:password@host:5432/database; "
    "in a password, @ is written %40, : %3A, / %2F, ? %3F and % %25"
)


class ConnectionLost(StoreError):
    """The server could not be reached, or ended the connection."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is: its URL without password, and what libpq connects with."""

    url: str
    schema: str
    conninfo: str = field(repr=False)


def address_of(url: str) -> Address:
    """Return what a URL says. Raises ``StoreError``, whose text repeats nothing of a URL that cannot be read."""
    place, _, query = url.partition("?")
    authority, slash, database = place.partition("://")[2].partition("/")
    if "://" not in place or url.count("@") > ("@" in authority):
        raise StoreError(_FORM)
    options = [option for option in query.split("&") if option]
    schema = unquote(next((o.partition("=")[2] for o in options if o.startswith(f"{SCHEMA_OPTION}=")), SCHEMA))
    if not _NAME.fullmatch(schema):
        raise StoreError(f"{SCHEMA_OPTION}={schema}: a schema's name is 1 to 48 ASCII letters, digits and _")
    passed = [option for option in options if not option.startswith(f"{SCHEMA_OPTION}=")]
    conninfo = f"postgresql://{authority}{slash}{database}" + "?" * bool(passed) + "&".join(passed)
    try:
        conninfo_to_dict(conninfo)
    except psycopg.Error:
        raise StoreError(_FORM) from None
    return Address(shown(f"postgresql{url[url.index(':') :]}"), schema, conninfo)


def connect(address: Address, patience: float) -> Connection:
    """Return a new connection, in autocommit mode. Raises :class:`ConnectionLost` saying what stands in the way."""
    given = conninfo_to_dict(address.conninfo)
    wanted: dict[str, Any] = {
        "connect_timeout": max(1, round(patience)),
        "fallback_application_name": "cfgcore",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": max(1000, round(1000 * patience)),
    }
    options = {name: value for name, value in wanted.items() if name not in given}
    try:
        return psycopg.connect(
            address.conninfo, autocommit=True, prepare_threshold=None, client_encoding="utf8", **options
        )
    except psycopg.Error as error:
        raise ConnectionLost(f"{address.url}: {_message(error)}") from error


@contextlib.contextmanager
def translated(address: Address, connection: Connection) -> Iterator[None]:
    """Turn the errors of psycopg into a ``StoreError``, or into :class:`ConnectionLost`."""
    try:
        yield
    except psycopg.Error as error:
        lost = connection.closed or (error.sqlstate or "").startswith(_LOST)
        raise (ConnectionLost if lost else StoreError)(f"{address.url}: {_message(error)}") from error


class Sessions:
    """A few connections that threads take in turns."""

    def __init__(self, address: Address, patience: float) -> None:
        self._address = address
        self._pool = Pool(address.url, lambda: connect(address, patience), size=CONNECTIONS, patience=patience)

    @contextlib.contextmanager
    def lease(self) -> Iterator[Connection]:
        """Hold a connection. Where it was lost, the others are closed too: they are most likely lost as well."""
        try:
            with self._pool.lease() as connection, translated(self._address, connection):
                yield connection
        except ConnectionLost:
            self._pool.clear()
            raise

    def repeated(self, work: Callable[[Connection], T]) -> T:
        """Do `work` with a connection, and once more with a fresh one where that was lost."""
        try:
            with self.lease() as connection:
                return work(connection)
        except ConnectionLost:
            with self.lease() as connection:
                return work(connection)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class Backoff:
    """Pauses between the attempts to reach a server, longer and longer, until the patience (seconds) is over."""

    def __init__(self, patience: float, shortest: float = 0.02, longest: float = 0.5) -> None:
        self._patience = patience
        self._shortest = shortest
        self._longest = longest
        self.reset()

    def reset(self) -> None:
        """Begin anew, because the server was reached."""
        self._end: float | None = None
        self._next = self._shortest

    def pause(self, error: StoreError, end: float = float("inf")) -> None:
        """Wait before the next attempt; raise `error` where there is none, at the latest at `end` (monotonic time)."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._patience
        left = min(self._end, end) - now
        if left <= 0:
            raise error
        time.sleep(min(self._next, left))
        self._next = min(2 * self._next, self._longest)


def _message(error: psycopg.Error) -> str:
    return " ".join(str(error).split())
