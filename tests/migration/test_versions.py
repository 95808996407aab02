"""A section with ten versions: from any of them to any later one, whatever part of it somebody had set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cfgcore import section, setting, step
from cfgcore.check.judgement import Judge
from cfgcore.declare.registry import Owned, Registry
from cfgcore.declare.resolved import Section
from cfgcore.layer.reading import Sources
from cfgcore.layer.stored import stored_contribution
from cfgcore.migration.document import migrations
from cfgcore.migration.steps import lowered, raised

Values = Mapping[str, Any]
Change = Callable[[Values], dict[str, Any]]


def renamed(old: str, new: str) -> Change:
    """A key gets another name."""
    return lambda values: {new if key == old else key: value for key, value in values.items()}


def mapped(key: str, change: Callable[[Any], Any]) -> Change:
    """A value gets another unit or type."""
    return lambda values: {name: change(value) if name == key else value for name, value in values.items()}


def joined(values: Values) -> dict[str, Any]:
    """Two keys become one, also where only one of them is there."""
    newer = dict(values)
    parts = {key: newer.pop(key) for key in ("host", "port") if key in newer}
    return {**newer, "address": f"{parts.get('host', '')}:{parts.get('port', '')}"} if parts else newer


def split(values: Values) -> dict[str, Any]:
    """One key becomes two again; what was not there stays away."""
    older = dict(values)
    host, _, port = older.pop("address", ":").partition(":")
    return older | ({"host": host} if host else {}) | ({"port": int(port)} if port else {})


def nested(values: Values) -> dict[str, Any]:
    rest = {key: value for key, value in values.items() if key != "most"}
    return {**rest, "limits": {"most": values["most"]}} if "most" in values else rest


def flattened(values: Values) -> dict[str, Any]:
    older = dict(values)
    limits = dict(older.pop("limits", {}))
    return older | limits


def dropped(values: Values) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "noise"}


STEPS = (
    step(1, renamed("wait", "timeout_s"), down=renamed("timeout_s", "wait")),
    step(2, mapped("timeout_s", lambda value: value * 1000), down=mapped("timeout_s", lambda value: value // 1000)),
    step(3, renamed("timeout_s", "timeout_ms"), down=renamed("timeout_ms", "timeout_s")),
    step(4, joined, down=split),
    step(5, mapped("names", lambda value: [name.lower() for name in value.split(",") if name])),
    step(6, nested, down=flattened),
    step(7, mapped("level", lambda value: ["low", "high"][value]), down=mapped("level", ["low", "high"].index)),
    step(8, dropped),
    step(9, renamed("names", "tags"), down=renamed("tags", "names")),
)


@section("server", version=10, steps=STEPS)
class Server:
    timeout_ms: int = setting(1000, minimum=0)
    address: str = setting(":")
    tags: tuple[str, ...] = ()
    limits: dict[str, int] = setting({})
    level: str = setting("low", choices=("low", "high"))
    left: int = setting(0)


REGISTRY = Registry([Owned("p", sections=[Server])])
SECTION: Section = REGISTRY.sections["server"]
FIRST = {
    "wait": st.integers(0, 10**6),
    "host": st.text("abc", min_size=1, max_size=5),
    "port": st.integers(1, 65535),
    "names": st.lists(st.text("aBc", min_size=1, max_size=3), min_size=1, max_size=3).map(",".join),
    "most": st.integers(0, 10),
    "level": st.integers(0, 1),
    "noise": st.integers(),
    "left": st.integers(-5, 5),
}
UNKNOWN = st.dictionaries(
    st.text("xyz", min_size=4, max_size=6), st.integers() | st.text(max_size=5) | st.lists(st.booleans()), max_size=3
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    """Any values of any version, and the version: what somebody had set at the first, brought up to there."""
    keys = draw(st.sets(st.sampled_from(sorted(FIRST))))
    values = {key: draw(FIRST[key]) for key in sorted(keys)}
    version = draw(st.integers(1, 10))
    return raised(SECTION, values, 1, version)[0], version


def valid(values: Values) -> bool:
    known = {key: value for key, value in values.items() if key in SECTION.settings}
    contribution = stored_contribution(REGISTRY, "stored", None, {"server": known}, lambda value: value, 1)
    return not Judge(REGISTRY, Sources()).judge((contribution,)).problems


@given(documents(), UNKNOWN)
def test_any_document_of_any_version_becomes_a_valid_one(document: tuple[dict[str, Any], int], unknown: Values) -> None:
    """From every subset of keys, at every version; no key that nobody knows is lost or changed."""
    values, version = document
    found, problems = raised(SECTION, {**values, **unknown}, version)
    assert [] == problems
    assert dict(unknown) == {key: value for key, value in found.items() if key in unknown}
    assert found.keys() - unknown.keys() <= SECTION.settings.keys()
    assert valid(found)


@given(documents(), UNKNOWN, st.data())
def test_step_by_step_is_at_once(document: tuple[dict[str, Any], int], unknown: Values, data: st.DataObject) -> None:
    """Whatever releases somebody skipped, the result is the same; also through the document, as the store does it."""
    values, version = document
    start = {**values, **unknown}
    at_once = raised(SECTION, start, version)[0]
    stops = sorted(data.draw(st.sets(st.integers(version, 10))))
    found, reached = start, version
    for stop in (*stops, 10):
        found, reached = raised(SECTION, found, reached, stop)[0], stop
    assert at_once == found
    migrated = migrations(REGISTRY)["system"].migrated({"server": start}, {"server": version}, "it")
    assert {"server": at_once} == dict(migrated.values)


@given(documents())
def test_down_and_up_again_is_the_identity(document: tuple[dict[str, Any], int]) -> None:
    """Where every step has a way down, what an older process reads says the same."""
    values, version = document
    today = raised(SECTION, values, version)[0]
    older, lost = lowered(SECTION, today, 9)
    assert [] == lost
    assert today == raised(SECTION, older, 9)[0]


@given(documents(), st.integers(1, 10), st.integers(1, 10))
def test_every_pair_of_versions(document: tuple[dict[str, Any], int], one: int, other: int) -> None:
    """Between any two versions there is one way up, and values that are there already stay as they are."""
    values, version = document
    low, high = sorted((max(one, version), max(other, version)))
    between = raised(SECTION, raised(SECTION, values, version, low)[0], low, high)[0]
    assert raised(SECTION, values, version, high)[0] == between
    assert between == raised(SECTION, between, high, low)[0]
