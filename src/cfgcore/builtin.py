"""What the core itself contributes, by the hooks that plugins use."""

from __future__ import annotations

from typing import Any

from cfgcore.declare.declaration import setting
from cfgcore.declare.section import section
from cfgcore.markers import hookimpl


@section("audit", title="Audit", scope="policy")
class AuditPolicies:
    """What is recorded of the changes that users make of their own values."""

    audit_logging_enabled: bool = setting(
        True,
        help="Record what users are refused for their own values; commits and what administrators do always are.",
    )


@hookimpl
def cfgcore_sections() -> list[type[Any]]:
    """The policies of the core."""
    return [AuditPolicies]
