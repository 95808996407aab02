"""The older formats of configuration files that applications of models wrote."""

from cfgcore_models.legacy.basic import BASIC
from cfgcore_models.legacy.enhanced import ENHANCED
from cfgcore_models.legacy.model_configuration import MODEL_CONFIGURATION
from cfgcore_models.legacy.unknown import UNKNOWN

FORMATS = (ENHANCED, MODEL_CONFIGURATION, BASIC, UNKNOWN)

__all__ = ["FORMATS"]
