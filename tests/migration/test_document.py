"""A document's sections in today's form."""

from __future__ import annotations

from typing import Any

from cfgcore import section, setting, step
from cfgcore.declare.registry import Owned, Registry
from cfgcore.migration.document import Migration, migrations


def doubled(values: Any) -> Any:
    return {**values, "count": values["count"] * 2} if "count" in values else values


def failing(values: Any) -> Any:
    raise ValueError("no idea")


@section("server", version=2, steps=[step(1, doubled)])
class Server:
    count: int = setting(1)
    port: int = setting(80, renamed_from=("number", "net.port"))
    host = setting(removed="Gone.")


@section("broken", version=2, steps=[step(1, failing)])
class Broken:
    value: int = setting(1)


def migration() -> Migration:
    return migrations(Registry([Owned("p", sections=[Server, Broken])]))["system"]


def test_each_section_is_brought_along_from_its_own_version() -> None:
    """A section without a version is at today's, and one that nobody knows is left as it is."""
    found = migration().migrated({"server": {"count": 2}, "other": {"a": 1}}, {"server": 1, "other": 7}, "it")
    assert {"server": {"count": 4}, "other": {"a": 1}} == found.values
    assert {"server": {"count": 2}} == migration().migrated({"server": {"count": 2}}, {}, "it").values


def test_a_former_name_gives_way_within_and_between_sections() -> None:
    """A value moves to where it stands today, unless one is there; a section that is left empty goes."""
    assert {"server": {"port": 1}} == migration().migrated({"server": {"number": 1}}, {"server": 2}, "it").values
    assert {"server": {"port": 1}} == migration().migrated({"net": {"port": 1}}, {}, "it").values
    found = migration().migrated({"net": {"port": 1, "x": 2}, "server": {"port": 3}}, {}, "it")
    assert {"net": {"x": 2}, "server": {"port": 3}} == found.values
    assert {"net", "server"} == found.moved


def test_a_newer_section_is_held_and_nothing_moves_into_it() -> None:
    """What cannot be read is not among the values; the reason names both versions and the document."""
    found = migration().migrated({"server": {"count": 2}, "net": {"port": 1}}, {"server": 5}, "document 'system'")
    assert {"net": {"port": 1}} == found.values
    assert "section 'server' is at version 5 (in document 'system'), and this release" in found.held["server"]
    assert "knows version 2" in found.held["server"]


def test_a_step_that_fails_holds_its_section_alone() -> None:
    """The reason names section, version and document."""
    found = migration().migrated({"server": {}, "broken": {"value": 1}}, {"broken": 1}, "document 'user/ann'")
    assert {"server": {}} == found.values
    reason = "the step from version 1 to 2 of section 'broken' failed: ValueError: no idea (in document 'user/ann')"
    assert found.held["broken"].startswith(reason)


def test_a_removed_setting_stays_and_is_told() -> None:
    """Its value is kept, and the warning says what to do now."""
    found = migration().migrated({"server": {"host": "a"}}, {"server": 2}, "it")
    assert {"server": {"host": "a"}} == found.values
    assert [("server.host", "it was removed, and has no effect: Gone.")] == [
        (problem.path, problem.message) for problem in found.problems
    ]


def test_nothing_is_looked_at_where_nothing_can_differ() -> None:
    """Only sections of another version, with moved or with removed settings need a look."""
    assert not migration().is_today("server", 2)
    assert not migration().is_today("net", 1)
    assert migration().is_today("broken", 2)
    assert not migration().is_today("broken", 1)
    assert migration().is_today("unknown", 9)
