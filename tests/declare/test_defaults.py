"""What plugins declare as values, checked as if a source had set them."""

from __future__ import annotations

import enum
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from marshmallow import fields, validate

from cfgcore import DeclarationError, Profile, section, setting, subsection
from cfgcore.declare.defaults import check_defaults
from cfgcore.declare.registry import Owned, Registry


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1


@subsection
class Limits:
    most: int = setting(5, maximum=10)


@subsection
class Wrong:
    most: int = setting(50, maximum=10)


@section("level")
class Level:
    name: Literal["low", "high"] = setting("low")
    most: int = setting(5, maximum=10)


def check(annotation: Any, *default: Any, **options: Any) -> Any:
    """Check a setting of plugin 'p', and return its default."""
    body = {"__annotations__": {"value": annotation}, "value": setting(*default, **options), "__module__": __name__}
    registry = Registry([Owned("p", sections=[section("s")(type("S", (), body))])])
    check_defaults(registry)
    return registry.sections["s"].settings["value"].default


@pytest.mark.parametrize(
    ("annotation", "default", "options", "cause"),
    [
        (int, 11, {"maximum": 10}, "the default 11 is more than 10"),
        (int, 0, {"exclusive_minimum": 0}, "the default 0 is not more than 0"),
        (str, "x", {"choices": ("a",)}, "the default 'x' is not one of 'a'"),
        (str, "x", {"pattern": "[0-9]"}, "does not match"),
        (list[int], [1, 2, 3], {"length": (0, 2)}, "has 3 items"),
        (list[int], [1, 20], {"maximum": 10}, "20 is more than 10"),
        (dict[str, int], {"a": 20}, {"maximum": 10}, "20 is more than 10"),
        (int, "many", {}, "the default 'many' is not a whole number"),
        (int, True, {}, "the default True is not a whole number"),
        (int, 1.0, {}, "the default 1.0 is not a whole number"),
        (int, 10**400, {}, "of at most 64 bits"),
        pytest.param(int, 10**5000, {}, "of at most 64 bits", id="too many digits"),
        (float, float("nan"), {}, "it must be finite"),
        (bool, 1, {}, "is not true or false"),
        (str, 1, {}, "is not text"),
        (str, "a\0", {}, "NUL"),
        (str, "\ud800", {}, "surrogate"),
        (list[str], "abc", {}, "is not a list"),
        (Literal["a"], "b", {}, "is not one of 'a'"),
        (Limits, Limits(most=11), {}, "11 is more than 10"),
        (Wrong, Wrong(), {}, "most: the default 50 is more than 10"),
        (list[Limits], [Limits(), Limits(most=11)], {}, "11 is more than 10"),
    ],
)
def test_a_default_that_its_setting_refuses(annotation: Any, default: Any, options: dict[str, Any], cause: str) -> None:
    """The error names plugin, section, field and cause, when the plugin is registered."""
    with pytest.raises(DeclarationError, match=f"^plugin 'p': section 's': value: .*{cause}"):
        check(annotation, default, **options)


@pytest.mark.parametrize("annotation", [int, str, bool, Colour, list[int], dict[str, int], Limits, Path])
def test_none_for_what_is_not_optional(annotation: Any) -> None:
    """The error says how to allow it."""
    with pytest.raises(DeclarationError, match=r"value: the default None .*; give the type '\| None'"):
        check(annotation, None)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (Colour, "red"),
        (Size, 1),
        (timedelta, 30),
        (timedelta, "1h"),
        (Path, "/a"),
        (Decimal, "1.1"),
        (Decimal, 1),
        (UUID, "00000000-0000-0000-0000-000000000001"),
        (list[Colour], ["red"]),
        (dict[str, Path], {"a": "/a"}),
        (dict[str, int], {1: 1}),
        (Limits, {"most": 3}),
    ],
)
def test_a_default_is_of_the_type_that_is_promised(annotation: Any, default: Any) -> None:
    """A default as a file would write it would reach readers as it is, and be no Colour or Path."""
    with pytest.raises(
        DeclarationError, match="value: the default is as a file would write it, not of the setting's type"
    ):
        check(annotation, default)


