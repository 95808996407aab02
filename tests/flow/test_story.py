"""The story end to end: eight plugins, two settings files, some variables, one checked typed configuration."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import ValidationFailed

NAMES = ("models", "downloader", "health", "fallback", "analytics", "updates", "notifications", "storage")
SECTIONS = {
    "models": "models",
    "downloader": "download",
    "health": "health",
    "fallback": "fallback",
    "analytics": "analytics",
    "updates": "updates",
    "notifications": "notification",
    "storage": "storage",
}
MODULES = {name: importlib.import_module(f"cfgcore_{name}.plugin") for name in NAMES}
MANUAL = {
    "fallback.auto_queue_requests": False,
    "health.auto_repair_enabled": False,
    "storage.auto_cleanup_enabled": False,
    "updates.auto_check_updates": False,
    "updates.auto_download_updates": False,
    "updates.auto_install_updates": False,
}
FULL = {
    "analytics.auto_cleanup_suggestions": True,
    "fallback.auto_queue_requests": True,
    "health.auto_repair_enabled": True,
    "storage.auto_cleanup_enabled": True,
    "updates.auto_check_updates": True,
    "updates.auto_download_updates": True,
    "updates.auto_install_updates": True,
}

SETTINGS = """
[default.download]
max_retries = 5
bandwidth_limit_mbps = 50.0

[default.models]
preferred_models = ["gpt2"]

[production.download]
max_retries = 7

[production.storage]
max_storage_gb = 500
"""
LOCAL = """
[default.download]
chunk_size_mb = 4.0

[default.models]
automation_level = "fully_automatic"
"""
ENVIRON = {
    "APP_DOWNLOAD__MAX_CONCURRENT_DOWNLOADS": "4",
    "APP_NOTIFICATION__WEBHOOK_URL": "https://example.org/hook?token=c4nary",
    "APP_UPDATES__AUTO_INSTALL_UPDATES": "no",
    "APP_PORT": "tcp://10.0.0.1:80",
}


def opened(folder: Path, *names: str, environ: Mapping[str, str] | None = None, **how: Any) -> cfgcore.Config:
    return cfgcore.open(
        folder=folder,
        plugins=[MODULES[name] for name in names or NAMES],
        plugin_group=None,
        env_prefix="APP",
        environ={} if environ is None else environ,
        **how,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "local.toml").write_text(LOCAL)
    return tmp_path


def test_the_story(folder: Path) -> None:
    """Eight plugins, two files and variables give one configuration, which explains, reloads, and stays good."""
    environ = dict(ENVIRON)
    files = {"settings_files": ["settings.toml", "local.toml"], "environment": "production"}
    with opened(folder, environ=environ, **files) as config:
        from cfgcore_downloader import DownloadConfig

        assert {*SECTIONS.values(), "policies"} == set(config.view)
        assert () == config.warnings
        assert (7, 50.0, 4.0, 4) == (
            config.download.max_retries,
            config[DownloadConfig].bandwidth_limit_mbps,
            config.view.download.chunk_size_mb,
            config.get("download.max_concurrent_downloads"),
        )
        assert ("gpt2",) == config.models.preferred_models

        assert f"file {folder / 'settings.toml'}:10" == str(config.explain("download.max_retries").origin)
        assert "environment variable APP_DOWNLOAD__MAX_CONCURRENT_DOWNLOADS" == str(
            config.explain("download.max_concurrent_downloads").origin
        )
        assert "default of plugin" in str(config.explain("download.enable_pause").origin)
        assert [3, 5, 7] == [said.value for said in config.explain("download.max_retries").said]

        assert config.health.auto_repair_enabled
        assert "profile models.automation_level = fully_automatic" == str(
            config.explain("health.auto_repair_enabled").origin
        )
        assert not config.updates.auto_install_updates

        held = config.view
        (folder / "local.toml").write_text(LOCAL.replace("fully_automatic", "manual").replace("4.0", "8.0"))
        event = config.reload()
        changed = {change.path: change.new for change in event.effective}
        assert 8.0 == changed.pop("download.chunk_size_mb")
        assert "manual" == changed.pop("models.automation_level").value
        assert {path: value for path, value in MANUAL.items() if held.get(path) != value} | {
            "analytics.auto_cleanup_suggestions": False
        } == changed
        assert held.health.auto_repair_enabled
        assert held.notification is config.notification

        good = config.view
        (folder / "settings.toml").write_text(SETTINGS.replace("= 7", "= 'seven'"))
        environ.update({"APP_DOWNLOAD__RETRY_DELAY_BASE": "60", "APP_DOWNLOAD__MAX_RETRY_DELAY": "10"})
        with pytest.raises(ValidationFailed) as failure:
            config.reload()
        assert {"download.max_retries", "download.retry_delay_base"} == {
            problem.path for problem in failure.value.errors
        }
        assert not config.validate().is_valid
        assert good is config.view
        assert 7 == config.download.max_retries

        (folder / "settings.toml").write_text(SETTINGS)
        environ.clear()
        assert config.reload()
        assert config.validate().is_valid
        assert None is config.notification.webhook_url


@pytest.mark.parametrize(("level", "values"), [("manual", MANUAL), ("fully_automatic", FULL)])
def test_profiles(folder: Path, level: str, values: dict[str, bool]) -> None:
    """One selection sets the settings of several plugins; explicit values of the same layer or above win."""
    environ = {"APP_MODELS__AUTOMATION_LEVEL": level}
    with opened(folder, settings_files=[], environ=environ) as config:
        assert values == {path: config.get(path) for path in values}
    for path, value in values.items():
        name = f"APP_{path.replace('.', '__').upper()}"
        with opened(folder, settings_files=[], environ={**environ, name: str(value)}) as config:
            assert f"environment variable {name}" == str(config.explain(path).origin)


def test_the_middle_level_sets_nothing(folder: Path) -> None:
    """The default level is an empty profile: every setting has its default."""
    with opened(folder, settings_files=[]) as config:
        origins = {config.explain(path).origin.kind for path in config.registry.setting_paths()}
    assert {"default"} == origins


@pytest.mark.parametrize("name", NAMES)
def test_each_plugin_alone(folder: Path, name: str) -> None:
    """Each plugin works alone: its section is there, valid, and silent."""
    with opened(folder, name, settings_files=[]) as config:
        assert [SECTIONS[name], "policies"] == list(config.view)
        assert () == config.warnings
        assert config.validate().is_valid
        for path in config.registry.setting_paths():
            assert path == config.explain(path).path


def values_of(config: cfgcore.Config, names: list[str]) -> dict[str, Any]:
    return {SECTIONS[name]: getattr(config.view, SECTIONS[name]) for name in names}


@pytest.mark.parametrize("removed", NAMES)
@pytest.mark.parametrize("environ", [{}, {"APP_MODELS__AUTOMATION_LEVEL": "fully_automatic"}], ids=["", "automatic"])
def test_removing_one_breaks_none_of_the_others(folder: Path, removed: str, environ: dict[str, str]) -> None:
    """Without any one of them, the other plugins' values are as they were, unless it was the one that selected them."""
    others = [name for name in NAMES if name != removed]
    with opened(folder, settings_files=[], environ=environ) as all_of_them:
        before = values_of(all_of_them, others)
    with opened(folder, *others, settings_files=[], environ=environ) as config:
        assert not [warning for warning in config.warnings if warning.code != "unknown"]
        if removed != "models" or not environ:
            assert before == values_of(config, others)
    with opened(folder, settings_files=[], environ=environ, disable=MODULES[removed].__name__) as config:
        assert {"policies", *(SECTIONS[name] for name in others)} == set(config.view)


