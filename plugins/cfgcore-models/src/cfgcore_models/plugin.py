"""The hooks of cfgcore-models."""

from typing import Any

from cfgcore import Constraint, LegacyFormat, Rule, hookimpl
from cfgcore_models.constraints import constraints
from cfgcore_models.legacy import FORMATS
from cfgcore_models.rules import RULES
from cfgcore_models.section import ModelsConfig, ModelsPolicies


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `models` section, and its policies."""
    return [ModelsConfig, ModelsPolicies]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    """What the lists of models must hold together."""
    return list(RULES)


@hookimpl
def cfgcore_legacy_formats() -> list[LegacyFormat]:
    """The formats of the files that older applications of models wrote."""
    return list(FORMATS)


@hookimpl
def cfgcore_constraints(policies: Any) -> list[Constraint]:
    """No model is preferred that a pattern blocks."""
    return list(constraints(policies.models))
