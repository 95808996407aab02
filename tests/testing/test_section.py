"""The checks of a section for plugin authors."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import fields

from cfgcore import DeclarationError, section, setting, step, subsection
from cfgcore.testing import check_section

PLUGINS = ("analytics", "downloader", "fallback", "health", "models", "notifications", "storage", "updates")


def minutes(values: Mapping[str, Any]) -> dict[str, Any]:
    newer = dict(values)
    if "timeout_s" in newer:
        newer["timeout_m"] = newer.pop("timeout_s") / 60
    return newer


def seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    older = dict(values)
    if "timeout_m" in older:
        older["timeout_s"] = round(older.pop("timeout_m") * 60)
    return older


EXAMPLE = {"timeout_s": 120, "retries": 4}


def declared(*steps: Any, **settings: Any) -> type:
    """Return a section with these steps, and more settings."""
    body = {"__annotations__": {"timeout_m": float, "tries": int}, "__module__": __name__}
    body |= {"timeout_m": setting(1.0, maximum=10), "tries": setting(3, renamed_from="retries"), **settings}
    return section("download", version=len(steps) + 1, steps=steps)(type("Download", (), body))


def test_a_section_in_order_passes() -> None:
    """With steps, ways back and renames, and without any."""
    check_section(declared(step(1, minutes, down=seconds, example=EXAMPLE)))
    check_section(declared(step(1, minutes, example=EXAMPLE), step(2, dict, example={"timeout_m": 2.0, "tries": 1})))
    check_section(declared())


@pytest.mark.parametrize("name", PLUGINS)
def test_the_sections_of_the_plugins_are_in_order(name: str) -> None:
    """From whatever version to whatever version: the examples of all their steps, and their defaults."""
    plugin = importlib.import_module(f"cfgcore_{name}.plugin")
    for cls in plugin.cfgcore_sections():
        check_section(cls)


def eager(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"timeout_m": values["timeout_s"] / 60}


def reporting(values: Mapping[str, Any], report: Any) -> dict[str, Any]:
    report("retries", "nobody counts")
    return minutes(values)


def reporting_down(values: Mapping[str, Any], report: Any) -> dict[str, Any]:
    report("retries", "older ones cannot count")
    return seconds(values)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step(1, minutes)], "step(1) has no example"),
        ([step(1, eager, example=EXAMPLE)], "failed: KeyError: 'timeout_s'"),
        ([step(1, eager, example=EXAMPLE)], "a key that nobody knows does not survive"),
        ([step(1, dict, example=EXAMPLE)], "download.timeout_s is left over, and no setting"),
        ([step(1, minutes, example={"timeout_s": 6000})], "download.timeout_m: 100.0 is more than 10"),
        ([step(1, minutes, example={"timeout_s": "x"})], "failed: TypeError"),
        ([step(1, minutes, down=dict, example=EXAMPLE)], "up and down again it is {"),
        ([step(1, minutes, down=seconds, example={"timeout_s": 0.3})], "up and down again it is {'timeout_s': 0}, not"),
        ([step(1, reporting, example=EXAMPLE)], "download.retries: nobody counts"),
        ([step(1, minutes, down=reporting_down, example=EXAMPLE)], "on the way down: download.retries: older ones"),
    ],
)
def test_what_is_wrong_with_the_steps_is_told(steps: list[Any], message: str) -> None:
    """The error names the version, the values, and what became of them."""
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_section(declared(*steps))


def test_a_setting_may_move_to_another_section() -> None:
    """The other section is named, and counts."""

    @section("page")
    class Page:
        retries: int = setting(3, renamed_from="download.retries")

    @section("download", version=2, steps=[step(1, minutes, example=EXAMPLE)])
    class Download:
        timeout_m: float = setting(1.0)

    check_section(Download, Page)
    with pytest.raises(AssertionError, match=r"download\.retries is left over"):
        check_section(Download)


@subsection
class Limits:
    most: Decimal = Decimal("1.50")


class Odd(fields.Field[Any]):
    """A field that does not read what it is given."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return f"{value}!"


def test_defaults_are_what_they_are_written_as() -> None:
    """A default that changes when it is written out and read again is told."""

    @section("good")
    class Good:
        limits: Limits = Limits()
        names: tuple[str, ...] = ("a",)

    @section("odd")
    class Bad:
        name: Any = setting("a", field=Odd)

    check_section(Good)
    with pytest.raises(AssertionError, match="written out and read again"):
        check_section(Bad)


def test_a_mistake_in_the_declaration_is_told_as_ever() -> None:
    """What registration refuses, the check refuses."""
    with pytest.raises(DeclarationError, match="is more than 10"):
        check_section(declared(timeout_m=setting(11.0, maximum=10)))
