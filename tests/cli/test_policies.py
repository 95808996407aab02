"""The commands of an administrator, with the plugins of the model application."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

PLUGINS = ("analytics", "downloader", "fallback", "health", "models", "notifications", "storage", "updates")

ACTING = {
    "fallback.auto_queue_requests",
    "health.auto_repair_enabled",
    "storage.auto_cleanup_enabled",
    "updates.auto_check_updates",
    "updates.auto_download_updates",
    "updates.auto_install_updates",
}


@pytest.fixture(autouse=True)
def application(project: Path) -> None:
    """The project has the plugins of the model application, and keeps its changes."""
    for name in PLUGINS:
        module = importlib.import_module(f"cfgcore_{name}.plugin").__name__
        (project / "plugins" / f"{name}.py").write_text(f"from {module} import *\n", encoding="utf-8")
    (project / "plugins" / "shop.py").unlink()
    (project / "settings.toml").write_text("", encoding="utf-8")
    file = project / "cfgcore.toml"
    file.write_text(f'{file.read_text(encoding="utf-8")}store = "store.json"\n', encoding="utf-8")


def test_profiles(run: Run) -> None:
    """What each level sets, with the plugin that says so; the usual level sets nothing."""
    found = json.loads(run("profiles", "--json").stdout)
    assert {"models.automation_level"} == {one["selector"] for one in found}
    by_level = {level: {one["path"]: one["sets"] for one in found if one["value"] == level} for level in LEVELS}
    assert dict.fromkeys(ACTING, False) == by_level["manual"]
    assert dict.fromkeys((*ACTING, "analytics.auto_cleanup_suggestions"), True) == by_level["fully_automatic"]
    assert {} == by_level["semi_automatic"]
    assert {"storage"} == {one["plugin"] for one in found if one["path"].startswith("storage.")}
    shown = run("profiles").stdout
    assert "models.automation_level = manual" in shown
    run("set", "models.automation_level", "manual", "--user", "bea")
    assert (
        "profile models.automation_level = manual"
        in run("explain", "updates.auto_check_updates", "--user", "bea").stdout
    )


def test_profiles_show_no_secret(run: Run, project: Path) -> None:
    """A profile that sets one shows dots, as a table and as JSON."""
    (project / "plugins" / "box.py").write_text(
        "from cfgcore import Profile, hookimpl, section, setting\n"
        "@section('box')\n"
        "class Box:\n"
        "    mode: bool = setting(False)\n"
        "    token: str | None = setting(None, secret=True)\n"
        "@hookimpl\n"
        "def cfgcore_sections():\n"
        "    return [Box]\n"
        "@hookimpl\n"
        "def cfgcore_profiles():\n"
        "    return [Profile('box.mode', True, {'box.token': 'hush'})]\n",
        encoding="utf-8",
    )
    for arguments in (("profiles",), ("profiles", "--json")):
        shown = run(*arguments).stdout
        assert "box.token" in shown
        assert "hush" not in shown


LEVELS = ("manual", "semi_automatic", "fully_automatic")


def test_policies_are_shown_and_set(run: Run) -> None:
    """With where they come from; by whom and why is kept; a dry run changes nothing."""
    run("policy", "set", "storage.max_user_storage_gb", "100", "--actor", "ada", "--reason", "disks are full")
    (line,) = [line for line in run("policy", "show", "storage").stdout.splitlines() if "max_user" in line]
    assert ["policies.storage.max_user_storage_gb", "100.0", "GB"] == line.split()[:3]
    shown = json.loads(run("policy", "show", "storage.max_user_storage_gb", "--json").stdout)
    assert 100.0 == shown["policies.storage.max_user_storage_gb"]["value"]
    dry = run("policy", "set", "storage.max_user_storage_gb", "50", "--dry-run")
    assert "100 -> 50" in dry.stdout
    (commit,) = json.loads(run("history", "--json").stdout)
    assert ("ada", "disks are full") == (commit["actor"], commit["reason"])


def test_users_ask_for_more(run: Run) -> None:
    """What goes beyond a policy is refused, or with --clamp brought within it, with a warning."""
    run("policy", "set", "storage.max_user_storage_gb", "100", "--actor", "ada")
    refused = run("set", "storage.max_storage_gb", "500", "--user", "bea")
    assert (1, "") == (refused.exit_code, refused.stdout)
    assert "policy max_user_storage_gb allows at most 100 (set by ada, revision 1)" in refused.stderr
    assert "not set -> 100.0" in run("plan", "storage.max_storage_gb", "500", "--user", "bea", "--clamp").stdout
    clamped = run("set", "storage.max_storage_gb", "500", "--user", "bea", "--clamp")
    assert (0, True) == (clamped.exit_code, "storage.max_storage_gb of bea: not set -> 100.0" in clamped.stdout)
    assert "warning: storage.max_storage_gb: bea asked for storage.max_storage_gb = 500" in clamped.stderr
    (user,) = json.loads(run("users", "--json").stdout)
    assert ("bea", ["storage.max_storage_gb"]) == (user["user"], user["settings"])
    assert "bea" in run("users").stdout
    assert "No users." in run("users", "--after", "bea").stdout
    run("set", "download.max_retries", "9", "--user", "bea")
    assert ("9", "3") == tuple(
        run("get", "download.max_retries", *who).stdout.strip() for who in (("--user", "bea"), ())
    )
    assert "stored for 'bea', revision 3" in run("show", "download.max_retries", "--user", "bea").stdout
    assert "max_retries = 9" in run("get", "download", "--user", "bea").stdout
    assert "a user id is not empty" in run("get", "download", "--user", "").stderr


def test_whom_it_touches(run: Run) -> None:
    """How many and how, for what the change enforces, and apart from it for what it only reports."""
    run("set", "download.max_retries", "9", "--user", "bea")
    rules = [
        {"path": "download.max_retries", "maximum": 8},
        {"path": "download.max_retries", "maximum": 5, "mode": "report"},
    ]
    found = json.loads(run("policy", "plan", "rules", json.dumps(rules), "--json").stdout)
    assert (1, 1, 1) == (found["count"], found["total"], found["reported"]["count"])
    assert [(9, 8), (8, 5)] == [
        (one["old"], one["new"]) for one in (*found["examples"], *found["reported"]["examples"])
    ]
    shown = run("policy", "plan", "rules", json.dumps(rules)).stdout
    assert "It would touch 1 of 1 user who has stored something." in shown
    assert "Rules that only report, if they were enforced, would touch 1 of 1 user who has" in shown
    assert "No rules." in run("policy", "rules").stdout


def test_rules_come_and_go(run: Run) -> None:
    """Each is checked when it is added, listed sparsely, and taken away by its number."""
    run("policy", "rules", "--add", '{"path": "download.max_retries", "maximum": 5, "reason": "fair"}')
    assert "maximum 5.0  fair" in run("policy", "rules").stdout
    (rule,) = json.loads(run("policy", "rules", "--json").stdout)
    assert {"path": "download.max_retries", "maximum": 5, "reason": "fair"} == rule
    dry = run("policy", "rules", "--remove", "1", "--dry-run")
    assert (0, True) == (dry.exit_code, "It is valid; nothing was changed." in dry.stdout)
    run("policy", "rules", "--remove", "1", "--reason", "over")
    assert "No rules." in run("policy", "rules").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "storage.max_user_storage_gbx", "1"), "Did you mean 'max_user_storage_gb'?"),
        (("set", "max_user_storage_gb", "1"), "Did you mean 'policies.storage.max_user_storage_gb'?"),
        (("set", "storage.max_user_storage_gb", "-1"), "-1.0 is not more than 0"),
        (("set", "models.blocked_model_patterns", '["(a)\\\\1"]'), "a backreference, which RE2 does not have"),
        (("rules", "--add", "{"), "is no JSON"),
        (("rules", "--add", '{"path": "download.max_retries"}'), "it demands nothing"),
        (("rules", "--add", '{"path": "download.max_retries", "maximun": 5}'), "Did you mean 'maximum'?"),
        (("rules", "--add", '{"path": "download.max_retrys", "value": 5}'), "Did you mean 'max_retries'?"),
        (("rules", "--add", '{"path": "download.max_retries", "value": 99}'), "99 is more than 10"),
        (("rules", "--remove", "2"), "there is no stored rule 2; there are 0"),
        (("plan", "rules", "many"), "is not a list"),
    ],
)
def test_what_is_wrong_is_told(run: Run, arguments: tuple[str, ...], told: str) -> None:
    """With what was probably meant; nothing is changed."""
    result = run("policy", *arguments)
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert "[]" == run("history", "--json").stdout.strip()
