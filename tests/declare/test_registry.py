"""Everything that the plugins of one application declare, checked against each other."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore import DeclarationError, Flag, Profile, Source, UnknownPath, rule, section, setting, subsection
from cfgcore.declare.registry import Owned, Registry


@subsection
class Limits:
    most: int = setting(5)


@section("server", aliases=("web",))
class Server:
    port: int = setting(8000, renamed_from=("number", "net.port"))
    level: str = setting("manual")
    limits: Limits = setting()
    maybe: Limits | None = setting(None)
    named: dict[str, Limits] = setting({})
    anything: Any = setting(None)


@section("other")
class Other:
    value: int = setting(1)


@section("host", scope="system")
class Host:
    level: str = setting("manual")
    name: str = setting("here")


@section("mixed")
class Mixed:
    level: str = setting("manual")
    node: str = setting("here", scope="system")


@section("mixed", scope="policy")
class MixedPolicies:
    most: int = setting(1)


@section("server")
class Usurper:
    value: int = setting(1)


@section("third", aliases=("web",))
class Third:
    value: int = setting(1)


def holds(*_values: object) -> None:
    return None


def single(value: Any) -> None:
    return None


def registry(**declared: Any) -> Registry:
    """Return the registry of a plugin 'web' with the sections above, and what else it declares."""
    return Registry([Owned("web", sections=[Server, Other], **declared)])


@pytest.mark.parametrize(("other", "name"), [(Usurper, "server"), (Third, "web")])
def test_two_plugins_with_one_section_name_are_refused(other: type, name: str) -> None:
    """The error names both plugins and the remedy; an alias is a name as well."""
    with pytest.raises(
        DeclarationError,
        match=rf"plugins 'one' and 'two' both declare section '{name}'; disable one of them, or rename",
    ):
        Registry([Owned("one", sections=[Server]), Owned("two", sections=[other])])


def test_one_plugin_with_a_section_twice_is_refused() -> None:
    """The error names the plugin once."""
    with pytest.raises(DeclarationError, match=r"plugin 'one' declares section 'server' twice"):
        Registry([Owned("one", sections=[Server, Server])])


def test_an_alias_may_repeat_the_name() -> None:
    """It says nothing new, and harms nobody."""

    @section("same", aliases=("same", "twin", "twin"))
    class Same:
        value: int = setting(1)

    assert "same" == Registry([Owned("one", sections=[Same])]).section_named("TWIN").name  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("hook", "kind"), [("rules", "Rule"), ("profiles", "Profile"), ("flags", "Flag"), ("sources", "Source")]
)
@pytest.mark.parametrize("item", [None, 5, "text", Server])
def test_what_a_hook_must_not_return_is_refused(hook: str, kind: str, item: Any) -> None:
    """The error names the plugin, the hook and what was expected."""
    with pytest.raises(DeclarationError, match=rf"plugin 'web': cfgcore_{hook} returned .* which is no {kind}"):
        registry(**{hook: [item]})


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("server.prot", r"'server.prot' is no setting. Did you mean 'server.port'\?"),
        ("server.limits.least", "is no setting"),
        ("server.port.x", "is no setting"),
        ("server.maybe.most", "is not always there; take the setting that it lies in"),
        ("server.named.a.most", "is not always there"),
        ("server.anything.x", "is not always there"),
    ],
)
def test_a_rule_over_what_is_no_setting_is_refused(path: str, cause: str) -> None:
    """So is one over what may be missing; the error names plugin and rule."""
    with pytest.raises(DeclarationError, match=rf"^plugin 'web': rule 'single': .*{cause}"):
        registry(rules=[rule((path,), single)])


def test_a_rule_over_a_plugin_that_is_not_installed_is_kept() -> None:
    """Its plugin works without the other one."""
    assert 1 == len(registry(rules=[rule(("absent.value", "server.port"), holds)]).rules)


def test_rules_and_profiles_follow_a_renaming() -> None:
    """Former names, aliases and other letters are brought to today's names, across sections too."""
    found = registry(
        rules=[rule(("server.number", "net.port", "web.level", "Server.Limits.Most"), holds, yields="net.port")],
        profiles=[Profile("web.level", "manual", {"net.port": 1})],
    )
    _, one = found.rules[0]
    assert ("server.port", "server.port", "server.level", "server.limits.most") == one.paths
    assert "server.port" == one.yields
    _, profile = found.profiles[0]
    assert ("server.level", {"server.port": 1}) == (profile.selector, profile.values)


@pytest.mark.parametrize("renamed", ["port", "server.port", "other.value", "Server.Port"])
def test_a_former_name_that_is_in_use_is_refused(renamed: str) -> None:
    """The error names plugin, section and field."""

    @section("server")
    class Clash:
        port: int = setting(1)
        new: int = setting(1, renamed_from=renamed)

    with pytest.raises(DeclarationError, match=r"plugin 'p': section 'server': new: renamed_from=.*another setting"):
        Registry([Owned("p", sections=[Clash, Other])])


def test_two_settings_with_one_former_name_are_refused() -> None:
    """In whatever letters it is written."""

    @section("clash")
    class Clash:
        one: int = setting(1, renamed_from="Old")
        two: int = setting(1, renamed_from="old")

    with pytest.raises(DeclarationError, match=r"two: renamed_from='old' is the name of another setting"):
        Registry([Owned("p", sections=[Clash])])


