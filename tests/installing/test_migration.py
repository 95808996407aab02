"""`cfgcore.migrate`: a configuration of any format and store, taken over into a store."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cfgcore
from cfgcore import CfgcoreError, Conversion, LegacyFormat, Mapped, SourceError, StoreError, hookimpl
from cfgcore.installing.report import Entry
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.opening import open_store

Migrate = Callable[..., cfgcore.Migration]
Stored = Callable[..., dict[str, Any]]
CANARY = "c4nary-c4nary"
TARGETS = ["new.json", "sqlite"]

WHOLE = {"racks": 5, "staff": 6, "lock": CANARY, "open": "no", "flags": {"ann": {"wrapping": True}}, "colour": "red"}


def url(target: str, folder: Path) -> str:
    return f"sqlite:///{folder / 'new.db'}" if target == "sqlite" else target


def fates(migration: cfgcore.Migration) -> dict[str, str]:
    return {entry.source: entry.fate for entry in migration.entries}


def entry(migration: cfgcore.Migration, source: str) -> Entry:
    (found,) = (one for one in migration.entries if one.source == source)
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_an_older_file_is_taken_over(target: str, migrate: Migrate, stored: Stored, tmp_path: Path) -> None:
    """Values go to everyone, to the owner and to users, by one commit, into stores of each kind; nothing lies about."""
    target = url(target, tmp_path)
    migration = migrate(json.dumps(WHOLE), target, user="zoe")
    assert ("old", "it has 'racks'", True, 1) == (migration.format, migration.why, bool(migration), migration.revision)
    assert migration.is_valid
    expected = {"racks": "mapped", "staff": "mapped", "lock": "mapped", "open": "changed", "colour": "dropped"}
    assert {**expected, "flags.ann.wrapping": "mapped"} == fates(migration)
    assert {
        "system": {"shop": {"open": False}},
        "user/zoe": {"shop": {"shelves": 5, "clerks": 6, "key": CANARY}},
        "user/ann": {"flags": {"wrapping": True}},
    } == stored(target)
    assert [] == [file.name for file in tmp_path.iterdir() if "migrating" in file.name]


def test_entries_tell_what_became_of_each_value(migrate: Migrate) -> None:
    """In the order of the source, with the line, the value of before and of now, whose it is, and why."""
    migration = migrate('{"racks": 5,\n "staff": 7,\n "open": "yes",\n "colour": "red"}')
    assert ["racks", "staff", "open", "colour"] == [one.source for one in migration.entries]
    assert Entry("mapped", "racks", 5, "shop.shelves", "local", 5, line=1) == entry(migration, "racks")
    changed = Entry("changed", "open", "yes", "shop.open", None, True, "yes and no are true and false", line=3)
    assert changed == entry(migration, "open")
    assert Entry("dropped", "colour", "red", why="nobody paints any more", line=4) == entry(migration, "colour")
    assert ("colour",) == tuple(one.source for one in migration.of("dropped"))


def test_what_a_converter_forgets_is_dropped_aloud(migrate: Migrate) -> None:
    """Every value that it says nothing of is listed by the core, also those in tables."""
    migration = migrate('{"racks": 5, "staff": 5, "a": {"b": {"c": 1}, "d": []}, "e": null}')
    told = {one.source: one.why for one in migration.of("dropped")}
    assert dict.fromkeys(("a.b.c", "a.d", "e"), "the format 'old' knows no such value") == told


def test_the_default_of_then_is_no_override(migrate: Migrate, stored: Stored) -> None:
    """It is listed, and stored only when asked for."""
    migration = migrate('{"racks": 3.0}')
    assert {"racks": "default"} == fates(migration)
    assert not migration
    assert {"racks": "mapped"} == fates(migrate('{"racks": 3}', "explicit.json", explicit=True))
    assert {"user/local": {"shop": {"shelves": 3}}} == stored("explicit.json")


def test_the_valid_rest_is_taken_over(migrate: Migrate, stored: Stored) -> None:
    """What is invalid is listed with path, value and suggestion, item by item of a list; no default takes its place."""
    migration = migrate('{"racks": 50, "staff": "two", "wares": ["tea", "Tea!", "nut"], "open": "no"}')
    assert not migration.is_valid
    racks = entry(migration, "racks")
    assert ("invalid", 50, "shop.shelves", 9) == (racks.fate, racks.value, racks.path, racks.suggested)
    assert racks.why.startswith("50 is more than 9")
    assert ("invalid", 3) == (entry(migration, "staff").fate, entry(migration, "staff").suggested)
    assert ("invalid", "Tea!") == (entry(migration, "wares.1").fate, entry(migration, "wares.1").value)
    assert ("changed", ["tea", "nut"]) == (entry(migration, "wares").fate, entry(migration, "wares").new)
    assert {"shop": {"goods": ["tea", "nut"]}} == stored()["user/local"]


def test_values_that_break_a_rule_together(migrate: Migrate, stored: Stored) -> None:
    """The one that the rule lets yield is refused, the other is taken over."""
    migration = migrate('{"racks": 8, "staff": 4}')
    assert {"racks": "invalid", "staff": "mapped"} == fates(migration)
    assert ("more shelves than clerks", 4) == (entry(migration, "racks").why, entry(migration, "racks").suggested)
    assert {"user/local": {"shop": {"clerks": 4}}} == stored()


def test_a_value_that_breaks_a_rule_with_a_default(migrate: Migrate) -> None:
    """The value is refused: it alone is the file's."""
    migration = migrate('{"racks": 8}')
    assert ({"racks": "invalid"}, False) == (fates(migration), bool(migration))


