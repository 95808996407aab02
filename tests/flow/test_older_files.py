"""Files of older applications, taken over with all eight plugins installed, and read by the application of today."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

import cfgcore

NAMES = ("models", "downloader", "health", "fallback", "analytics", "updates", "notifications", "storage")
PLUGINS: dict[str, Any] = {
    "plugins": [importlib.import_module(f"cfgcore_{name}.plugin") for name in NAMES],
    "plugin_group": None,
}
GOLDEN = Path(__file__).parents[2] / "plugins" / "cfgcore-models" / "tests" / "legacy"

#: What the golden files set, as everyone's view, the owner's or another user's shows it.
EXPECTED: dict[str, dict[str | None, dict[str, Any]]] = {
    "enhanced": {
        None: {
            "download.max_retries": 3,
            "policies.storage.max_user_storage_gb": 800.0,
            "policies.models.max_concurrent_users": 20,
            "policies.models.blocked_model_patterns": ("^acme/",),
            "policies.download.security_scan_required": True,
        },
        "local": {
            "models.preferred_models": ("mistralai/Mistral-7B-v0.1", "gpt2"),
            "download.max_retries": 5,
            "download.bandwidth_limit_mbps": 50.0,
            "download.cleanup_failed_downloads": False,
            "health.check_interval_hours": 12,
            "fallback.auto_queue_requests": True,
            "fallback.fallback_to_mock_enabled": False,
            "analytics.retention_days": 30,
            "updates.auto_download_updates": True,
            "updates.auto_install_updates": True,
            "notification.analytics_reports": True,
            "notification.webhook_url": "https://hooks.example.com/T0/c4nary-c4nary",
            "storage.max_storage_gb": 500.0,
            "storage.preserve_recent_models_days": 14,
        },
    },
    "enhanced-unversioned": {"local": {"download.max_retries": 0}},
    "enhanced-malformed": {
        "local": {
            "models.automation_level.value": "semi_automatic",
            "models.preferred_models": ("gpt2",),
            "models.blocked_models": ("acme/model",),
            "download.retry_delay_base": 2.0,
            "download.max_retry_delay": 10.0,
            "analytics.retention_days": 30,
            "updates.auto_install_updates": False,
        }
    },
    "model-configuration": {
        None: {
            "download.max_retries": 7,
            "download.bandwidth_limit_mbps": 20.0,
            "models.preferred_models": ("gpt2",),
            "models.blocked_models": ("acme/model",),
            "storage.max_storage_gb": 250.0,
            "storage.cleanup_threshold_percent": 90.0,
        }
    },
    "model-configuration-beside": {
        None: {"models.preferred_models": ("bert-base-uncased",), "storage.cleanup_threshold_percent": 70.0}
    },
    "model-configuration-malformed": {None: {"download.max_retries": 3, "storage.cleanup_threshold_percent": 85.0}},
    "basic": {
        None: {
            "download.max_retries": 4,
            "policies.storage.max_user_storage_gb": 100.0,
            "policies.updates.require_approval_for_updates": True,
        },
        "local": {"models.automation_level.value": "fully_automatic", "health.auto_repair_enabled": True},
    },
    "basic-malformed": {None: {"policies.storage.max_user_storage_gb": None}},
    "unknown": {None: {"download.max_retries": 6, "download.bandwidth_limit_mbps": 12.5}},
}

#: What is invalid in them, by its keys in the file.
INVALID = {
    "enhanced-malformed": {
        "user_preferences.automation_level",
        "user_preferences.preferred_models.1",
        "user_preferences.preferred_models.2",
        "user_preferences.download_config.max_retries",
        "user_preferences.download_config.retry_delay_base",
        "user_preferences.download_config.chunk_size_mb",
        "user_preferences.health_monitoring",
        "user_preferences.update_config.auto_install_updates",
        "user_preferences.analytics_config.anonymize_data",
        "user_preferences.notification_config.webhook_url",
        "admin_policies.max_user_storage_gb",
        "admin_policies.allowed_model_sources",
        "feature_flags.flags.auto_updates",
        "feature_flags.rollout_percentage.auto_updates",
        "feature_flags.flags.usage_analytics",
        "feature_flags.flags.a.b",
        "feature_flags.user_overrides.ann.auto_updates",
        "feature_flags.user_overrides.bob",
        "feature_flags.user_overrides..auto_updates",
    },
    "model-configuration-malformed": {
        "model_config.download_settings",
        "model_config.preferred_models",
        "model_config.storage_settings.max_storage_gb",
        "model_config.storage_settings.cleanup_threshold",
        "download_settings.max_retries",
        "download_settings.bandwidth_limit",
    },
    "basic-malformed": {
        "user_preferences.automation_level",
        "admin_settings.max_user_storage_gb",
        "admin_settings.require_approval",
    },
}


def opened(store: Path) -> cfgcore.Config:
    return cfgcore.open(settings_files=[], environ={}, store=store, **PLUGINS)


def shown(view: cfgcore.View, path: str) -> Any:
    return view.get(path.removesuffix(".value")).value if path.endswith(".value") else view.get(path)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_golden_file_is_read_by_todays_application(name: str, tmp_path: Path) -> None:
    """Its values hold for everyone and for its owner; what is invalid is named; nothing waits for a plugin."""
    source = GOLDEN / f"{name}.json"
    before = source.read_bytes()
    migration = cfgcore.migrate(source, tmp_path / "new.json", **PLUGINS)
    assert INVALID.get(name, set()) == {entry.source for entry in migration.of("invalid")}
    assert {"flags.dark_mode"} >= {entry.path for entry in migration.of("waiting")}, "nothing else waits for a plugin"
    assert before == source.read_bytes()
    if migration:
        with opened(tmp_path / "new.json") as config:
            for user, values in EXPECTED[name].items():
                view = config.view if user is None else config.for_user(user)
                assert values == {path: shown(view, path) for path in values}


def test_every_golden_file_is_expected() -> None:
    """No file is forgotten here."""
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(EXPECTED)


def test_flags_of_an_enhanced_file(tmp_path: Path) -> None:
    """Flags, their shares and their overrides are stored as today's are."""
    cfgcore.migrate(GOLDEN / "enhanced.json", tmp_path / "new.json", **PLUGINS)
    data = json.loads((tmp_path / "new.json").read_text("utf-8"))
    flags = data["flags"]["values"]
    assert {"auto_updates", "health_monitoring"} == set(flags)
    assert "off" == flags["health_monitoring"]["defaultVariant"]
    assert [["on", 25], ["off", 75]] == [
        [name, round(weight / sum(w for _, w in flags["auto_updates"]["targeting"]["fractional"]) * 100)]
        for name, weight in flags["auto_updates"]["targeting"]["fractional"]
    ]
    users = {user: document["values"]["flags"] for user, document in data["users"].items() if user != "local"}
    assert {
        "user123": {"health_monitoring": True, "auto_updates": True},
        "../../etc/passwd": {"usage_analytics": False},
    } == users


def test_policies_of_the_same_file_clamp_and_rewrite_nothing(tmp_path: Path) -> None:
    """What its policies allow less of stays stored, and comes back when they allow it."""
    data = {
        "config_schema_version": "1",
        "user_preferences": {"storage_config": {"max_storage_gb": 500.0}},
        "admin_policies": {"max_user_storage_gb": 100.0},
    }
    (tmp_path / "old.json").write_text(json.dumps(data), "utf-8")
    assert cfgcore.migrate(tmp_path / "old.json", tmp_path / "new.json", **PLUGINS).is_valid
    with opened(tmp_path / "new.json") as config:
        assert 100.0 == config.for_user("local").storage.max_storage_gb
        config.unset(["policies.storage.max_user_storage_gb"])
        assert 500.0 == config.for_user("local").storage.max_storage_gb


@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".json"])
def test_a_file_to_begin_with_is_taken_for_what_it_is(suffix: str, tmp_path: Path) -> None:
    """With all plugins, what create_default writes is a valid settings file, and no older format claims it."""
    file = tmp_path / f"new{suffix}"
    cfgcore.create_default(file, **PLUGINS)
    (found,) = cfgcore.validate(file, **PLUGINS)
    assert ("settings", ()) == (found.format, found.problems)
