"""What show, get and explain print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
SETTINGS = ["name", "shelves", "open", "goods", "prices", "key", "login", "size"]


def test_show_lists_every_setting(run: Run) -> None:
    """Every setting stands in a line with its value, its unit and its origin."""
    text = run("show").stdout
    head, *rows = text.splitlines()
    assert ["setting", "value", "unit", "origin"] == head.split()
    assert {f"shop.{name}" for name in SETTINGS} <= {row.split()[0] for row in rows}
    assert "file settings.toml:2" in text
    assert "default of plugin 'shop'" in text


def test_show_json(run: Run) -> None:
    """As JSON each path has its value, unit and origin."""
    data = json.loads(run("show", "--json").stdout)
    policies = {"policies.audit.audit_logging_enabled", "policies.rules"}
    assert {f"shop.{name}" for name in SETTINGS} | policies == set(data)
    assert {"value": 3, "unit": "m", "origin": "default of plugin 'shop'"} == data["shop.shelves"]
    assert "••••" == data["shop.key"]["value"]
    assert {"user": "root", "password": None} == data["shop.login"]["value"]


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("shop", [f"shop.{name}" for name in SETTINGS]),
        ("SHOP", [f"shop.{name}" for name in SETTINGS]),
        ("shop.name", ["shop.name"]),
        ("shop.login", ["shop.login"]),
        ("shop.login.user", ["shop.login.user"]),
        ("shop.goods.0", ["shop.goods.0"]),
    ],
)
def test_show_a_part(run: Run, prefix: str, paths: list[str]) -> None:
    """A section, a setting, or a part of one is shown alone."""
    assert paths == list(json.loads(run("show", prefix, "--json").stdout))


@pytest.mark.parametrize(
    ("path", "text", "data"),
    [
        ("shop.name", "Märkt", "Märkt"),
        ("shop.open", "true", True),
        ("shop.goods", '["tea"]', ["tea"]),
        ("shop.goods.0", "tea", "tea"),
        ("shop.key", "••••", "••••"),
        ("shop.login.password", "none", None),
        ("shop.login", "user = root\npassword = none", {"user": "root", "password": None}),
        ("SHOP.Name", "Märkt", "Märkt"),
    ],
)
def test_get(run: Run, path: str, text: str, data: Any) -> None:
    """One value is printed as a program wants it, or as JSON."""
    assert f"{text}\n" == run("get", path).stdout
    assert data == json.loads(run("get", path, "--json").stdout)


def test_get_a_section(run: Run) -> None:
    """A section is printed a setting a line, its secrets as dots."""
    lines = run("get", "shop").stdout.splitlines()
    assert SETTINGS == [line.partition(" = ")[0] for line in lines]
    assert "key = ••••" in lines
    assert SETTINGS == list(json.loads(run("get", "shop", "--json").stdout))


def test_explain(run: Run) -> None:
    """What every layer said is told weakest first, with what the setting is for and what it expects."""
    text = run("explain", "shop.shelves", SHOP_SHOP__SHELVES="5").stdout
    for part in ("shop.shelves = 5 m", "How many there are.", "a whole number, 1 to 9"):
        assert part in text
    assert text.index("default of plugin 'shop'") < text.index("environment variable SHOP_SHOP__SHELVES")
    assert text.endswith("The last one holds: environment variable SHOP_SHOP__SHELVES.\n")


def test_explain_json(run: Run) -> None:
    """As JSON an explanation has these keys, and no more."""
    data = json.loads(run("explain", "shop.shelves", "--json", SHOP_SHOP__SHELVES="5").stdout)
    assert {"path", "value", "origin", "said", "help", "unit", "expects", "policies", "reports", "unread"} == set(data)
    assert [{"layer", "value", "origin", "operation"}] * 2 == [set(said) for said in data["said"]]
    assert [("default", 3), ("environment", 5)] == [(said["layer"], said["value"]) for said in data["said"]]


def test_explain_what_merges(run: Run, project: Path) -> None:
    """A layer that adds to the value below says so."""
    text = run("explain", "shop.goods", SHOP_SHOP__GOODS="@merge milk").stdout
    assert "(merge)" in text
    assert 'shop.goods = ["tea", "milk"]' in text


def test_explain_a_profile(run: Run) -> None:
    """A value of a profile names what selected it."""
    assert "profile shop.size = big" in run("explain", "shop.shelves", SHOP_SHOP__SIZE="big").stdout


def test_validate(run: Run) -> None:
    """A valid configuration is said to be so, with its warnings."""
    assert "The configuration is valid.\n" == run("validate").stdout
    text = run("validate", SHOP_SHOP__NMAE="x").stdout
    assert text.endswith("The configuration is valid, with 1 warning.\n")
    assert text.startswith("warning: SHOP_SHOP__NMAE: ")
    assert run("validate", SHOP_SHOP__A="x", SHOP_SHOP__B="x").stdout.endswith("with 2 warnings.\n")
    assert {"is_valid": True, "problems": []} == json.loads(run("validate", "--json").stdout)
