"""A store taken over whole: what is wrong with users' values is told; the copy is there complete, or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, StoreDamaged, StoreError, Violation, hookimpl, rule, section, setting, step
from cfgcore.change import copying
from cfgcore.installing.store_copy import copy_store
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Write, pages
from cfgcore.store.record import Draft, Edit, Sides
from cfgcore.values.absent import ABSENT

Stages = list[tuple[str, int, int]]


@section("shop")
class Shop:
    shelves: int = setting(3, minimum=1, maximum=9)
    clerks: int = setting(3, minimum=1, maximum=9)
    key: str | None = setting(None, secret=True, length=(3, 9))
    size: str = setting("small", choices=("small", "big"))


def nine(values: Any) -> Any:
    if values.get("side") == "neither":
        raise ValueError("no side")
    return values


@section("street", version=2, steps=[step(1, nine, down=lambda values: values)])
class Street:
    side: str = setting("left")


class Plugin:
    name = "shop"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Shop, Street]

    @hookimpl
    def cfgcore_rules(self) -> list[Any]:
        held = Violation("more shelves than clerks")
        return [
            rule(("shop.shelves", "shop.clerks"), lambda shelves, clerks: held if shelves > clerks else None, code="r")
        ]

    @hookimpl
    def cfgcore_profiles(self) -> list[Any]:
        return [cfgcore.Profile("shop.size", "big", {"shop.clerks": 9, "shop.shelves": 9})]


HOW: dict[str, Any] = {"plugins": [Plugin()], "plugin_group": None}


@pytest.fixture(params=["sqlite", "json", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is not there yet."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    (tmp_path / "to").mkdir()
    return f"sqlite:///{tmp_path}/to/new.db" if request.param == "sqlite" else f"{tmp_path}/to/new.json"


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A store of users, some of whose values are wrong today."""
    url = f"sqlite:///{tmp_path}/old.db"
    fill(url, {f"u{number:02}": {"shop": {"shelves": 1 + number % 3}} for number in range(30)})
    return url


def fill(url: str, users: dict[str, Any], versions: dict[str, int] | None = None) -> None:
    """Write documents without a check, as a release did that allowed more; a commit for each."""
    with closing(open_store(url)) as store:
        for user, values in users.items():
            name = f"user/{user}"
            known = dict.fromkeys(values, 1) | (versions or {})
            edits = [Edit((part, key), ABSENT, value) for part, own in values.items() for key, value in own.items()]
            draft = Draft("update", user, "", "2026-01-31T12:00:00Z", {name: edits}, {}, sides={name: Sides(known)})
            store.commit({name: Write(values, known)}, {}, draft)


def contents(url: str) -> Any:
    with closing(open_store(url)) as store:
        names = [name for page in pages(store) for name in page]
        return store.read(names).documents, [record.chain for record in store.log()]


def test_users_values_are_checked(source: str, target: str) -> None:
    """Each value that today's checks refuse is listed with its user and why; all is copied, and nothing is repaired."""
    wrong = {
        "ann": {"shop": {"shelves": 70, "key": "c4nary-c4nary"}},
        "bob": {"shop": {"clerks": 2}},
        "cid": {"shop": {"size": "big", "shelves": 8}},
        "dan": {"shop": {"size": "huge"}},
        "eve": {"street": {"side": "neither"}, "shop": {"shelves": 2}},
        "flo": {"gone": {"x": 1}, "shop": {"unknown": 2}},
    }
    fill(source, wrong, {"shop": 1})
    stages: Stages = []
    done = cfgcore.migrate(source, target, progress=lambda *told: stages.append(told), **HOW)
    assert not done.is_valid
    assert done.committed
    found = sorted((entry.user or "", entry.source, entry.fate) for entry in done.entries)
    assert [
        ("ann", "shop.key", "invalid"),
        ("ann", "shop.shelves", "invalid"),
        ("bob", "shop.shelves", "invalid"),
        ("dan", "shop.size", "invalid"),
        ("eve", "street", "invalid"),
    ] == found
    assert "c4nary" not in repr(done)
    assert [70] == [entry.value for entry in done.entries if (entry.user, entry.path) == ("ann", "shop.shelves")]
    assert "no side" in next(entry.why for entry in done.entries if entry.user == "eve")
    assert ("users checked", 36, 36) in stages
    assert ("records copied", 36, 36) in stages
    assert contents(source) == contents(target)


