"""The commands that change stored values, look back on them, and keep the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture(params=["store.json", "sqlite:///store.db", "postgresql_url"], ids=["json", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, project: Path) -> str:
    """The project keeps its changes in a store of each kind."""
    url = request.getfixturevalue(request.param) if request.param == "postgresql_url" else request.param
    file = project / "cfgcore.toml"
    file.write_text(f'{file.read_text(encoding="utf-8")}store = "{url}"\n', encoding="utf-8")
    return str(url)


def test_set_stores_and_says_what_changed(store: str, run: Run) -> None:
    """Values are read as variables are; several pairs are one revision; the new value holds."""
    result = run("set", "shop.shelves", "5", "shop.open", "no", "--reason", "winter", "--actor", "ada")
    assert (0, "shop.open: not set -> false\nshop.shelves: not set -> 5\nRevision 1.\n") == (
        result.exit_code,
        result.output,
    )
    assert "5\n" == run("get", "shop.shelves").stdout
    assert "Nothing changed.\n" == run("set", "shop.shelves", "5").stdout
    (commit,) = json.loads(run("history", "--json").stdout)
    assert ("ada", "winter", "update") == (commit["actor"], commit["reason"], commit["action"])


def test_set_for_a_user_and_unset(store: str, run: Run) -> None:
    """A user's value is that user's; unset gives the layers below the word again."""
    run("set", "shop.shelves", "5", "--user", "bea")
    assert "3\n" == run("get", "shop.shelves").stdout
    assert "shop.shelves of bea: 5 -> not set\nRevision 2.\n" == run("unset", "shop.shelves", "--user", "bea").stdout


@pytest.mark.parametrize("arguments", [("plan", "shop.shelves", "5"), ("set", "shop.shelves", "5", "--dry-run")])
def test_a_plan_changes_nothing(store: str, run: Run, arguments: tuple[str, ...]) -> None:
    """It shows what would change, and that it is valid."""
    assert "shop.shelves: not set -> 5\nIt is valid; nothing was changed.\n" == run(*arguments).stdout
    assert [] == json.loads(run("history", "--json").stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("set", "shop.shelves", "99"), 1, "asked for everyone: shop.shelves: 99 is more than 9"),
        (("set", "shop.shelves", "many"), 1, "'many' is not a whole number"),
        (("set", "shop.shelves", "@int many"), 1, "shop.shelves"),
        (("set", "shop.goods", "@merge tea"), 1, "a stored value replaces"),
        (("set", "shop.shelfs", "1"), 2, "Did you mean 'shelves'?"),
        (("set", "shop.shelves"), 2, "each PATH needs its VALUE"),
        (("set", "shop.shelves", "1", "--user", ""), 2, "a user id is not empty"),
        (("set", "shop.shelves", "4", "--expect", "0"), 1, "was expected at revision 0 and is at 1"),
        (("rollback", "1"), 2, "a rollback needs a scope"),
        (("rollback", "99", "--scope", "system"), 2, "there is no revision 99"),
        (("rollback", "soon", "--scope", "system"), 2, "neither a revision nor a time"),
        (("undo", "7"), 2, "there is no revision 7"),
        (("undo",), 2, "name a revision to undo"),
        (("restore", "nothing.json"), 2, "does not exist"),
    ],
)
def test_wrong_calls_are_refused(store: str, run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    """Exit 1 where the change is wrong, 2 where the call is; nothing is changed, and no traceback is shown."""
    run("set", "shop.shelves", "2")
    result = run(*arguments)
    assert (code, True) == (result.exit_code, told in result.output), result.output
    assert 1 == len(json.loads(run("history", "--json").stdout))


def test_going_back(store: str, run: Run, project: Path) -> None:
    """History, diff, rollback and undo, as people call them one after the other."""
    for number in ("4", "5", "6"):
        run("set", "shop.shelves", number)
    assert ["3", "2", "1"] == [line.split()[0] for line in run("history").stdout.splitlines()[1:]]
    assert "shop.shelves: 4 -> 6\n" == run("diff", "1", "3").stdout
    assert "4 -> 6" in run("diff", "1", "3", "--json").stdout.replace('"old": 4,\n    "new": 6', "4 -> 6")
    dry = run("rollback", "1", "--scope", "system", "--dry-run").stdout
    assert "shop.shelves: 6 -> 4\nIt is valid; nothing was changed.\n" == dry
    assert run("rollback", "1", "--scope", "system").stdout.endswith("Revision 4.\n")
    refused = run("undo", "1")
    assert 0 == refused.exit_code
    assert "3\n" == run("get", "shop.shelves").stdout
    standing = run("undo", "2")
    assert (1, True) == (standing.exit_code, "cannot be undone" in standing.output)
    assert 0 == run("undo", "2", "--force").exit_code


def test_upkeep(store: str, run: Run, project: Path) -> None:
    """Backup, restore, audit, forget, compact."""
    run("set", "shop.shelves", "5", "--user", "bea")
    run("set", "shop.shelves", "6")
    assert "copy.bak holds revision 2.\n" == run("backup", "copy.bak").stdout
    assert 1 == run("backup", "copy.bak").exit_code
    run("set", "shop.shelves", "7")
    assert run("restore", "copy.bak").stdout.endswith("Revision 4.\n")
    assert "6\n" == run("get", "shop.shelves").stdout
    assert "The audit is whole: 4 records.\n" == run("audit", "verify").stdout
    assert "Erased; 1 commit lost what they said of the user.\n" == run("forget", "bea", "--yes").stdout
    assert "3 commits compacted.\n" == run("compact", "--before", "4", "--yes").stdout
    assert {"whole": True, "records": 6, "break_at": None} == json.loads(run("audit", "verify", "--json").stdout)


def test_a_store_is_copied_to_another_kind(store: str, run: Run, project: Path) -> None:
    """History and secrets go with it."""
    run("set", "shop.shelves", "5", "shop.key", "s3cret")
    run("set", "shop.shelves", "6", "--user", "bea")
    other = "other.json" if store.startswith("sqlite") else "sqlite:///other.db"
    assert f"{other} holds revision 2, 2 records.\n" == run("store", "copy", store, other).stdout
    assert json.loads(run("history", "--json").stdout) == json.loads(run("history", "--json", "--store", other).stdout)
    again = run("store", "copy", store, other)
    assert (1, True) == (again.exit_code, "it is not empty" in again.output)


def test_a_wrong_stored_value_can_be_mended(run: Run, project: Path) -> None:
    """Where a stored value has become wrong, reading is refused naming it, and unset still works."""
    file = project / "cfgcore.toml"
    file.write_text(f'{file.read_text(encoding="utf-8")}store = "store.json"\n', encoding="utf-8")
    run("set", "shop.shelves", "8")
    plugin = project / "plugins" / "shop.py"
    text = plugin.read_text(encoding="utf-8").replace("maximum=9", "maximum=5")
    text = text.replace('"shop.shelves": 9', '"shop.shelves": 5')
    plugin.write_text(text, encoding="utf-8")
    refused = run("get", "shop.shelves")
    assert (1, True) == (refused.exit_code, "everyone, revision 1: shop.shelves: 8 is more than 5" in refused.output)
    assert 0 == run("unset", "shop.shelves").exit_code
    assert "3\n" == run("get", "shop.shelves").stdout


def test_without_a_store_the_command_says_how(run: Run) -> None:
    """A project that keeps nothing is told how to keep something."""
    result = run("set", "shop.shelves", "5")
    assert (2, True) == (result.exit_code, "open it with store=" in result.output)


def test_a_settings_file_is_changed_in_place(run: Run, project: Path) -> None:
    """Comments and order stay; None is written as Dynaconf's token; the value then holds."""
    file = project / "settings.toml"
    file.write_text('# ours\n[shop]  # the only one\nname = "Märkt"\n', encoding="utf-8")
    assert (
        "settings.toml is written.\n"
        == run("set", "shop.shelves", "5", "shop.key", "@none", "--file", "settings.toml").stdout
    )
    expected = '# ours\n[shop]  # the only one\nname = "Märkt"\nshelves = 5\nkey = "@none"\n'
    assert expected == file.read_text(encoding="utf-8")
    assert "5\n" == run("get", "shop.shelves").stdout
    assert run("set", "shop.shelves", "6", "--file", "new.toml", "--dry-run").stdout == "[shop]\nshelves = 6\n"
    assert not (project / "new.toml").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.yaml", "", "only TOML files"),
        ("a.toml", "[shop\n", "not valid TOML"),
        ("none/a.toml", None, "cannot be written"),
    ],
)
def test_a_file_that_cannot_be_changed_is_left_alone(
    run: Run, project: Path, name: str, content: str | None, told: str
) -> None:
    """The cause is told, and the file is as it was."""
    if content is not None:
        (project / name).write_text(content, encoding="utf-8")
    result = run("set", "shop.shelves", "5", "--file", name)
    assert (1, True) == (result.exit_code, told in result.output), result.output
    assert content is None or content == (project / name).read_text(encoding="utf-8")
    assert [] == list(project.glob(".*.tmp"))


