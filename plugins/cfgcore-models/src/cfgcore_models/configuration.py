"""Everything at once: preferences, policies and flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore_models.flags import FeatureFlagConfig
    from cfgcore_models.policies import AdminPolicies
    from cfgcore_models.preferences import UserPreferences


@dataclass(frozen=True, slots=True)
class EnhancedModelConfiguration:
    """The preferences of the user, the policies and the flags, as of a revision; the first two can be edited."""

    user_preferences: UserPreferences
    admin_policies: AdminPolicies
    feature_flags: FeatureFlagConfig
    revision: int
