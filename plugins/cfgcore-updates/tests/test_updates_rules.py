"""What installing updates without asking needs, and what it should not go without."""

import pytest

import cfgcore
from cfgcore_updates import UpdatesConfig, plugin


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_installing_without_downloading_is_refused() -> None:
    """Installing by itself what is not downloaded by itself is refused, and not installing is suggested."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(APP_UPDATES__AUTO_INSTALL_UPDATES="true")
    (problem,) = refusal.value.problems
    assert "updates.install_without_download" == problem.code
    assert "error" == problem.severity
    assert "updates.auto_install_updates" == problem.path
    assert "updates.auto_download_updates" in problem.message
    assert problem.suggested is False


@pytest.mark.parametrize(("install", "download"), [("false", "false"), ("false", "true"), ("true", "true")])
def test_other_combinations_are_accepted(install: str, download: str) -> None:
    """Downloading without installing is fine, and so is doing both or neither."""
    with opened(APP_UPDATES__AUTO_INSTALL_UPDATES=install, APP_UPDATES__AUTO_DOWNLOAD_UPDATES=download) as config:
        result = config.validate()
    assert result.is_valid
    assert () == tuple(result.warnings)


def test_installing_without_a_backup_is_warned_of() -> None:
    """Installing by itself without a backup is accepted with a warning that suggests a backup."""
    with opened(
        APP_UPDATES__AUTO_INSTALL_UPDATES="true",
        APP_UPDATES__AUTO_DOWNLOAD_UPDATES="true",
        APP_UPDATES__BACKUP_BEFORE_UPDATE="false",
    ) as config:
        result = config.validate()
        assert config[UpdatesConfig].auto_install_updates
    assert result.is_valid
    (warning,) = result.warnings
    assert "updates.install_without_backup" == warning.code
    assert "warning" == warning.severity
    assert "updates.backup_before_update" == warning.path
    assert "auto_install_updates" in warning.message
    assert warning.suggested is True


def test_no_backup_without_installing_is_silent() -> None:
    """Whoever installs updates by hand may go without backups."""
    with opened(APP_UPDATES__BACKUP_BEFORE_UPDATE="false") as config:
        assert () == tuple(config.validate().warnings)
