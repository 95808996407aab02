"""What the settings of the `models` section must hold together."""

from cfgcore import Violation, rule
from cfgcore_models.section import SOURCES


def preferred_is_not_blocked(preferred: tuple[str, ...], blocked: tuple[str, ...]) -> Violation | None:
    """No model is preferred and blocked at once."""
    both = [name for name in preferred if name in blocked]
    if not both:
        return None
    return Violation(
        f"cannot prefer what models.blocked_models blocks: {', '.join(map(repr, both))}",
        suggested=tuple(name for name in preferred if name not in blocked),
    )


def sources_are_known(sources: tuple[str, ...]) -> Violation | None:
    """A source of models is one that somebody knows how to fetch from."""
    unknown = [name for name in sources if name not in SOURCES]
    if not unknown:
        return None
    return Violation(f"{', '.join(map(repr, unknown))} is none of the known sources: {', '.join(SOURCES)}")


RULES = (
    rule(
        ("policies.models.allowed_model_sources",),
        sources_are_known,
        code="models.unknown_source",
        severity="warning",
    ),
    rule(
        ("models.preferred_models", "models.blocked_models"),
        preferred_is_not_blocked,
        code="models.preferred_and_blocked",
        yields="models.preferred_models",
    ),
)
