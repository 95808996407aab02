"""Policies evolve like other sections: renamed, moved, and with steps from version to version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, DeclarationError, SectionUnreadable, hookimpl, section, setting, step, subsection

Open = Callable[..., Config]


@section("download")
class Download:
    max_retries: int = setting(3, minimum=0, maximum=20)


@section("download")
class Renamed:
    attempts: int = setting(3, minimum=0, maximum=20, renamed_from="max_retries")


@section("limits", scope="policy")
class First:
    seconds: int = setting(60, minimum=0)
    most: int | None = setting(None)
    size: int = setting(1)


@section("limits", scope="policy")
class Names:
    seconds: int = setting(60, minimum=0)
    top: int | None = setting(None, renamed_from="most")


@section("sizes", scope="policy")
class Sizes:
    size: int = setting(1, renamed_from="limits.size")


def minutes(values: Mapping[str, Any]) -> dict[str, Any]:
    newer = dict(values)
    if "seconds" in newer:
        newer["minutes"] = newer.pop("seconds") / 60
    return newer


def seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    older = dict(values)
    if "minutes" in older:
        older["seconds"] = round(older.pop("minutes") * 60)
    return older


@section("limits", scope="policy", version=2, steps=[step(1, minutes, down=seconds)])
class Second:
    minutes: float = setting(1.0, minimum=0)
    top: int | None = setting(None, renamed_from="most")
    size: int = setting(1)


@section("limits", scope="policy", version=2, steps=[step(1, minutes)])
class OneWay(Second):
    pass


class Plugin:
    name = "p"

    def __init__(self, sections: tuple[type, ...]) -> None:
        self._sections = sections

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return list(self._sections)


@pytest.fixture
def release(reopen: Open) -> Open:
    """A function that opens the store with sections of some release."""
    return lambda *sections, **more: reopen(plugins=[Plugin(sections)], **more)


def test_a_policy_has_another_name(release: Open) -> None:
    """Stored values, callers' paths, history, undo and rollback know it by both; the next commit writes the new one."""
    with release(Download, First) as old:
        old.update({"policies.limits.most": 5, "policies.limits.seconds": 30}, actor="root")
        old.update({"policies.limits.most": 7})
    new = release(Download, Names, Sizes)
    assert (7, 30) == (new.policies.limits.top, new.policies.limits.seconds)
    assert ["policies.limits.top", "policies.limits.seconds"] == [
        change.path for commit in new.history(actor="root") for change in commit.changes
    ][::-1]
    assert [(5, 7), (None, 5)] == [
        tuple(None if side is cfgcore.ABSENT else side for side in (change.old, change.new))
        for commit in new.history("policies.limits.most")
        for change in commit.changes
        if change.path == "policies.limits.top"
    ]
    assert 5 == new.at(1).policies.limits.top
    new.undo(2)
    assert 5 == new.policies.limits.top
    new.update({"policies.limits.most": 9})
    assert ({"top": 9, "seconds": 30}, 9) == (values_of(new)["limits"], new.explain("policies.limits.most").value)
    new.rollback(0, scope="policies")
    assert None is new.policies.limits.top


def test_a_policy_moves_to_another_section_of_policies(release: Open) -> None:
    """It is found at its former place, and stands at the new one after the next commit."""
    with release(Download, First) as old:
        old.update({"policies.limits.size": 4})
    new = release(Download, Names, Sizes)
    assert 4 == new.policies.sizes.size
    new.update({"policies.limits.seconds": 1})
    assert {"limits": {"seconds": 1}, "sizes": {"size": 4}} == values_of(new)
    new.undo(1)
    assert 1 == new.policies.sizes.size