def test_one_users_mistake_is_nobody_elses(migrate: Migrate, stored: Stored) -> None:
    """What is wrong with one user is refused; the others' values are taken over."""
    migration = migrate(
        '{"racks": 5, "staff": 5, "flags": {"ann": {"wrapping": 1}, "bob": {"wrapping": true}, "": {"wrapping": true}}}'
    )
    assert {"flags.ann.wrapping", "flags..wrapping"} == {one.source for one in migration.of("invalid")}
    assert {"user/bob", "user/local"} == set(stored())


def test_settings_of_plugins_that_are_not_installed_wait(migrate: Migrate, stored: Stored) -> None:
    """They are kept where they belong; a name that an installed plugin does not know has no place."""
    migration = migrate('{"racks": 3, "garden": 7, "market": 8}')
    assert {"racks": "default", "garden": "waiting", "market": "dropped"} == fates(migration)
    assert "unknown setting 'shop.plants'" in entry(migration, "market").why
    assert {"system": {"garden": {"plants": 7}}} == stored()


def test_what_has_no_place_is_kept_on_request(migrate: Migrate, stored: Stored) -> None:
    """It is stored under `unmapped`, as it stood in the source; what may be a secret apart from the document."""
    migration = migrate('{"racks": 3, "colour": "red", "deep": {"token": "c4nary-c4nary"}}', keep_unmapped=True)
    assert {"racks": "default", "colour": "unmapped", "deep.token": "unmapped"} == fates(migration)
    assert "unmapped.old.colour" == entry(migration, "colour").path
    kept = {"old": {"colour": "red", "deep": {"token": CANARY}}}
    assert {"system": {"unmapped": kept}} == stored()


def test_what_cannot_be_kept_says_so(migrate: Migrate) -> None:
    """A key that no store takes is listed with the reason, and the rest goes on."""
    migration = migrate('{"racks": 5, "staff": 5, "@format": 1}', keep_unmapped=True)
    assert ("dropped", True) == (entry(migration, "@format").fate, bool(migration))
    assert "nor can it be kept" in entry(migration, "@format").why


def test_what_is_kept_survives_changes(migrate: Migrate, plugin: Any, stored: Stored, tmp_path: Path) -> None:
    """An application that opens the store and changes it leaves it alone."""
    migrate('{"racks": 3, "colour": "red"}', keep_unmapped=True)
    store = tmp_path / "new.json"
    how: dict[str, Any] = {"plugins": [plugin], "plugin_group": None, "settings_files": [], "store": store}
    with cfgcore.open(environ={"CFGCORE_STREET__HOUSE": "1"}, **how) as config:
        assert config.update({"shop.clerks": 5})
    assert {"old": {"colour": "red"}} == stored()["system"]["unmapped"]


