"""The older formats: golden files, written by hand, and what becomes of each of their values."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore import ABSENT, Conversion, LegacyFormat, Mapped, Whose
from cfgcore_models.legacy import FORMATS
from cfgcore_models.legacy.defaults import FLAGS, POLICIES, PREFERENCES, SECTIONS, SETTINGS

GOLDEN = Path(__file__).parent / "legacy"
BY_NAME = {found.name: found for found in FORMATS}

#: The format of each golden file, and why it is recognised.
RECOGNISED = {
    "enhanced": ("enhanced", "it has 'config_schema_version'"),
    "enhanced-unversioned": ("enhanced", "it has 'feature_flags'"),
    "enhanced-malformed": ("enhanced", "it has 'config_schema_version'"),
    "model-configuration": ("model-configuration", "it has 'model_config'"),
    "model-configuration-beside": ("model-configuration", "it has 'models'"),
    "model-configuration-malformed": ("model-configuration", "it has 'model_config'"),
    "basic": ("basic", "it has 'download_settings'"),
    "basic-malformed": ("basic", "it has 'download_settings'"),
    "unknown": ("unknown", "no format recognises it, but it has 'max_retries'"),
}

#: What is taken over of each, defaults of then apart: whose it is, the path, and the value before today's checks.
TAKEN: dict[str, set[tuple[str, str, str]]] = {
    "enhanced": {
        ("owner", "models.preferred_models", '["mistralai/Mistral-7B-v0.1", "gpt2"]'),
        ("owner", "download.max_retries", "5"),
        ("owner", "download.bandwidth_limit_mbps", "50.0"),
        ("owner", "download.cleanup_failed_downloads", "false"),
        ("owner", "health.check_interval_hours", "12"),
        ("owner", "fallback.auto_queue_requests", "true"),
        ("owner", "fallback.fallback_to_mock_enabled", "false"),
        ("owner", "analytics.retention_days", "30"),
        ("owner", "updates.auto_download_updates", "true"),
        ("owner", "updates.auto_install_updates", "true"),
        ("owner", "notification.analytics_reports", "true"),
        ("owner", "notification.webhook_url", '"https://hooks.example.com/T0/c4nary-c4nary"'),
        ("owner", "storage.max_storage_gb", "500.0"),
        ("owner", "storage.preserve_recent_models_days", "14"),
        ("everyone", "policies.storage.max_user_storage_gb", "800.0"),
        ("everyone", "policies.models.max_concurrent_users", "20"),
        ("everyone", "policies.models.blocked_model_patterns", '["^acme/"]'),
        ("everyone", "policies.download.security_scan_required", "true"),
        ("everyone", "flags.health_monitoring", "false"),
        ("everyone", "flags.auto_updates", '"25%"'),
        ("user123", "flags.health_monitoring", "true"),
        ("user123", "flags.auto_updates", "true"),
        ("../../etc/passwd", "flags.usage_analytics", "false"),
    },
    "enhanced-unversioned": {("owner", "download.max_retries", "0")},
    "enhanced-malformed": {
        ("owner", "models.automation_level", '"turbo"'),
        ("owner", "models.preferred_models", '["gpt2", "no such name!", "acme/model"]'),
        ("owner", "models.blocked_models", '["acme/model"]'),
        ("owner", "download.max_retries", "99"),
        ("owner", "download.retry_delay_base", "30"),
        ("owner", "download.max_retry_delay", "10"),
        ("owner", "download.chunk_size_mb", '"ten"'),
        ("owner", "updates.auto_install_updates", "true"),
        ("owner", "analytics.retention_days", "30"),
        ("owner", "analytics.anonymize_data", '"yes"'),
        ("owner", "notification.webhook_url", '"ftp://c4nary-c4nary"'),
        ("everyone", "policies.storage.max_user_storage_gb", "-5"),
        ("everyone", "policies.models.allowed_model_sources", '"huggingface"'),
        ("everyone", "flags.dark_mode", "true"),
        ("everyone", "flags.real_time_notifications", '"10%"'),
        ("", "flags.auto_updates", "true"),
    },
    "model-configuration": {
        ("everyone", "download.max_retries", "7"),
        ("everyone", "download.bandwidth_limit_mbps", "20"),
        ("everyone", "models.preferred_models", '["gpt2"]'),
        ("everyone", "models.blocked_models", '["acme/model"]'),
        ("everyone", "storage.max_storage_gb", "250"),
        ("everyone", "storage.cleanup_threshold_percent", "90.0"),
    },
    "model-configuration-beside": {
        ("everyone", "models.preferred_models", '["bert-base-uncased"]'),
        ("everyone", "storage.cleanup_threshold_percent", "70"),
    },
    "model-configuration-malformed": {
        ("everyone", "models.preferred_models", '"gpt2"'),
        ("everyone", "storage.max_storage_gb", "0"),
        ("everyone", "storage.cleanup_threshold_percent", "30"),
        ("everyone", "download.max_retries", '"5"'),
        ("everyone", "download.bandwidth_limit_mbps", "0"),
    },
    "basic": {
        ("owner", "models.automation_level", '"fully_automatic"'),
        ("everyone", "download.max_retries", "4"),
        ("everyone", "policies.storage.max_user_storage_gb", "100"),
        ("everyone", "policies.updates.require_approval_for_updates", "true"),
    },
    "basic-malformed": {
        ("owner", "models.automation_level", '["manual"]'),
        ("everyone", "policies.storage.max_user_storage_gb", '"much"'),
        ("everyone", "policies.updates.require_approval_for_updates", '"yes"'),
    },
    "unknown": {
        ("everyone", "download.max_retries", "6"),
        ("everyone", "download.bandwidth_limit_mbps", "12.5"),
    },
}

#: What has no place, and what cannot be at its place, by its keys in the file.
DROPPED = {
    "enhanced": {
        "config_schema_version",
        "version",
        "last_updated",
        "feature_flags.rollout_percentage.usage_analytics",
        "feature_flags.rollout_percentage.health_monitoring",
    },
    "enhanced-malformed": {
        "config_schema_version",
        "user_preferences.download_config.max_retires",
        "user_preferences.favourite_colour",
        "user_preferences.access_token",
        "admin_policies.max_users",
        "feature_flags.seed",
    },
    "model-configuration": {"model_config.cache_dir"},
    "model-configuration-beside": {"models"},
    "model-configuration-malformed": {"model_config.storage_settings.drive"},
    "basic": {"user_preferences.theme", "download_settings.timeout"},
}
WRONG = {
    "enhanced-malformed": {
        "user_preferences.health_monitoring",
        "feature_flags.flags.auto_updates",
        "feature_flags.rollout_percentage.auto_updates",
        "feature_flags.flags.usage_analytics",
        "feature_flags.flags.a.b",
        "feature_flags.user_overrides.ann.auto_updates",
        "feature_flags.user_overrides.bob",
    },
    "model-configuration-malformed": {"model_config.download_settings"},
}


def golden(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    return data


def reasons(data: dict[str, Any]) -> dict[str, str]:
    """The formats that recognise `data`, as the core asks them."""
    strong = {one.name: why for one in FORMATS if not one.fallback and (why := one.detect(data)) is not None}
    return strong or {one.name: why for one in FORMATS if one.fallback and (why := one.detect(data)) is not None}


def whose(mapped: Mapped) -> str:
    return mapped.whose.value if isinstance(mapped.whose, Whose) else mapped.whose


def taken(conversion: Conversion) -> set[tuple[str, str, str]]:
    return {
        (whose(one), one.path, json.dumps(one.value))
        for one in conversion.mapped
        if one.then is ABSENT or one.value != one.then
    }


def test_every_golden_file_is_expected() -> None:
    """No file is forgotten here."""
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(RECOGNISED) == set(TAKEN)


@pytest.mark.parametrize("name", list(RECOGNISED))
def test_a_file_is_recognised_by_one_format(name: str) -> None:
    """Exactly one format recognises it, and says why."""
    format_, why = RECOGNISED[name]
    assert {format_: why} == reasons(golden(name))


@pytest.mark.parametrize("name", list(RECOGNISED))
def test_what_becomes_of_a_file(name: str) -> None:
    """What was set is taken over, whoever's it is; what has no place, and what is malformed, is told with a reason."""
    data = golden(name)
    conversion = BY_NAME[RECOGNISED[name][0]].convert(data)
    assert TAKEN[name] == taken(conversion)
    assert DROPPED.get(name, set()) == {".".join(one.source) for one in conversion.dropped if not one.wrong}
    assert WRONG.get(name, set()) == {".".join(one.source) for one in conversion.dropped if one.wrong}
    assert all(one.why for one in conversion.dropped)
    assert golden(name) == data, "a converter changes nothing"