@pytest.mark.parametrize(
    "text",
    [
        "[policies.limits]\nmost = 6\nsize = 2\n",
        "[policies]\nlimits = { MOST = 6, size = 2 }\n",
    ],
)
def test_files_and_variables_go_on_with_the_former_name(text: str, release: Open, tmp_path: Path) -> None:
    """A warning says what to write, with the line; the value counts."""
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    new = release(Download, Names, Sizes, settings_files=["settings.toml"])
    assert (6, 2) == (new.policies.limits.top, new.policies.sizes.size)
    told = sorted((w.path, w.suggested, w.origin.place if w.origin else "") for w in new.warnings)
    assert ["policies.limits.top", "policies.sizes.size"] == [path for path, _, _ in told]
    assert ["policies.limits.top", "policies.sizes.size"] == [suggested for _, suggested, _ in told]
    assert "'policies.limits.most' is its former name; write policies.limits.top instead" in str(
        next(warning for warning in new.warnings if warning.path == "policies.limits.top")
    ).replace("MOST", "most")
    environ = {"APP_POLICIES__LIMITS__MOST": "8", "APP_POLICIES__LIMITS__SIZE": "3"}
    named = release(Download, Names, Sizes, environ=environ)
    assert (8, 3) == (named.policies.limits.top, named.policies.sizes.size)
    assert 2 == len(named.warnings)


def test_a_policy_has_another_meaning(release: Open) -> None:
    """A step brings it along; both releases read and change it, and an upgrade writes it in the new form."""
    with release(Download, First) as old:
        old.update({"policies.limits.seconds": 30})
    new = release(Download, Second)
    assert 0.5 == new.policies.limits.minutes
    new.update({"policies.limits.minutes": 2.0})
    assert {"seconds": 120} == values_of(new)["limits"]
    old = release(Download, First)
    assert 120 == old.policies.limits.seconds
    old.update({"policies.limits.seconds": 240})
    new.reload()
    assert [4.0, 2.0, 0.5] == [change.new for commit in new.history() for change in commit.changes]
    assert 1 == new.upgrade.finish(force=True).outdated
    assert {"minutes": 4.0} == values_of(new)["limits"]
    old.reload()
    assert 240 == old.policies.limits.seconds
    with pytest.raises(cfgcore.ValidationFailed, match="version 2"):
        old.update({"policies.limits.seconds": 1})
    with pytest.raises(cfgcore.Conflict, match=r"revision 3 by 'unknown' changed policies\.limits\.minutes since"):
        new.undo(2)
    new.undo(3)
    assert 2.0 == new.policies.limits.minutes
    new.rollback(0, scope="policies")
    assert 1.0 == new.policies.limits.minutes


def test_policies_that_are_newer_are_held(release: Open) -> None:
    """A process that starts with them reads no policy, and says why; they stay as they are."""
    with release(Download, OneWay) as new:
        new.update({"policies.limits.minutes": 2.0, "download.max_retries": 4})
    old = release(Download, First)
    assert 4 == old.download.max_retries
    with pytest.raises(SectionUnreadable, match="section 'limits' is at version 2"):
        _ = old.policies
    with pytest.raises(cfgcore.ValidationFailed, match="version 2"):
        old.update({"policies.limits.seconds": 1})
    assert {"minutes": 2.0} == values_of(old)["limits"]


def test_a_file_of_an_older_version(release: Open, tmp_path: Path) -> None:
    """Its table [versions] names sections of policies below `policies`; each line that should change is told."""
    text = "[versions]\npolicies.limits = 1\n\n[policies.limits]\nseconds = 30\nmost = 2\n"
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    new = release(Download, Second, settings_files=["settings.toml"])
    assert (0.5, 2) == (new.policies.limits.minutes, new.policies.limits.top)
    told = [(w.code, w.path, w.origin.line if w.origin else 0) for w in new.warnings]
    assert ("older", "versions.policies.limits", 2) in told
    assert ("older", "policies.limits.minutes", 5) in told
    assert 5 == new.explain("policies.limits.minutes").origin.line
    (tmp_path / "settings.toml").write_text("[versions.policies]\nlimits = 3\n", encoding="utf-8")
    with pytest.raises(cfgcore.ValidationFailed, match=r"version 3 of section 'policies\.limits', and this release"):
        release(Download, Second, settings_files=["settings.toml"])
    (tmp_path / "settings.toml").write_text("[policies.limits]\nseconds = 30\n", encoding="utf-8")
    hinted = release(Download, Second, settings_files=["settings.toml"])
    assert "policies.limits = 1 in its table [versions]" in hinted.warnings[0].message


