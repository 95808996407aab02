"""The JSON Schemas of sections and of whole configurations."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from marshmallow import Schema, ValidationError, fields

from cfgcore import Flag, section, setting, step, subsection
from cfgcore.declare.json_schema import configuration_schema, section_schema
from cfgcore.declare.registry import Owned, Registry
from cfgcore.declare.resolved import Section
from cfgcore.declare.schema import field_of

SECRET = "hunter2-hunter2"


class Level(Enum):
    LOW = "low"
    HIGH = "high"


@subsection
class Mirror:
    url: str = setting(help="Where it is.")
    weight: int = setting(1, minimum=1, maximum=9)
    key: str | None = setting(None, secret=True)


@subsection
class Account:
    name: str = setting("admin")
    password: str = setting(SECRET, secret=True)


@section("everything", version=3, title="Every type", aliases=("all_types",), steps=(step(1, dict), step(2, dict)))
class Everything:
    """One setting of each type."""

    switch: bool = setting(True)
    count: int = setting(3, minimum=0, maximum=10, unit="items", help="How many.", examples=(1, 2))
    ratio: float = setting(0.5, exclusive_minimum=0, exclusive_maximum=1)
    name: str = setting("a", pattern="[a-z]+|[0-9]", length=(1, 4))
    level: Level = setting(Level.LOW)
    mode: Literal["on", "off", 1] = setting("on")
    colour: str = setting("red", choices=("red", "blue"))
    at: datetime = setting(datetime(2024, 1, 2, tzinfo=timezone.utc))
    wait: timedelta = setting(timedelta(seconds=90), minimum=1)
    folder: Path = setting(Path("data"))
    price: Decimal = setting(Decimal("1.10"), minimum=0)
    identity: UUID = setting(UUID(int=0))
    limit: int | None = setting(None, minimum=1)
    tags: tuple[str, ...] = setting(("x",), pattern="[a-z]", length=(1, 3))
    weights: dict[str, float] = setting({"a": 1.0}, minimum=0, length=(0, 2))
    mirror: Mirror | None = setting(None)
    mirrors: tuple[Mirror, ...] = setting(())
    account: Account
    token: str = setting(SECRET, secret=True, examples=(SECRET,))
    needed: int = setting(help="Nobody can guess it.")
    old: bool = setting(False, deprecated="Use switch.")
    new_name: int = setting(0, renamed_from=("old_name", "elsewhere.old_name"))
    anything: Any = setting(None)
    own: Any = setting("x@y.z", field=fields.Email)
    fixed: int = setting(1, scope="system", restart=True, group="late")


def registered(*classes: type) -> Registry:
    return Registry([Owned("plugin", sections=classes)])


def resolved(cls: type) -> Section:
    return next(iter(registered(cls).sections.values()))


def valid(schema: dict[str, Any], value: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@pytest.fixture
def everything() -> dict[str, Any]:
    return section_schema(resolved(Everything))


def test_schemas_are_schemas(everything: dict[str, Any]) -> None:
    """What is made is a JSON Schema of draft 2020-12 that JSON can carry, whatever was asked for."""
    registry = registered(Everything)
    for schema in (
        everything,
        configuration_schema(registry),
        configuration_schema(registry, ["production"]),
        configuration_schema(Registry([])),
    ):
        assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
        Draft202012Validator.check_schema(json.loads(json.dumps(schema, allow_nan=False)))


def test_defaults_conform(everything: dict[str, Any]) -> None:
    """The table of all defaults that a schema tells conforms to it, and so does the empty table."""
    defaults = {name: found["default"] for name, found in everything["properties"].items() if "default" in found}
    assert {"switch", "wait", "weights", "at", "price", "mirrors"} <= defaults.keys()
    assert valid(everything, defaults)
    assert valid(everything, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("switch", 1),
        ("switch", "true"),
        ("count", -1),
        ("count", 11),
        ("count", 1.5),
        ("count", "3"),
        ("count", None),
        ("ratio", 0),
        ("ratio", 1),
        ("name", "ab1"),
        ("name", "abcde"),
        ("name", ""),
        ("level", "middle"),
        ("mode", "auto"),
        ("mode", True),
        ("colour", "green"),
        ("at", 5),
        ("wait", 0),
        ("wait", "1y"),
        ("wait", ""),
        ("price", "ten"),
        ("price", -1),
        ("limit", 0),
        ("tags", []),
        ("tags", ["xy"]),
        ("tags", ["a", "b", "c", "d"]),
        ("tags", "a"),
        ("weights", {"a": -1}),
        ("weights", {"a": 1, "b": 1, "c": 1}),
        ("mirror", {"url": "x", "colour": "red"}),
        ("mirrors", [{"url": "x", "weight": 10}]),
        ("mirrors", [None]),
        ("old_name", "x"),
        ("unheard_of", 1),
    ],
)
def test_wrong_values_do_not_conform(everything: dict[str, Any], name: str, value: Any) -> None:
    """A value of another type, outside its bounds or under an unknown name does not conform."""
    assert not valid(everything, {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", 0),
        ("count", 10),
        ("mode", 1),
        ("limit", None),
        ("wait", 1.5),
        ("wait", "1h30m"),
        ("wait", "1h 30m"),
        ("price", "1e3"),
        ("mirror", None),
        ("mirror", {"url": "x", "weight": 9, "key": None}),
        ("anything", {"deep": [1]}),
        ("own", 5),
        ("old_name", 7),
    ],
)
def test_right_values_conform(everything: dict[str, Any], name: str, value: Any) -> None:
    """A value at its bounds, in another way of writing it, or under its former name conforms."""
    assert valid(everything, {name: value})


def test_secrets_are_not_told(everything: dict[str, Any]) -> None:
    """No schema holds a default or an example of a secret, nor of a table that holds one; the setting is write-only."""
    assert SECRET not in json.dumps([everything, configuration_schema(registered(Everything))])
    assert everything["properties"]["token"]["writeOnly"]
    assert everything["$defs"]["Account"]["properties"]["password"]["writeOnly"]
    assert "default" not in everything["properties"]["account"]


def test_help_and_notes(everything: dict[str, Any]) -> None:
    """Title, help, unit, examples, deprecation, scope, restart and group reach the schema."""
    properties = everything["properties"]
    count = properties["count"]
    assert ("Count", "How many. Unit: items.", "items") == (count["title"], count["description"], count["x-unit"])
    assert [1, 2] == count["examples"]
    assert properties["old"]["deprecated"]
    assert "Deprecated: Use switch." == properties["old"]["description"]
    fixed = properties["fixed"]
    assert ("system", True, "late") == (fixed["x-scope"], fixed["x-restart"], fixed["x-group"])
    assert ("Every type", "One setting of each type.", 3) == tuple(
        everything[key] for key in ("title", "description", "x-version")
    )


def test_required_settings_are_marked(everything: dict[str, Any]) -> None:
    """A required setting is marked, not demanded: a variable may bring it."""
    assert everything["properties"]["needed"]["x-required"]
    assert "default" not in everything["properties"]["needed"]
    assert "required" not in everything


def test_former_names_are_deprecated(everything: dict[str, Any]) -> None:
    """Former names of settings and aliases of sections are accepted and marked as deprecated."""
    assert everything["properties"]["old_name"]["deprecated"]
    configuration = configuration_schema(registered(Everything))
    assert configuration["properties"]["all_types"]["deprecated"]
    assert valid(configuration, {"all_types": {"count": 1}})
    assert not valid(configuration, {"all_types": {"count": 11}})


def test_formats(everything: dict[str, Any]) -> None:
    """A UUID and a date-time say their format."""
    properties = everything["properties"]
    assert ("uuid", "date-time") == (properties["identity"]["format"], properties["at"]["format"])


def test_an_author_checks_alone() -> None:
    """Where an author brings the Schema, names are checked, and types are left to it."""

    class Own(Schema):
        port = fields.Integer()

    @section("own", schema=Own)
    class OwnSection:
        port: int = setting(1, maximum=5, help="A port.")

    schema = section_schema(resolved(OwnSection))
    assert "A port." == schema["properties"]["port"]["description"]
    assert valid(schema, {"port": "80"})
    assert not valid(schema, {"prot": 80})


def test_patterns_of_python_alone_are_not_checked() -> None:
    """A pattern that JavaScript cannot read is told, and left unchecked."""

    @section("flagged")
    class Flagged:
        word: str = setting("a", pattern=r"(?i)[a-z]+")
        sign: str = setting("+", pattern=r"\++")

    properties = section_schema(resolved(Flagged))["properties"]
    assert "(?i)[a-z]+" == properties["word"]["x-pattern"]
    assert r"^(?:\++)$" == properties["sign"]["pattern"]


def test_order_and_groups() -> None:
    """Settings with an order come first, the others as declared, and those of a group stand together."""

    @section("arranged")
    class Arranged:
        one: int = setting(0)
        two: int = setting(0, group="pair")
        three: int = setting(0, order=2)
        four: int = setting(0, group="pair")
        five: int = setting(0, order=1)

    assert ["five", "three", "one", "two", "four"] == list(section_schema(resolved(Arranged))["properties"])


def test_classes_of_one_name_do_not_mix() -> None:
    """Tables whose classes bear one name, or the name of a section, each have a definition of their own."""

    def table(default: int) -> type:
        @subsection
        class thing:
            value: int = setting(default)

        return thing

    first, second = table(1), table(2)

    @section("thing")
    class Things:
        one: first
        two: second

    registry = registered(Things)
    assert {"thing", "thing_2"} == section_schema(registry.sections["thing"])["$defs"].keys()
    definitions = configuration_schema(registry)["$defs"]
    assert {"thing", "thing_2", "thing_3"} == definitions.keys()
    assert (1, 2) == tuple(definitions[name]["properties"]["value"]["default"] for name in ("thing_2", "thing_3"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", "@int 3", True),
        ("limit", "@none", True),
        ("count", "three", False),
        ("count", 11, False),
        ("name", "@format {this.x}", True),
        ("name", "TOO LOUD", False),
        ("level", "@str low", True),
        ("level", "middle", False),
        ("tags", "@merge a,b", True),
        ("tags", ["a", "dynaconf_merge"], True),
        ("weights", {"a": 1, "dynaconf_merge": True}, True),
        ("weights", "@json {}", True),
        ("mirror", "@none", True),
        ("mirror", {"url": "x", "dynaconf_merge": False}, True),
        ("wait", "@int 5", True),
    ],
)
def test_files_may_hold_tokens(name: str, value: Any, expected: bool) -> None:
    """In files a token stands for a value of any type; other text does not."""
    assert expected == valid(configuration_schema(registered(Everything)), {"everything": {name: value}})


def test_sections_do_not_hold_tokens(everything: dict[str, Any]) -> None:
    """The schema of a section is one of plain values: a token is text like any other."""
    assert not valid(everything, {"count": "@int 3"})


def test_top_level_without_environments() -> None:
    """Without environments the tables of a file are sections, and any other table is unknown."""
    schema = configuration_schema(registered(Everything))
    assert valid(schema, {"everything": {"count": 1}})
    assert not valid(schema, {"everthing": {}})
    assert not valid(schema, {"everything": 1})


def test_top_level_with_environments() -> None:
    """With environments the tables of a file are environments, and sections at the top count as the default's."""
    schema = configuration_schema(registered(Everything), ["production"])
    assert ["default", "production", "global", "$schema", "everything", "all_types", "versions"] == list(
        schema["properties"]
    )
    for top in ("default", "production", "global", "staging"):
        assert valid(schema, {top: {"everything": {"count": 1}}})
        assert not valid(schema, {top: {"everything": {"count": 11}}})
    assert valid(schema, {"everything": {"count": 1}})
    assert not valid(schema, {"production": {"everthing": {}}})


