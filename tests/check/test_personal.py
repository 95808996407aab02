"""A user's values laid on what everyone has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validates_schema

from cfgcore import maximum, rule, section, setting, subsection
from cfgcore.change.layering import Layering
from cfgcore.check.constraining import Answer, Constraining
from cfgcore.check.judgement import Judge, Judgement
from cfgcore.check.personal import Ground
from cfgcore.declare.registry import Owned, Registry
from cfgcore.layer.reading import Reading, Signature, Sources
from cfgcore.layer.tree import Contribution, Leaf, Table
from cfgcore.store.document import Document
from cfgcore.values.origin import Origin


@subsection
class Proxy:
    host: str = setting("localhost")
    port: int = setting(80, minimum=1, maximum=65535)


@section("net")
class Net:
    retries: int = setting(3, minimum=0, maximum=10)
    most: int = setting(8, minimum=0, maximum=10)
    proxy: Proxy = setting(Proxy())
    labels: dict[str, int] = setting({"a": 1})
    names: tuple[str, ...] = setting(("x",))
    token: str | None = setting(None, secret=True)
    shared: int = setting(1, scope="system")


class PairSchema(Schema):
    """An author's own: it looks at both values together."""

    low = fields.Integer(strict=True)
    high = fields.Integer(strict=True)

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("low", 0) > data.get("high", 9):
            raise ValidationError("out of order", "low")


@section("pair", schema=PairSchema)
class Pair:
    low: int = 1
    high: int = 5


@section("some", scope="policy")
class Some:
    port: int | None = setting(None)


RULES = [rule(("net.retries", "net.most"), lambda one, other: None if one <= other else "too many", code="order")]

REGISTRY = Registry([Owned("it", sections=[Net, Pair, Some], rules=RULES)])

READING = Reading((), (), True, Signature({}, {}, True))

SECRET = {"$secret": "key"}


def ask(policies: Any) -> list[Answer]:
    """What follows from the policy: the highest port."""
    port = policies.some.port
    return [Answer("it", () if port is None else (maximum("net.proxy.port", port),))]


def judge() -> Judge:
    """A judge who asks what follows from policies."""
    return Judge(REGISTRY, Sources(environ={}), Constraining(REGISTRY, ask, lambda _path, _origin: ""))


def layering() -> Layering:
    """Layers without files and without a store."""
    return Layering(REGISTRY, judge(), None, lambda _registry: [])


def judged(system: Any = (), policies: Any = (), own: Any = None) -> Judgement:
    """The judgement of everyone, or of a user."""
    documents = {"system": Document(dict(system)), "policies": Document(dict(policies))}
    if own is None:
        return layering().judge(READING, documents)
    return layering().repaired(READING, {**documents, "user/alice": Document(own, revision=1)}, (), "alice")


NUMBER = st.integers(-1, 12)
PORT = st.integers(0, 100)


def sparse(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the values."""
    return st.fixed_dictionaries({}, optional=values)


OWN = sparse(
    net=sparse(
        retries=NUMBER | st.none() | st.just("3"),
        most=NUMBER,
        proxy=sparse(port=PORT, host=st.just("h"), other=st.just(1)) | st.none(),
        labels=st.dictionaries(st.sampled_from("abA"), st.integers(0, 3)),
        names=st.lists(st.just("y"), max_size=2),
        shared=st.just(2),
        gone=st.just(1),
    ),
    pair=sparse(low=NUMBER, high=NUMBER),
    absent=st.just({"a": 1}),
    policies=st.just({"some": {"port": 99}}),
)


@settings(max_examples=400, deadline=None)
@given(OWN, sparse(some=sparse(port=st.just(50))), OWN)
def test_the_shortcut_agrees(system: Any, policies: Any, own: Any) -> None:
    """With tables that merge, and with a Schema of the author's, it gives what a judgement of everything gives."""
    everyone = judged(system, policies)
    if any(problem.severity == "error" for problem in everyone.problems):
        return
    personal = Ground(REGISTRY, everyone).with_user(own, "alice")
    if personal is not None:
        assert judged(system, policies, own).sections == {**everyone.sections, **personal}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"net": {"retries": 5}}, {"net": Net(retries=5)}),
        ({"net": {"retries": 3}}, {}),
        ({"net": {"shared": 7}, "absent": {"a": 1}}, {}),
        ({"net": {"proxy": {"port": 90}}}, {"net": Net(proxy=Proxy(port=85))}),
        ({"net": {"labels": {"b": 2}}}, {"net": Net(labels={"a": 1, "b": 2})}),
        ({"net": {"token": SECRET}}, {"net": Net(token="revealed")}),
        ({"pair": {"high": 7}}, {"pair": Pair(high=7)}),
    ],
)
def test_what_is_found_by_the_shortcut(own: Any, expected: Any) -> None:
    """Only sections that differ; values are checked, clamped, merged and revealed, and those of the system left out."""
    everyone = judged(policies={"some": {"port": 85}})
    reveal = {"key": "revealed"}
    ground = Ground(REGISTRY, everyone, reveal=lambda value: reveal[value["$secret"]] if value == SECRET else value)
    assert expected == ground.with_user(own, "alice")


@pytest.mark.parametrize(
    "own",
    [{"net": {"retries": 99}}, {"net": {"retries": 9}}, {"net": {"proxy": {"port": 0}}}, {"pair": {"low": 8}}],
)
def test_what_takes_a_judgement_of_everything(own: Any) -> None:
    """What a field or a Schema refuses, and what breaks a rule, is not for the shortcut."""
    assert Ground(REGISTRY, judged()).with_user(own, "alice") is None


def test_what_lies_above_users() -> None:
    """A section in which something is stronger than the user is not for the shortcut; others are."""
    above = Contribution("machine", "it", Table([("net", Table([("most", Leaf(9, Origin("machine", "file", "f")))]))]))
    everyone = judge().judge([above])
    ground = Ground(REGISTRY, everyone)
    assert ground.with_user({"net": {"retries": 5}}, "alice") is None
    assert {"pair": Pair(high=7)} == ground.with_user({"pair": {"high": 7}}, "alice")
