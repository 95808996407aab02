"""Settings files that were written for older versions of their sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import Config, ValidationFailed, hookimpl, section, setting, step


def renewed(values: Mapping[str, Any], report: Any) -> Mapping[str, Any]:
    newer = dict(values)
    if "timeout_s" in newer:
        newer["timeout_m"] = newer.pop("timeout_s") / 60
    if "host" in newer and "port" in newer:
        newer["address"] = f"{newer.pop('host')}:{newer.pop('port')}"
    if "password" in newer:
        newer["token"] = newer.pop("password") + "!"
    if "odd" in newer:
        report("odd", "nobody knows what it meant", suggested=7)
    newer.pop("noise", None)
    return newer


def failing(values: Mapping[str, Any]) -> Mapping[str, Any]:
    raise ValueError("no idea")


@section("server", version=2, steps=[step(1, renewed)], aliases=("web",))
class Server:
    timeout_m: float = setting(1.0, maximum=100)
    address: str = setting("")
    token: str | None = setting(None, secret=True)
    names: tuple[str, ...] = ()
    labels: dict[str, int] = setting({})
    speed = setting(removed="It adapts by itself.")


@section("page")
class Page:
    size: int = setting(10, renamed_from="server.size")


@section("broken", version=2, steps=[step(1, failing)])
class Broken:
    value: int = setting(1)


class Plugin:
    name = "p"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Server, Page, Broken]


Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """A function that opens a configuration whose one file has some text."""

    def open_it(text: str, name: str = "settings.toml", **more: Any) -> Config:
        (tmp_path / name).write_text(text, encoding="utf-8")
        given: dict[str, Any] = {"settings_files": [name], "environ": {}, "env_prefix": "APP"}
        return cfgcore.open(plugins=[Plugin()], plugin_group=None, folder=tmp_path, **(given | more))

    return open_it


def told(config: Config) -> list[tuple[str, int | None, str]]:
    return [(w.code, w.origin.line if w.origin else None, w.path) for w in config.warnings]


def test_a_table_of_an_older_version_is_brought_along(load: Load) -> None:
    """The values are those of today, each with the line that it comes from; a warning says what to write there."""
    config = load("[versions]\nserver = 1\n\n[server]\nnames = ['a']\ntimeout_s = 120\n")
    assert (2.0, ("a",)) == (config.server.timeout_m, config.server.names)
    assert [("older", 2, "versions.server"), ("older", 6, "server.timeout_m")] == told(config)
    assert "it was 'timeout_s'; write timeout_m = 2.0" in str(config.warnings[1])
    assert (2, 2.0) == (config.warnings[0].suggested, config.warnings[1].suggested)
    assert (6, 5) == (
        config.explain("server.timeout_m").origin.line,
        config.explain("server.names").origin.line,
    )


def test_a_file_that_names_no_version_is_of_today(load: Load) -> None:
    """An older name is told with what it is today, and how to say that the file is older."""
    config = load("[server]\ntimeout_s = 120\ntimeout_m = 3\n")
    assert 3.0 == config.server.timeout_m
    (warning,) = config.warnings
    assert "It was a setting up to version 1; today that is timeout_m" in warning.message
    assert "server = 1 in its table [versions]" in warning.message


def test_a_variable_of_an_older_name_is_told_what_it_is_today(load: Load) -> None:
    """A variable has no version: the hint names the setting alone."""
    config = load("", environ={"APP_SERVER__TIMEOUT_S": "120"})
    assert "today that is timeout_m" in config.warnings[0].message
    assert "[versions]" not in config.warnings[0].message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.json", '{"versions": {"server": 1},\n "server": {\n "timeout_s": 120}}'),
        ("settings.yaml", "versions: {server: 1}\nserver:\n  timeout_s: 120\n"),
        ("settings.ini", "[server]\nnames = @json []\ntimeout_s = 120\n[versions]\nserver = 1\n"),
        ("settings.toml", "versions.server = 1\n[web]\ntimeout_s = '@int 120'\n"),
        ("settings.toml", "VERSIONS.web = 1\n[SERVER]\ntimeout_s = 120\n"),
    ],
)
def test_every_format_and_spelling(load: Load, name: str, text: str) -> None:
    """Whatever the format, steps get values: neither text of an INI file nor a token ever reaches them."""
    assert 2.0 == load(text, name).server.timeout_m


def test_environments_are_brought_along_too(load: Load) -> None:
    """The versions stand at the top of the file, and hold for every environment."""
    text = "[versions]\nserver = 1\n[default.server]\ntimeout_s = 120\n[production.server]\ntimeout_s = 180\n"
    config = load(text, environment="production")
    assert 3.0 == config.server.timeout_m
    assert [2, 4, 6] == [line for _, line, _ in told(config)]


def test_what_several_keys_make_is_told_of_each(load: Load) -> None:
    """A joined value has the line of its table; its parts are told where they went, and what is gone is told so."""
    config = load("versions.server = 1\n[server]\nhost = 'a'\nport = 80\nnoise = 1\nspeed = 3\n")
    assert "a:80" == config.server.address
    messages = {warning.origin.line: str(warning) for warning in config.warnings if warning.origin}
    assert "it is part of address" in messages[3]
    assert "it is part of address" in messages[4]
    assert "It adapts by itself." in messages[6]
    assert 2 == config.explain("server.address").origin.line


def test_a_step_reports_at_the_line_of_the_key(load: Load) -> None:
    """What a step cannot bring along is a warning with its suggestion."""
    config = load("versions.server = 1\n[server]\nodd = 1\n")
    assert ("migration", 3, "server.odd") in told(config)


def test_a_value_that_moved_keeps_its_line(load: Load) -> None:
    """Also into another section, from a table of an older version."""
    config = load("versions.server = 1\n[server]\nsize = 20\n")
    assert (20, 3) == (config.page.size, config.explain("page.size").origin.line)


def test_a_wrong_value_is_told_at_the_line_it_comes_from(load: Load) -> None:
    """A bound of today counts for what a step made."""
    with pytest.raises(ValidationFailed, match=r"settings\.toml:3: server\.timeout_m: 200\.0 is more than 100"):
        load("versions.server = 1\n[server]\ntimeout_s = 12000\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[versions]\nserver = 3\n[server]\nx = 1\n",
            r":2: versions\.server: the file was written for version 3 .* 2;",
        ),
        ("[versions]\nserver = 0\n", r":2: versions\.server: it is no version"),
        ("[versions]\nserver = true\n", r":2: versions\.server: it is no version"),
        ("versions = 1\n", r":1: versions: it is a table of versions by section"),
        (
            "versions.broken = 1\n[broken]\nvalue = 1\n",
            r":2: broken: the step from version 1 to 2 .* no idea; write the",
        ),
        ("versions.server = 1\n[server]\nnames = '@merge a'\n", r":3: server\.names: .* merges or deletes belongs"),
        ("versions.server = 1\n[server]\nnames = '@del'\n", r":3: server\.names: .* merges or deletes belongs"),
        (
            "versions.server = 1\n[server]\naddress = '@format {this.x}'\n",
            r":3: server\.address: .* a template belongs",
        ),
        ("versions.server = 1\n[server]\ntimeout_s = '@int x'\n", r":3: server\.timeout_s: "),
        ("versions.server = 1\n[server]\ntimeout_s = 'x'\n", r":2: server: the step .* failed: TypeError"),
    ],
)
def test_what_cannot_be_brought_along_is_an_error_with_its_line(load: Load, text: str, message: str) -> None:
    """A file is its author's to mend: nothing falls back to a default in silence."""
    with pytest.raises(ValidationFailed, match=message):
        load(text)


