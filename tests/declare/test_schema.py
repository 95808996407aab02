"""The marshmallow Schema of a section: derived, or the author's own."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, validates_schema

import cfgcore
from cfgcore import ABSENT, DeclarationError, ValidationFailed, hookimpl, section, setting, subsection
from cfgcore.declare.resolved import resolve
from cfgcore.declare.schema import schema_of


def opened(cls: type, **environ: str) -> Any:
    """Return the configuration of an application with that section."""

    class Plugin:
        name = "web"

        @hookimpl
        def cfgcore_sections(self) -> list[type]:
            return [cls]

    return cfgcore.open(plugins=[Plugin()], plugin_group=None, settings_files=[], environ=environ)


class RangeSchema(Schema):
    low = fields.Integer(required=True)
    high = fields.Integer(required=True)

    @validates_schema
    def in_order(self, data: Any, **_options: Any) -> None:
        if data["low"] > data["high"]:
            raise ValidationError("low is above high", "low")
        if data["low"] == data["high"]:
            raise ValidationError("nothing lies between")


@section("range", schema=RangeSchema)
class Range:
    low: int = setting(1)
    high: int = setting(5)


@subsection
class Limits:
    most: int = setting(5)


def test_a_derived_schema_refuses_unknown_names() -> None:
    """In the section and in its subsections."""

    @section("s")
    class S:
        limits: Limits = setting()

    schema = schema_of(resolve(S, "p"))
    with pytest.raises(ValidationError, match=r"Unknown field"):
        schema.load({"other": 1})
    with pytest.raises(ValidationError, match=r"there is no such value"):
        schema.load({"limits": {"other": 1}})
    assert {"limits": Limits(most=3)} == schema.load({"limits": {"most": 3}})


def test_an_own_schema_sees_everything() -> None:
    """Values that only defaults give as well; what it says, as plain text, is a problem with its origin."""
    with opened(Range, CFGCORE_RANGE__LOW="3") as config:
        assert (3, 5) == (config.range.low, config.range.high)
    with pytest.raises(ValidationFailed, match=r"^CFGCORE_RANGE__LOW: range.low: low is above high"):
        opened(Range, CFGCORE_RANGE__LOW="9")
    with pytest.raises(ValidationFailed, match=r"range: nothing lies between"):
        opened(Range, CFGCORE_RANGE__LOW="5")


def test_an_own_schema_judges_the_defaults() -> None:
    """Defaults that it refuses are a mistake of the plugin, and are found at once."""

    @section("range", schema=RangeSchema)
    class Wrong:
        low: int = setting(9)
        high: int = setting(5)

    with pytest.raises(
        DeclarationError,
        match=r"plugin 'web': section 'range': low: RangeSchema refuses the defaults: low is above high",
    ):
        opened(Wrong)


def test_an_own_schema_knows_all_settings() -> None:
    """A setting without a field could never be set; the error names it."""

    @section("range", schema=RangeSchema)
    class More:
        low: int = setting(1)
        high: int = setting(2)
        more: int = setting(3)

    with pytest.raises(DeclarationError, match=r"section 'range': more: RangeSchema has no field of that name"):
        opened(More)


def test_an_own_schema_may_take_what_it_does_not_know() -> None:
    """With ``unknown = INCLUDE`` it need not list everything."""

    class Lenient(Schema):
        class Meta:
            unknown = INCLUDE

    @section("range", schema=Lenient)
    class More:
        more: int = setting(3)

    with opened(More, CFGCORE_RANGE__MORE="4") as config:
        assert 4 == config.range.more


def test_an_own_schema_may_make_the_section() -> None:
    """A ``post_load`` that returns the section is taken at its word."""

    class Making(Schema):
        low = fields.Integer()

        @post_load
        def make(self, data: Any, **_options: Any) -> Any:
            return Made(**data)

    @section("range", schema=Making)
    class Made:
        low: int = setting(1)

    with opened(Made, CFGCORE_RANGE__LOW="4") as config:
        assert Made(low=4) == config.range


def test_a_schema_that_is_none_is_refused() -> None:
    """The error names plugin and section."""

    @section("range", schema=int)  # type: ignore[arg-type]
    class NoSchema:
        low: int = setting(1)

    with pytest.raises(DeclarationError, match=r"plugin 'web': section 'range': .*no marshmallow Schema"):
        opened(NoSchema)


@pytest.mark.parametrize(
    "field", [fields.IPv4(), lambda: fields.IPv4(), fields.IPv4], ids=["instance", "factory", "class"]
)
def test_an_own_field_takes_what_no_annotation_says(field: Any) -> None:
    """A field, or what makes one; its refusal is a problem with its origin, and what it loads is what is read."""
    from ipaddress import IPv4Address

    @section("s")
    class S:
        value: Any = setting(IPv4Address("127.0.0.1"), field=field)

    S.__annotations__["value"] = IPv4Address
    with opened(S, CFGCORE_S__VALUE="10.0.0.1") as config:
        assert IPv4Address("10.0.0.1") == config.s.value
    with pytest.raises(ValidationFailed, match=r"^CFGCORE_S__VALUE: s.value: Not a valid IPv4"):
        opened(S, CFGCORE_S__VALUE="ten")


def test_what_an_own_field_loads_is_frozen() -> None:
    """A list that it makes is a tuple for readers, in subsections too."""

    @section("s")
    class S:
        value: Any = setting((), field=fields.List(fields.Integer()))

    with opened(S, CFGCORE_S__VALUE="@json [1, 2]") as config:
        assert (1, 2) == config.s.value


def test_a_required_setting_with_an_own_field() -> None:
    """It is required like any other."""

    @section("s")
    class S:
        value: Any = setting(field=fields.Integer())

    assert ABSENT is resolve(S, "p").settings["value"].default
    with pytest.raises(ValidationFailed, match=r"s.value: it is required"):
        opened(S)
