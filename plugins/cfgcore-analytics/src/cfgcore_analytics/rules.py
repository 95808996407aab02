"""What the settings of the `analytics` section should hold together."""

from cfgcore import Violation, rule


def shared_data_is_anonymous(share: bool, anonymize: bool) -> Violation | None:
    """Whatever leaves the machine identifies nobody."""
    if anonymize or not share:
        return None
    return Violation(
        "analytics.share_analytics sends records that identify users: make them anonymous, or do not share them",
        suggested=True,
    )


RULES = (
    rule(
        ("analytics.share_analytics", "analytics.anonymize_data"),
        shared_data_is_anonymous,
        code="analytics.shared_not_anonymous",
        severity="warning",
        yields="analytics.anonymize_data",
    ),
)
