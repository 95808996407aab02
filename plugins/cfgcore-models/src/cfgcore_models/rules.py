"""What the settings of the `models` section must hold together."""

from cfgcore import Violation, rule


def preferred_is_not_blocked(preferred: tuple[str, ...], blocked: tuple[str, ...]) -> Violation | None:
    """No model is preferred and blocked at once."""
    both = [name for name in preferred if name in blocked]
    if not both:
        return None
    return Violation(
        f"cannot prefer what models.blocked_models blocks: {', '.join(map(repr, both))}",
        suggested=tuple(name for name in preferred if name not in blocked),
    )


RULES = (
    rule(
        ("models.preferred_models", "models.blocked_models"),
        preferred_is_not_blocked,
        code="models.preferred_and_blocked",
        yields="models.preferred_models",
    ),
)
