"""Migrations into a PostgreSQL store, and out of one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, Conversion, LegacyFormat, Mapped, Whose, hookimpl, section, setting
from cfgcore.store.postgresql import PostgresqlStore
from cfgcore.store.session import address_of, connect


@section("shop")
class Shop:
    shelves: int = setting(3, minimum=1, maximum=9)
    key: str | None = setting(None, secret=True)


def converted(data: Any) -> Conversion:
    return Conversion(tuple(Mapped((name,), f"shop.{name}", value, Whose.OWNER) for name, value in data.items()))


class Plugin:
    name = "shop"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Shop]

    @hookimpl
    def cfgcore_legacy_formats(self) -> list[LegacyFormat]:
        return [LegacyFormat("old", lambda data: "it has shelves" if "shelves" in data else None, converted)]


HOW: dict[str, Any] = {"plugins": [Plugin], "plugin_group": None}


def shelves(url: str) -> Any:
    with closing(PostgresqlStore(url)) as store:
        return store.read(["user/local"]).documents["user/local"].values["shop"]["shelves"]


def test_a_file_and_back(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older file goes into the server; what the server held is backed up; a copy goes into a file and back."""
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "old.json"
    old.write_text('{"shelves": 5, "key": "c4nary-c4nary"}', "utf-8")
    first = cfgcore.migrate(old, postgresql_url, **HOW)
    assert (1, None, 5) == (first.revision, first.backup, shelves(postgresql_url))
    assert "c4nary" not in repr(first)
    old.write_text('{"shelves": 6}', "utf-8")
    dry = cfgcore.migrate(old, postgresql_url, dry_run=True, **HOW)
    assert ([("shop.shelves", 6)], 5) == ([(c.path, c.new) for c in dry.changes], shelves(postgresql_url))
    second = cfgcore.migrate(old, postgresql_url, **HOW)
    assert (2, 6) == (second.revision, shelves(postgresql_url))
    assert second.backup is not None
    assert second.backup.is_file()
    out = cfgcore.migrate(postgresql_url, tmp_path / "out.json", **HOW)
    assert ("store", 2) == (out.format, out.revision)
    with pytest.raises(CfgcoreError, match="it holds revision 2; name a new target"):
        cfgcore.migrate(tmp_path / "out.json", postgresql_url, **HOW)
    with pytest.raises(CfgcoreError, match="source and target are the same store"):
        cfgcore.migrate(postgresql_url, postgresql_url, **HOW)


def test_a_store_is_copied_into_the_server(postgresql_url: str, tmp_path: Path) -> None:
    """History and secrets go with it."""
    old = tmp_path / "old.json"
    old.write_text('{"shelves": 5, "key": "c4nary-c4nary"}', "utf-8")
    cfgcore.migrate(old, f"sqlite:///{tmp_path}/a.db", **HOW)
    copied = cfgcore.migrate(tmp_path / "a.db", postgresql_url, **HOW)
    assert (1, 1, 5) == (copied.revision, copied.records, shelves(postgresql_url))
    with cfgcore.open(settings_files=[], environ={}, store=postgresql_url, **HOW) as config:
        assert "c4nary-c4nary" == config.for_user("local").shop.key


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    """Neither as a source nor as a target is it shown."""
    (tmp_path / "old.json").write_text('{"shelves": 5}', "utf-8")
    url = "postgresql://me:c4nary-c4nary@127.0.0.1:1/none?connect_timeout=1"
    for source, target in ((tmp_path / "old.json", url), (url, tmp_path / "new.json")):
        with pytest.raises(CfgcoreError) as failed:
            cfgcore.migrate(source, target, **HOW)
        assert "c4nary" not in str(failed.value)


def test_a_user_who_may_make_no_schema_is_told_why(postgresql_url: str, tmp_path: Path) -> None:
    """The copy is built in one of its own; what is to be granted is said, and the target stays empty."""
    address = address_of(postgresql_url)
    schema, role = address.schema, f"role_{address.schema}"
    with closing(connect(address, 10.0)) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'limited'".encode())
        connection.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {role}".encode())
    limited = f"postgresql://{role}:limited@{postgresql_url.partition('@')[2]}"
    (tmp_path / "old.json").write_text('{"shelves": 5}', "utf-8")
    cfgcore.migrate(tmp_path / "old.json", tmp_path / "new.json", **HOW)
    with pytest.raises(
        CfgcoreError, match=rf"built in the schema '{schema}_aside', which this user may not make; grant"
    ):
        cfgcore.migrate(tmp_path / "new.json", limited, **HOW)
    with closing(PostgresqlStore(limited)) as store:
        assert 0 == store.head().sequence
    assert 1 == cfgcore.migrate(tmp_path / "old.json", limited, **HOW).revision
