"""Whatever users, profiles and policies say, a view obeys every policy and every rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cfgcore import Constraint, Profile, maximum, rule, section, setting
from cfgcore.change.grounds import Grounds
from cfgcore.change.layering import Layering
from cfgcore.check.constraining import Answer, Constraining, constraints_of
from cfgcore.check.constraints import applies
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.check.personal import Ground
from cfgcore.declare.registry import Owned, Registry
from cfgcore.layer.order import LAYERS
from cfgcore.layer.reading import Reading, Signature, Sources
from cfgcore.layer.stored import stored_contribution
from cfgcore.layer.tree import Contribution
from cfgcore.store.document import Document


@section("mode")
class Mode:
    level: str = setting("plain", choices=("plain", "fast", "odd"))


@section("work")
class Work:
    low: int = setting(2, minimum=0, maximum=10)
    high: int = setting(8, minimum=0, maximum=10)
    limit: int | None = setting(None, minimum=0, maximum=10)


@section("rest")
class Rest:
    most: int = setting(9, minimum=0, maximum=10)
    names: tuple[str, ...] = setting(())


@section("work", scope="policy")
class WorkPolicies:
    most: int | None = setting(None)


RULES = [
    rule(("work.low", "work.high"), lambda low, high: None if low <= high else "low > high", code="in_order"),
    rule(
        ("work.high", "rest.most"),
        lambda high, most: None if high <= most else "high > most",
        yields="work.high",
        code="cap",
    ),
]

PROFILES = [
    Profile("mode.level", "fast", {"work.low": 6, "work.high": 9, "rest.most": 9}),
    Profile("mode.level", "odd", {"work.high": 3}),
]

REGISTRY = Registry([Owned("it", sections=[Mode, Work, Rest, WorkPolicies], rules=RULES, profiles=PROFILES)])


def ask(policies: Any) -> list[Answer]:
    """What the plugin says: a maximum that follows from its policy."""
    most = policies.work.most
    found = () if most is None else (maximum("work.limit", most, policy="policies.work.most"),)
    return [Answer("it", found)]


def layering() -> Layering:
    """Layers without files and without a store."""
    judge = Judge(REGISTRY, Sources(environ={}), Constraining(REGISTRY, ask, lambda _path, _origin: "set by root"))
    return Layering(REGISTRY, judge, None, lambda _registry: [])


READING = Reading((), (), True, Signature({}, {}, True))

NUMBERS = st.integers(0, 10)


def sparse(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the values."""
    return st.fixed_dictionaries({}, optional=values)


OWN = sparse(
    mode=sparse(level=st.sampled_from(["plain", "fast", "odd", "none"])),
    work=sparse(low=NUMBERS, high=st.integers(-2, 12), limit=st.none() | NUMBERS),
    rest=sparse(most=NUMBERS, names=st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3)),
)

NUMBERED = st.sampled_from(["work.low", "work.high", "work.limit", "rest.most"])
RULE = st.one_of(
    st.fixed_dictionaries({"path": NUMBERED, "maximum": NUMBERS}, optional={"users": st.just(["alice"])}),
    st.fixed_dictionaries({"path": NUMBERED, "minimum": NUMBERS}, optional={"except": st.just(["alice"])}),
    st.fixed_dictionaries({"path": NUMBERED, "value": NUMBERS}, optional={"level": st.just("recommended")}),
    st.fixed_dictionaries({"path": st.just("mode.level"), "choices": st.just(["plain", "odd"])}),
    st.fixed_dictionaries({"path": st.just("rest.names"), "remove_matching": st.just(["a.*"])}),
)
POLICIES = sparse(work=sparse(most=st.none() | NUMBERS), rules=st.lists(RULE, max_size=3))


def documents(system: Any, policies: Any, own: Any) -> Mapping[str, Document]:
    """Stored documents."""
    return {"system": Document(system), "policies": Document(policies), "user/alice": Document(own, revision=1)}


def demands(judgement: Judgement, user: str | None) -> list[Constraint]:
    """What binds a user, said by the plugin or by the administrator."""
    policies = judgement.sections["policies"]
    found = [one for answer in ask(policies) for one in answer.constraints]
    found += [one for r in policies.rules for one in constraints_of(r, "policies.rules.0")]
    return [one for one in found if applies(one, user)]


def obeys(constraint: Constraint, sections: Mapping[str, Any]) -> bool:
    name, key = constraint.path.split(".")
    value = getattr(sections[name], key)
    return {
        "maximum": lambda: value is not None and value <= constraint.bound,
        "minimum": lambda: value is None or value >= constraint.bound,
        "enforced": lambda: value == constraint.bound,
        "choices": lambda: value in constraint.bound,
        "filtered": lambda: not any(item.startswith("a") for item in value),
    }[constraint.form]()


def sound(sections: Mapping[str, Any]) -> bool:
    work, rest = sections["work"], sections["rest"]
    return work.low <= work.high <= rest.most


