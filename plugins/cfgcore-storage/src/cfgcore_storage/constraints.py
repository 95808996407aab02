"""What follows from the policies of the `storage` section."""

from collections.abc import Iterator

from cfgcore import Constraint, maximum
from cfgcore_storage.section import StoragePolicies


def constraints(policies: StoragePolicies) -> Iterator[Constraint]:
    """The limit of users' space, while limits are enforced."""
    if policies.enforce_storage_limits and policies.max_user_storage_gb is not None:
        yield maximum(
            "storage.max_storage_gb",
            policies.max_user_storage_gb,
            policy="policies.storage.max_user_storage_gb",
            none_means_unlimited=True,
        )
