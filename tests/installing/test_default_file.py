"""`cfgcore.create_default`, as an installer calls it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

import cfgcore
from cfgcore import hookimpl, section, setting

CANARY = "c4nary-c4nary"


@section("shop", title="The shop")
class Shop:
    """What is sold."""

    shelves: int = setting(3, minimum=1, maximum=9, help="How many there are.")
    key: str = setting(CANARY, secret=True)


class Plugin:
    name = "shop"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Shop]


def created(file: Path, *, force: bool = False) -> Path | None:
    """Where the file of before is kept."""
    return cfgcore.create_default(file, force=force, plugins=[Plugin], plugin_group=None).backup


@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".yml", ".json", ".TOML"])
def test_a_new_file_opens_and_changes_nothing(tmp_path: Path, suffix: str) -> None:
    """Whatever the suffix, the file is read without a warning, and nothing lies beside it."""
    file = tmp_path / f"settings{suffix}"
    assert None is created(file)
    assert [file] == list(tmp_path.iterdir())
    with cfgcore.open(settings_files=file, plugins=[Plugin], plugin_group=None, environ={}) as config:
        assert ((), 3) == (config.warnings, config.shop.shelves)
        assert "default" == config.explain("shop.shelves").origin.kind


def test_an_existing_file_is_kept_or_backed_up(tmp_path: Path) -> None:
    """Without force it is refused; with it, every file that was there is kept under the first free name."""
    file = tmp_path / "settings.toml"
    file.write_bytes(b"mine")
    with pytest.raises(cfgcore.CfgcoreError, match=r"settings\.toml: it exists; .* --force"):
        created(file)
    assert b"mine" == file.read_bytes()
    assert tmp_path / "settings.toml.before-1" == created(file, force=True)
    assert tmp_path / "settings.toml.before-2" == created(file, force=True)
    assert b"mine" == (tmp_path / "settings.toml.before-1").read_bytes()
    assert file.read_bytes() == (tmp_path / "settings.toml.before-2").read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="only there a file has a mode, and anybody may make links")
def test_a_link_and_a_mode_stay(tmp_path: Path) -> None:
    """A symbolic link still leads to the file, whose mode is that of before; so is the backup's."""
    real = tmp_path / "real.toml"
    real.write_bytes(b"mine")
    real.chmod(0o600)
    link = tmp_path / "settings.toml"
    link.symlink_to(real)
    assert tmp_path / "real.toml.before-1" == created(link, force=True)
    assert link.is_symlink()
    assert b"mine" != real.read_bytes()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (real, tmp_path / "real.toml.before-1")}
    assert {0o600} == modes


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("settings.ini", r"its suffix says what is written: \.toml, \.yaml, \.yml, \.json"),
        ("settings", "its suffix says what is written"),
        ("none/settings.toml", "the folder .* does not exist; make it first"),
        ("folder.toml", "it is a folder; name a file in it"),
        ("a\0b.toml", "it cannot be found"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, name: str, told: str) -> None:
    """The reason is told, whether or not it is to be forced, and nothing is made."""
    (tmp_path / "folder.toml").mkdir()
    for force in (False, True):
        with pytest.raises(cfgcore.CfgcoreError, match=told):
            created(tmp_path / name, force=force)
    assert ["folder.toml"] == [file.name for file in tmp_path.iterdir()]


def test_a_file_that_cannot_be_written_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk refuses the last step, the old file is there, whole."""
    file = tmp_path / "settings.toml"
    file.write_bytes(b"mine")

    def refuse(source: object, target: object) -> None:
        if os.fspath(target) == os.fspath(file):  # type: ignore[call-overload]
            raise OSError(28, "No space left on device")
        rename(source, target)  # type: ignore[arg-type]

    rename = os.replace
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(cfgcore.SourceError, match="it cannot be written: No space left on device"):
        created(file, force=True)
    assert b"mine" == file.read_bytes()
    assert {"settings.toml", "settings.toml.before-1"} == {found.name for found in tmp_path.iterdir()}


def test_no_secret_and_the_variables_of_the_application(tmp_path: Path) -> None:
    """The file names the application's own variables, and tells no secret."""
    file = tmp_path / "settings.toml"
    cfgcore.create_default(file, env_prefix="market", schema="s.json", plugins=[Plugin], plugin_group=None)
    text = file.read_text("utf-8")
    assert text.startswith("#:schema s.json\n")
    assert "MARKET_SHOP__KEY" in text
    assert CANARY not in text
