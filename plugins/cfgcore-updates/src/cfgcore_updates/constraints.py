"""What follows from the policies of the `updates` section."""

from collections.abc import Iterator

from cfgcore import Constraint, enforced
from cfgcore_updates.section import UpdatesPolicies


def constraints(policies: UpdatesPolicies) -> Iterator[Constraint]:
    """Nothing is installed by itself while updates need approval."""
    if policies.require_approval_for_updates:
        yield enforced("updates.auto_install_updates", False, policy="policies.updates.require_approval_for_updates")
