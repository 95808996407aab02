"""The `analytics` section."""

from cfgcore import section, setting


@section("analytics", version=1, title="Analytics", aliases=("analytics_config",))
class AnalyticsConfig:
    """What is recorded about the use of models."""

    enabled: bool = setting(True, help="Record anything at all; off silences every kind of record.")
    collect_usage_stats: bool = setting(True, help="Record which models are used, and how often.")
    collect_performance_metrics: bool = setting(True, help="Record how long models take, and what they need.")
    retention_days: int = setting(90, minimum=1, maximum=3650, unit="days", help="Age at which a record is deleted.")
    anonymize_data: bool = setting(True, help="Leave out of the records whatever identifies a user.")
    share_analytics: bool = setting(False, help="Send the records to the makers of the application.")
    enable_recommendations: bool = setting(True, help="Recommend models, based on what was recorded.")
    auto_cleanup_suggestions: bool = setting(
        False, help="Suggest without being asked which models are hardly used and could be removed."
    )
