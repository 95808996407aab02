"""Preferences and policies checked before they are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfgcore import ValidationResult
    from cfgcore_models.policies import AdminPolicies
    from cfgcore_models.preferences import UserPreferences


class ConfigurationValidator:
    """Says what is wrong with preferences or policies, all at once; nothing is saved.

    A result has `is_valid`, `errors` and `warnings`; each of these has `field`, `message` and `suggested_value`.
    """

    def validate_user_preferences(self, preferences: UserPreferences) -> ValidationResult:
        """Return all problems of a user's preferences: types, bounds, rules, and what the administrator allows."""
        return preferences.config.validate(preferences.draft)

    def validate_admin_policies(self, policies: AdminPolicies) -> ValidationResult:
        """Return all problems of an administrator's policies."""
        return policies.config.validate(policies.draft)
