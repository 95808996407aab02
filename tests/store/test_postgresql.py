"""The PostgreSQL store, against a real server."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

pytest.importorskip("psycopg", reason="pip install 'cfgcore[postgresql]'")

import psycopg

import cfgcore
from cfgcore.change.audit import Audit
from cfgcore.change.copying import copy
from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.document import SYSTEM
from cfgcore.store.opening import open_store
from cfgcore.store.postgresql import PostgresqlStore
from cfgcore.store.postgresql_tables import Tables
from cfgcore.store.presence import Presence, this_process
from cfgcore.store.protocol import Ephemeral, Store
from cfgcore.store.record import broken
from cfgcore.store.session import address_of, connect
from cfgcore.store.sqlite import SqliteStore
from cfgcore.store.sqlite_tables import COLUMNS
from cfgcore.testing.postgresql import PostgresqlServer
from cfgcore.testing.store_fixtures import commit, draft_of, value_of, write_of
from cfgcore.testing.stores import StoreContract

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def sql(postgresql_url: str) -> Iterator[Sql]:
    """A function that runs SQL as the server's owner; ``$.`` stands for the schema of the store."""
    address = address_of(postgresql_url)
    with closing(connect(address, 10.0)) as connection:

        def run(query: str, *parameters: object) -> list[tuple[object, ...]]:
            cursor = connection.execute(query.replace("$.", f"{address.schema}.").encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def opened(postgresql_url: str) -> Iterator[PostgresqlStore]:
    """A store."""
    with closing(PostgresqlStore(postgresql_url)) as store:
        yield store


class TestPostgresqlStore(StoreContract):
    """The PostgreSQL store keeps the promises of every store."""

    @pytest.fixture
    def make_store(self, postgresql_url: str) -> Callable[[], Store]:
        return partial(PostgresqlStore, postgresql_url)

    @pytest.fixture
    def storage_bytes(self, sql: Sql) -> Callable[[], bytes]:
        return lambda: repr([sql(f"SELECT * FROM $.{table}") for table in ("head", *COLUMNS)]).encode()

    def open_backup(self, target: Path) -> Store:
        return SqliteStore(target)

    def gone(self, seen: Ephemeral) -> list[Presence]:
        """Wait until the server has seen that the connections of a killed process are closed."""
        while found := seen.present():
            pass
        return found


def test_a_row_is_renewed_while_its_process_lives(postgresql_url: str, sql: Sql) -> None:
    """So that it outlives its time to live, and comes back when the table was lost; closing removes it."""
    with mock.patch("cfgcore.store.postgresql_presence.BEAT", 0.01), closing(PostgresqlStore(postgresql_url)) as store:
        store.announce(this_process({"a": 1}))
        first = sql("SELECT seen FROM $.presences")
        while first == (later := sql("SELECT seen FROM $.presences")):
            pass
        assert (1, 1) == (len(first), len(later))
        sql("DROP TABLE $.presences")
        while not store.present():
            pass
        store.announce(this_process({"a": 2}))
        assert [{"a": 2}] == [dict(found.versions) for found in store.present()]
    assert [] == sql("SELECT * FROM $.presences")
    assert "cfgcore-presence" not in {thread.name for thread in threading.enumerate()}


def test_a_row_of_a_clock_that_was_put_back_runs_out(opened: PostgresqlStore, sql: Sql) -> None:
    """As one of the past does, and one whose lock nobody holds: whoever looks removes them."""
    opened.announce(this_process({}))
    for offset, lock in (("- 1", "lock"), ("+ 1", "lock"), ("+ 0", "7")):
        row = f"SELECT 'x', now() {offset} * interval '1 day', {lock}, presence FROM $.presences LIMIT 1"
        sql(f"INSERT INTO $.presences {row}")
        assert 1 == len(opened.present())
    assert [(1,)] == sql("SELECT count(*) FROM $.presences")


def test_behind_a_pool_the_time_to_live_counts(opened: PostgresqlStore, sql: Sql) -> None:
    """A session that is not this process's own is locked by nobody."""
    with mock.patch("cfgcore.store.postgresql_presence._is_direct", return_value=False):
        opened.announce(this_process({}))
    assert [(None,)] == sql("SELECT lock FROM $.presences")
    assert 1 == len(opened.present())
    with mock.patch("cfgcore.store.postgresql_presence.LIFE", 0.0):
        assert [] == opened.present()


def test_who_may_make_no_table_is_not_seen(postgresql_url: str, sql: Sql) -> None:
    """And nothing else changes: the store is read and written."""
    schema = address_of(postgresql_url).schema
    with closing(PostgresqlStore(postgresql_url)):
        pass
    sql(f"CREATE ROLE limited_{schema} LOGIN PASSWORD 'limited'")
    sql(f"GRANT USAGE ON SCHEMA {schema} TO limited_{schema}")
    sql(f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO limited_{schema}")
    limited = f"postgresql://limited_{schema}:limited@{postgresql_url.partition('@')[2]}"
    with closing(PostgresqlStore(limited)) as store:
        store.announce(this_process({}))
        assert [] == store.present()
        commit(store, {SYSTEM: 1})
        assert 1 == value_of(store, SYSTEM)


def test_a_url_opens_it(postgresql_url: str) -> None:
    """Both spellings of the scheme open the same store."""
    with closing(open_store(postgresql_url)) as store:
        commit(store, {SYSTEM: 1})
        with closing(open_store(postgresql_url.replace("postgresql:", "postgres:"))) as other:
            assert (1, store.url) == (value_of(other, SYSTEM), other.url)


def test_schemas_are_stores_of_their_own(postgresql_url: str) -> None:
    """Two schemas of one database hold two stores, which know nothing of each other."""
    with closing(PostgresqlStore(postgresql_url)) as one, closing(PostgresqlStore(postgresql_url + "_b")) as two:
        commit(one, {SYSTEM: 1})
        assert (1, 0) == (one.head().revision, two.head().revision)
        assert one.head().incarnation != two.head().incarnation


def test_the_password_is_shown_nowhere(postgresql_url: str, opened: PostgresqlStore) -> None:
    """Neither the store's URL nor its repr holds the password."""
    password = postgresql_url.partition("@")[0].rpartition(":")[2]
    assert password not in opened.url + repr(opened) + repr(vars(opened))


def test_a_wrong_password_is_said_without_it(postgresql_url: str) -> None:
    """The server's refusal is told, the password is not."""
    login, at, place = postgresql_url.partition("@")
    url = f"{login.rpartition(':')[0]}:canary{at}{place}"
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        PostgresqlStore(url)
    assert "canary" not in str(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("127.0.0.1:", "absent.invalid:", "absent.invalid"),
        ("127.0.0.1:", "127.0.0.1:1,127.0.0.1:1", "invalid port|refused|could not"),
        ("/postgres?", "/absent?", 'database "absent" does not exist'),
        ("//postgres:", "//absent:", "authentication failed"),
    ],
)
def test_what_cannot_be_reached_is_named(postgresql_url: str, old: str, new: str, reason: str) -> None:
    """A wrong host, port, database or user gives an error that says which, without the password."""
    password = postgresql_url.partition("@")[0].rpartition(":")[2]
    assert old in postgresql_url
    with pytest.raises(StoreError, match=reason) as caught:
        PostgresqlStore(postgresql_url.replace(old, new), patience=2.0)
    assert password not in str(caught.value)


def test_a_newer_format_is_refused(postgresql_url: str, opened: PostgresqlStore, sql: Sql) -> None:
    """Tables that a newer cfgcore wrote ask for an upgrade."""
    sql("UPDATE $.head SET format = 99")
    with pytest.raises(StoreError, match=r"newer cfgcore \(format 99\); upgrade cfgcore"):
        PostgresqlStore(postgresql_url)


@pytest.mark.parametrize("table", ["head", "documents"])
def test_tables_of_something_else_are_left_alone(postgresql_url: str, sql: Sql, table: str) -> None:
    """A schema with a table of the same name that is something else's is refused, and gets no other table."""
    schema = address_of(postgresql_url).schema
    sql(f"CREATE SCHEMA {schema}")
    sql(f"CREATE TABLE $.{table} (letters text)")
    with pytest.raises(StoreError, match=f"its table '{table}' is something else's; nothing was changed"):
        PostgresqlStore(postgresql_url)
    assert [(table,)] == sql("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)


def test_a_database_that_cannot_hold_all_text_is_refused(postgresql_server: PostgresqlServer, sql: Sql) -> None:
    """A database whose encoding is not UTF-8 is refused, and says how to create one."""
    sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="encoding LATIN1; create one with ENCODING 'UTF8'"):
        PostgresqlStore(postgresql_server.url().removesuffix("postgres") + "latin")
    sql("DROP DATABASE latin")


def test_openers_at_once_make_the_tables_once(postgresql_url: str) -> None:
    """Threads that open a new store at once all get the same one."""
    start = threading.Barrier(8)
    found: list[str] = []

    def run() -> None:
        start.wait()
        with closing(PostgresqlStore(postgresql_url)) as store:
            found.append(store.head().incarnation)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (8, 1) == (len(found), len(set(found)))


def test_a_changed_document_is_damage(opened: PostgresqlStore, sql: Sql) -> None:
    """A document that somebody changed in the database is not returned."""
    commit(opened, {SYSTEM: 1})
    sql("UPDATE $.documents SET content = replace(content, '1', '2')")
    with pytest.raises(StoreDamaged, match="'system' is not what was written"):
        opened.read([SYSTEM])


@pytest.mark.parametrize("damage", ["DELETE FROM $.head", "UPDATE $.head SET sequence = 7"])
def test_a_lost_head_is_damage(opened: PostgresqlStore, sql: Sql, damage: str) -> None:
    """A store whose head is gone, or was changed, is damaged, for readers and for writers."""
    sql(damage)
    with pytest.raises(StoreDamaged, match="lost its head; restore a backup"):
        opened.head()
    with pytest.raises(StoreDamaged, match="lost its head; restore a backup"):
        commit(opened, {SYSTEM: 1})


def test_who_may_only_read(postgresql_url: str, opened: PostgresqlStore, sql: Sql) -> None:
    """A role without permission to write reads; its commits are a StoreError, and change nothing."""
    commit(opened, {SYSTEM: 1})
    schema = address_of(postgresql_url).schema
    sql(f"CREATE ROLE reader_{schema} LOGIN PASSWORD 'canary'")
    sql(f"GRANT USAGE ON SCHEMA {schema} TO reader_{schema}")
    sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader_{schema}")
    url = f"postgresql://reader_{schema}:canary@{postgresql_url.partition('@')[2]}"
    with closing(PostgresqlStore(url)) as reader:
        with pytest.raises(StoreError, match="permission denied"):
            commit(reader, {SYSTEM: 2})
        assert (1, 1) == (value_of(reader, SYSTEM), opened.head().sequence)


def test_commits_are_durable_whatever_the_default(postgresql_url: str, opened: PostgresqlStore) -> None:
    """Where the database's default is not to wait for the disk, commits do."""
    address = address_of(f"{postgresql_url}&options=-csynchronous_commit%3Doff")
    with closing(connect(address, 10.0)) as connection:
        assert ("off",) == connection.execute("SHOW synchronous_commit").fetchone()
        Tables(address, 10.0).begin(connection)
        assert ("on",) == connection.execute("SHOW synchronous_commit").fetchone()


def test_a_held_lock_is_waited_for_no_longer_than_the_patience(postgresql_url: str, sql: Sql) -> None:
    """A commit that cannot have the lock in time is a StoreError, and is not in the log later."""
    with closing(PostgresqlStore(postgresql_url, patience=0.1)) as store:
        sql("BEGIN")
        sql(f"SELECT pg_advisory_xact_lock({Tables(address_of(postgresql_url), 1.0).lock})")
        with pytest.raises(StoreError, match="another process has held the lock"):
            commit(store, {SYSTEM: 1})
        sql("COMMIT")
        assert 0 == store.head().sequence
        assert 1 == commit(store, {SYSTEM: 1}).sequence


def test_a_stopped_writer_does_not_stop_the_others(postgresql_url: str, opened: PostgresqlStore) -> None:
    """A writer that stops in the middle of a commit loses the lock: the server ends its session."""
    address = address_of(postgresql_url)
    with closing(connect(address, 10.0)) as stopped:
        Tables(address, 0.2).begin(stopped)
        assert 1 == commit(opened, {SYSTEM: 1}).sequence
        with pytest.raises(psycopg.Error):
            stopped.execute("COMMIT")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_opens_connections_of_its_own(
    opened: PostgresqlStore, forked: Callable[[Callable[[], object]], int]
) -> None:
    """After a fork, child and parent both commit, with one chain; the child's end does not disturb the parent."""
    commit(opened, {SYSTEM: 1})
    opened.watch(0, 10.0)

    def in_child() -> None:
        commit(opened, {SYSTEM: 2}, {SYSTEM: 1})
        assert 2 == opened.watch(1, 10.0)
        opened.close()

    assert 0 == forked(in_child)
    commit(opened, {SYSTEM: 3}, {SYSTEM: 2})
    assert 3 == opened.watch(2, 10.0)
    assert (3, None) == (value_of(opened, SYSTEM), broken(opened.log(), opened.head()))


def test_a_failing_commit_fails_alone(opened: PostgresqlStore) -> None:
    """What cannot be stored takes no commit of another thread with it."""
    errors: list[Exception] = []

    def write(name: str, value: object) -> None:
        try:
            for _ in range(5):
                commit(opened, {name: value})
        except StoreError as error:
            errors.append(error)

    given = {"user/1": 1, "user/2": float("nan"), "user/3": "\ud800", "a\0b": 1, "x" * 600: 1, "user/4": 4}
    threads = [threading.Thread(target=write, args=item) for item in given.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["the change cannot be stored"] * 4 == [str(error).partition(":")[0] for error in errors]
    assert (["user/1", "user/4"], 10) == (opened.names(), opened.head().revision)


@cfgcore.section("download", version=1)
class DownloadConfig:
    """How models are fetched."""

    max_retries: int = cfgcore.setting(3, minimum=0, maximum=10)


class Plugin:
    @cfgcore.hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [DownloadConfig]


def test_a_configuration_is_kept_and_restored(postgresql_url: str, tmp_path: Path) -> None:
    """A backup is a file that any configuration restores, also one that is kept in another kind of store."""
    open_ = partial(cfgcore.open, plugins=[Plugin()], plugin_group=None, environ={})
    with open_(store=postgresql_url) as config:
        config.update({"download.max_retries": 5}, actor="alice")
        assert 1 == config.backup(tmp_path / "copy.backup")
        config.update({"download.max_retries": 6}, actor="alice")
        config.restore(tmp_path / "copy.backup", actor="bob")
        assert (5, True) == (config.download.max_retries, bool(config.audit.verify()))
    with open_(store=tmp_path / "config.json") as config:
        config.restore(tmp_path / "copy.backup")
        assert 5 == config.download.max_retries
    with closing(SqliteStore(tmp_path / "copy.backup")) as backup:
        assert broken(backup.log(), backup.head()) is None


def test_a_document_that_is_not_found_is_not_taken_for_absent(opened: PostgresqlStore, sql: Sql) -> None:
    """What a commit wrote and is not found is damage, to readers and to writers; what was only refused is absent."""
    commit(opened, {SYSTEM: 1, "user/alice": 2})
    opened.append_audit(draft_of({"user/bob": 1}))
    opened.compact(9, draft_of({}))
    opened.check()
    sql("UPDATE $.documents SET name = 'user/alicf' WHERE name = 'user/alice'")
    with pytest.raises(StoreDamaged, match="document 'user/alice' was written, and is not found; restore a backup"):
        opened.read([SYSTEM, "user/alice"])
    with pytest.raises(StoreDamaged, match="is not found"):
        commit(opened, {"user/alice": 7}, {"user/alice": 0})
    assert {} == opened.read(["user/bob"]).documents["user/bob"].values
    with pytest.raises(StoreDamaged, match="'user/alicf' is not what was written"):
        opened.names()
    assert "'user/alicf' is not what was written to it; restore a backup" in str(Audit(opened).verify().break_at)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE $.mentions SET document = 'user/alicf'",
        "DELETE FROM $.mentions",
        "UPDATE $.records SET sequence = 9 WHERE sequence = 2",
        "UPDATE $.secrets SET key = 'kez'",
        "DELETE FROM $.documents",
    ],
)
def test_everything_is_looked_through_when_asked(opened: PostgresqlStore, sql: Sql, statement: str) -> None:
    """Whatever row is damaged or lost, the check finds it."""
    opened.commit({SYSTEM: write_of(1)}, {}, draft_of({SYSTEM: 1}), {"key": "hidden"})
    commit(opened, {"user/alice": 2})
    opened.check()
    sql(statement)
    with pytest.raises(StoreDamaged, match="restore a backup"):
        opened.check()


def test_it_is_copied_from_and_to(opened: PostgresqlStore, tmp_path: Path, postgresql_server: PostgresqlServer) -> None:
    """A copy in another kind of store has the same records and documents, and so has the copy of that."""
    for number in range(5):
        commit(opened, {"user/alice": number, SYSTEM: number})
    opened.append_audit(draft_of({SYSTEM: 1}, action="refused", count=7))
    opened.erase("user/alice", draft_of({}, action="forget"))
    opened.compact(3, draft_of({}, action="compact"))
    opened.commit({SYSTEM: write_of(9)}, {}, draft_of({SYSTEM: 9}), {"key": "hidden"})
    with (
        closing(SqliteStore(tmp_path / "copy.db")) as there,
        closing(PostgresqlStore(postgresql_server.url(cfgcore_schema=f"copy_{tmp_path.name[-20:]}"))) as back,
    ):
        copy(opened, there)
        copy(there, back)
        assert list(opened.log()) == list(there.log()) == list(back.log())
        assert opened.read([SYSTEM]).documents == there.read([SYSTEM]).documents == back.read([SYSTEM]).documents
        assert (2, 9) == (back.head().horizon, value_of(back, SYSTEM))
        back.check()
