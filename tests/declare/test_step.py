"""Steps between the versions of a section, as they are declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cfgcore import DeclarationError, section, setting, step
from cfgcore.declare.registry import Owned, Registry


def reporting(values: Mapping[str, Any], report: Any) -> Mapping[str, Any]:
    return values


@pytest.mark.parametrize(
    ("function", "reports"),
    [(dict, False), (reporting, True), (lambda values, report=None: values, True), (lambda *given: given[0], True)],
)
def test_a_step_knows_whether_its_function_reports(function: Any, reports: bool) -> None:
    """A function that takes a second argument is handed ``report``."""
    assert reports is step(1, function).up_reports
    assert reports is step(1, dict, down=function).down_reports


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, dict), "a whole number of at least 1"),
        ((True, dict), "a whole number of at least 1"),
        (("1", dict), "a whole number of at least 1"),
        ((1, "minutes"), "up='minutes' is no function"),
        ((1, lambda *, only: only), "up takes the values, and perhaps report"),
        ((1, lambda a, b, c: a), "up takes the values, and perhaps report"),
    ],
)
def test_a_wrong_step_is_refused_where_it_is_made(arguments: tuple[Any, ...], message: str) -> None:
    """The error names the step and what is wrong with it."""
    with pytest.raises(DeclarationError, match=message):
        step(*arguments)


def test_a_wrong_way_down_and_a_wrong_example_are_refused() -> None:
    """`down` is a function like `up`, and an example is a mapping."""
    with pytest.raises(DeclarationError, match=r"step\(1\): down=3 is no function"):
        step(1, dict, down=3)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match=r"step\(1\): example='a' is no mapping"):
        step(1, dict, example="a")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "numbers", "message"),
    [
        (2, [], r"no step leads from version 1 to 2; add step\(1, \.\.\.\)"),
        (4, [1, 3], "no step leads from version 2 to 3"),
        (3, [1, 2, 2], "two steps lead from version 2"),
        (2, [1, 2], "a step leads from version 2, but the section is at version 2"),
        (1, [1], "a step leads from version 1, but the section is at version 1"),
    ],
)
def test_steps_lead_from_the_first_version_to_the_last(version: int, numbers: list[int], message: str) -> None:
    """A gap and two steps from one version are errors at registration, which name plugin and section."""

    @section("server", version=version, steps=[step(number, dict) for number in numbers])
    class Server:
        port: int = 1

    with pytest.raises(DeclarationError, match=f"plugin 'p': section 'server': {message}"):
        Registry([Owned("p", sections=[Server])])


def test_steps_are_made_by_step() -> None:
    """Anything else in the list is refused."""
    with pytest.raises(DeclarationError, match=r"section 'server': steps=\[1\] is not a list of what step\(\) makes"):
        section("server", steps=[1])  # type: ignore[list-item]


def test_a_removed_setting_is_no_field_and_known() -> None:
    """A removed setting is no attribute of the section; who names it is told what to do now, in any case of letters."""

    @section("server")
    class Server:
        port: int = 1
        host = setting(removed="Write the address.")

    registry = Registry([Owned("p", sections=[Server])])
    assert not hasattr(Server(), "host")
    assert {"host": "Write the address."} == dict(registry.sections["server"].removed)
    assert "Write the address." == registry.removed(("SERVER", "HOST"))
    assert registry.removed(("server", "port")) is None
    assert (("server",), "server.host was removed: Write the address.") == registry.canonical(("server", "host"))


def test_a_removed_setting_stands_alone() -> None:
    """A type, another option, an empty reason, and a setting of the same name are refused."""
    with pytest.raises(DeclarationError, match="host is removed, so it has no type"):

        @section("typed")
        class Typed:
            host: str = setting(removed="Gone.")

    with pytest.raises(DeclarationError, match="takes nothing else"):

        @section("more")
        class More:
            host = setting(removed="Gone.", secret=True)

    with pytest.raises(DeclarationError, match="does not say why"):

        @section("silent")
        class Silent:
            host = setting(removed=" ")


def test_a_removed_name_is_no_former_name() -> None:
    """A setting cannot be removed and live on under another name."""

    @section("server")
    class Server:
        address: str = setting("", renamed_from="host")
        host = setting(removed="Gone.")

    with pytest.raises(DeclarationError, match="renamed_from='host' is declared as removed"):
        Registry([Owned("p", sections=[Server])])