@pytest.mark.parametrize("how", [{}, {"keep_unmapped": True}, {"dry_run": True}])
def test_no_secret_is_shown(how: dict[str, Any], migrate: Migrate, tmp_path: Path) -> None:
    """Neither one that is declared nor what has the name of one, valid or not, in entries, changes or the document."""
    text = '{"racks": 5, "staff": 5, "lock": "c4nary-c4nary", "password": "c4nary-c4nary", "site": "https://c4nary-c4nary"}'
    assert CANARY not in repr(migrate(text, **how))
    assert CANARY not in repr(migrate('{"racks": 3, "lock": ["c4nary-c4nary"]}', "other.json", **how))
    assert CANARY not in "".join(
        file.read_text("utf-8") for file in tmp_path.glob("new.json*") if file.suffix != ".secrets"
    )


def test_a_dry_run_writes_nothing(migrate: Migrate, tmp_path: Path) -> None:
    """The changes are shown, new target or not."""
    migration = migrate(json.dumps(WHOLE), dry_run=True)
    assert "shop.shelves" in {change.path for change in migration.changes}
    assert ["old.json"] == [file.name for file in tmp_path.iterdir()]
    assert migrate(json.dumps(WHOLE))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert {"shop.shelves"} == {c.path for c in migrate('{"racks": 6, "staff": 6}', dry_run=True).changes}
    (tmp_path / "old.json").write_bytes(before["old.json"])
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_holds_something_is_backed_up(
    target: str, migrate: Migrate, stored: Stored, tmp_path: Path
) -> None:
    """The history goes on; the backup is the store of before, and asking for none makes none."""
    target = url(target, tmp_path)
    assert None is migrate('{"racks": 5, "staff": 6}', target).backup
    second = migrate('{"racks": 6}', target)
    assert (2, f"new.{'db' if ':' in target else 'json'}.before-1") == (
        second.revision,
        second.backup and second.backup.name,
    )
    assert {"user/local": {"shop": {"shelves": 6, "clerks": 6}}} == stored(target)
    assert second.backup is not None
    before = stored(f"sqlite:///{second.backup}" if ":" in target else f"file:{second.backup}")
    assert {"user/local": {"shop": {"shelves": 5, "clerks": 6}}} == before
    assert None is migrate('{"racks": 5}', target, backup=False).backup
    again = migrate('{"racks": 5}', target)
    assert (False, None) == (bool(again), again.backup)


