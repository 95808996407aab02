"""What the settings of the `download` section must hold together."""

from cfgcore import Violation, rule


def first_delay_within_longest(first: float, longest: float) -> Violation | None:
    """The wait before the first retry is no longer than the longest wait."""
    if first <= longest:
        return None
    return Violation(
        f"the first delay of {first:g} s is longer than download.max_retry_delay, {longest:g} s", suggested=longest
    )


RULES = (
    rule(
        ("download.retry_delay_base", "download.max_retry_delay"),
        first_delay_within_longest,
        code="download.first_delay_too_long",
        yields="download.retry_delay_base",
    ),
)
