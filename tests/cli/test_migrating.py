"""The command migrate as people meet it: a bar on a terminal, ^C, backups and their absence, force, huge files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from cfgcore.store.opening import open_store
from cfgcore.store.protocol import Manifold, Request, Write
from cfgcore.store.record import Draft, Edit
from cfgcore.values.absent import ABSENT

Run = Callable[..., Result]

STEPS = """
from cfgcore import hookimpl, section, setting, step


def counted(values):
    if values.get("shelves") == 8:
        open("gate").read()
    return {("racks" if key == "shelves" else key): value for key, value in values.items()}


@section("shop", version=2, steps=[step(1, counted)])
class Shop:
    racks: int = setting(3, minimum=1)


@hookimpl
def cfgcore_sections():
    return [Shop]
"""

FORMATS = """
from cfgcore import Conversion, LegacyFormat, Mapped, Whose, hookimpl


def converted(data):
    return Conversion((Mapped(("shelves",), "shop.shelves", data["shelves"], Whose.OWNER),))


@hookimpl
def cfgcore_legacy_formats():
    return [
        LegacyFormat("barn", lambda data: "it has 'shelves'" if "shelves" in data else None, converted),
        LegacyFormat("till", lambda data: "it has 'shelves', too" if "shelves" in data else None, converted),
    ]
