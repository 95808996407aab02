"""The hooks of cfgcore-models."""

from cfgcore import Rule, hookimpl
from cfgcore_models.rules import RULES
from cfgcore_models.section import ModelsConfig


@hookimpl
def cfgcore_sections() -> list[type]:
    """The `models` section."""
    return [ModelsConfig]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    """What the lists of models must hold together."""
    return list(RULES)
