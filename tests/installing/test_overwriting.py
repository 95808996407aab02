"""A store over another one: however large, the target is old or new, whole, and its history goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, StoreError, ValidationFailed, hookimpl, section, setting, step
from cfgcore.installing import overwriting
from cfgcore.store.document import VERSIONS
from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Write, pages
from cfgcore.store.record import Draft, Edit, Sides
from cfgcore.values.absent import ABSENT

USERS = [f"u{number:02}" for number in range(30)]


@section("shop")
class Shop:
    shelves: int = setting(3, minimum=1, maximum=9)
    key: str | None = setting(None, secret=True)


class Plugin:
    name = "shop"

    def __init__(self, *sections: type) -> None:
        self.sections = list(sections or (Shop,))

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return self.sections


HOW: dict[str, Any] = {"plugins": [Plugin()], "plugin_group": None, "force": True, "actor": "root", "reason": "moved"}


@pytest.fixture(params=["sqlite", "json", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a store in which three users have set something else, one of whom the source does not know."""
    monkeypatch.chdir(tmp_path)  # where a backup of a server goes
    (tmp_path / "to").mkdir()
    urls = {"sqlite": f"sqlite:///{tmp_path}/to/new.db", "json": f"{tmp_path}/to/new.json"}
    url = urls.get(request.param) or str(request.getfixturevalue("postgresql_url"))
    with opened(url) as config:
        config.update({"shop.shelves": 7}, actor="ann")
        for user in ("gone", "u03", "u17"):
            config.update({"shop.shelves": 8, "shop.key": "an old one"}, user=user, actor="ann")
    return url


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A store in which thirty users and everyone have set something."""
    url = f"sqlite:///{tmp_path}/old.db"
    with opened(url) as config:
        config.update({"shop.shelves": 4}, actor="bob")
        for number, user in enumerate(USERS):
            config.update({"shop.shelves": 1 + number % 9, "shop.key": f"k-{user}"}, user=user)
    return url


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten documents become one commit."""
    monkeypatch.setattr("cfgcore.installing.store_migration.BATCH", 10)
    return iter(())


def opened(url: str, *sections: type) -> cfgcore.Config:
    how: dict[str, Any] = {"plugins": [Plugin(*sections)], "plugin_group": None, "settings_files": [], "environ": {}}
    return cfgcore.open(store=url, **how)


def values(url: str) -> dict[str, Any]:
    """Return what is stored, secrets revealed; what is empty is left out."""
    with opened(url) as config:
        everyone = {"": (config.shop.shelves, config.shop.key)}
        users = {user: config.for_user(user).shop for user in (*USERS, "gone")}
    return everyone | {user: (shop.shelves, shop.key) for user, shop in users.items()}


def log(url: str) -> list[tuple[Any, ...]]:
    with closing(open_store(url)) as store:
        return [(record.action, record.actor, record.chain) for record in store.log()]


def litter(target: str, tmp_path: Path) -> list[str]:
    folder = tmp_path if target.startswith("postgresql") else tmp_path / "to"
    return [one.name for one in folder.iterdir() if "migrating" in one.name or one.name.endswith(".tmp")]


def backups(tmp_path: Path) -> list[Path]:
    return [one for one in tmp_path.rglob("*.before-*") if one.suffix[-1].isdigit()]


def test_all_values_become_those_of_the_source(source: str, target: str, tmp_path: Path) -> None:
    """Those of users that the source does not know are gone; the history goes on; what was there is kept."""
    before, was = log(target), values(target)
    told: list[tuple[str, int, int]] = []
    done = cfgcore.migrate(source, target, progress=lambda *one: told.append(one), **HOW)
    assert (True, True) == (done.committed, done.is_valid)
    assert values(source) == values(target)
    after = log(target)
    assert before == after[: len(before)]
    assert {("migrate", "root")} == {one[:2] for one in after[len(before) :]}
    assert 4 == len(after) - len(before)
    assert done.revision == len(after)
    what, total, last = told[-1]
    assert ("documents compared", total) == (what, last)
    (kept,) = backups(tmp_path)
    assert kept.name == (done.backup and done.backup.name)
    assert was == values(f"file:{kept}" if ".json" in kept.name else f"sqlite:///{kept}")
    assert [] == litter(target, tmp_path)
    with opened(target) as config:
        assert config.audit.verify()
        config.rollback(to=len(before), scope="everything")
        assert was[""] == (config.shop.shelves, config.shop.key)