def test_an_unknown_section_among_the_versions_is_told(load: Load) -> None:
    """It may belong to a plugin that is not installed: a warning, unless unknown names are errors."""
    assert [("unknown", 1, "")] == told(load("versions.sever = 1\n"))
    with pytest.raises(ValidationFailed, match="Did you mean 'server'"):
        load("versions.sever = 1\n", unknown="error")


def test_a_secret_is_not_told(load: Load) -> None:
    """The warning says which setting to write, and not what."""
    config = load("versions.server = 1\n[server]\npassword = 'hush-hush'\n")
    assert "hush-hush!" == config.server.token
    assert "hush-hush" not in repr(config.warnings)
    assert "write token = ••••" in str(config.warnings[1])


def test_merge_marks_stay_with_their_table(load: Load) -> None:
    """A mark of the table itself does not reach the steps, and counts."""
    text = "versions.server = 1\n[server]\ntimeout_s = 60\nlabels = {a = 1}\n"
    config = load(text + "dynaconf_merge = true\n")
    assert (1.0, {"a": 1}) == (config.server.timeout_m, dict(config.server.labels))
    assert not [warning for warning in config.warnings if "dynaconf" in warning.message]


def test_a_step_that_leaves_a_token_as_text_has_it_as_text(load: Load) -> None:
    """What a step made is a value: it is never evaluated again."""
    config = load('versions.server = 1\n[server]\naddress = "@str @int 5"\n')
    assert "@int 5" == config.server.address
