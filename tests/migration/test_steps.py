"""One section's values along its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cfgcore import section, setting, step
from cfgcore.declare.resolved import Section, resolve
from cfgcore.migration.steps import StepFailed, can_lower, lowered, raised


def renamed(old: str, new: str) -> Any:
    return lambda values: {new if key == old else key: value for key, value in values.items()}


def picky(values: Mapping[str, Any], report: Any) -> Mapping[str, Any]:
    report("b", "it is odd", suggested=4)
    return values


def section_of(*steps: Any) -> Section:
    @section("server", version=len(steps) + 1, steps=steps)
    class Server:
        d: int = setting(1)

    return resolve(Server, "p")


ABC = section_of(
    step(1, renamed("a", "b"), down=renamed("b", "a")),
    step(2, renamed("b", "c"), down=renamed("c", "b")),
    step(3, renamed("c", "d")),
)


def test_values_go_from_any_version_to_any_later_one() -> None:
    """Each step is taken once, in order; a key that no step knows survives."""
    assert {"d": 1, "x": 2} == raised(ABC, {"a": 1, "x": 2}, 1)[0]
    assert {"d": 1} == raised(ABC, {"b": 1}, 2)[0]
    assert {"c": 1} == raised(ABC, {"a": 1}, 1, 3)[0]
    assert {"a": 1} == raised(ABC, {"a": 1}, 4)[0]


def test_values_go_back_as_far_as_there_is_a_way() -> None:
    """Without a way down the step is named."""
    assert can_lower(section_of(step(1, dict, down=dict)), 1)
    assert not can_lower(ABC, 1)
    with pytest.raises(StepFailed, match="from version 4 down to 3 of section 'server' does not exist"):
        lowered(ABC, {"d": 1}, 1)


def test_a_step_cannot_change_what_it_was_given() -> None:
    """What a step does to its argument in place is its own affair."""

    def rough(values: Any) -> Any:
        values["list"].append(3)
        return values

    given = {"list": [1, 2]}
    assert {"list": [1, 2, 3]} == raised(section_of(step(1, rough)), given, 1)[0]
    assert {"list": [1, 2]} == given


def test_a_report_is_a_warning_of_its_path() -> None:
    """The path counts within the section, and the suggestion is handed on."""
    (problem,) = raised(section_of(step(1, picky)), {}, 1)[1]
    assert ("server.b", "it is odd", "warning", 4) == (
        problem.path,
        problem.message,
        problem.severity,
        problem.suggested,
    )


def recursive(values: Any) -> Any:
    values["self"] = values
    return values


def leaving(values: Any) -> Any:
    raise SystemExit("no")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda values: values["nothing"], "failed: KeyError: 'nothing'"),
        (lambda values: None, "returned NoneType, no mapping of settings"),
        (lambda values: [1], "returned list, no mapping of settings"),
        (leaving, "failed: SystemExit: no"),
        (recursive, "returned a mapping that contains itself"),
    ],
)
def test_a_step_that_fails_is_named(function: Any, message: str) -> None:
    """Whatever a step does, the error names the step and the section."""
    with pytest.raises(StepFailed, match="the step from version 1 to 2 of section 'server' " + message):
        raised(section_of(step(1, function)), {"a": 1}, 1)
