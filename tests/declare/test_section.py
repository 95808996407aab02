"""A section: the settings that one plugin contributes, as a frozen dataclass."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

import pytest
from marshmallow import Schema

from cfgcore import ABSENT, DeclarationError, section, setting, step, subsection
from cfgcore.declare.resolved import resolve
from cfgcore.declare.section import header_of


@subsection
class Limits:
    """What is allowed."""

    most: int = setting(5, maximum=10)
    token: str = setting("hush", secret=True)


@subsection
class Needy:
    token: str = setting()


@section("server", title="The server", aliases=("web",), version=2, scope="system", steps=(step(1, dict),))
class Server:
    """Where the application
    listens.

    More is said here.
    """

    known: ClassVar[int] = 7
    host: str = setting("127.0.0.1")
    port: int = setting(8000)
    limits: Limits = setting(Limits())
    password: str | None = setting("s3cret", secret=True)
    names: tuple[str, ...] = ("a", "b")

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def with_path(self, path: str) -> str:
        return f"http://{self.address}/{path}"


@section("proxy")
class Proxy(Server):
    """A server that passes on."""

    port: int = setting(3128)
    target: str = setting("")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return what makes a text a module that can be imported during this test."""

    def make(text: str) -> ModuleType:
        made = ModuleType("a_plugin")
        monkeypatch.setitem(sys.modules, "a_plugin", made)
        source = "from __future__ import annotations\nfrom cfgcore import *\n" + text
        exec(compile(source, "a_plugin.py", "exec", dont_inherit=True), vars(made))
        return made

    return make


def test_a_section_is_a_frozen_slotted_keyword_only_dataclass() -> None:
    """It has defaults, cannot be changed, takes no other attributes and no positional arguments."""
    server: Any = Server(port=1)
    assert (1, "127.0.0.1") == (server.port, server.host)
    for change in (
        lambda: setattr(server, "port", 2),
        lambda: setattr(server, "other", 2),
        lambda: delattr(server, "port"),
    ):
        with pytest.raises((AttributeError, TypeError)):
            change()
    with pytest.raises(TypeError):
        Server("localhost")  # type: ignore[misc]
    assert not hasattr(server, "__dict__")


def test_a_section_keeps_its_methods_properties_and_class_variables() -> None:
    """Only annotated names are settings."""
    assert "http://127.0.0.1:8000/x" == Server().with_path("x")
    assert 7 == Server.known
    assert ["host", "port", "limits", "password", "names"] == list(resolve(Server, "p").settings)


def test_sections_inherit() -> None:
    """A section may extend another: it has the settings of both, its own defaults win, and its name is its own."""
    assert ("127.0.0.1:3128", "") == (Proxy().address, Proxy().target)
    found = resolve(Proxy, "p")
    assert ("proxy", "Proxy", ()) == (found.name, found.header.title, found.header.aliases)
    assert {*resolve(Server, "p").settings, "target"} == set(found.settings)
    assert 3128 == found.defaults["port"]


def test_methods_call_their_parents() -> None:
    """``super()`` works in methods, properties and class methods of a section."""

    class Mixin:
        def words(self) -> list[str]:
            return ["mixin"]

    @section("parent")
    class Parent(Mixin):
        port: int = setting(1)

        def words(self) -> list[str]:
            return [*super().words(), "parent"]

        @property
        def shown(self) -> list[str]:
            return super().words()

        @classmethod
        def made(cls) -> str:
            return super().__name__ if hasattr(super(), "__name__") else cls.__name__

    @section("child")
    class Child(Parent):
        def words(self) -> list[str]:
            return [*super().words(), "child"]

    assert ["mixin", "parent", "child"] == Child().words()
    assert (["mixin"], "Child") == (Child().shown, Child.made())


def test_an_undecorated_child_of_a_section_is_no_section() -> None:
    """Its own settings would silently be lost."""

    class Child(Server):
        extra: int = 3

    assert header_of(Child) is None
    with pytest.raises(DeclarationError, match=r"plugin 'p': .*Child.* is no section; decorate the class"):
        resolve(Child, "p")


def test_settings_in_an_undecorated_base_are_refused() -> None:
    """A mixin's settings would not become fields; the error says what to write."""

    class Mixin:
        timeout: int = setting(3)

    with pytest.raises(DeclarationError, match=r"timeout is declared in Mixin; decorate that with @subsection"):

        @section("s")
        class Mixed(Mixin):
            port: int = setting(1)


def test_a_mixin_without_settings_is_fine() -> None:
    """Methods may come from anywhere."""

    class Mixin:
        port: int

        def double(self) -> int:
            return 2 * self.port

    @section("s")
    class Mixed(Mixin):
        port: int = setting(2)

    assert 4 == Mixed().double()


