"""The `download` section, and what administrators may demand of it."""

from cfgcore import section, setting


@section("download", version=1, title="Downloads", aliases=("download_config",))
class DownloadConfig:
    """How models are downloaded."""

    max_retries: int = setting(
        3, minimum=0, maximum=10, help="Further attempts after a failed one, before a download is given up."
    )
    retry_delay_base: float = setting(
        2.0, minimum=0.1, maximum=60, unit="s", help="Wait before the first retry; later waits grow from it."
    )
    max_retry_delay: float = setting(
        300.0, minimum=1, maximum=3600, unit="s", help="The longest wait between two attempts."
    )
    bandwidth_limit_mbps: float | None = setting(
        None, minimum=0.1, maximum=10_000, unit="Mbit/s", help="Highest download speed; none means no limit."
    )
    max_concurrent_downloads: int = setting(
        2, minimum=1, maximum=10, help="Downloads that may run at the same time; the others wait."
    )
    enable_resume: bool = setting(
        True, help="Continue an interrupted download where it stopped, instead of from the beginning."
    )
    enable_pause: bool = setting(True, help="Let running downloads be paused and continued.")
    chunk_size_mb: float = setting(
        10.0,
        minimum=0.1,
        maximum=1000,
        unit="MB",
        help="Size of the pieces a model is fetched in; small pieces lose less when a connection breaks.",
    )
    verify_integrity: bool = setting(True, help="Check the digest of a downloaded model before it is used.")
    cleanup_failed_downloads: bool = setting(True, help="Remove the partial files of a download that was given up.")


@section("download", scope="policy", title="Download policies")
class DownloadPolicies:
    """What users may download, and how fast."""

    allow_external_downloads: bool = setting(
        True, help="Let models be downloaded from outside; off allows only what is here already."
    )
    bandwidth_limit_per_user_mbps: float | None = setting(
        None,
        exclusive_minimum=0,
        unit="Mbit/s",
        help="The most that a user may set download.bandwidth_limit_mbps to; no limit of their own counts as more.",
    )
    security_scan_required: bool = setting(
        False, help="Let no model be used before it is checked: download.verify_integrity is on for everybody."
    )