@pytest.mark.parametrize("content", ["", "not a store", '{"shop": {"shelves": 4}}', "[shop]\n"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_is_something_else(
    target: str, content: str, migrate: Migrate, stored: Stored, tmp_path: Path
) -> None:
    """It is refused and stays as it was; with force it is kept as a backup, and replaced."""
    target = url(target, tmp_path)
    file = tmp_path / ("new.db" if ":" in target else "new.json")
    file.write_text(content, "utf-8")
    with pytest.raises(CfgcoreError, match="it exists and is no store of cfgcore"):
        migrate('{"racks": 5, "staff": 6}', target)
    assert content == file.read_text("utf-8")
    backup = migrate('{"racks": 5, "staff": 6}', target, force=True).backup
    assert backup is not None
    assert content == backup.read_text("utf-8")
    assert {"user/local": {"shop": {"shelves": 5, "clerks": 6}}} == stored(target)


def test_a_newer_target_is_refused(migrate: Migrate, tmp_path: Path) -> None:
    """Not even force replaces what a newer release wrote."""
    text = '{"cfgcore": {"format": 99}, "system": {"revision": 1, "values": {}, "versions": {}}}'
    (tmp_path / "new.json").write_text(text, "utf-8")
    for force in (False, True):
        with pytest.raises(StoreError, match="written by a newer cfgcore"):
            migrate('{"racks": 5, "staff": 6}', force=force)
    assert text == (tmp_path / "new.json").read_text("utf-8")


@pytest.mark.parametrize("force", [False, True])
def test_the_source_cannot_be_the_target(force: bool, migrate: Migrate, tmp_path: Path) -> None:
    """Neither by its name nor by a link, in either direction."""
    for target in ("old.json", f"file:{tmp_path}/old.json", f"sqlite:///{tmp_path}/old.json"):
        with pytest.raises(CfgcoreError, match="the same file"):
            migrate('{"racks": 5}', target, force=force)
    if os.name == "posix":
        (tmp_path / "link.json").symlink_to(tmp_path / "old.json")
        with pytest.raises(CfgcoreError, match="the same file"):
            migrate(tmp_path / "link.json", "old.json", force=force)
        os.link(tmp_path / "old.json", tmp_path / "hard.json")
        with pytest.raises(CfgcoreError, match="the same file"):
            migrate(tmp_path / "old.json", "hard.json", force=force)
    assert '{"racks": 5}' == (tmp_path / "old.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("new.toml", "is not a store: that is a file that ends in .json"),
        ("none/new.json", "does not exist"),
        ("folder", "is not a store"),
        ("folder.json", "it is a folder"),
        ("etcd://host", "no store has the scheme 'etcd'"),
    ],
)
def test_a_target_that_cannot_be(target: str, told: str, migrate: Migrate, tmp_path: Path) -> None:
    """The reason is told."""
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(CfgcoreError, match=told):
        migrate('{"racks": 5, "staff": 6}', target, force=True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("old.json", "", r"old\.json: it is empty, which no JSON is"),
        ("old.json", "{}", r"old\.json: it is empty: there is nothing to migrate"),
        ("old.toml", "# nothing\n", r"old\.toml: it is empty: there is nothing to migrate"),
        ("old.json", "{", r"old\.json:1: not valid JSON"),
        ("old.json", '{"racks": NaN}', "NaN is not a number of JSON"),
        ("old.json", '{"racks": 1,\n"racks": 2}', r"old\.json:2: .*'racks' stands twice"),
        ("old.json", "[1]", "it holds no table of sections at its top"),
        ("old.json", '{"a":' * 200_000, "it nests deeper"),
        ("old.json", '{"racks": 5, "staff": 6, "a": ' + "[" * 40 + "]" * 40 + "}", None),
        ("old.yaml", "a: &x 1\nb: *x\n", r"old\.yaml:2: YAML aliases are not read"),
        ("old.toml", "racks = \n", r"old\.toml:1: not valid TOML"),
        ("old.txt", "racks", r"\.txt is not a format that can be read"),
        ("old", '{"racks": 5, "staff": 6}', None),
        ("old.toml", "x" * (1 << 20) + "yy", "it is larger than 1024 KiB"),
        ("old.json", '{"racks": 5, "a": "' + "x" * (17 << 20) + '"}', "it is larger than 16384 KiB"),
    ],
    ids=str,
)
def test_a_source_that_cannot_be_read(
    name: str, content: str, told: str | None, migrate: Migrate, tmp_path: Path
) -> None:
    """The error names the line and the cause; the target is not touched. What can be read is."""
    if told is None:
        assert migrate(content, name=name)
        return
    with pytest.raises(SourceError, match=told):
        migrate(content, name=name)
    assert [name] == [file.name for file in tmp_path.iterdir()]


def test_a_huge_file_is_refused_unread(migrate: Migrate, tmp_path: Path) -> None:
    """200 MB of holes are refused at once."""
    with (tmp_path / "old.json").open("wb") as stream:
        stream.write(b'{"racks": 5')
        stream.truncate(200 << 20)
    with pytest.raises(SourceError, match="it is larger than"):
        migrate(tmp_path / "old.json")


@pytest.mark.parametrize(("name", "told"), [("none.json", "there is no such file"), (".", "it is a folder")])
def test_a_source_that_is_no_file(name: str, told: str, migrate: Migrate, tmp_path: Path) -> None:
    """A folder and a name of nothing are told apart."""
    with pytest.raises(SourceError, match=told):
        migrate(tmp_path / name)