LOOKING = [
    ("users",),
    ("history",),
    ("show",),
    ("get", "shop.shelves"),
    ("explain", "shop.shelves"),
    ("plan", "shop.shelves", "5"),
    ("policy", "show"),
    ("policy", "plan", "policies.audit.audit_logging_enabled", "no"),
    ("flags", "list"),
    ("audit", "verify"),
]


@pytest.mark.parametrize("url", ["config.json", "sqlite:///config.db"])
@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_looking_makes_no_store(command: tuple[str, ...], url: str, project: Path, run: Run) -> None:
    """A store that the project has not begun reads as an empty one; one that an option names must be there."""
    before = sorted(project.iterdir())
    named = run(*command, "--store", url)
    assert (2, True) == (named.exit_code, "there is no such store" in named.output)
    file = project / "cfgcore.toml"
    file.write_text(f'{file.read_text(encoding="utf-8")}store = "{url}"\n', encoding="utf-8")
    assert 0 == run(*command).exit_code
    assert before == sorted(project.iterdir())


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (("shop", "5"), "is a section; name its settings: shop.name"),
        (("shop.prices.a.b", "5"), "names no value"),
        (("shop.shelves", "5", "SHOP.shelves", "6"), "is given twice"),
    ],
)
@pytest.mark.parametrize("command", ["set", "plan"])
def test_pairs_that_cannot_be(store: str, run: Run, command: str, pairs: tuple[str, ...], says: str) -> None:
    """What is no value, and a value that is given twice, are wrong calls."""
    result = run(command, *pairs)
    assert (2, True) == (result.exit_code, says in result.output)
    assert [] == json.loads(run("history", "--json").stdout)
