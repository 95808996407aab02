"""A settings file that says everything and sets nothing."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from marshmallow import fields

import cfgcore
from cfgcore import hookimpl, section, setting, subsection
from cfgcore.declare.registry import Owned, Registry
from cfgcore.installing.notation import JSON, TOML, YAML
from cfgcore.installing.sample import WIDTH, sample

SECRET = "c4nary-c4nary"
NOTATIONS = (TOML, YAML)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@subsection
class Lamp:
    colour: Colour = setting(Colour.RED, help="Which colour")
    key: str | None = setting(None, secret=True)


@subsection
class Room:
    size: float = setting(12.5, minimum=1, unit="m²", help="Floor space.")
    lamp: Lamp = setting(Lamp(colour=Colour.BLUE), help="What lights it.")
    token: str = setting(SECRET, secret=True, help="What opens it.")


@section("house", title="The house", aliases=("home",))
class House:
    """Where somebody lives,
    and how."""

    name: str = setting("@int Märkt\n\x85", help="Above the\x1b door. " + "Long words wrap. " * 20)
    floors: int = setting(2, minimum=1, maximum=9, restart=True, examples=(3,))
    heated: bool = setting(True, scope="system")
    rent: Decimal = setting(Decimal("1.10"), deprecated="Nobody pays rent")
    pause: timedelta = timedelta(minutes=90)
    built: datetime = datetime(2001, 2, 3, tzinfo=timezone.utc)
    deed: UUID = UUID(int=7)
    folder: Path = Path("a") / "b"
    side: Literal["left", 3] = "left"
    guests: tuple[str, ...] = setting(("@none", "Ann"), pattern=".+", length=(0, 3), examples=(("Bob",),))
    prices: dict[str, float | None] = setting({"a b": 1.0, "c": None})
    room: Room = setting(Room(size=20.0), help="The best one.")
    cellar: Room | None = setting(None, help="Below.")
    lamps: tuple[Lamp, ...] = ()
    spare: tuple[Lamp, ...] = setting((Lamp(key=SECRET),), help="In the attic.")
    anything: Any = None
    pin: str | None = setting(None, secret=True, env=("HOUSE_PIN",))
    odd: str = setting("x", field=lambda: fields.String(allow_none=False))


@section("garden", title="The garden.")
class Garden:
    trees: int | None = setting(None, exclusive_minimum=0)


class Plugin:
    name = "town"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [House, Garden]


REGISTRY = Registry([Owned("town", sections=[House, Garden])])


def opened(folder: Path, *names: str) -> cfgcore.Config:
    files = [folder / name for name in names]
    return cfgcore.open(settings_files=files, plugins=[Plugin], plugin_group=None, environ={}, unknown="error")


def uncommented(text: str) -> str:
    """The text as somebody has it who wants to change everything."""
    return re.sub(r"^( *)#(?! )", r"\1", re.sub(r"^  #(?=  )", "  ", text, flags=re.M), flags=re.M)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_it_changes_nothing(notation: str, tmp_path: Path) -> None:
    """The file opens without a warning, and every value still comes from its default."""
    (tmp_path / f"all{notation}").write_text(sample(REGISTRY, notation, "APP"), "utf-8")
    with opened(tmp_path) as bare, opened(tmp_path, f"all{notation}") as config:
        assert () == config.warnings
        assert bare.view.digest == config.view.digest
        origins = {config.explain(path).origin.kind for path in REGISTRY.setting_paths()}
        assert {"default"} == origins


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_comment_can_become_a_value(notation: str, tmp_path: Path) -> None:
    """Without the # every line sets its setting, to the very default; only secrets have no line."""
    (tmp_path / f"all{notation}").write_text(uncommented(sample(REGISTRY, notation, "APP")), "utf-8")
    with opened(tmp_path) as bare, opened(tmp_path, f"all{notation}") as config:
        assert bare.view.digest == config.view.digest
        assert ["house.rent"] == [warning.path for warning in config.warnings]
        kept = {path for path in REGISTRY.setting_paths() if config.explain(path).origin.kind == "default"}
        assert {"house.pin", "house.spare"} == kept
        for path in ("house.room.size", "house.room.lamp.colour"):
            assert "file" == config.explain(path).origin.kind


@pytest.mark.parametrize("notation", [*NOTATIONS, JSON])
def test_no_secret_is_told(notation: str) -> None:
    """Defaults of secrets do not appear, in any part of the file."""
    assert SECRET not in sample(REGISTRY, notation, "APP")


@pytest.mark.parametrize(
    "line",
    [
        "# The house: Where somebody lives, and how.",
        "[house]",
        "# A whole number, 1 to 9. For example: 3",
        "#floors = 2",
        "# A change waits for a restart.",
        "# Users cannot override it.",
        "# Deprecated: Nobody pays rent.",
        '#rent = "1.10"',
        "#pause = 5400.0",
        '# A list, each item text; matches .+; 0 to 3 items. For example: ["Bob"]',
        '#guests = ["@str @none", "Ann"]',
        '#prices = {"a b" = 1.0, "c" = "@none"}',
        "# A number, at least 1 (m²).",
        "#room.size = 20.0",
        '#room.lamp.colour = "blue"',
        "# room.token: What opens it.",
        '#cellar = "@none"',
        "# The garden.",
        '# A whole number, more than 0, or "@none".',
        '#trees = "@none"',
    ],
)
def test_what_toml_says(line: str) -> None:
    """Title, meaning, bounds, unit, examples, scope and default stand where people look for them."""
    assert line in sample(REGISTRY, TOML, "APP").splitlines()


