"""What ``import cfgcore`` gives, and what it costs."""

import inspect
import subprocess
import sys

import pytest

import cfgcore

HEAVY = ("dynaconf", "marshmallow", "click", "rich", "yaml", "jsonschema")


def run(code: str) -> str:
    """Return what `code` prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def test_all_is_the_public_api() -> None:
    """Whatever has a public name in the package, submodules apart, is in ``__all__``, and the other way round."""
    for name in cfgcore.__all__:
        getattr(cfgcore, name)
    public = {
        name
        for name, value in vars(cfgcore).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name not in ("annotations", "TYPE_CHECKING")
    }
    assert set(cfgcore.__all__) == public
    assert sorted(cfgcore.__all__) == dir(cfgcore)
    assert sorted(cfgcore.__all__) == cfgcore.__all__


def test_everything_public_is_documented() -> None:
    """Each class and function begins with a sentence."""
    values = {name: getattr(cfgcore, name) for name in cfgcore.__all__}
    described = {name: value for name, value in values.items() if inspect.isclass(value) or inspect.isfunction(value)}
    assert [] == [
        name for name, value in described.items() if not (value.__doc__ or "").split("\n")[0].endswith((".", ":"))
    ]


@pytest.mark.parametrize("name", ["opne", "__wrapped__", "Schema"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    """The package answers an unknown name as any module does."""
    with pytest.raises(AttributeError, match=name):
        getattr(cfgcore, name)


def test_importing_cfgcore_imports_nothing_heavy() -> None:
    """A plugin's module that only declares costs neither dynaconf nor marshmallow nor click."""
    found = run(f"import sys, cfgcore; print([name for name in {HEAVY} if name in sys.modules])")
    assert "[]" == found


def test_declaring_imports_nothing_heavy() -> None:
    """A section with bounds, a rule and a hook are declared without the engine."""
    code = (
        "import sys\n"
        "from cfgcore import Flag, Profile, Source, hookimpl, rule, section, setting\n"
        "@section('server')\n"
        "class ServerConfig:\n"
        "    port: int = setting(8000, minimum=1)\n"
        "rule(('server.port',), lambda port: None)\n"
        "hookimpl(lambda: [ServerConfig])\n"
        f"print([name for name in {HEAVY} + ('cfgcore.config',) if name in sys.modules])"
    )
    assert "[]" == run(code)


READING = """
import sys
import cfgcore

@cfgcore.section("server")
class ServerConfig:
    port: int = cfgcore.setting(8000, minimum=1)

class Plugin:
    @cfgcore.hookimpl
    def cfgcore_sections(self):
        return [ServerConfig]

options = {{"plugins": [Plugin()], "plugin_group": None, "settings_files": []}}
with cfgcore.open(**options, env_prefix="APP", environ={environ!r}) as config:
    assert {port} == config.server.port
    config.explain("server.port"), config.validate(), config.reload()
print([name for name in {modules!r} if name in sys.modules])
"""

#: What only changes, stores, flags and listeners that are coroutines need.
CHANGING = (
    "asyncio",
    "sqlite3",
    "cfgcore.change.engine",
    "cfgcore.change.survey",
    "cfgcore.flag.compiled",
    "cfgcore.store.opening",
    "cfgcore.store.record",
)


def test_reading_imports_nothing_that_only_changes_need() -> None:
    """A configuration without a store is opened, read, explained and reloaded without stores, flags and event loops."""
    environ = {"APP_SERVER__PORT": "9000"}
    assert "[]" == run(READING.format(environ=environ, port=9000, modules=CHANGING))


def test_defaults_need_no_parser() -> None:
    """Where no file and no variable says anything, Dynaconf is not imported, and the defaults hold."""
    modules = (*CHANGING, "dynaconf", "re2", "mmh3", "rich", "click")
    assert "[]" == run(READING.format(environ={}, port=8000, modules=modules))


def test_a_star_import_gives_the_public_api() -> None:
    """``from cfgcore import *`` gives all of ``__all__``, the lazily imported ones included."""
    assert "[]" == run(
        "import cfgcore\nfrom cfgcore import *\nprint([n for n in cfgcore.__all__ if n not in globals()])"
    )


def test_the_package_is_typed() -> None:
    """Type checkers find the marker that says so."""
    from importlib.resources import files

    assert files("cfgcore").joinpath("py.typed").is_file()
