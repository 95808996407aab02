"""A plugin with settings, a secret, a rule, and two older formats of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import cfgcore
from cfgcore import (
    Conversion,
    Dropped,
    Flag,
    LegacyFormat,
    Mapped,
    Violation,
    Whose,
    hookimpl,
    rule,
    section,
    setting,
    subsection,
)


@subsection
class Login:
    user: str = setting("root")
    password: str | None = setting(None, secret=True)


@section("shop", title="The shop", aliases=("store_front",))
class Shop:
    """What is sold, and where."""

    shelves: int = setting(3, minimum=1, maximum=9, renamed_from="racks")
    clerks: int = setting(3, minimum=1, maximum=9)
    goods: tuple[str, ...] = setting(("tea",), pattern="[a-z]+")
    prices: dict[str, float] = setting({})
    open: bool = setting(True, scope="system")
    key: str | None = setting(None, secret=True)
    login: Login = Login()


@section("street")
class Street:
    house: str = setting(help="A required one.")


def clerk_for_each(shelves: int, clerks: int) -> Violation | None:
    """Nobody minds two shelves."""
    return Violation("more shelves than clerks", suggested=clerks) if shelves > clerks else None


def converted(data: Mapping[str, Any]) -> Conversion:
    """Shelves are called racks, of which a file says nothing where there are three; keys are secret."""
    found = []
    for name, path in {
        "racks": "shop.shelves",
        "staff": "shop.clerks",
        "lock": "shop.key",
        "wares": "shop.goods",
    }.items():
        if name in data:
            found.append(Mapped((name,), path, data[name], Whose.OWNER, then=3 if name == "racks" else cfgcore.ABSENT))
    if "open" in data:
        is_open = data["open"] == "yes"
        found.append(Mapped(("open",), "shop.open", is_open, given=data["open"], why="yes and no are true and false"))
    for user, flags in data.get("flags", {}).items():
        found += [Mapped(("flags", user, name), f"flags.{name}", on, user) for name, on in flags.items()]
    for name, path in {"garden": "garden.plants", "market": "shop.plants"}.items():
        if name in data:
            found.append(Mapped((name,), path, data[name]))
    dropped = [Dropped(("colour",), data["colour"], "nobody paints any more")] if "colour" in data else []
    return Conversion(tuple(found), tuple(dropped))


OLD = LegacyFormat("old", lambda data: "it has 'racks'" if "racks" in data else None, converted)
LEFT = LegacyFormat("left", lambda data: "nothing else does", lambda data: Conversion(), fallback=True)


class Plugin:
    name = "town"

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return [Shop, Street]

    @hookimpl
    def cfgcore_rules(self) -> list[cfgcore.Rule]:
        return [rule(("shop.shelves", "shop.clerks"), clerk_for_each, code="shop.clerks")]

    @hookimpl
    def cfgcore_flags(self) -> list[Flag]:
        return [Flag("wrapping")]

    @hookimpl
    def cfgcore_legacy_formats(self) -> list[LegacyFormat]:
        return [OLD, LEFT]


Migrate = Callable[..., cfgcore.Migration]


@pytest.fixture
def migrate(tmp_path: Path) -> Migrate:
    """A function that migrates a file of this text, old.json unless it is named, to a store in the folder."""

    def done(source: str | Path, target: str = "new.json", *, name: str = "old.json", **how: Any) -> cfgcore.Migration:
        if isinstance(source, str):
            file = tmp_path / name
            file.write_text(source, encoding="utf-8")
            source = file
        url = target if ":" in target else str(tmp_path / target)
        return cfgcore.migrate(source, url, **({"plugins": [Plugin], "plugin_group": None} | how))

    return done


@pytest.fixture
def plugin() -> type[Plugin]:
    """The plugin, for those who load it themselves."""
    return Plugin


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A function that returns what a store in the folder holds, by document, secrets revealed."""
    from cfgcore.store.document import VERSIONS
    from cfgcore.store.opening import open_store
    from cfgcore.store.secret import key_in

    def read(target: str = "new.json") -> dict[str, Any]:
        store = open_store(target if ":" in target else tmp_path / target)

        def revealed(value: Any) -> Any:
            key = key_in(value)
            if key is not None:
                return store.read_secrets([key])[key]
            return {name: revealed(below) for name, below in value.items()} if isinstance(value, Mapping) else value

        try:
            names = [name for name in store.names() if name != VERSIONS]
            found = store.read(names).documents
            return {name: revealed(found[name].values) for name in names if found[name].values}
        finally:
            store.close()

    return read