def test_a_sound_store_is_valid(source: str, target: str) -> None:
    """There is no entry; a dry run says the same, and makes nothing."""
    dry = cfgcore.migrate(source, target, dry_run=True, **HOW)
    assert (True, (), 30, False) == (dry.is_valid, dry.entries, dry.records, dry.committed)
    done = cfgcore.migrate(source, target, **HOW)
    assert (True, (), 30, 30) == (done.is_valid, done.entries, done.records, done.revision)


def test_only_the_first_of_many_are_listed(tmp_path: Path) -> None:
    """How many more there are is counted."""
    fill(f"sqlite:///{tmp_path}/old.db", {f"u{number}": {"shop": {"clerks": 70}} for number in range(130)})
    done = cfgcore.migrate(tmp_path / "old.db", tmp_path / "new.json", dry_run=True, **HOW)
    assert (100, 30) == (len(done.entries), done.omitted)


class Stop:
    """A listener of progress that raises when so many records are copied."""

    def __init__(self, at: int, error: BaseException) -> None:
        self.first: int | None = None
        self._at, self._error = at, error

    def __call__(self, what: str, _total: int, done: int) -> None:
        if what.startswith("records"):
            self.first = self.first or done
            if done >= self._at:
                raise self._error


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten records are copied at once."""
    monkeypatch.setattr(copying, "BATCH", 10)
    return iter(())


def is_nothing(url: str) -> bool:
    """Whether there is no store at `url`, or an empty one."""
    file = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("postgresql"):
        return not file.exists() and not file.with_name(f"{file.name}.journal").exists()
    with closing(open_store(url)) as store:
        return not store.head().sequence


@pytest.mark.usefixtures("small_batches")
def test_an_interrupted_copy_goes_on(source: str, target: str) -> None:
    """There is nothing at the target until all is there; the next time goes on where it was, and leaves no trace."""
    with pytest.raises(KeyboardInterrupt):
        cfgcore.migrate(source, target, progress=Stop(20, KeyboardInterrupt()), **HOW)
    assert is_nothing(target)
    again = Stop(99, KeyboardInterrupt())
    assert 30 == cfgcore.migrate(source, target, progress=again, **HOW).records
    assert 30 == again.first
    assert contents(source) == contents(target)
    assert_no_trace(target)


@pytest.mark.usefixtures("small_batches")
def test_what_another_source_left_is_thrown_away(source: str, target: str, tmp_path: Path) -> None:
    """An interrupted copy of one store is not gone on with by that of another."""
    with pytest.raises(KeyboardInterrupt):
        cfgcore.migrate(source, target, progress=Stop(20, KeyboardInterrupt()), **HOW)
    other = f"sqlite:///{tmp_path}/other.db"
    fill(other, {f"v{number:02}": {"shop": {"shelves": 2}} for number in range(30)})
    again = Stop(99, KeyboardInterrupt())
    cfgcore.migrate(other, target, progress=again, **HOW)
    assert 10 == again.first
    assert contents(other) == contents(target)
    assert_no_trace(target)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("at", [10, 30])
def test_a_copy_that_fails_leaves_nothing(source: str, target: str, at: int) -> None:
    """Neither at the target nor beside it; it can be done again."""
    with pytest.raises(StoreDamaged):
        cfgcore.migrate(source, target, progress=Stop(at, StoreDamaged("a row is lost")), **HOW)
    assert is_nothing(target)
    assert_no_trace(target)
    assert 30 == cfgcore.migrate(source, target, **HOW).records


def assert_no_trace(target: str) -> None:
    if target.startswith("postgresql"):
        from cfgcore.store.session import address_of, connect

        address = address_of(target)
        with closing(connect(address, 10.0)) as connection:
            query = "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = %s"
            assert (0,) == connection.execute(query.encode(), [f"{address.schema}_aside"]).fetchone()
    else:
        folder = Path(target.removeprefix("sqlite:///")).parent
        assert [] == [one.name for one in folder.iterdir() if "migrating" in one.name or one.name.endswith(".tmp")]


KILLED = """
import os, signal, sys
import cfgcore
from cfgcore.change import copying
from cfgcore.installing.store_copy import copy_store

copying.BATCH = 10
def tell(what, total, done):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
copy_store(sys.argv[1], sys.argv[2], tell)
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by a signal")
@pytest.mark.parametrize("at", [10, 20, 30])
def test_a_killed_copy_goes_on(source: str, target: str, at: int) -> None:
    """Killed in the middle, or when all is built and not in its place yet, there is nothing; the next time goes on."""
    killed = subprocess.run([sys.executable, "-c", KILLED, source, target, str(at)], timeout=60, check=False)
    assert -9 == killed.returncode
    assert is_nothing(target)
    assert 30 == cfgcore.migrate(source, target, **HOW).records
    assert contents(source) == contents(target)
    assert_no_trace(target)


