"""The plugins of one application: found, registered, asked, and left out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cfgcore
from cfgcore import CfgcoreError, PluginError, hookimpl, section, setting
from cfgcore.plugins import Plugins

MODULE = """
from cfgcore import hookimpl, section, setting

@section("{name}")
class Declared:
    value: int = setting(1)

@hookimpl
def cfgcore_sections():
    return [Declared]
"""

Install = Callable[..., None]


@section("server")
class Server:
    port: int = setting(8000)


class Plugin:
    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Server]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return what installs a distribution: a module, and the metadata that offers it as a plugin."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, text: str, version: str = "1.0", value: str | None = None, group: str = "cfgcore_test") -> None:
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        metadata = tmp_path / f"{module}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
        )
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {value or module}\n", encoding="utf-8")

    return put


def opened(**options: Any) -> cfgcore.Config:
    """Return the configuration of an application that loads plugins as told."""
    return cfgcore.open(**{"plugin_group": None, "settings_files": [], "environ": {}, **options})


def test_an_installed_plugin_is_found(install: Install) -> None:
    """By the entry point of its distribution, with its version."""
    install("cfgcore-test-good", MODULE.format(name="good"), version="2.5")
    config = opened(plugin_group="cfgcore_test")
    assert 1 == config.good.value
    assert "2.5" == config.plugins.versions["cfgcore-test-good"]
    assert "cfgcore-test-good" == config.registry.sections["good"].plugin


def test_two_applications_keep_their_plugins_apart(install: Install) -> None:
    """Only the entry points of the group that is asked for are loaded."""
    install("cfgcore-test-ours", MODULE.format(name="ours"), group="ours")
    install("cfgcore-test-theirs", "raise RuntimeError('not loaded')", group="theirs")
    assert ["ours", "policies"] == list(opened(plugin_group="ours").view)


@pytest.mark.parametrize(
    ("text", "value", "cause"),
    [
        ("import nothing_of_that_name", None, "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("raise RuntimeError('broken')", None, "RuntimeError: broken"),
        ("raise SystemExit(3)", None, "SystemExit: 3"),
        ("def", None, "SyntaxError"),
        ("", "cfgcore_test_bad:plugin", "AttributeError: .*has no attribute 'plugin'"),
        ("", "nothing_of_that_name", "ModuleNotFoundError"),
        ("", "cfgcore_test_bad plugin", "Error"),
        ("from cfgcore import section\n@section('get')\nclass Bad: ...", None, "DeclarationError: section 'get'"),
    ],
)
def test_a_plugin_that_fails_to_import_names_its_distribution(
    install: Install, text: str, value: str | None, cause: str
) -> None:
    """The error says plugin, distribution, version, cause and remedy; SystemExit does not end the application."""
    install("cfgcore-test-bad", text, value=value)
    with pytest.raises(
        PluginError,
        match=rf"^plugin 'cfgcore-test-bad' \(of distribution cfgcore-test-bad 1.0, .*{cause}.*; mend it, "
        r"uninstall it, or disable it by name$",
    ):
        opened(plugin_group="cfgcore_test")


def test_others_still_load_if_asked(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    """With ``on_plugin_error="skip"`` a plugin that fails is left out, logged and listed."""
    install("cfgcore-test-bad", "raise RuntimeError('broken')")
    install("cfgcore-test-good", MODULE.format(name="good"))
    config = opened(plugin_group="cfgcore_test", on_plugin_error="skip")
    assert ["good", "policies"] == list(config.view)
    assert ["cfgcore-test-bad"] == [name for name in ("cfgcore-test-bad",) if name in str(config.plugins.failures[0])]
    assert "RuntimeError: broken" in caplog.text


def test_a_plugin_whose_hook_fails_is_left_out_if_asked() -> None:
    """As a whole: what its other hooks declare does not take part either."""

    class Half:
        @hookimpl
        def cfgcore_sections(self) -> list[type]:
            return [Server]

        @hookimpl
        def cfgcore_rules(self) -> list[Any]:
            raise RuntimeError("broken")

    config = opened(plugins=[Half()], on_plugin_error="skip")
    assert ["policies"] == list(config.view)
    assert [] == config.plugins.names
    assert "plugin 'Half': cfgcore_rules failed: RuntimeError: broken" == str(config.plugins.failures[0])


def test_a_disabled_plugin_is_not_imported(install: Install) -> None:
    """Disabling by name is the remedy for a plugin that fails to import."""
    install("cfgcore-test-bad", "raise RuntimeError('broken')")
    assert ["policies"] == list(opened(plugin_group="cfgcore_test", disable=["cfgcore-test-bad"]).view)


def test_disabling_what_is_no_plugin_is_a_warning(install: Install) -> None:
    """A misspelt name would leave the plugin enabled; the warning says what was probably meant."""
    install("cfgcore-test-good", MODULE.format(name="good"))
    config = opened(plugin_group="cfgcore_test", disable=["cfgcore-test-godo"])
    assert ["good", "policies"] == list(config.view)
    [warning] = config.warnings
    assert ("warning", "'cfgcore-test-godo' is no plugin. Did you mean 'cfgcore-test-good'?") == (
        warning.severity,
        warning.message,
    )


def test_an_entry_point_that_is_listed_twice_is_loaded_once(install: Install) -> None:
    """As happens when a distribution is both installed and on the path."""
    install("cfgcore-test-good", MODULE.format(name="good"), version="1.0")
    install("cfgcore-test-good", MODULE.format(name="good"), version="1.1")
    assert ["good", "policies"] == list(opened(plugin_group="cfgcore_test").view)


def test_plugins_are_modules_objects_and_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named: a module by its name, an object by its ``name`` or its class."""

    class Named:
        name = "mine"

        @hookimpl
        def cfgcore_flags(self) -> list[cfgcore.Flag]:
            return []

    module = ModuleType("a_module")
    monkeypatch.setitem(sys.modules, "a_module", module)
    exec(MODULE.format(name="moduled"), vars(module))
    config = opened(plugins=[module, Plugin, Named()])
    assert ["a_module", "Plugin", "mine"] == config.plugins.names
    assert ["moduled", "server", "policies"] == list(config.view)