@pytest.mark.parametrize("source", ["old", "settings", "store", "database"])
def test_a_source_is_never_modified(source: str, migrate: Migrate, plugin: Any, tmp_path: Path) -> None:
    """Whatever its format: its bytes, its times and its neighbours are as before, also where it is read-only."""
    folder = tmp_path / "there"
    folder.mkdir()
    file = folder / {"old": "a.json", "settings": "a.toml", "store": "a.json", "database": "a.db"}[source]
    if source in ("old", "settings"):
        file.write_text('{"racks": 5, "staff": 6}' if source == "old" else "[shop]\nclerks = 4\n", "utf-8")
    else:
        where = f"sqlite:///{file}" if source == "database" else str(file)
        with closing(open_store(where)) as store:
            store.close()
        how: dict[str, Any] = {"plugins": [plugin], "plugin_group": None, "settings_files": [], "store": where}
        with cfgcore.open(environ={"CFGCORE_STREET__HOUSE": "1"}, **how) as config:
            config.update({"shop.clerks": 4, "shop.key": CANARY})
    for one in (*folder.iterdir(), folder):
        one.chmod(one.stat().st_mode & ~0o222)
    before = {
        one.name: (one.read_bytes(), one.stat().st_mtime_ns, stat.S_IMODE(one.stat().st_mode))
        for one in folder.iterdir()
    }
    try:
        assert migrate(file)
        after = {
            one.name: (one.read_bytes(), one.stat().st_mtime_ns, stat.S_IMODE(one.stat().st_mode))
            for one in folder.iterdir()
        }
        assert before == after
    finally:
        folder.chmod(0o755)


SETTINGS = {
    "a.toml": '[shop]\nclerks = 4\ngoods = ["nut"]\nprices = {"a.b" = 1.5}\nkey = "@str @x"\nlogin.user = "ann"\n',
    "a.yaml": 'shop:\n  clerks: 4\n  goods: [nut]\n  prices: {"a.b": 1.5}\n  key: "@str @x"\n  login: {user: ann}\n',
    "a.json": '{"shop": {"clerks": 4, "goods": ["nut"], "prices": {"a.b": 1.5}, "key": "@str @x", '
    '"login": {"user": "ann"}}}',
    "a.ini": '[shop]\nclerks = 4\ngoods = ["nut"]\nprices = {"a.b" = 1.5}\nkey = "@str @x"\nlogin = {user = "ann"}\n',
}


@pytest.mark.parametrize("name", list(SETTINGS))
def test_a_settings_file_is_taken_over_for_everyone(name: str, migrate: Migrate, stored: Stored) -> None:
    """TOML, YAML, JSON and INI give the same; tokens are obeyed, tables of values stay whole, defaults are kept."""
    if name == "a.ini":
        pytest.importorskip("configobj")
    migration = migrate(SETTINGS[name], name=name)
    assert ("settings", "'shop' is a section", True) == (migration.format, migration.why, migration.is_valid)
    shop = {"clerks": 4, "goods": ["nut"], "prices": {"a.b": 1.5}, "key": "@x", "login": {"user": "ann"}}
    assert {"system": {"shop": shop}} == stored()


def test_a_settings_file_with_mistakes(migrate: Migrate, stored: Stored) -> None:
    """Former names are changed, unknown ones dropped with what was probably meant, wrong values told with the line."""
    text = '[shop]\nracks = 2\nshelfs = 3\ngoods = "@merge nut"\nclerks = "many"\n\n[strete]\nhouse = "a"\n'
    migration = migrate(text, name="a.toml")
    assert {
        "shop.racks": "changed",
        "shop.shelfs": "dropped",
        "shop.goods": "mapped",
        "shop.clerks": "invalid",
        "strete.house": "dropped",
    } == fates(migration)
    assert 5 == entry(migration, "shop.clerks").line
    assert "Did you mean 'shelves'?" in entry(migration, "shop.shelfs").why
    assert {"system": {"shop": {"shelves": 2, "goods": ["tea", "nut"]}}} == stored()


def test_environments_of_a_settings_file(migrate: Migrate, stored: Stored) -> None:
    """The tables of the environment count."""
    text = "[default.shop]\nclerks = 4\n[production.shop]\nclerks = 5\n"
    assert migrate(text, name="a.toml", environment="production").is_valid
    assert {"system": {"shop": {"clerks": 5}}} == stored()