"""


def filled(url: str, users: dict[str, int]) -> None:
    """Write users, a commit for each."""
    requests = []
    for user, shelves in users.items():
        edits = {f"user/{user}": [Edit(("shop", "shelves"), ABSENT, shelves)]}
        draft = Draft("update", user, "", "2026-01-31T12:00:00Z", edits, {"shop": 1})
        write = Write({"shop": {"shelves": shelves}}, {"shop": 1})
        requests.append(Request({f"user/{user}": write}, {}, draft, {}, commits=True))
    with closing(open_store(url)) as store:
        assert isinstance(store, Manifold)
        store.commit_all(requests)


def head(url: str) -> int:
    with closing(open_store(url, existing=True)) as store:
        return store.head().sequence


def traces() -> list[str]:
    return [one.name for one in Path().iterdir() if "migrating" in one.name]


def test_a_copy_shows_how_far_it_is(terminal: Any, run: Run, project: Path) -> None:
    """A bar for the users that are checked, and one for the records that are copied; on no terminal there is none."""
    filled("sqlite:///old.db", {f"u{number:04}": 4 for number in range(1200)})
    shown = terminal("migrate", "sqlite:///old.db", "sqlite:///new.db")
    assert 0 == shown.finish(), shown.shown
    assert "users checked" in shown.shown
    assert "records copied" in shown.shown
    assert "1200/1200" in shown.shown
    assert "sqlite:///new.db holds revision 1200, 1200 records." in shown.shown
    assert "1200/1200" not in run("migrate", "sqlite:///old.db", "sqlite:///other.db").output
    copied = terminal("store", "copy", "sqlite:///new.db", "sqlite:///third.db")
    assert 0 == copied.finish(), copied.shown
    assert "1200/1200" in copied.shown


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes")
def test_a_check_is_interrupted(terminal: Any, project: Path) -> None:
    """^C while users are checked: status 130, a sentence, and no target."""
    os.mkfifo("gate")
    (project / "plugins" / "shop.py").write_text(STEPS, encoding="utf-8")
    (project / "settings.toml").write_text("", encoding="utf-8")
    filled("sqlite:///old.db", {**{f"u{number:04}": 4 for number in range(1500)}, "u1200": 8})
    shown = terminal("migrate", "sqlite:///old.db", "sqlite:///new.db")
    shown.wait_for("1000/1500")
    shown.press("\x03")
    assert 130 == shown.finish(), shown.shown
    assert "Interrupted. sqlite:///new.db is as it was" in shown.shown
    assert "Traceback" not in shown.shown
    assert not Path("new.db").exists()


def test_a_copy_is_interrupted_and_goes_on(terminal: Any, run: Run, project: Path) -> None:
    """^C while records are copied: there is no target, and the same command finishes the work."""
    filled("sqlite:///old.db", {f"u{number:05}": 4 for number in range(25_000)})
    shown = terminal("store", "copy", "sqlite:///old.db", "sqlite:///new.db")
    shown.wait_for("00/25000")
    shown.press("\x03")
    assert 130 == shown.finish(), shown.shown
    assert "Interrupted. sqlite:///new.db is as it was; the same command goes on from there." in shown.shown
    assert not Path("new.db").exists()
    (left,) = traces()
    assert 0 < head(f"sqlite:///{left}/new.db") < 25_000
    assert "holds revision 25000, 25000 records" in run("store", "copy", "sqlite:///old.db", "sqlite:///new.db").stdout
    assert 25_000 == head("sqlite:///new.db")
    assert [] == traces()


def test_with_and_without_a_backup(run: Run, project: Path) -> None:
    """What the target holds is kept beside it, unless it is not to be; with force a foreign file is replaced."""
    (project / "a.toml").write_text("[shop]\nshelves = 4\n", encoding="utf-8")
    (project / "b.toml").write_text("[shop]\nshelves = 5\n", encoding="utf-8")
    assert 0 == run("migrate", "a.toml", "new.json").exit_code
    kept = run("migrate", "b.toml", "new.json")
    assert "What was there is kept as new.json.before-1." in kept.stdout
    without = run("migrate", "a.toml", "new.json", "--no-backup")
    assert "kept" not in without.stdout
    assert "new.json holds revision 3." in without.stdout
    assert ["new.json.before-1"] == sorted(one.name for one in project.glob("new.json.before-*[0-9]"))
    again = run("migrate", "a.toml", "new.json")
    assert (0, True) == (again.exit_code, "new.json holds all of that already." in again.stdout)
    (project / "notes.json").write_text("notes", encoding="utf-8")
    refused = run("migrate", "a.toml", "notes.json")
    assert (2, "notes") == (refused.exit_code, (project / "notes.json").read_text("utf-8"))
    assert "--force" in refused.stderr
    assert 0 == run("migrate", "a.toml", "notes.json", "--force", "--no-backup").exit_code
    assert [] == list(project.glob("notes.json.backup*"))
    assert 1 == head("notes.json")


def test_a_store_over_a_store(run: Run, project: Path) -> None:
    """Refused without force; with it all values become those of the source, after a backup, and it can be undone."""
    (project / "a.toml").write_text("[shop]\nshelves = 4\n", encoding="utf-8")
    (project / "b.toml").write_text("[shop]\nshelves = 5\n", encoding="utf-8")
    run("migrate", "a.toml", "a.json")
    run("migrate", "b.toml", "sqlite:///b.db")
    refused = run("migrate", "a.json", "sqlite:///b.db")
    assert 2 == refused.exit_code
    assert "it holds revision 1; name a new target" in refused.stderr
    forced = run("migrate", "a.json", "sqlite:///b.db", "--force")
    assert (0, True) == (forced.exit_code, "What was there is kept as b.db.before-1." in forced.stdout)
    assert "4\n" == run("get", "shop.shelves", "--store", "sqlite:///b.db").stdout
    run("undo", "2", "--store", "sqlite:///b.db")
    assert "5\n" == run("get", "shop.shelves", "--store", "sqlite:///b.db").stdout


@pytest.mark.parametrize("name", ["huge.json", "huge.toml", "huge.yaml", "huge.ini", "huge"])
def test_two_hundred_megabytes(name: str, run: Run, project: Path) -> None:
    """It is refused unread, whatever it is called; there is no target."""
    with (project / name).open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    refused = run("migrate", name, "new.json")
    assert 1 == refused.exit_code
    assert f"{name}: it is larger than" in refused.stderr
    assert not list(project.glob("new.json*"))
    assert 1 == run("validate", name).exit_code


def test_a_file_of_two_formats(run: Run, project: Path) -> None:
    """The error lists the candidates with their reasons; --from chooses one, and no other word."""
    (project / "plugins" / "barn.py").write_text(FORMATS, encoding="utf-8")
    (project / "old.json").write_text('{"shelves": 4}', encoding="utf-8")
    ambiguous = run("migrate", "old.json", "new.json")
    assert 0 != ambiguous.exit_code
    for candidate in ("barn, because it has 'shelves';", "till, because it has 'shelves', too."):
        assert candidate in ambiguous.stderr
    assert not Path("new.json").exists()
    chosen = run("migrate", "old.json", "new.json", "--from", "till", "--json")
    assert (0, "till") == (chosen.exit_code, json.loads(chosen.stdout)["format"])
    assert "'tall' is no format" in run("migrate", "old.json", "more.json", "--from", "tall").stderr


def test_an_empty_file(run: Run, project: Path) -> None:
    """It is said to be empty, whatever it is to be."""
    for name in ("a.json", "a.yaml", "a.toml"):
        (project / name).write_text(" \n", encoding="utf-8")
        refused = run("migrate", name, "new.json")
        assert 1 == refused.exit_code
        assert f"{name}: it is empty" in refused.stderr
    assert not Path("new.json").exists()


def test_a_password_is_shown_nowhere(run: Run, project: Path, postgresql_url: str) -> None:
    """Neither where a server's store is examined, migrated or copied, nor where that fails, nor in what is stored."""
    password = postgresql_url.partition("://")[2].partition("@")[0].partition(":")[2]
    assert password
    filled(postgresql_url, {"ann": 4})
    run("set", "shop.shelves", "5", "--store", "config.json")
    for arguments in (
        ("validate", postgresql_url),
        ("validate", postgresql_url, "--json"),
        ("migrate", postgresql_url, postgresql_url),
        ("migrate", postgresql_url, "config.json"),
        ("migrate", postgresql_url, "config.json", "--force", "--json"),
        ("migrate", "config.json", postgresql_url),
        ("store", "copy", "config.json", postgresql_url),
        ("store", "copy", postgresql_url, "sqlite:///copy.db"),
        ("history", "--store", "config.json"),
    ):
        result = run(*arguments)
        assert password not in result.output + result.stderr, arguments
    assert "migrated from postgresql://" in run("history", "--store", "config.json").output
    for file in project.rglob("*"):
        assert not file.is_file() or password.encode() not in file.read_bytes(), file