def test_the_header_says_what_the_author_wrote() -> None:
    """Title, aliases, version and scope; the help is the first paragraph of the docstring, in one line."""
    found = resolve(Server, "p")
    header = found.header
    assert ("The server", ("web",), 2, "system") == (header.title, header.aliases, header.version, header.scope)
    assert "Where the application listens." == found.help
    assert "Limits of use" == resolve(section("limits_of_use")(type("Empty", (), {})), "p").header.title


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"version": 0}, "version 0 is not a whole number"),
        ({"version": True}, "version True"),
        ({"version": "1"}, "version '1'"),
        ({"aliases": "web"}, "is not a list of names"),
        ({"aliases": ["a.b"]}, "the name 'a.b'"),
        ({"aliases": ["get"]}, "'get' is reserved"),
        ({"scope": "admin"}, "none of 'user', 'system', 'policy'"),
        ({"schema": 5}, "is not a class"),
        ({"schema": Schema()}, "is not a class"),
    ],
)
def test_a_header_that_cannot_be_is_refused(options: dict[str, Any], cause: str) -> None:
    """The error names the section."""
    with pytest.raises(DeclarationError, match=rf"^section 'server': .*{cause}"):
        section("server", **options)


def test_a_section_without_settings_is_fine() -> None:
    """A plugin may reserve its name before it has settings."""
    assert {} == dict(resolve(section("empty")(type("Empty", (), {})), "p").settings)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("@section('s')\nclass S:\n    port = setting(1)", "port has no type; write 'port: int = setting"),
        ("@section('s')\n@dataclasses.dataclass\nclass S:\n    port: int = 1", "decorate a plain class"),
        ("@section('s')\ndef S(): ...", "decorate a plain class"),
        ("@section('s')\nclass S:\n    port: int = dataclasses.field(default=1)", "port: write setting"),
        ("@section('s')\nclass S:\n    port: dataclasses.InitVar[int] = 1", "port: only settings and ClassVar"),
        ("@section('s')\nclass S:\n    __slots__ = ('port',)\n    port: int", "it cannot be a frozen dataclass"),
        (
            "@dataclasses.dataclass\nclass B:\n    x: int = 1\n@section('s')\nclass S(B):\n    port: int = 1",
            "cannot be a frozen dataclass",
        ),
        (
            "@section('s')\nclass S:\n    port: list = bytearray()",
            "port: the default, of type bytearray, can be changed in place",
        ),
    ],
)
def test_a_class_that_cannot_be_a_section_is_refused(
    plugin: Callable[[str], ModuleType], text: str, cause: str
) -> None:
    """The error names section and field, and the remedy."""
    with pytest.raises(DeclarationError, match=rf"section 's': .*{cause}"):
        plugin(f"import dataclasses\n{text}")


class Unhashable:
    __hash__ = None  # type: ignore[assignment]


class Failing:
    def __hash__(self) -> int:
        raise RuntimeError("no hash today")


@pytest.mark.parametrize(
    ("default", "cause"),
    [(Unhashable(), "can be changed in place"), (bytearray(), "can be changed in place"), (Failing(), "no hash today")],
)
def test_a_default_that_cannot_be_shared_is_refused(default: Any, cause: str) -> None:
    """Everyone reads the same default: one that can be changed, or that has no hash, is an error naming the field."""
    with pytest.raises(DeclarationError, match=rf"section 's': value: .*{cause}"):
        section("s")(type("S", (), {"__annotations__": {"value": Any}, "value": setting(default)}))


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_a_default_that_nests_too_deeply_is_refused() -> None:
    """A hundred thousand lists in each other are an error, not a crash."""
    with pytest.raises(DeclarationError, match=r"section 's': value: .*nests deeper"):
        section("s")(type("S", (), {"__annotations__": {"value": list}, "value": setting(nested(100_000))}))


def test_mutable_defaults_are_frozen() -> None:
    """A list becomes a tuple and a dict a read-only mapping, in ``Section()`` too; the author's list is not shared."""
    given, mapped = ["a"], {"b": ["c"]}

    @section("s")
    class S:
        names: list[str] = setting(given)
        table: dict[str, list[str]] = setting(mapped)

    given.append("z")
    mapped["b"].append("z")
    found: Any = S()
    assert ("a",) == found.names
    assert {"b": ("c",)} == found.table
    hash(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.names.append("x"),
        lambda found: found.names.__setitem__(0, "x"),
        lambda found: found.table.__setitem__("b", 1),
        lambda found: found.table.update(b=1),
        lambda found: found.table.pop("b"),
        lambda found: setattr(found.limits, "most", 9),
        lambda found: setattr(found, "names", ()),
        lambda found: delattr(found, "names"),
    ],
)
def test_nothing_in_a_section_can_be_changed(change: Callable[[Any], Any]) -> None:
    """Append, assign, update, delete: impossible, at every depth."""

    @section("s")
    class S:
        names: list[str] = setting(["a"])
        table: dict[str, int] = setting({"b": 2})
        limits: Limits = setting(Limits())

    found = S()
    with pytest.raises((AttributeError, TypeError)):
        change(found)
    assert S() == found


def test_secrets_show_as_dots() -> None:
    """A section shows its values, but secrets as dots, in subsections too; a secret that is None says so."""
    shown = repr(Server())
    assert "port=8000" in shown
    assert "s3cret" not in shown
    assert "hush" not in shown
    assert 2 == shown.count("••••")
    assert "password=None" in repr(Server(password=None))
    assert shown == str(Server()) == f"{Server()}"


