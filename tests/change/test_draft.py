"""An editable copy of a view, which records what is assigned."""

from __future__ import annotations

import copy
import enum
import pickle
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfgcore import (
    ABSENT,
    CfgcoreError,
    Config,
    Conflict,
    Profile,
    UnknownAttribute,
    UnknownPath,
    ValidationFailed,
    hookimpl,
    section,
    setting,
    subsection,
)


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


@subsection
class Limits:
    most: int = setting(5, maximum=100)
    least: int = setting(1)


@section("shop", aliases=("shop_config",))
class Shop:
    """A section with one setting of every shape."""

    level: Level = setting(Level.LOW)
    clerks: int = setting(2, minimum=0, maximum=10, renamed_from="staff")
    rate: float = setting(1.5)
    names: list[str] = setting(())
    labels: dict[str, int] = setting({})
    limits: Limits = setting(Limits())
    spare: Limits | None = setting(None)
    pause: timedelta = setting(timedelta(seconds=10))
    token: str | None = setting(None, secret=True)
    automatic: bool = setting(False)
    place: str = setting("here", scope="system")


class ShopPlugin:
    """Declares the section; a high level makes the shop automatic."""

    name = "shop"

    @hookimpl
    def cfgcore_sections(self) -> list[type[Any]]:
        return [Shop]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        return [Profile("shop.level", "high", {"shop.automatic": True})]


@pytest.fixture
def plugin() -> ShopPlugin:  # type: ignore[override]
    """The application's plugin, in the place of the one of the other tests."""
    return ShopPlugin()


def test_what_differs_is_committed(config: Config) -> None:
    """A draft reads as its view, then as what was assigned; update commits that, and nothing else."""
    draft = config.draft("alice")
    assert 2 == draft.shop.clerks
    draft.shop.clerks = 5
    draft.shop.rate = 1.5
    draft.shop.limits.most = 50
    assert (5, 50) == (draft.shop.clerks, draft.shop.limits.most)
    assert 2 == config.for_user("alice").shop.clerks
    outcome = config.update(draft, actor="alice")
    assert [("shop.clerks", "alice", 5), ("shop.limits.most", "alice", 50)] == [
        (change.path, change.user, change.new) for change in outcome.changes
    ]
    assert (5, 50) == (config.for_user("alice").shop.clerks, config.for_user("alice").shop.limits.most)
    assert 2 == config.shop.clerks


def test_a_committed_draft_begins_anew(config: Config) -> None:
    """What was committed is not committed again over what somebody changed since."""
    draft = config.draft("alice")
    draft.shop.clerks = 5
    config.update(draft)
    config.update({"shop.clerks": 6}, user="alice")
    draft.shop.rate = 2.0
    assert ["shop.rate"] == [change.path for change in config.update(draft).changes]
    assert not config.update(draft)
    assert 6 == draft.shop.clerks


def test_several_drafts_are_one_commit(config: Config) -> None:
    """Of everyone and of a user together: all of it, or nothing; each goes on from the new view."""
    everyone, alice = config.draft(), config.draft("alice")
    everyone.shop.place = "there"
    alice.shop.clerks = 5
    plan = config.plan([everyone, alice])
    assert {(None, "shop.place"), ("alice", "shop.clerks")} == {(one.user, one.path) for one in plan.changes}
    outcome = config.update([everyone, alice], actor="root")
    assert (1, 2) == (len(config.history()), len(outcome.changes))
    assert ("there", 5) == (config.for_user("alice").shop.place, config.for_user("alice").shop.clerks)
    assert not config.update([everyone, alice])
    everyone.shop.place = "here"
    alice.shop.clerks = 50
    with pytest.raises(ValidationFailed, match=r"shop\.clerks"):
        config.update([everyone, alice])
    assert ("there", 50) == (config.shop.place, alice.shop.clerks)
    assert not config.update([])
    with pytest.raises(CfgcoreError, match="is no draft"):
        config.update([everyone, {"shop.place": "here"}])  # type: ignore[list-item]


def test_a_draft_without_a_store(reopen: Callable[..., Config]) -> None:
    """It can be edited and validated, and not be committed."""
    with reopen(store=None) as config:
        draft = config.draft("alice")
        draft.shop.level = "high"
        del draft.shop.rate
        assert (Level.HIGH, 1.5) == (draft.shop.level, draft.shop.rate)
        assert config.validate(draft).is_valid
        draft.shop.clerks = 50
        assert ["shop.clerks"] == [error.field for error in config.validate(draft).errors]
        with pytest.raises(CfgcoreError, match="keeps nothing"):
            config.update(draft)