def test_a_profile_may_not_set_a_selector() -> None:
    """Otherwise the order of plugins would decide what is selected."""
    with pytest.raises(DeclarationError, match=r"'manual' of server.level: it sets server.level, which selects"):
        registry(profiles=[Profile("server.level", "manual", {"server.level": "x"})])


@pytest.mark.parametrize("path", ["server.prot", "server.limits.least"])
def test_a_profile_of_what_is_no_setting_is_refused(path: str) -> None:
    """Selector and values alike."""
    for profile in (Profile("server.level", "manual", {path: 1}), Profile(path, 1, {})):
        with pytest.raises(DeclarationError, match=rf"^plugin 'web': profile .*'{path}' is no setting"):
            registry(profiles=[profile])


@pytest.mark.parametrize("path", ["host.name", "mixed.node"])
def test_a_profile_that_users_select_sets_what_users_may_set(path: str) -> None:
    """What is of scope "system" follows from what is of scope "system" only; the error names plugin and path."""
    sections = [Mixed, Host]
    for selector in ("host.level", "mixed.node" if path == "host.name" else "host.level"):
        Registry(
            [Owned("p", sections=sections, profiles=[Profile(selector, "x", {path: "there", "mixed.level": "y"})])]
        )
    with pytest.raises(
        DeclarationError, match=rf"plugin 'p': profile 'x' of mixed.level: it sets {path}, which users cannot"
    ):
        Registry([Owned("p", sections=sections, profiles=[Profile("mixed.level", "x", {path: "there"})])])


@pytest.mark.parametrize("selector", ["mixed.level", "host.level"])
@pytest.mark.parametrize("path", ["policies.mixed.most", "policies.rules"])
def test_no_profile_sets_a_policy(selector: str, path: str) -> None:
    """Policies are the administrators'."""
    profile = Profile(selector, "x", {path: 1})
    with pytest.raises(DeclarationError, match=rf"plugin 'p': .*it sets {path}, which is a policy"):
        Registry([Owned("p", sections=[Mixed, MixedPolicies, Host], profiles=[profile])])


@pytest.mark.parametrize("path", ["flags.neon", "FLAGS.neon", "flags.unknown", "flags.neon.x"])
def test_what_is_for_settings_is_not_for_flags(path: str) -> None:
    """Profiles set none and are selected by none, and rules are not over any; the error names the plugin."""
    for profile in (Profile(path, True, {}), Profile("server.level", "manual", {path: True})):
        with pytest.raises(DeclarationError, match=rf"plugin 'web': profile .*'{path}' is a flag, no setting; set"):
            registry(profiles=[profile], flags=[Flag("neon")])
    with pytest.raises(DeclarationError, match=rf"plugin 'web': rule 'single': '{path}' is a flag, no setting"):
        registry(rules=[rule((path,), single)], flags=[Flag("neon")])


def test_two_plugins_may_not_set_one_path_in_a_profile() -> None:
    """Parts of a profile do not overlap; the error names both."""
    with pytest.raises(DeclarationError, match=r"plugins 'one' and 'two' both declare server.port in profile 'manual'"):
        Registry(
            [
                Owned("one", sections=[Server], profiles=[Profile("server.level", "manual", {"server.port": 1})]),
                Owned("two", profiles=[Profile("server.level", "manual", {"server.port": 2})]),
            ]
        )


def test_two_plugins_may_contribute_parts_of_a_profile() -> None:
    """Each for settings of its own, or for another value of the selector."""
    found = Registry(
        [
            Owned("one", sections=[Server, Other], profiles=[Profile("server.level", "manual", {"server.port": 1})]),
            Owned("two", profiles=[Profile("server.level", "manual", {"other.value": 2})]),
            Owned("three", profiles=[Profile("server.level", "auto", {"server.port": 2})]),
        ]
    )
    assert ["one", "two", "three"] == [plugin for plugin, _ in found.profiles]


def test_two_plugins_with_one_flag_are_refused() -> None:
    """The error names both; one plugin twice is named once."""
    with pytest.raises(DeclarationError, match=r"plugins 'one' and 'two' both declare flag 'fast'"):
        Registry([Owned("one", flags=[Flag("fast")]), Owned("two", flags=[Flag("fast")])])
    with pytest.raises(DeclarationError, match=r"plugin 'one' declares flag 'fast' twice"):
        Registry([Owned("one", flags=[Flag("fast"), Flag("fast")])])


def test_what_is_declared_can_be_found() -> None:
    """Sections by name, alias and class; paths in any case; unknown ones with what was probably meant."""
    found = registry(sources=[Source("vault", dict)], flags=[Flag("fast")])
    assert ("server",) == found.path_of(Server)
    assert ("server", "port") == found.require("WEB.Port")
    assert "server.port" in found.setting_paths()
    assert [("web", "vault")] == [(plugin, source.name) for plugin, source in found.sources]
    assert ["fast"] == list(found.flags)
    with pytest.raises(UnknownPath, match=r"Did you mean 'port'"):
        found.require("server.prot")
    with pytest.raises(UnknownPath, match=r"is its plugin loaded"):
        found.path_of(Usurper)


@pytest.mark.parametrize("path", ["", ".", "server.", "sevrer.port", None, 5, "\ud800.x"])
def test_a_path_that_names_nothing_is_refused(path: Any) -> None:
    """Whatever a caller gives, the answer is UnknownPath."""
    with pytest.raises(UnknownPath):
        registry().require(path)