@pytest.mark.usefixtures("small_batches")
def test_two_copies_into_one_server(source: str, postgresql_url: str) -> None:
    """The second is refused while the first is under way; who writes to the target meanwhile is not overwritten."""
    refused: list[str] = []

    def meanwhile(what: str, _total: int, done: int) -> None:
        if what == "records copied" and done == 10:
            with pytest.raises(StoreError) as error:
                cfgcore.migrate(source, postgresql_url, **HOW)
            refused.append(str(error.value))
        if what == "records copied" and done == 30:
            fill(postgresql_url, {"ann": {"shop": {"shelves": 2}}})

    with pytest.raises(StoreError, match="somebody wrote to it meanwhile; it is as they left it"):
        cfgcore.migrate(source, postgresql_url, progress=meanwhile, **HOW)
    assert "another process is copying into it; wait until it is done" in refused[0]
    assert ["user/ann"] == list(contents(postgresql_url)[0])
    assert_no_trace(postgresql_url)


def test_readers_of_an_empty_server_see_the_copy(source: str, postgresql_url: str) -> None:
    """An application that has the empty store open goes on with the one that took its place."""
    with cfgcore.open(settings_files=[], environ={}, store=postgresql_url, **HOW) as config:
        assert 3 == config.for_user("u01").shop.shelves
        cfgcore.migrate(source, postgresql_url, **HOW)
        config.reload()
        assert 2 == config.for_user("u01").shop.shelves
        assert 31 == config.update({"shop.shelves": 1}, user="u01").revision


PLUGIN = """
from cfgcore import hookimpl, section, setting


@section("shop")
class Shop:
    shelves: int = setting(3, minimum=1, maximum=9)


@hookimpl
def cfgcore_sections():
    return [Shop]
"""


def test_the_command_line(source: str, target: str, tmp_path: Path) -> None:
    """Exit 1 where a value of a user is invalid, which is listed; `store copy` checks nothing."""
    fill(source, {"ann": {"shop": {"shelves": 70}}})
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "shop.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "cfgcore.toml").write_text('plugin_group = ""\nplugin_folder = "plugins"\n', encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cfgcore.cli", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False)

    done = run("migrate", source, target, "--json")
    assert 1 == done.returncode, done.stderr
    (entry,) = json.loads(done.stdout)["entries"]
    assert ("invalid", "shop.shelves", 70, "ann") == tuple(entry[key] for key in ("fate", "source", "value", "user"))
    assert contents(source) == contents(target)
    twice = run("store", "copy", source, target)
    assert 1 == twice.returncode
    assert "it is not empty; copy into a new store" in twice.stderr
    copied = run("store", "copy", target, "again.json")
    assert (0, "again.json holds revision 31, 31 records.\n") == (copied.returncode, copied.stdout)
    shown = run("migrate", source, "third.json")
    assert 1 == shown.returncode
    assert "1 value of users is invalid today: copied, and ignored until valid." in shown.stdout


def test_a_target_that_is_no_store_is_refused_by_a_copy(source: str, tmp_path: Path) -> None:
    """What is there stays."""
    from cfgcore.installing.store_copy import copy_store

    (tmp_path / "notes.json").write_text("notes", encoding="utf-8")
    with pytest.raises(CfgcoreError, match="it exists and is no store of cfgcore"):
        copy_store(source, str(tmp_path / "notes.json"), lambda *_told: None)
    assert "notes" == (tmp_path / "notes.json").read_text("utf-8")


def test_an_edit_that_nobody_has_taken_in_is_not_left_out(tmp_path: Path) -> None:
    """A copy says no rather than hold what the file does not say; afterwards it holds the edit."""
    file = tmp_path / "config.json"
    fill(str(file), {"ann": {"shop": {"shelves": 2}}})
    file.write_text(file.read_text("utf-8").replace('"shelves": 2', '"shelves": 1'), "utf-8")
    with pytest.raises(StoreError, match="it was edited by hand"):
        copy_store(str(file), f"sqlite:///{tmp_path / 'copy.db'}", lambda *_: None)
    with cfgcore.open(settings_files=[], environ={}, store=file, **HOW) as config:
        assert 1 == config.for_user("ann").shop.shelves
    assert copy_store(str(file), f"sqlite:///{tmp_path / 'copy.db'}", lambda *_: None).revision
