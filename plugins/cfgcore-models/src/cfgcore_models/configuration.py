"""Everything at once: preferences and policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore_models.policies import AdminPolicies
    from cfgcore_models.preferences import UserPreferences


@dataclass(frozen=True, slots=True)
class EnhancedModelConfiguration:
    """The preferences of the user and the policies, as of a revision; both can be edited."""

    user_preferences: UserPreferences
    admin_policies: AdminPolicies
    revision: int