def test_a_dry_run_says_what_would_change(source: str, target: str, tmp_path: Path) -> None:
    """It writes nothing, and makes no backup."""
    before = log(target)
    done = cfgcore.migrate(source, target, dry_run=True, **HOW)
    assert (False, None) == (done.committed, done.revision)
    assert 1 + 2 * 30 + 2 == len(done.changes)
    assert before == log(target)
    assert [] == backups(tmp_path)


def test_only_the_first_of_many_changes_are_listed(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many more there are is counted."""
    monkeypatch.setattr(overwriting, "LISTED", 5)
    done = cfgcore.migrate(source, target, **HOW)
    assert (5, 58) == (len(done.changes), done.unlisted)


def test_few_differences_are_one_commit(source: str, target: str, tmp_path: Path) -> None:
    """It is made in the target itself; nothing that differs is no commit, and no backup."""
    cfgcore.migrate(source, target, backup=False, **HOW)
    with opened(source) as config:
        config.update({"shop.shelves": 2}, user="u05")
    length = len(log(target))
    done = cfgcore.migrate(source, target, **HOW)
    assert ([("u05", 2)], length + 1) == ([(one.user, one.new) for one in done.changes], len(log(target)))
    again = cfgcore.migrate(source, target, **HOW)
    assert (False, None, None) == (again.committed, again.revision, again.backup)
    assert 1 == len(backups(tmp_path))


def test_invalid_values_of_users_are_listed_and_taken_as_they_are(source: str, target: str) -> None:
    """As when a store is copied; what is wrong with everyone's stands in the way."""
    fill(source, "user/u07", {"shop": {"shelves": 70}})
    done = cfgcore.migrate(source, target, **HOW)
    assert [("u07", 70, "invalid")] == [(one.user, one.value, one.fate) for one in done.entries]
    assert not done.is_valid
    with closing(open_store(target)) as store:
        assert {"shop": {"shelves": 70}} == store.read(["user/u07"]).documents["user/u07"].values
    fill(source, "system", {"shop": {"shelves": 70}})
    fill(source, "user/u08", {"shop": {"shelves": 1}})
    before = log(target)
    with pytest.raises(ValidationFailed, match="70 is more than 9"):
        cfgcore.migrate(source, target, **HOW)
    assert before == log(target)


def fill(url: str, name: str, found: dict[str, Any]) -> None:
    """Write a document without a check, as a release did that allowed more."""
    with closing(open_store(url)) as store:
        old = store.read([name]).documents[name].values
        edits = [Edit(("shop",), old.get("shop", ABSENT), found["shop"])]
        sides = {name: Sides({"shop": 1})}
        store.commit(
            {name: Write(found, {"shop": 1})}, {}, Draft("update", "", "", "2026-01-31", {name: edits}, {}, sides=sides)
        )


class Stop:
    """A listener of progress that raises when so many documents are compared."""

    def __init__(self, at: int, error: BaseException) -> None:
        self._at, self._error, self._passes = at, error, 0

    def __call__(self, what: str, total: int, done: int) -> None:
        if what.startswith("documents"):
            self._passes += done == total
            if self._passes >= self._at and done == total:
                raise self._error


def test_an_interruption_is_gone_on_with(source: str, target: str, tmp_path: Path) -> None:
    """The target is what it was until all is there; the commits that were made are not made again."""
    before = values(target), log(target)
    with pytest.raises(KeyboardInterrupt):
        cfgcore.migrate(source, target, progress=Stop(1, KeyboardInterrupt()), **HOW)
    assert before == (values(target), log(target))
    if not target.startswith("postgresql"):
        assert 1 == len(litter(target, tmp_path))
    done = cfgcore.migrate(source, target, **HOW)
    assert done.committed
    assert (values(source), 4) == (values(target), len(log(target)) - len(before[1]))
    assert [] == litter(target, tmp_path)


def test_a_failure_leaves_nothing(source: str, target: str, tmp_path: Path) -> None:
    """Neither in the target nor beside it."""
    before = values(target), log(target)
    with pytest.raises(StoreError):
        cfgcore.migrate(source, target, progress=Stop(1, StoreError("the disk is full")), **HOW)
    assert before == (values(target), log(target))
    assert ([], []) == (litter(target, tmp_path), backups(tmp_path))


def test_who_writes_meanwhile_is_not_overwritten(source: str, target: str) -> None:
    """The target stays as they left it, and the same command does all of it anew."""

    def meanwhile(what: str, total: int, done: int) -> None:
        if what.startswith("documents") and done == total:
            with opened(target) as config:
                config.update({"shop.shelves": 6 if config.shop.shelves != 6 else 5}, actor="cid")

    with pytest.raises(StoreError, match="somebody wrote to it meanwhile; it is as they left it"):
        cfgcore.migrate(source, target, progress=meanwhile, **HOW)
    assert (6, 8) == (values(target)[""][0], values(target)["gone"][0])
    assert cfgcore.migrate(source, target, **HOW)
    assert values(source) == values(target)


def test_who_has_the_target_open_sees_it(source: str, target: str) -> None:
    """An application that reads it goes on with the new values, and writes after them."""
    with opened(target) as config:
        assert (7, 8) == (config.shop.shelves, config.for_user("u17").shop.shelves)
        cfgcore.migrate(source, target, **HOW)
        config.reload()
        assert (4, 9) == (config.shop.shelves, config.for_user("u17").shop.shelves)
        last = config.update({"shop.shelves": 1}, user="u17").revision
        assert len(log(target)) == last


def raised(found: Any) -> Any:
    return {**found, "shelves": found["shelves"] * 10} if "shelves" in found else found


@section("shop", version=2, steps=[step(1, raised)])
class Wider:
    shelves: int = setting(30, minimum=1, maximum=90)
    key: str | None = setting(None, secret=True)


def test_each_store_keeps_its_own_form(source: str, target: str) -> None:
    """What an older release wrote is taken over by a newer one at today's version."""
    how = {**HOW, "plugins": [Plugin(Wider)]}
    with opened(target, Wider) as config:
        config.update({"shop.shelves": 71}, actor="ann")
    cfgcore.migrate(source, target, **how)
    with opened(target, Wider) as config:
        assert (40, 90) == (config.shop.shelves, config.for_user("u17").shop.shelves)
    with closing(open_store(target)) as store:
        assert {"shop": 2} == store.read([VERSIONS]).documents[VERSIONS].values


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[4])
import cfgcore
from cfgcore.installing import store_migration
import test_overwriting as own