NUMBERS = st.integers(-(2**70), 2**70) | st.integers(-5, 25) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
OTHERS = TEXTS | st.booleans() | st.none()
LOWER_BOUNDS = st.none() | st.integers(-3, 7) | st.floats(-3, 7)
UPPER_BOUNDS = st.none() | st.integers(8, 20) | st.floats(8, 20)


def accepts(setting_of: Section, value: Any) -> bool:
    try:
        field_of(setting_of.settings["value"]).deserialize(value)
    except ValidationError:
        return False
    return True


def same_answer(annotation: Any, options: dict[str, Any], value: Any) -> None:
    @section("one")
    class One:
        value: annotation = setting(**options)

    found = resolved(One)
    assert accepts(found, value) == valid(section_schema(found), {"value": value})


def bounded(draw: Callable[..., Any]) -> dict[str, Any]:
    lower = {name: draw(LOWER_BOUNDS) for name in ("minimum", "exclusive_minimum")}
    upper = {name: draw(UPPER_BOUNDS) for name in ("maximum", "exclusive_maximum")}
    return {**lower, **upper}


@given(st.data())
def test_schema_and_check_agree_on_whole_numbers(data: st.DataObject) -> None:
    """A schema accepts the whole numbers that cfgcore accepts; 3.0, which JSON cannot tell from 3, apart."""
    value = data.draw(NUMBERS.filter(lambda n: isinstance(n, int) or not n.is_integer()) | OTHERS)
    annotation = data.draw(st.sampled_from([int, int | None]))
    same_answer(annotation, bounded(data.draw), value)


