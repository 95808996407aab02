"""What follows from the policies of the `download` section."""

from collections.abc import Iterator

from cfgcore import Constraint, enforced, maximum
from cfgcore_downloader.section import DownloadPolicies


def constraints(policies: DownloadPolicies) -> Iterator[Constraint]:
    """The limit of each user's bandwidth, and the check of what was downloaded."""
    if policies.bandwidth_limit_per_user_mbps is not None:
        yield maximum(
            "download.bandwidth_limit_mbps",
            policies.bandwidth_limit_per_user_mbps,
            policy="policies.download.bandwidth_limit_per_user_mbps",
            none_means_unlimited=True,
        )
    if policies.security_scan_required:
        yield enforced("download.verify_integrity", True, policy="policies.download.security_scan_required")