@pytest.mark.parametrize("kinds", [("json", "sqlite"), ("sqlite", "json"), ("json", "json"), ("sqlite", "sqlite")])
def test_a_store_is_copied_with_its_history(
    kinds: tuple[str, str], migrate: Migrate, stored: Stored, tmp_path: Path
) -> None:
    """Revisions and secrets go with it, and the copy is of the other kind."""
    ends = {"json": ("{}.json", "{}"), "sqlite": ("{}.db", "sqlite:///{}")}
    first, second = (
        ends[kind][1].format(tmp_path / ends[kind][0].format(name)) for kind, name in zip(kinds, "ab", strict=True)
    )
    migrate(json.dumps(WHOLE), first)
    migrate('{"racks": 6}', first)
    migration = cfgcore.migrate(first, second, plugins=[], plugin_group=None)
    assert ("store", 2, 2, None) == (migration.format, migration.revision, migration.records, migration.backup)
    assert stored(first) == stored(second)


def test_a_store_over_another(migrate: Migrate, stored: Stored, tmp_path: Path) -> None:
    """It is refused; with force all values become those of the source, by one commit, after a backup."""
    migrate('{"racks": 5, "staff": 6, "lock": "abcdef"}', "a.json")
    migrate('{"racks": 2}', "b.json", user="ann")
    with pytest.raises(CfgcoreError, match="it holds revision 1; name a new target"):
        migrate(tmp_path / "a.json", "b.json")
    assert migrate(tmp_path / "a.json", "b.json", force=True, dry_run=True).changes
    forced = migrate(tmp_path / "a.json", "b.json", force=True)
    assert (2, "b.json.before-1") == (forced.revision, forced.backup and forced.backup.name)
    assert stored("a.json") == stored("b.json")
    assert {"user/ann": {"shop": {"shelves": 2}}} == stored(f"file:{tmp_path}/b.json.before-1")


def test_a_store_whose_values_are_wrong_today(migrate: Migrate, stored: Stored, tmp_path: Path) -> None:
    """Everyone's values that today's plugins refuse stand in the way, unless they are to be copied nevertheless."""
    values = '{"system": {"values": {"shop": {"clerks": 70}}, "versions": {"shop": 1}}}'
    with pytest.raises(cfgcore.ValidationFailed, match="70 is more than 9"):
        migrate(values, name="a.json")
    assert not (tmp_path / "new.json").exists()
    forced = migrate(values, name="a.json", force=True)
    assert ["shop.clerks"] == [warning.path for warning in forced.warnings]
    assert {"system": {"shop": {"clerks": 70}}} == stored()


def test_a_damaged_store_is_named_as_it_was_given(migrate: Migrate, tmp_path: Path) -> None:
    """Not by the copy that is read."""
    (tmp_path / "a.json").write_text('{"cfgcore": {"format": 99}, "system": {"values": {}}}', "utf-8")
    with pytest.raises(CfgcoreError) as refused:
        migrate(tmp_path / "a.json")
    assert str(refused.value).startswith(f"{tmp_path / 'a.json'}: ")
    assert "cfgcore-source" not in str(refused.value)


def test_an_empty_store_is_nothing_to_migrate(migrate: Migrate, tmp_path: Path) -> None:
    """It is told, and no target is made."""
    JsonFileStore(tmp_path / "a.json").close()
    with pytest.raises(CfgcoreError, match="the store holds nothing"):
        migrate(tmp_path / "a.json")
    assert not (tmp_path / "new.json").exists()


class Odd:
    """A plugin with one format, whose functions are those given."""

    def __init__(self, **functions: Any) -> None:
        self.functions = {"detect": lambda data: "it looks odd", "convert": lambda data: Conversion()} | functions

    @hookimpl
    def cfgcore_legacy_formats(self) -> list[LegacyFormat]:
        return [LegacyFormat("odd", **self.functions)]


