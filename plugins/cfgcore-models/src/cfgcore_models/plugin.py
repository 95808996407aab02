"""The hooks of cfgcore-models."""

from cfgcore import LegacyFormat, Rule, hookimpl
from cfgcore_models.legacy import FORMATS
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


@hookimpl
def cfgcore_legacy_formats() -> list[LegacyFormat]:
    """The formats of the files that older applications of models wrote."""
    return list(FORMATS)
