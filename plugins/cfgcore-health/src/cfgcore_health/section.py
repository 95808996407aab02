"""The `health` section."""

from cfgcore import section, setting


@section("health", version=1, title="Health monitoring", aliases=("health_monitoring",))
class HealthConfig:
    """How the health of models is watched."""

    enabled: bool = setting(True, help="Watch the health of installed models.")
    check_interval_hours: int = setting(24, minimum=1, maximum=8760, unit="h", help="Time between two health checks.")
    integrity_check_enabled: bool = setting(True, help="Compare the files of installed models with their digests.")
    performance_monitoring_enabled: bool = setting(
        True, help="Watch how fast models answer, to notice when they become slower."
    )
    auto_repair_enabled: bool = setting(
        False, help="Repair a corrupted model without asking, by fetching again what is damaged."
    )
    corruption_threshold: float = setting(
        0.1,
        minimum=0,
        maximum=1,
        help="Share of a model's data, from 0 to 1, that may be damaged before the model counts as corrupted.",
    )
    performance_degradation_threshold: float = setting(
        0.3,
        minimum=0,
        maximum=1,
        help="Loss of speed, as a share from 0 to 1, above which a model counts as degraded.",
    )
    cleanup_corrupted_models: bool = setting(False, help="Delete corrupted models that are not repaired.")