def test_several_formats_that_recognise_a_file(migrate: Migrate, plugin: Any, tmp_path: Path) -> None:
    """The error lists them with their reasons, and naming one resolves it."""
    with pytest.raises(
        CfgcoreError, match=r"old, because it has 'racks'; odd, because it looks odd. Say which .* --from"
    ):
        migrate('{"racks": 5, "staff": 6}', plugins=[plugin, Odd()])
    assert "you said so" == migrate('{"racks": 5, "staff": 6}', plugins=[plugin, Odd()], format="old").why
    with pytest.raises(
        CfgcoreError, match=r"'olt' is no format; known are settings, store, old, left, odd. Did you mean 'old'"
    ):
        migrate('{"racks": 5}', plugins=[plugin, Odd()], format="olt")
    with pytest.raises(CfgcoreError, match="it is no store of cfgcore"):
        migrate('{"racks": 5}', format="store")


def test_a_section_beside_other_things(migrate: Migrate, plugin: Any) -> None:
    """A file of sections alone is a settings file; beside other things a section makes none of an older file."""
    assert "old" == migrate('{"racks": 5, "staff": 6, "shop": {}}').format
    assert "settings" == migrate('{"shop": {"clerks": 4}, "pears": 5}', "a.json").format
    with pytest.raises(CfgcoreError, match="settings, because 'shop' is a section; odd, because it looks odd"):
        migrate('{"shop": {"clerks": 4}}', "b.json", plugins=[plugin, Odd()])


def test_a_fallback_takes_what_no_other_recognises(migrate: Migrate) -> None:
    """It does not compete; a name that is almost a section's is taken for a mistake in a settings file."""
    assert "left" == migrate('{"pears": 5}').format
    assert "settings" == migrate('{"shopp": {"clerks": 5}}').format


def fails(data: Any) -> Any:
    raise KeyError("racks")


@pytest.mark.parametrize(
    ("functions", "told"),
    [
        ({"detect": fails}, "plugin 'Odd': detecting the format 'odd' failed: KeyError"),
        ({"detect": lambda data: True}, "detecting the format 'odd' answered bool"),
        ({"convert": fails}, "plugin 'Odd': converting the format 'odd' failed: KeyError"),
        ({"convert": lambda data: []}, "the converter of 'odd' answered list, not a Conversion"),
    ],
)
def test_a_plugin_that_fails(functions: dict[str, Any], told: str, migrate: Migrate) -> None:
    """The error names the plugin, the format and what it did; nothing is written."""
    with pytest.raises(cfgcore.PluginError, match=told):
        migrate('{"a": 1}', plugins=[Odd(**functions)])


def test_two_values_for_one_place(migrate: Migrate) -> None:
    """The first is taken; another that says the same is mapped as well, one that says something else is invalid."""

    def convert(data: Any) -> Conversion:
        return Conversion(tuple(Mapped((name,), "garden.size", data[name]) for name in data))

    migration = migrate('{"a": 1, "b": 1, "c": 2}', plugins=[Odd(convert=convert)])
    assert ({"a": "waiting", "b": "mapped", "c": "invalid"}, False) == (fates(migration), migration.is_valid)
    assert "a says something else, and that is taken" == entry(migration, "c").why


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["racks", "staff", "lock", "wares", "open", "garden", "market", "colour", "x", "y"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(NAMES, PLAIN), keep=st.booleans(), explicit=st.booleans())
def test_nothing_is_dropped_in_silence(
    data: dict[str, Any], keep: bool, explicit: bool, plugin: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever a file holds, each of its values has its entry, and what is stored passes today's checks."""
    folder = tmp_path_factory.mktemp("any")
    data = {"racks": 5, **data}
    (folder / "old.json").write_text(json.dumps(data), "utf-8")
    how: dict[str, Any] = {"plugins": [plugin], "plugin_group": None}
    migration = cfgcore.migrate(folder / "old.json", folder / "new.json", keep_unmapped=keep, explicit=explicit, **how)
    told = {one.source for one in migration.entries}
    for name in data:
        assert any(source == name or source.startswith(f"{name}.") for source in told), (name, told)
    if migration:
        (examined,) = cfgcore.validate(folder / "new.json", **how)
        assert examined.is_valid, examined.errors