def test_two_plugins_of_one_name_are_refused() -> None:
    """The error says what to do."""
    with pytest.raises(PluginError, match=r"^plugin 'Plugin' is registered twice; give one of them another name"):
        opened(plugins=[Plugin(), Plugin()])


def test_one_plugin_under_two_names_is_refused() -> None:
    """Its sections would be declared twice; the error gives both names."""
    plugins, plugin = Plugins(), Plugin()
    plugins.add(plugin, "one")
    with pytest.raises(PluginError, match=r"^plugin 'two' is registered already, as 'one'"):
        plugins.add(plugin, "two")


def test_a_hook_with_a_wrong_argument_is_refused() -> None:
    """The error names plugin, hook and argument."""

    class Odd:
        @hookimpl
        def cfgcore_changed(self, evnet: Any) -> None:
            """Never called."""

    with pytest.raises(PluginError, match=r"plugin 'Odd': .*cfgcore_changed.*evnet.*The hooks are in cfgcore.hooks"):
        opened(plugins=[Odd()])


def test_a_misspelt_hook_is_refused() -> None:
    """Marked or not, the error says what was probably meant."""

    class Marked:
        @hookimpl
        def cfgcore_sectoins(self) -> list[type]:
            return [Server]

    class Unmarked:
        def cfgcore_sectoins(self) -> list[type]:
            return [Server]

    for plugin in (Marked(), Unmarked()):
        with pytest.raises(
            PluginError, match=rf"plugin '{type(plugin).__name__}': .*Did you mean 'cfgcore_sections'\?"
        ):
            opened(plugins=[plugin])


def test_an_unmarked_hook_is_refused() -> None:
    """It would silently never be called."""

    class Unmarked:
        def cfgcore_sections(self) -> list[type]:
            return [Server]

    with pytest.raises(
        PluginError, match=r"plugin 'Unmarked': cfgcore_sections is not marked; write @hookimpl above it"
    ):
        opened(plugins=[Unmarked()])


@pytest.mark.parametrize("options", [{"wrapper": True}, {"hookwrapper": True}])
@pytest.mark.parametrize("named", [True, False])
def test_a_wrapper_is_refused(options: dict[str, bool], named: bool) -> None:
    """Hooks are called singly, so that it would wrap nothing, by whatever name it goes."""

    def wrap(self: Any) -> Any:
        return (yield)

    marked = hookimpl(wrap, specname="cfgcore_sections" if named else None, **options)  # type: ignore[call-overload]
    plugin = type("Wrapping", (), {"wrap" if named else "cfgcore_sections": marked})()
    with pytest.raises(PluginError, match=r"plugin 'Wrapping': it wraps a hook"):
        opened(plugins=[plugin])


