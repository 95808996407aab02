"""What follows from the policies of the `models` section."""

from collections.abc import Iterator

from cfgcore import Constraint, filtered
from cfgcore_models.section import ModelsPolicies


def constraints(policies: ModelsPolicies) -> Iterator[Constraint]:
    """No model is preferred that a pattern blocks."""
    if policies.blocked_model_patterns:
        yield filtered(
            "models.preferred_models",
            matching=policies.blocked_model_patterns,
            policy="policies.models.blocked_model_patterns",
        )