@given(st.data())
def test_schema_and_check_agree_on_numbers(data: st.DataObject) -> None:
    """A schema accepts the numbers that cfgcore accepts; 2**70, which JSON cannot tell from 2.0**70, apart."""
    value = data.draw(NUMBERS.filter(lambda n: isinstance(n, float) or abs(n) < 2**63) | OTHERS)
    annotation = data.draw(st.sampled_from([float, float | None]))
    same_answer(annotation, bounded(data.draw), value)


@given(st.data())
def test_schema_and_check_agree_on_text(data: st.DataObject) -> None:
    """A schema accepts the texts that cfgcore accepts; a last line break, which Python's ``$`` lets pass, apart."""
    smallest = data.draw(st.integers(0, 4))
    options = {
        "length": data.draw(st.sampled_from([None, (smallest, None), (smallest, smallest + 3)])),
        "pattern": data.draw(st.sampled_from([None, "[a-z]+", "a|bc", "^a.*$", "(x|y){2}"])),
        "choices": data.draw(st.sampled_from([(), ("a", "bc", "xy")])),
    }
    texts = TEXTS.filter(lambda text: not text.endswith("\n"))
    value = data.draw(texts | st.sampled_from(["a", "bc", "xy", "xyx", "abc", "abcdefg"]) | NUMBERS | st.none())
    same_answer(data.draw(st.sampled_from([str, str | None])), options, value)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"night": True, "ranking": "price"}, True),
        ({"night": "25%"}, True),
        ({"night": "@bool on", "other": {"state": "ENABLED"}}, True),
        ({"night": 3}, False),
        ({"night": "often"}, False),
        ({"ranking": "size"}, False),
        ({"other": True}, False),
    ],
)
def test_flags_stand_in_files(table: dict[str, Any], expected: bool) -> None:
    """The short forms of the flags that plugins declare, and definitions of any."""
    flags = [Flag("night", description="Open at night."), Flag("ranking", "price", variants={"price": 1, "name": 2})]
    schema = configuration_schema(Registry([Owned("town", flags=flags)]))
    assert expected is valid(schema, {"flags": table})
    assert "Open at night. Owner: town." == schema["properties"]["flags"]["properties"]["night"]["description"]
    assert not valid(configuration_schema(Registry([])), {"flags": {}})
