"""Whether the options of ``setting()`` suit the setting that they are given for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from cfgcore import DeclarationError, section, setting, subsection
from cfgcore.declare.resolved import resolve


def resolved(annotation: Any, *default: Any, **options: Any) -> Any:
    """Return the section that a plugin 'web' declares, with one setting 'value'."""
    body = {"__annotations__": {"value": annotation}, "value": setting(*default, **options), "__module__": __name__}
    return resolve(section("server")(type("Server", (), body)), "web")


@subsection
class Limits:
    most: int = setting(5)


@pytest.mark.parametrize(
    ("annotation", "options", "cause"),
    [
        (int, {"minimum": "a"}, "minimum='a' is not a number"),
        (int, {"minimum": True}, "minimum=True is not a number"),
        (float, {"maximum": float("nan")}, "maximum=nan is not a number"),
        (float, {"maximum": float("inf")}, "maximum=inf is not a number"),
        (int, {"minimum": 5, "maximum": 1}, "no value lies within"),
        (int, {"exclusive_minimum": 5, "maximum": 5}, "no value lies within"),
        (str, {"minimum": 1}, "bounds numbers and durations only"),
        (datetime, {"maximum": 1}, "bounds numbers and durations only"),
        (list[str], {"maximum": 1}, "bounds numbers and durations only"),
        (int, {"pattern": "a"}, "suits text only"),
        (str, {"pattern": "("}, "is wrong: missing"),
        (str, {"pattern": 3}, "is not text"),
        (str, {"length": 3}, r"is not \(smallest, largest\)"),
        (str, {"length": (5, 2)}, r"is not \(smallest, largest\)"),
        (str, {"length": (-1, 2)}, r"is not \(smallest, largest\)"),
        (str, {"length": ("a", 2)}, r"is not \(smallest, largest\)"),
        (int, {"length": (1, 2)}, "suits text, lists and dicts only"),
        (int, {"scope": "admin"}, "neither 'user' nor 'system'"),
        (int, {"order": "first"}, "is not a whole number"),
        (int, {"env": "A B"}, "is not the name of a variable"),
        (int, {"env": [5]}, "is not the name of a variable"),
        (int, {"renamed_from": "a.b.c"}, "neither 'setting' nor 'section.setting'"),
        (int, {"renamed_from": [""]}, "neither 'setting' nor 'section.setting'"),
        (Limits, {"choices": [1]}, "do not suit a subsection"),
    ],
)
def test_an_option_that_cannot_be_names_plugin_section_and_field(
    annotation: Any, options: dict[str, Any], cause: str
) -> None:
    """It is refused when the plugin is registered, even where no default would show it."""
    with pytest.raises(DeclarationError, match=rf"^plugin 'web': section 'server': value: .*{cause}"):
        resolved(annotation, **options)


@pytest.mark.parametrize(
    ("annotation", "options"),
    [
        (int, {"minimum": 5, "maximum": 5}),
        (float, {"exclusive_minimum": 0, "maximum": 1}),
        (timedelta, {"minimum": 1, "maximum": 3600}),
        (list[int], {"minimum": 0, "length": (0, 3)}),
        (dict[str, list[int]], {"maximum": 3, "length": (1, None)}),
        (list[str], {"pattern": "[a-z]+"}),
        (str | None, {"length": (1, 3), "env": ("DATABASE_URL",), "renamed_from": ("old", "other.old")}),
    ],
)
def test_options_that_suit_are_taken(annotation: Any, options: dict[str, Any]) -> None:
    """Bounds, choices and patterns of a list or dict are those of its items."""
    assert ["value"] == list(resolved(annotation, **options).settings)


def test_the_options_of_a_subsection_are_checked_as_well() -> None:
    """The error leads through the section to the field."""

    @subsection
    class Wrong:
        most: int = setting(5, pattern="a")

    with pytest.raises(DeclarationError, match="plugin 'web': section 'server': value: most: pattern='a'"):
        resolved(Wrong)