def test_a_draft_of_everyone(config: Config) -> None:
    """Without a user, a draft is everyone's."""
    draft = config.draft()
    draft.shop.clerks = 5
    assert config.update(draft)
    assert 5 == config.shop.clerks


def test_plan_shows_what_a_draft_would_do(config: Config) -> None:
    """A plan of a draft is a plan like any other; the draft goes on."""
    draft = config.draft("alice")
    draft.shop.clerks = 5
    plan = config.plan(draft)
    assert [("shop.clerks", 5)] == [(change.path, change.new) for change in plan.changes]
    draft.shop.clerks = 6
    config.apply(plan)
    assert 5 == config.for_user("alice").shop.clerks
    assert config.update(draft)


@pytest.mark.parametrize(
    ("name", "given_", "read"),
    [
        ("level", Level.HIGH, Level.HIGH),
        ("level", "high", Level.HIGH),
        ("rate", 3, 3.0),
        ("names", ["ann", "bob"], ("ann", "bob")),
        ("names", ("ann",), ("ann",)),
        ("labels", {"a": 1}, {"a": 1}),
        ("spare", Limits(most=7), Limits(most=7)),
        ("pause", timedelta(minutes=1), timedelta(minutes=1)),
        ("token", "hunter2", "hunter2"),
    ],
)
def test_values_of_every_kind(name: str, given_: Any, read: Any, config: Config) -> None:
    """Enums, lists, tables, subsections and durations are assigned whole, and read as a view gives them."""
    draft = config.draft("alice")
    setattr(draft.shop, name, given_)
    assert read == getattr(draft.shop, name)
    assert config.update(draft)
    assert read == getattr(config.for_user("alice").shop, name) == getattr(draft.shop, name)


def test_a_value_is_not_shared_with_the_caller(config: Config) -> None:
    """A list that is changed after it was assigned changes nothing in the draft."""
    names = ["ann"]
    draft = config.draft("alice")
    draft.shop.names = names
    names.append("bob")
    assert ("ann",) == draft.shop.names
    with pytest.raises(AttributeError):
        draft.shop.names.append("bob")


@pytest.mark.parametrize("value", [Shop(clerks=7, limits=Limits(most=9)), {"clerks": 7, "limits": {"most": 9}}])
def test_a_whole_section_is_assigned_setting_by_setting(value: Any, config: Config) -> None:
    """Of a section or a table, what differs is recorded; names that it does not have are an error."""
    draft = config.draft("alice")
    draft.shop = value
    assert {"shop.clerks", "shop.limits.most"} == {change.path for change in config.plan(draft).changes}
    with pytest.raises(UnknownAttribute, match="clerks"):
        draft.shop = {"clerk": 7}
    with pytest.raises(CfgcoreError, match="a whole Shop"):
        draft.shop = 5


def test_names(config: Config) -> None:
    """An alias is the section, and the former name of a setting is the setting."""
    draft = config.draft("alice")
    assert draft.shop is draft.shop_config
    draft.shop_config.staff = 5
    assert 5 == draft.shop.clerks
    assert {"clerks", "level", "limits"} <= set(dir(draft.shop))
    assert {"shop", "revision"} <= set(dir(draft))


@pytest.mark.parametrize(
    ("act", "hint"),
    [
        (lambda draft: draft.shpo, "Did you mean 'shop'"),
        (lambda draft: draft.shop.clerk, "Did you mean 'clerks'"),
        (lambda draft: draft.shop.limits.mots, "Did you mean 'most'"),
        (lambda draft: setattr(draft, "shpo", {}), "Did you mean 'shop'"),
        (lambda draft: setattr(draft.shop, "clerk", 1), "Did you mean 'clerks'"),
        (lambda draft: setattr(draft.shop, "CLERKS", 1), "Did you mean 'clerks'"),
        (lambda draft: delattr(draft.shop, "clerk"), "Did you mean 'clerks'"),
        (lambda draft: draft._anything, "_anything"),
    ],
)
def test_unknown_names_are_refused_at_once(act: Callable[[Any], Any], hint: str, config: Config) -> None:
    """Reading, assigning or deleting what does not exist raises, with what was probably meant."""
    draft = config.draft("alice")
    with pytest.raises(UnknownAttribute, match=hint) as caught:
        act(draft)
    assert isinstance(caught.value, AttributeError)
    assert isinstance(caught.value, UnknownPath)
    assert not config.update(draft)