store_migration.BATCH = 10
at = int(sys.argv[3])
if at < 0:
    from cfgcore.store import files, postgresql_aside, sqlite
    for owner, name in ((files.Files, "_write"), (sqlite.SqliteStore, "_truncate"), (postgresql_aside.Beside, "leave")):
        def last(self, *given, plain=getattr(owner, name)):
            is_built = any(word in repr(vars(self)) for word in ("migrating", "_aside_aside"))
            if not is_built and any(one.f_code.co_name == "replace_by" for one in frames()):
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(self, *given)
        setattr(owner, name, last)

def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back

if at == 0:
    from cfgcore.installing import store_target
    store_target.Place.__init__ = lambda self, store, publish: vars(self).update(
        store=store, publish=lambda: os.kill(os.getpid(), signal.SIGKILL))

def tell(what, total, done):
    tell.calls += what.startswith("documents")
    if at > 0 and tell.calls >= at:
        os.kill(os.getpid(), signal.SIGKILL)
tell.calls = 0
cfgcore.migrate(sys.argv[1], sys.argv[2], progress=tell, **own.HOW)
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by a signal")
@pytest.mark.parametrize("at", [1, 2, 3, 0, -1])
def test_killed(source: str, target: str, tmp_path: Path, at: int) -> None:
    """While both are compared or pages are written, and before the copy takes its place: old. Right after that: new."""
    before = values(target), log(target)
    arguments = (source, target, str(at), str(Path(__file__).parent))
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], timeout=60, check=False)
    assert -9 == killed.returncode
    assert (values(source) if at < 0 else before[0]) == values(target)
    assert (at >= 0) == cfgcore.migrate(source, target, **HOW).committed
    assert (values(source), 4) == (values(target), len(log(target)) - len(before[1]))
    assert [] == litter(target, tmp_path)


def test_without_force_it_is_refused(source: str, target: str) -> None:
    """And nothing is written."""
    with pytest.raises(CfgcoreError, match="name a new target, or make all its values those of"):
        cfgcore.migrate(source, target, **{**HOW, "force": False})


def test_only_a_store_of_the_same_kind_can_take_the_place(tmp_path: Path) -> None:
    """Whose log goes on where that of the other ends."""
    one, other = (open_store(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "other"))
    with closing(one), closing(other):
        for store in (one, other):
            store.append_audit(Draft("noted", store.url, "", "2026-01-31", {}, {}))
        with pytest.raises(StoreError, match="somebody wrote to it meanwhile"):
            one.replace_by(other)  # type: ignore[attr-defined]
        assert [1, 1] == [sum(1 for _ in page) for page in (one.log(), other.log())]
        assert [] == [name for page in pages(one) for name in page]