@pytest.mark.parametrize(
    ("annotation", "default", "options"),
    [
        (Colour, Colour.RED, {"choices": (Colour.RED,)}),
        (Size, Size.SMALL, {}),
        (timedelta, timedelta(days=300, microseconds=1), {"minimum": 1}),
        (Path, Path("/a"), {"choices": (Path("/a"), Path("/b"))}),
        (Decimal, Decimal("0.1"), {"minimum": 0.1}),
        (list[int], [], {"maximum": 10}),
        (int | None, None, {"minimum": 1}),
        (Any, None, {}),
        (Any, {1, 2}, {}),
        pytest.param(list[int], list(range(100_000)), {}, id="huge list"),
        pytest.param(str, "x" * 1_000_000, {}, id="huge text"),
    ],
)
def test_defaults_that_are_taken(annotation: Any, default: Any, options: dict[str, Any]) -> None:
    """Values of the type within their bounds, huge ones as well."""
    check(annotation, default, **options)


def test_a_whole_number_as_the_default_of_a_number() -> None:
    """It is a float for readers, as it is when a file gives it."""
    assert float is type(check(float, 3))
    assert 3.0 == check(float | None, 3)


@pytest.mark.parametrize(
    ("annotation", "options", "cause"),
    [
        (int, {"choices": ("1", "2")}, "the choice '1' is not a whole number"),
        (int, {"choices": (1, 20), "maximum": 10}, "the choice 20 is more than 10"),
        (Path, {"choices": ("/a",)}, "the choice '/a' is str, not a path"),
        (list[Colour], {"choices": ("red",)}, "the choice 'red' is str"),
        (int, {"examples": ("many",)}, "the example 'many' is not a whole number"),
    ],
)
def test_choices_and_examples_are_values_of_the_setting(annotation: Any, options: dict[str, Any], cause: str) -> None:
    """A required setting with choices that nothing could be is refused as well."""
    with pytest.raises(DeclarationError, match=f"^plugin 'p': section 's': value: {cause}"):
        check(annotation, **options)


@pytest.mark.parametrize(
    ("field", "default", "cause"),
    [
        (fields.Integer(validate=validate.Range(max=5)), 11, "Must be less than or equal to 5"),
        (lambda: fields.Integer(), "many", "does not suit its own field"),
        (fields.Integer, None, "may not be null"),
        (5, 1, "field=5 is neither a marshmallow field nor a function"),
        (lambda: 5, 1, "is neither a marshmallow field nor a function"),
    ],
)
def test_a_default_that_its_own_field_refuses(field: Any, default: Any, cause: str) -> None:
    """A field that the author gave judges the default as well."""
    with pytest.raises(DeclarationError, match=f"^plugin 'p': section 's': value: .*{cause}"):
        check(int, default, field=field)


@pytest.mark.parametrize(
    ("profile", "cause"),
    [
        (Profile("level.name", "hihg", {}), "'hihg' is not one of"),
        (Profile("level.name", "high", {"level.most": 11}), "level.most: the value 11 is more than 10"),
        (Profile("level.name", "high", {"level.most": "x"}), "level.most: the value 'x' is not a whole number"),
    ],
)
def test_a_profile_that_its_settings_refuse(profile: Profile, cause: str) -> None:
    """Its values, and the value that selects it, are those of the settings."""
    with pytest.raises(DeclarationError, match=f"^plugin 'p': profile .*{cause}"):
        check_defaults(Registry([Owned("p", sections=[Level], profiles=[profile])]))


def test_a_secret_default_is_not_quoted() -> None:
    """Neither in the error about it."""
    with pytest.raises(DeclarationError) as caught:
        check(str, "hunter2", secret=True, pattern="[0-9]+")
    assert "hunter2" not in str(caught.value)
