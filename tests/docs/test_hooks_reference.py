"""docs/hooks.md, compared with the hooks and executed."""

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cfgcore
from cfgcore import hooks

PAGE = "docs/hooks.md"
HOOKS = {name: value for name, value in vars(hooks).items() if name.startswith("cfgcore_")}


def described(text: str) -> dict[str, tuple[str, str]]:
    """The hooks of the page by name, each with its signature and its summary."""
    found = re.findall(r"^## (\w+)\n\n`([^`\n]+)`\n\n(.+?)\n\n", text, re.MULTILINE | re.DOTALL)
    return {name: (signature, " ".join(summary.split())) for name, signature, summary in found}


def summary(hook: Any) -> str:
    return " ".join(inspect.getdoc(hook).split("\n\n")[0].split())  # type: ignore[union-attr]


def test_every_hook_is_described(page: Any) -> None:
    """The page has every hook of `hooks.py`, in its order, with its signature and its summary."""
    real = {name: (f"{name}{inspect.signature(hook)}".replace("'", ""), summary(hook)) for name, hook in HOOKS.items()}
    found = described(page(PAGE).text)
    assert real == found
    assert list(real) == list(found)


def test_every_hook_has_an_example(page: Any) -> None:
    """Below every hook stands an example that implements it."""
    for name in HOOKS:
        (block,) = page(PAGE).under(name)
        assert f"@hookimpl\ndef {name}(" in block.text


def test_the_example_of_an_older_format_works(shop: ModuleType, tmp_path: Path) -> None:
    """The plugin's older file is taken over, and every value has its entry."""
    (tmp_path / "till.json").write_text('{"till": 2, "crew": 4, "rush": true, "lamp": "on"}', encoding="utf-8")
    migration = cfgcore.migrate(tmp_path / "till.json", tmp_path / "new.json", plugins=[shop], plugin_group=None)
    assert ("till", "it has 'till'", True) == (migration.format, migration.why, migration.is_valid)
    told = {entry.source: (entry.fate, entry.path, entry.user) for entry in migration.entries}
    assert {
        "till": ("dropped", "", None),
        "crew": ("mapped", "shop.clerks", None),
        "rush": ("changed", "shop.pace", "local"),
        "lamp": ("dropped", "", None),
    } == told


@pytest.fixture
def shop(page: Any) -> ModuleType:
    """The examples of the page as the module that they are parts of."""
    module = ModuleType("shop")
    exec("\n\n".join(block.text for block in page(PAGE).blocks), module.__dict__)
    return module


def opened(shop: ModuleType, environ: dict[str, str], store: str | None = None) -> cfgcore.Config:
    return cfgcore.open(
        env_prefix="APP", plugins=[shop], plugin_group=None, settings_files=[], environ=environ, store=store
    )


def test_the_examples_work(shop: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """A plugin made of all examples declares, judges, selects, is told, and is told of the end."""
    environ: dict[str, str] = {}
    with opened(shop, environ) as config:
        assert {"gift_wrapping": ("shop", False)} == {
            name: (plugin, flag.default) for name, (plugin, flag) in config.registry.flags.items()
        }
        assert "source 'price list' of plugin 'shop'" == str(config.explain("shop.currency").origin)
        environ["APP_SHOP__PACE"] = "fast"
        assert {"shop.pace", "shop.clerks", "shop.counters"} == {change.path for change in config.reload().effective}
        environ["APP_SHOP__COUNTERS"] = "5"
        assert ["5 counters are too many for 4 clerks"] == [warning.message for warning in config.reload().warnings]
    printed = capsys.readouterr().out.splitlines()
    assert "open: prices in NOK" == printed[0]
    assert "changed: shop.clerks from 1 to 4" in printed
    assert "closed" == printed[-1]


def test_the_examples_of_stored_changes_work(
    shop: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plugin opens a store of its own scheme, and refuses a change that asks for too much."""
    monkeypatch.chdir(tmp_path)
    with opened(shop, {}, "branch:oslo") as config:
        assert config.update({"shop.clerks": 6})
        with pytest.raises(cfgcore.ValidationFailed, match="refuses: 7 clerks are wanted, and 6 are hired"):
            config.update({"shop.clerks": 7})
        assert config.unset(["shop.clerks"])
    assert (tmp_path / "oslo.db").is_file()
    assert "changed: shop.clerks from 1 to 6" in capsys.readouterr().out.splitlines()