def test_a_dump_of_all_defaults_sets_nothing() -> None:
    """Every value that is the default of then is known as such."""
    sections = {bracketed: dict(SETTINGS[section]) for bracketed, section in SECTIONS.items()}
    data = {
        "user_preferences": {**PREFERENCES, **sections},
        "admin_policies": {name: default for name, (_, default) in POLICIES.items()},
        "feature_flags": {"flags": dict(FLAGS), "rollout_percentage": dict.fromkeys(FLAGS, 100), "user_overrides": {}},
    }
    assert set() == taken(BY_NAME["enhanced"].convert(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"models": {"preferred_models": ["gpt2"]}}, {"unknown"}),
        ({"models": {"preferred_models": ["gpt2"]}, "download_settings": {}}, {"model-configuration"}),
        ({"models": {"default": "gpt2"}}, {"model-configuration"}),
        ({"user_preferences": {"automation_level": "manual"}}, {"basic"}),
        ({"user_preferences": {"storage_config": {}}}, {"enhanced"}),
        ({"user_preferences": 3}, {"basic"}),
        ({"admin_policies": {}}, {"enhanced"}),
        ({"config_schema_version": 1, "model_config": {}, "download_settings": {}}, {"enhanced"}),
        ({}, {"unknown"}),
    ],
)
def test_marks_of_formats(data: dict[str, Any], expected: set[str]) -> None:
    """The richer format wins; a table of today's settings is nobody's but a settings file's."""
    assert expected == set(reasons(data))


