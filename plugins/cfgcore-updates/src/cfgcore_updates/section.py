"""The `updates` section, and what administrators may demand of it."""

from cfgcore import section, setting


@section("updates", version=1, title="Updates", aliases=("update_config",))
class UpdatesConfig:
    """How models are kept up to date."""

    enabled: bool = setting(True, help="Keep installed models up to date.")
    auto_check_updates: bool = setting(True, help="Look for updates regularly, without being asked.")
    check_interval_hours: int = setting(
        168, minimum=1, maximum=8760, unit="h", help="Time between two looks for updates."
    )
    auto_download_updates: bool = setting(False, help="Download an update as soon as it is found.")
    auto_install_updates: bool = setting(
        False, help="Install a downloaded update without asking; needs auto_download_updates."
    )
    backup_before_update: bool = setting(True, help="Keep a copy of the model that an update replaces.")
    rollback_on_failure: bool = setting(True, help="Return to the model of before when an update fails.")
    update_during_low_usage: bool = setting(True, help="Put updates off until models are hardly used.")


@section("updates", scope="policy", title="Update policies")
class UpdatesPolicies:
    """Who decides that a model is updated."""

    require_approval_for_updates: bool = setting(
        False, help="Let no update be installed without somebody's approval: updates.auto_install_updates is off."
    )