def test_wrong_values_are_found_by_update_all_at_once(config: Config) -> None:
    """Assigning checks names only; update and plan report every wrong value, and change nothing."""
    draft = config.draft("alice")
    draft.shop.clerks = 50
    draft.shop.rate = "much"
    draft.shop.level = "middle"
    for check in (config.plan, config.update):
        with pytest.raises(ValidationFailed) as caught:
            check(draft)
        assert {"shop.clerks", "shop.rate", "shop.level"} == {problem.path for problem in caught.value.errors}
    assert 50 == draft.shop.clerks
    assert not config.history()


def test_a_draft_is_validated_without_being_stored(config: Config) -> None:
    """Validating a draft tells all problems, with what to write, and neither stores nor raises."""
    draft = config.draft("alice")
    assert config.validate(draft).is_valid
    draft.shop.clerks = 50
    draft.shop.rate = "much"
    result = config.validate(draft)
    assert not result.is_valid
    assert [("shop.clerks", 10), ("shop.rate", 1.5)] == [(one.field, one.suggested_value) for one in result.errors]
    assert not config.history()


def test_what_no_user_may_set_is_a_problem_of_a_draft(config: Config) -> None:
    """A setting of scope system in a user's draft is told by validate as by update."""
    draft = config.draft("alice")
    draft.shop.place = "there"
    assert ["shop.place"] == [problem.field for problem in config.validate(draft).errors]
    with pytest.raises(ValidationFailed, match="system"):
        config.update(draft)


def test_a_value_that_contains_itself_is_refused(config: Config) -> None:
    """What cannot be frozen is refused when it is assigned."""
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValidationFailed, match=r"shop\.names"):
        config.draft().shop.names = circle


def test_deleting_unsets(config: Config) -> None:
    """A deleted value is unset by update, and reads as what holds without it."""
    config.update({"shop.clerks": 4})
    config.update({"shop.clerks": 5, "shop.limits.most": 6, "shop.rate": 9.0}, user="alice")
    draft = config.draft("alice")
    del draft.shop.clerks
    assert (4, 9.0) == (draft.shop.clerks, draft.shop.rate)
    assert {("shop.clerks", ABSENT)} == {(change.path, change.new) for change in config.update(draft).changes}
    del draft.shop.limits
    assert (5, 1) == (draft.shop.limits.most, draft.shop.limits.least)
    del draft.shop
    assert config.update(draft)
    assert config.view.shop == config.for_user("alice").shop


def test_what_was_assigned_is_what_there_will_be(config: Config) -> None:
    """A value that equals the base is committed where a profile, selected by the same draft, would change it."""
    draft = config.draft("alice")
    draft.shop.automatic = False
    assert not config.plan(draft)
    draft.shop.level = Level.HIGH
    config.update(draft)
    assert not config.for_user("alice").shop.automatic
    other = config.draft("bob")
    other.shop.level = Level.HIGH
    config.update(other)
    assert config.for_user("bob").shop.automatic


def test_the_revision_guards_against_others(config: Config) -> None:
    """As expected_revision, a draft's revision refuses what somebody changed since; without it, both survive."""
    draft, other = config.draft("alice"), config.draft("alice")
    other.shop.rate = 9.0
    config.update(other, expected_revision=other.revision)
    draft.shop.clerks = 5
    with pytest.raises(Conflict):
        config.update(draft, expected_revision=draft.revision)
    config.update({"shop.clerks": 3}, user="bob")
    assert config.update(draft)
    assert (5, 9.0) == (config.for_user("alice").shop.clerks, config.for_user("alice").shop.rate)


def test_a_draft_ends_with_its_configuration(reopen: Callable[..., Config]) -> None:
    """Reading, assigning and committing a draft of a closed configuration raise at once."""
    config = reopen()
    draft = config.draft("alice")
    draft.shop.clerks = 5
    shop = draft.shop
    config.close()
    for act in (lambda: draft.shop, lambda: shop.clerks, lambda: setattr(shop, "clerks", 6), lambda: config.draft()):
        with pytest.raises(CfgcoreError, match="closed"):
            act()
    with pytest.raises(CfgcoreError, match="closed"):
        config.update(draft)
    assert "clerks=5" in repr(draft)


def test_drafts_go_where_they_come_from(config: Config, reopen: Callable[..., Config]) -> None:
    """A draft of another configuration, or of somebody else than is named, is refused."""
    draft = config.draft("alice")
    with pytest.raises(CfgcoreError, match="another configuration"):
        reopen(store="sqlite:///other.db").update(draft)
    with pytest.raises(CfgcoreError, match="'bob'"):
        config.update(draft, user="bob")
    with pytest.raises(CfgcoreError, match="everyone"):
        config.update(draft, user=None)