@pytest.mark.parametrize(
    ("level", "today"),
    [
        ("manual", "manual"),
        ("semi_automatic", "semi_automatic"),
        ("automatic", "fully_automatic"),
        ("full", "fully_automatic"),
    ],
)
def test_levels_of_the_basic_format(level: str, today: str) -> None:
    """Two levels have other names today."""
    (mapped,) = BY_NAME["basic"].convert({"user_preferences": {"automation_level": level}}).mapped
    assert (today, level != today) == (mapped.value, bool(mapped.why))


@pytest.mark.parametrize(
    ("state", "share", "value"),
    [
        (True, 25, '"25%"'),
        (True, 12.5, '"12.5%"'),
        (True, 0, '"0%"'),
        (True, 100, "true"),
        (False, 25, "false"),
        (None, 25, '"25%"'),
        (True, None, "true"),
        (True, "25", None),
        (True, -1, None),
        (True, 101, None),
        (True, float("nan"), None),
        (True, True, None),
        ("true", 25, None),
    ],
)
def test_a_flag_and_its_share(state: Any, share: Any, value: str | None) -> None:
    """A flag is on for its share of users; where that cannot be read, nobody knows for whom, and it is not taken."""
    flags = {} if state is None else {"beta": state}
    shares = {} if share is None else {"beta": share}
    found = BY_NAME["enhanced"].convert({"feature_flags": {"flags": flags, "rollout_percentage": shares}})
    if state is None:
        assert set() == taken(found), "nobody knows whether a flag that is no flag of then was on"
        return
    assert ({value} if value is not None else set()) == {json.dumps(one.value) for one in found.mapped}
    assert (value is None) == any(one.wrong for one in found.dropped)


def test_one_share_of_all_flags() -> None:
    """A single number is the share of every flag that is on."""
    flags = {"auto_updates": True, "usage_analytics": False}
    found = BY_NAME["enhanced"].convert({"feature_flags": {"flags": flags, "rollout_percentage": 10}})
    assert {("everyone", "flags.auto_updates", '"10%"'), ("everyone", "flags.usage_analytics", "false")} == taken(found)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=6), below, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    sorted({"user_preferences", "admin_policies", "feature_flags", "models", "model_config", "download_settings"})
    + sorted({"flags", "rollout_percentage", "user_overrides", "storage_settings", "cleanup_threshold", "max_retries"})
    + sorted({"download_config", "admin_settings", "automation_level", "auto_updates", "preferred_models"})
)
FILES = st.dictionaries(KEYS, st.dictionaries(KEYS, st.dictionaries(KEYS, ANYTHING, max_size=3) | ANYTHING) | ANYTHING)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda found: found.name)
@given(data=FILES)
def test_no_file_makes_a_converter_fail(format_: LegacyFormat, data: dict[str, Any]) -> None:
    """Whatever stands where, a converter answers, and leaves the data as they are."""
    before = copy.deepcopy(data)
    format_.detect(data)
    conversion = format_.convert(data)
    assert all(isinstance(key, str) for one in (*conversion.mapped, *conversion.dropped) for key in one.source)
    assert repr(before) == repr(data)
