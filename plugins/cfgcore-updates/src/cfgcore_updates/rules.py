"""What the settings of the `updates` section must, and should, hold together."""

from cfgcore import Violation, rule


def install_follows_download(install: bool, download: bool) -> Violation | None:
    """Only what is downloaded without asking can be installed without asking."""
    if download or not install:
        return None
    return Violation(
        "installing without asking needs updates.auto_download_updates: turn that on, or this off", suggested=False
    )


def install_follows_backup(install: bool, backup: bool) -> Violation | None:
    """What is replaced without asking can be brought back."""
    if backup or not install:
        return None
    return Violation(
        "updates.auto_install_updates replaces models without asking, and without a copy of what it replaces",
        suggested=True,
    )


RULES = (
    rule(
        ("updates.auto_install_updates", "updates.auto_download_updates"),
        install_follows_download,
        code="updates.install_without_download",
        yields="updates.auto_install_updates",
    ),
    rule(
        ("updates.auto_install_updates", "updates.backup_before_update"),
        install_follows_backup,
        code="updates.install_without_backup",
        severity="warning",
        yields="updates.backup_before_update",
    ),
)