def test_a_plugin_that_is_refused_is_gone() -> None:
    """It is not half registered: the others work."""

    class Wrapping:
        @hookimpl(wrapper=True)
        def cfgcore_sections(self) -> Any:
            return (yield)

    class Misspelt:
        @hookimpl
        def cfgcore_sectoins(self) -> None:
            """Never called."""

    config = opened(plugins=[Wrapping(), Misspelt(), Plugin()], on_plugin_error="skip")
    assert ["Plugin"] == config.plugins.names
    assert 2 == len(config.plugins.failures)


@pytest.mark.parametrize("plugin", [None, "cfgcore_models.plugin", 5, {"cfgcore_sections": None}, [Plugin()]])
def test_what_is_no_plugin_is_refused(plugin: Any) -> None:
    """A name or a list is not a plugin."""
    with pytest.raises(PluginError, match=r"is no plugin; give a module or an object with hooks"):
        opened(plugins=[plugin])


@pytest.mark.parametrize("error", ["RuntimeError('broken')", "SystemExit(3)"])
def test_a_class_that_cannot_be_made_is_an_error(error: str) -> None:
    """A class is called without arguments; what it raises is reported with its name."""

    class Failing:
        def __init__(self) -> None:
            raise RuntimeError("broken") if "Runtime" in error else SystemExit(3)

    with pytest.raises(PluginError, match=rf"^plugin 'Failing': it cannot be loaded: {error.split('(')[0]}"):
        opened(plugins=[Failing])


def test_a_plugin_without_hooks_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    """It is no error, since an object may wait for hooks of a later release."""
    opened(plugins=[ModuleType("empty")])
    assert "plugin 'empty' has no hook marked with @hookimpl" in caplog.text


def test_a_folder_of_plugins(tmp_path: Path) -> None:
    """Every ``*.py`` file is a plugin of that name; files that begin with ``_`` and others are not."""
    (tmp_path / "one.py").write_text(MODULE.format(name="first"), encoding="utf-8")
    (tmp_path / "two.py").write_text(MODULE.format(name="second"), encoding="utf-8")
    (tmp_path / "_shared.py").write_text("raise RuntimeError", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("raise RuntimeError", encoding="utf-8")
    config = opened(plugin_folder=tmp_path)
    assert ["one", "two"] == config.plugins.names
    assert ["first", "second", "policies"] == list(config.view)
    assert ["second", "policies"] == list(opened(plugin_folder=tmp_path, disable=["one"]).view)


@pytest.mark.parametrize(
    "text", ["raise RuntimeError('broken')", "raise SystemExit(3)", "def", "\0", "import absent_module"]
)
def test_a_file_that_fails_to_import_is_named(tmp_path: Path, text: str) -> None:
    """The error gives the name by which to disable it, and the path; others still load if asked."""
    (tmp_path / "bad.py").write_text(text, encoding="utf-8")
    (tmp_path / "good.py").write_text(MODULE.format(name="good"), encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(PluginError, match=r"^plugin 'bad' \(.*bad\.py\): it cannot be loaded: "):
        opened(plugin_folder=tmp_path)
    assert [] == [name for name in set(sys.modules) - before if name.endswith("_bad")]
    assert ["good", "policies"] == list(opened(plugin_folder=tmp_path, on_plugin_error="skip").view)


def test_a_file_that_changed_within_a_second_is_read_anew(tmp_path: Path) -> None:
    """What a file says now is what runs, whatever bytecode an earlier reading could have left."""
    file = tmp_path / "one.py"
    for value in ("1", "2"):
        file.write_text(MODULE.format(name="first").replace("setting(1)", f"setting({value})"), encoding="utf-8")
        os.utime(file, (1_700_000_000, 1_700_000_000))
        assert int(value) == opened(plugin_folder=tmp_path).get("first.value")
    assert [file] == list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """A file in its place as well."""
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        with pytest.raises(PluginError, match=r"the folder of plugins does not exist"):
            opened(plugin_folder=tmp_path / name)


def test_a_file_named_as_another_plugin_is_refused(tmp_path: Path) -> None:
    """Names are unique across all ways to bring a plugin."""
    (tmp_path / "Plugin.py").write_text(MODULE.format(name="good"), encoding="utf-8")
    with pytest.raises(CfgcoreError, match=r"plugin 'Plugin' is registered twice"):
        opened(plugins=[Plugin()], plugin_folder=tmp_path)