def test_rules_follow_the_setting_that_they_bind(release: Open, tmp_path: Path) -> None:
    """A rule that names a path by its former name binds the setting, whether it is stored or in a file."""
    with release(Download, First) as old:
        old.update({"policies.rules": [{"path": "download.max_retries", "maximum": 5}]})
        old.update({"download.max_retries": 4}, user="ann")
    new = release(Renamed, First)
    assert "download.attempts" == new.policies.rules[0].path
    with pytest.raises(cfgcore.ValidationFailed, match="at most 5"):
        new.update({"download.attempts": 6}, user="ann")
    assert 4 == new.for_user("ann").download.attempts
    new.update({"policies.limits.size": 2})
    assert "download.attempts" == values_of(new)["rules"][0]["path"]
    new.undo(1)
    assert () == new.policies.rules
    (tmp_path / "settings.toml").write_text(
        '[[policies.rules]]\npath = "download.max_retries"\nmaximum = 2\n', encoding="utf-8"
    )
    filed = release(Renamed, First, settings_files=["settings.toml"])
    assert 2 == filed.for_user("ann").download.attempts


@section("limits", scope="policy")
class Taken:
    top: int = setting(1, renamed_from="size")
    size: int = setting(1)


@section("limits", scope="policy")
class Gone:
    top: int = setting(1, renamed_from="most")
    most = setting(removed="It had no effect.")


@section("download")
class OfPolicies:
    top: int = setting(1, renamed_from="policies.most")


@subsection
class Inner:
    name: str = setting("x", renamed_from="title")


@section("download")
class Nested:
    inner: Inner = setting(Inner())


@section("download")
class NestedList:
    inner: tuple[Inner, ...] = setting(())


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (Taken, "policy section 'limits': top: renamed_from='size' is the name of another setting"),
        (Gone, "policy section 'limits': top: renamed_from='most' is declared as removed; take one out"),
        (
            OfPolicies,
            "section 'download': top: renamed_from='policies.most': a setting cannot have been one of the policies",
        ),
        (Nested, "section 'download': inner: name: renamed_from= has no effect within a value; raise the version"),
        (NestedList, "section 'download': inner: name: renamed_from= has no effect within a value; raise the version"),
    ],
)
def test_a_name_that_could_have_no_effect_is_refused(declared: type, told: str) -> None:
    """At registration, with the reason."""
    with pytest.raises(DeclarationError, match="plugin 'p': ") as refused:
        cfgcore.open(plugins=[Plugin((declared,))], plugin_group=None, settings_files=[], environ={})
    assert told in str(refused.value)


def values_of(config: Config) -> Mapping[str, Any]:
    assert config._changes is not None
    return config._changes.store.read(["policies"]).documents["policies"].values


@section("limits", scope="policy")
class Without:
    seconds: int = setting(60, minimum=0)
    most = setting(removed="Bind download.max_retries by a rule.")


def test_a_policy_that_is_gone(release: Open, tmp_path: Path) -> None:
    """A file that names it gets a warning with what to do now, a change is refused with that, what is stored stays."""
    with release(Download, First) as old:
        old.update({"policies.limits.most": 5})
    (tmp_path / "settings.toml").write_text("[policies.limits]\nmost = 6\n", encoding="utf-8")
    new = release(Download, Without, settings_files=["settings.toml"])
    told = [(w.code, w.path, w.origin.line if w.origin and w.origin.kind == "file" else 0) for w in new.warnings]
    assert ("removed", "policies.limits.most", 2) in told
    assert ("removed", "policies.limits.most", 0) in told
    with pytest.raises(cfgcore.UnknownPath, match=r"policies\.limits\.most was removed: Bind download\.max_retries"):
        new.update({"policies.limits.most": 4})
    new.update({"policies.limits.seconds": 4})
    assert {"most": 5, "seconds": 4} == values_of(new)["limits"]