def test_every_subset_opens(folder: Path) -> None:
    """Whichever of the eight plugins are installed, it opens, with the settings of those that are not."""
    environ = {"APP_MODELS__AUTOMATION_LEVEL": "manual", "APP_STORAGE__MAX_STORAGE_GB": "5"}
    for count in range(1, len(NAMES)):
        for names in itertools.combinations(NAMES, count):
            with opened(folder, *names, settings_files=[], environ=environ) as config:
                assert {"policies", *(SECTIONS[name] for name in names)} == set(config.view)
                assert len([name for name in ("models", "storage") if name not in names]) == len(config.warnings)


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"APP_DOWNLOAD__RETRY_DELAY_BASE": "60", "APP_DOWNLOAD__MAX_RETRY_DELAY": "10"}, "download.retry_delay_base"),
        ({"APP_UPDATES__AUTO_INSTALL_UPDATES": "1"}, "updates.auto_install_updates"),
        ({"APP_MODELS__PREFERRED_MODELS": "['a']", "APP_MODELS__BLOCKED_MODELS": "['a']"}, "models.preferred_models"),
    ],
)
def test_rules_of_the_plugins(folder: Path, environ: dict[str, str], path: str) -> None:
    """What must hold together is judged, and points at the setting that yields, with what to write instead."""
    with pytest.raises(ValidationFailed) as failure:
        opened(folder, settings_files=[], environ=environ)
    (problem,) = failure.value.problems
    assert path == problem.path
    assert None is not problem.suggested_value


def test_warnings_of_the_plugins(folder: Path) -> None:
    """What should hold together is warned of, and does not block."""
    environ = {"APP_ANALYTICS__SHARE_ANALYTICS": "yes", "APP_ANALYTICS__ANONYMIZE_DATA": "no"}
    with opened(folder, settings_files=[], environ=environ) as config:
        assert ["analytics.shared_not_anonymous"] == [warning.code for warning in config.warnings]
        assert config.validate().is_valid


def test_the_other_names_of_sections(folder: Path) -> None:
    """Files may use the names that sections had: download_config, storage_config and so on."""
    (folder / "settings.toml").write_text("[download_config]\nmax_retries = 9\n[health_monitoring]\nenabled = false\n")
    with opened(folder, settings_files="settings.toml") as config:
        assert (9, False) == (config.download.max_retries, config.health.enabled)