def test_a_copy_is_edited_on_its_own(config: Config) -> None:
    """A copy begins with what was assigned, and goes its own way."""
    draft = config.draft("alice")
    draft.shop.clerks = 5
    for other in (copy.copy(draft), copy.deepcopy(draft)):
        other.shop.clerks += 1
        assert (5, 6) == (draft.shop.clerks, other.shop.clerks)
    with pytest.raises(TypeError):
        pickle.dumps(draft)


def test_secrets_do_not_show(config: Config) -> None:
    """A draft prints what was assigned, with dots for secrets."""
    draft = config.draft("alice")
    assert "nothing changed" in repr(draft)
    draft.shop.token = "hunter2"
    draft.shop.clerks = 5
    assert "<draft for 'alice': shop.token='••••', shop.clerks=5>" == repr(draft)
    assert "<draft of shop: token='••••', clerks=5>" == repr(draft.shop)


@given(
    edits=st.lists(
        st.one_of(
            st.tuples(st.just("clerks"), st.integers(0, 10)),
            st.tuples(st.just("automatic"), st.booleans()),
            st.tuples(st.just("level"), st.sampled_from(Level)),
            st.tuples(st.just("names"), st.lists(st.sampled_from(["ann", "bob"]), max_size=2)),
            st.tuples(st.sampled_from(["clerks", "level", "automatic"]), st.just(ABSENT)),
        )
    )
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_a_draft_reads_as_the_view_after_it(edits: list[tuple[str, Any]], config: Config) -> None:
    """Whatever is assigned or deleted, the view after the commit has what was assigned last."""
    draft = config.draft("alice")
    for name, value in edits:
        delattr(draft.shop, name) if value is ABSENT else setattr(draft.shop, name, value)
    last = {name: tuple(value) if isinstance(value, list) else value for name, value in edits}
    config.update(draft)
    view = config.for_user("alice")
    assert {name: value for name, value in last.items() if value is not ABSENT} == {
        name: getattr(view.shop, name) for name, value in last.items() if value is not ABSENT
    }


def test_a_section_with_an_unknown_name_is_not_assigned_in_part(config: Config) -> None:
    """Where one name of a whole section is refused, the draft is as it was."""
    draft = config.draft()
    name = next(iter(config.registry.sections))
    setting = next(iter(config.registry.sections[name].settings))
    before = repr(draft)
    with pytest.raises(UnknownAttribute):
        setattr(draft, name, {setting: getattr(getattr(config, name), setting), "no_such_name": 1})
    assert before == repr(draft)


FOREIGN = st.sampled_from([b"x", {"x"}, frozenset({"x"}), object(), print, Shop])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["names", "labels", "token", "rate", "place", "spare"]), FOREIGN, st.booleans())
def test_an_object_is_never_made_text(config: Config, name: str, value: Any, nested: bool) -> None:
    """A draft and an update refuse what no setting stores, with path and type, and nothing changes."""
    path = f"shop.{name}"
    if nested and name in ("names", "labels"):
        value, path = ([value], f"{path}.0") if name == "names" else ({"a": value}, f"{path}.a")
    draft = config.draft()
    setattr(draft.shop, name, value)
    assert [path] == [problem.path for problem in config.validate(draft).problems]
    for change in (draft, {f"shop.{name}": value}):
        with pytest.raises(ValidationFailed) as failed:
            config.update(change)
        (problem,) = failed.value.problems
        assert (path, "type") == (problem.path, problem.code)
        assert "is not stored" in problem.message
    assert 0 == config.draft().revision


def test_what_a_value_would_be_as_text_does_not_hide_it(config: Config) -> None:
    """A draft does not take bytes for the text that is there already."""
    config.update({"shop.place": "b'x'"})
    draft = config.draft()
    draft.shop.place = b"x"
    with pytest.raises(ValidationFailed, match="bytes"):
        config.update(draft)


def test_a_draft_of_somebody_who_was_forgotten(config: Config) -> None:
    """What was edited before a user was forgotten brings nothing back where nobody may have changed it since."""
    config.update({"shop.clerks": 5}, user="alice")
    began, went_on, new = config.draft("alice"), config.draft("alice"), config.draft("bob")
    went_on.shop.rate = 3.0
    config.update(went_on)
    new.shop.rate = 3.0
    config.update(new)
    config.forget("alice")
    config.forget("bob")
    for draft in (began, copy.copy(began), went_on, new):
        draft.shop.clerks = 7
        with pytest.raises(Conflict, match="forgotten"):
            config.update(draft, expected_revision=draft.revision)
    fresh = config.draft("alice")
    fresh.shop.clerks = 7
    assert config.update(fresh, expected_revision=fresh.revision)