def test_a_section_without_a_docstring_has_no_help() -> None:
    """The signature that dataclass() would put in its place shows the defaults of secrets."""

    @section("s")
    class S:
        password: str = setting("hunter2", secret=True)

    assert None is S.__doc__
    assert "" == resolve(S, "p").help


def test_sections_are_values() -> None:
    """They compare and hash by their values, and survive copying and pickling."""
    assert Server() == Server(port=8000)
    assert hash(Server()) == hash(Server(port=8000))
    assert Server(port=1) != Server()
    assert Server(port=1) == copy.deepcopy(Server(port=1))
    assert Server(port=1) == pickle.loads(pickle.dumps(Server(port=1)))
    assert Server(port=2) == dataclasses.replace(Server(), port=2)
    assert {"most": 5, "token": "hush"} == dataclasses.asdict(Server())["limits"]


def test_types_may_be_written_before_they_are_defined(plugin: Callable[[str], ModuleType]) -> None:
    """With ``from __future__ import annotations`` a class further down is found when the plugin is registered."""
    found = plugin(
        "@section('outer')\n"
        "class Outer:\n"
        "    inner: Inner = setting()\n"
        "    named: dict[str, Inner] = setting({})\n"
        "@subsection\n"
        "class Inner:\n"
        "    most: int = setting(5)\n"
    )
    resolved = resolve(found.Outer, "p")
    assert "record" == resolved.settings["inner"].kind.name
    assert found.Inner(most=5) == resolved.defaults["inner"]


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ("Nowhere", "name 'Nowhere' is not defined; define it at module level"),
        ("Nowhere | None", "name 'Nowhere' is not defined"),
        ("dict[str, Nowhere]", "name 'Nowhere' is not defined"),
        ("ABSENT.nothing", "has no attribute 'nothing'"),
        ("int[str]", "not subscriptable"),
        ("Fine", "Fine is not a supported type"),
    ],
)
def test_a_type_that_does_not_exist_names_plugin_section_and_field(
    plugin: Callable[[str], ModuleType], wrong: str, cause: str
) -> None:
    """Neither fields beside it nor names that contain its name lead astray."""
    found = plugin(
        "class Fine: ...\n"
        "@section('outer')\n"
        "class Outer:\n"
        "    before: int = setting(1)\n"
        f"    wrong: {wrong} = setting(None)\n"
        "    after: str = setting('Nowhere')\n"
    )
    with pytest.raises(DeclarationError, match=rf"^plugin 'p': section 'outer': wrong: .*{cause}"):
        resolve(found.Outer, "p")


def test_an_inherited_type_that_does_not_exist_is_named_as_well(plugin: Callable[[str], ModuleType]) -> None:
    """The field of a parent is at fault, the error names the child's section."""
    found = plugin(
        "@section('parent')\n"
        "class Parent:\n"
        "    wrong: Nowhere = setting(None)\n"
        "@section('child')\n"
        "class Child(Parent):\n"
        "    good: int = setting(1)\n"
    )
    with pytest.raises(DeclarationError, match=r"section 'child': wrong: the type cannot be resolved"):
        resolve(found.Child, "p")


def test_a_type_that_contains_itself_is_refused(plugin: Callable[[str], ModuleType]) -> None:
    """The error leads to the field, once, however deep Python could follow."""
    found = plugin(
        "@section('outer')\n"
        "class Outer:\n"
        "    tree: Tree = setting()\n"
        "@subsection\n"
        "class Tree:\n"
        "    below: tuple[Tree, ...] = setting(())\n"
    )
    with pytest.raises(DeclarationError, match=r"section 'outer': tree: below: Tree contains itself$"):
        resolve(found.Outer, "p")


def test_class_variables_are_told_by_their_type_alone(plugin: Callable[[str], ModuleType]) -> None:
    """A class whose name contains ClassVar is a type like any other."""
    found = plugin(
        "import typing\n"
        "@subsection\n"
        "class ClassVariety:\n"
        "    most: int = setting(5)\n"
        "@section('outer')\n"
        "class Outer:\n"
        "    one: typing.ClassVar[int] = 1\n"
        "    inner: ClassVariety = setting()\n"
    )
    assert ["inner"] == list(resolve(found.Outer, "p").settings)


def test_a_subsection_is_there_by_itself_when_it_can_be() -> None:
    """Without a default, a subsection whose settings all have one is made of them; otherwise it is required."""

    @section("s")
    class S:
        limits: Limits = setting()
        needy: Needy = setting()
        maybe: Limits | None = setting(None)

    assert {"limits": Limits(), "maybe": None} == resolve(S, "p").defaults
    assert ABSENT is resolve(S, "p").settings["needy"].default


@pytest.mark.parametrize("other", [None, 5, "server", int, Limits, Server()])
def test_what_is_no_section_is_refused(other: Any) -> None:
    """A plugin that returns something else learns which plugin it was, and what to write."""
    with pytest.raises(DeclarationError, match=r"plugin 'p': .* is no section; decorate the class with @section"):
        resolve(other, "p")
