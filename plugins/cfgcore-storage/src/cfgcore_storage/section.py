"""The `storage` section, and what administrators may demand of it."""

from cfgcore import section, setting


@section("storage", version=1, title="Storage", aliases=("storage_config",))
class StorageConfig:
    """How much space models may take, and what is cleaned up."""

    max_storage_gb: float | None = setting(
        None, exclusive_minimum=0, unit="GB", help="The most space that models may take; none means no limit."
    )
    cleanup_threshold_percent: float = setting(
        85.0,
        minimum=50,
        maximum=99,
        unit="%",
        help="How full the space for models may become before it is cleaned up.",
    )
    min_free_space_gb: float = setting(
        5.0, minimum=0.1, maximum=1000, unit="GB", help="Space on the disk that models leave free."
    )
    auto_cleanup_enabled: bool = setting(False, help="Remove models without asking when the threshold is reached.")
    preserve_recent_models_days: int = setting(
        7,
        minimum=0,
        maximum=365,
        unit="days",
        help="A model used within this time is never cleaned up; 0 protects none.",
    )
    preserve_frequently_used: bool = setting(True, help="Never clean up models that are used often.")


@section("storage", scope="policy", title="Storage policies")
class StoragePolicies:
    """How much space users may give to models."""

    enforce_storage_limits: bool = setting(True, help="Let the limit below hold; off suspends it.")
    max_user_storage_gb: float | None = setting(
        None,
        exclusive_minimum=0,
        unit="GB",
        help="The most that a user may set storage.max_storage_gb to; no limit of their own counts as more.",
    )
