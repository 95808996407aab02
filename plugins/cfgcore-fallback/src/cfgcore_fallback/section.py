"""The `fallback` section."""

from cfgcore import section, setting


@section("fallback", version=1, title="Fallback", aliases=("fallback_config",))
class FallbackConfig:
    """What happens when a model is not available."""

    enabled: bool = setting(True, help="Look for another way when a model is not available.")
    suggest_alternatives: bool = setting(True, help="Suggest compatible models that are available.")
    auto_queue_requests: bool = setting(
        False, help="Let a request wait for its model, without asking, when nothing else can answer it."
    )
    compatibility_threshold: float = setting(
        0.7,
        minimum=0,
        maximum=1,
        help="How compatible a model must be to count as an alternative, from 0 (any model) to 1 (only an equal one).",
    )
    max_wait_time_minutes: int = setting(
        60, minimum=1, maximum=1440, unit="min", help="The longest time that a request waits for its model."
    )
    prefer_local_models: bool = setting(
        True, help="Prefer alternatives that are installed over those that must be downloaded."
    )
    fallback_to_mock_enabled: bool = setting(True, help="Let a mock model answer when no alternative is left.")