@settings(max_examples=400, deadline=None)
@given(OWN, POLICIES, OWN)
def test_every_view_obeys_policies_and_rules(system: Any, policies: Any, own: Any) -> None:
    """Unless everyone's own values are refused, everyone's view and every user's obey all policies and all rules."""
    layers, stored = layering(), documents(system, policies, own)
    everyone = layers.judge(READING, stored)
    assume(not any(problem.severity == "error" for problem in everyone.problems))
    assert sound(everyone.sections)
    assert all(obeys(one, everyone.sections) for one in demands(everyone, None))
    alice = layers.repaired(READING, stored, (), "alice")
    assert sound(alice.sections)
    assert all(obeys(one, alice.sections) for one in demands(everyone, "alice"))


@settings(max_examples=200, deadline=None)
@given(OWN, POLICIES, OWN)
def test_tightening_then_loosening_is_the_identity(system: Any, policies: Any, own: Any) -> None:
    """A view depends on what is stored alone: policies that came and went leave no trace."""
    layers = layering()
    before = layers.repaired(READING, documents(system, {}, own), (), "alice").sections
    layers.repaired(READING, documents(system, policies, own), (), "alice")
    assert before == layers.repaired(READING, documents(system, {}, own), (), "alice").sections


LAYERED = st.lists(
    st.tuples(st.sampled_from([layer for layer in LAYERS if layer not in ("default", "recommended", "group")]), OWN),
    max_size=4,
)


@settings(max_examples=400, deadline=None)
@given(LAYERED, POLICIES, OWN)
def test_no_layer_is_above_a_policy(layered: list[Any], policies: Any, own: Any) -> None:
    """Whichever layer a value came from, machine files and enforced values included, policies bind it."""
    found = [stored_contribution(REGISTRY, "stored", None, values, lambda value: value, 1) for _, values in layered]
    read = [
        Contribution(layer, f"{layer} {number}", one.tree)
        for number, ((layer, _), one) in enumerate(zip(layered, found, strict=True))
    ]
    reading, layers = Reading(tuple(read), (), True, Signature({}, {}, True)), layering()
    stored = documents({}, policies, own)
    everyone = layers.judge(reading, stored)
    assume(not any(problem.severity == "error" for problem in everyone.problems))
    assert sound(everyone.sections)
    assert all(obeys(one, everyone.sections) for one in demands(everyone, None))
    alice = layers.repaired(reading, stored, (), "alice")
    assert all(obeys(one, alice.sections) for one in demands(everyone, "alice"))


@settings(max_examples=400, deadline=None)
@given(OWN, POLICIES, OWN)
def test_the_shortcut_agrees(system: Any, policies: Any, own: Any) -> None:
    """A user's values laid on everyone's give what judging everything gives, wherever the shortcut answers."""
    layers, stored = layering(), documents(system, policies, own)
    everyone = layers.judge(READING, stored)
    own = {name: values for name, values in own.items() if name != "mode"}
    personal = Ground(REGISTRY, everyone).with_user(own, "alice")
    if personal is not None and not any(problem.severity == "error" for problem in everyone.problems):
        full = layers.repaired(READING, documents(system, policies, own), (), "alice").sections
        assert full == {**everyone.sections, **personal}


ALICE_ALONE = {"rules": [{"path": "work.low", "maximum": 0}, {"path": "work.high", "maximum": 0, "users": ["alice"]}]}


@example({}, ALICE_ALONE, [{"mode": {"level": "plain"}}, {"mode": {"level": "plain"}}])
@settings(max_examples=400, deadline=None)
@given(OWN, POLICIES, st.lists(OWN, min_size=1, max_size=3))
def test_the_grounds_of_users_agree(system: Any, policies: Any, owns: list[Any]) -> None:
    """What users have under one judgement of everyone, profiles and all, is what judging each of them in full gives."""
    layers = layering()
    everyone = layers.judge(READING, documents(system, policies, {}))

    def in_full(user: str, document: Document) -> Judgement:
        stored = {**documents(system, policies, {}), f"user/{user}": document}
        return layers.repaired(READING, stored, (), user)

    grounds = Grounds(REGISTRY, everyone, everyone.sections, in_full)
    for user, own in zip(("alice", "bob", "carol"), owns, strict=False):
        document = Document(own, revision=1)
        found = grounds.sections(user, document)
        assert in_full(user, document).sections == found
        alike = [name for name, value in found.items() if value == everyone.sections[name]]
        assert all(found[name] is everyone.sections[name] for name in alike), "it is shared"


def test_a_clamped_value_says_who_demands_it() -> None:
    """The origin of a clamped value is the policy, with who set it; the others keep their own."""
    judged = layering().judge(READING, documents({"work": {"limit": 9}}, {"work": {"most": 5}}, {}))
    (clamped,) = judged.clamped
    assert (9, 5) == (clamped.wanted, clamped.value)
    assert "policy most allows at most 5 (set by root)" == str(clamped.found.origin())