@pytest.mark.parametrize(
    "line",
    ["house:", "  #floors: 2", "  #room:", "  #  size: 20.0", "  #  lamp:", '  #    colour: "blue"', "  #trees: null"],
)
def test_what_yaml_says(line: str) -> None:
    """Groups of settings are nested, below a comment of their own."""
    assert line in sample(REGISTRY, YAML, "APP").splitlines()


def test_where_secrets_go() -> None:
    """A secret names the folder of secrets and its variable."""
    text = " ".join(sample(REGISTRY, TOML, "APP").replace("\n# ", " ").split())
    assert "the folder of secrets (house__pin), or set APP_HOUSE__PIN or HOUSE_PIN." in text
    assert "(house__room__token), or set APP_HOUSE__ROOM__TOKEN." in text


@pytest.mark.parametrize("notation", NOTATIONS)
def test_comments_are_short_lines_of_printable_text(notation: str) -> None:
    """No comment is wider than a page, and none holds a character that commands a terminal."""
    lines = [line for line in sample(REGISTRY, notation, "APP").splitlines() if line.strip().startswith("# ")]
    assert all(len(line) <= WIDTH + 4 and line.isprintable() for line in lines)


def test_a_schema_is_named_as_editors_want_it() -> None:
    """TOML and YAML have it in a comment, JSON as a member."""
    first = {notation: sample(REGISTRY, notation, "APP", "s.json").splitlines()[0] for notation in NOTATIONS}
    assert {TOML: "#:schema s.json", YAML: "# yaml-language-server: $schema=s.json"} == first
    assert {"$schema": "s.json"} == json.loads(sample(REGISTRY, JSON, "APP", "s.json"))


@section("door")
class Door:
    wood: str = setting(help="Which wood.", examples=("oak",))
    width: int = setting(minimum=1)
    code: str = setting(secret=True)
    paint: str | None = setting()


def test_what_is_required_is_left_to_be_filled_in() -> None:
    """TOML shows its form as a comment, JSON has it as null, which is refused with its line until it is filled in."""
    registry = Registry([Owned("doors", sections=[Door])])
    lines = sample(registry, TOML, "APP").splitlines()
    assert {'#wood = "oak"', "#width = 0", "# It is required: there is no default."} <= set(lines)
    assert {"door": {"wood": None, "width": None}} == json.loads(sample(registry, JSON, "APP"))


def test_without_plugins_there_is_only_the_head() -> None:
    """The file is still one that can be read."""
    assert all(line.startswith("#") for line in sample(Registry([]), TOML, "APP").splitlines())
    assert {} == json.loads(sample(Registry([]), JSON, "APP"))


FLAGS = (
    cfgcore.Flag("self_service", default=True, description="Customers pay by themselves", owner="tills"),
    cfgcore.Flag("night", description="Open at\nnight.", expires=date(2031, 1, 31)),
    cfgcore.Flag("ranking", default="by name", variants={"by name": "n", "by price": "p"}),
)


class Flagged(Plugin):
    @hookimpl
    def cfgcore_flags(self) -> list[cfgcore.Flag]:
        return list(FLAGS)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_flags_are_told_and_change_nothing(notation: str, tmp_path: Path) -> None:
    """Each with what it switches, its owner, when it expires and its default, which it has without the # as well."""
    registry = Registry([Owned("town", sections=[House, Garden], flags=FLAGS)])
    text = sample(registry, notation, "APP")
    for line in (
        "Customers pay by themselves.",
        "Owner: tills.",
        "Owner: town.",
        "It expires on 2031-01-31.",
        'One of its variants: "by name", "by price".',
        'True, false, or on for a share of the users, such as "25%".',
    ):
        assert re.search(rf"^ *# {re.escape(line)}$", text, re.M), line
    joint = " =" if notation == TOML else ":"
    assert re.search(rf"^ *#self_service{joint} true$", text, re.M)
    (tmp_path / f"all{notation}").write_text(text, "utf-8")
    flags = text[text.index("[flags]" if notation == TOML else "\nflags:") :]
    (tmp_path / f"set{notation}").write_text(uncommented(flags), "utf-8")
    assert 3 == len(re.findall(rf"^ *[a-z_]+{joint} ", uncommented(flags), re.M))

    def told(*names: str) -> Any:
        files = [tmp_path / name for name in names]
        how: dict[str, Any] = {"plugins": [Flagged], "plugin_group": None, "environ": {}, "unknown": "error"}
        with cfgcore.open(settings_files=files, **how) as config:
            assert () == config.warnings
            return config.view.digest, [
                (flag.name, [config.flags.evaluate(flag.name, user=user).value for user in ("ann", "bob")])
                for flag in FLAGS
            ]

    assert told() == told(f"all{notation}") == told(f"set{notation}")
