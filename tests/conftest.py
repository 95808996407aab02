"""What tests of several stages need: a database server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from cfgcore.testing.postgresql import INSTALL, PostgresqlServer, programs


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of these tests' own."""
    found = programs()
    if found is None:
        miss = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        miss(f"there is no PostgreSQL server: {INSTALL}")
    with PostgresqlServer(found) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> str:
    """The URL of a PostgreSQL store that no other test uses."""
    return postgresql_server.url(cfgcore_schema=f"test_{secrets.token_hex(6)}")
