"""Values that callers give for a setting, as plain data of its kind."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marshmallow import fields

from cfgcore import section, setting, subsection
from cfgcore.declare.given import given
from cfgcore.declare.inference import settings_of
from cfgcore.declare.kind import Setting
from cfgcore.values.data import NoData

ADDRESS = ipaddress.ip_address("10.0.0.1")


@subsection
class Host:
    name: str = setting("a")
    address: ipaddress.IPv4Address = setting(ADDRESS, field=fields.IPv4, key="ip")


@section("net")
class Net:
    """One setting of each kind."""

    text: str = setting("")
    number: float = setting(1.0)
    path: Path = setting(Path("x"))
    moment: datetime = setting(datetime(2024, 1, 1, tzinfo=timezone.utc))
    pause: timedelta = setting(timedelta(0))
    price: Decimal = setting(Decimal(1))
    key: uuid.UUID = setting(uuid.UUID(int=0))
    texts: list[str] = setting(())
    labels: dict[str, str] = setting({})
    anything: Any = setting(None)
    address: ipaddress.IPv4Address = setting(ADDRESS, field=fields.IPv4)
    hosts: tuple[Host, ...] = setting(())


SETTINGS: Mapping[str, Setting] = settings_of(Net)
TYPED: Mapping[str, Any] = {
    "path": Path("a"),
    "moment": datetime(2024, 1, 1, tzinfo=timezone.utc),
    "pause": timedelta(seconds=3),
    "price": Decimal("1.10"),
    "key": uuid.UUID(int=1),
}


@pytest.mark.parametrize("value", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("name", ["text", "number", *TYPED])
def test_a_typed_value_is_taken_by_the_setting_of_its_type_alone(name: str, value: Any) -> None:
    """A path is no text, and a duration no number; whatever its own setting takes stays as it was."""
    if TYPED.get(name) == value:
        given(SETTINGS[name], value)
        return
    with pytest.raises(NoData, match=f"the type {type(value).__name__} is not stored; it takes "):
        given(SETTINGS[name], value)


@pytest.mark.parametrize("value", [*TYPED.values(), date(2024, 1, 1)], ids=repr)
def test_any_value_may_be_typed(value: Any) -> None:
    """A setting that takes any value takes those that can be written."""
    assert given(SETTINGS["anything"], value) == given(SETTINGS["anything"], [value])[0]


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("texts", ["a", b"b"], ("1",)),
        ("texts", ["a", Path("b")], ("1",)),
        ("texts", {"a"}, ()),
        ("labels", {"a": b"b"}, ("a",)),
        ("labels", {1: "b"}, ()),
        ("anything", {"a": [object()]}, ("a", "0")),
        ("hosts", [{"name": b"b"}], ("0", "name")),
        ("hosts", [Host(), {"ip": b"b"}], ("1", "ip")),
        ("address", object(), ()),
    ],
)
def test_the_refusal_says_where_in_the_value(name: str, value: Any, path: tuple[str, ...]) -> None:
    """Sets are no lists, bytes are no text, and keys are text."""
    with pytest.raises(NoData) as caught:
        given(SETTINGS[name], value)
    assert path == caught.value.path


def test_a_field_of_ones_own_writes_its_values() -> None:
    """What the field reads it also writes, in records too; text is taken as it is."""
    assert "10.0.0.1" == given(SETTINGS["address"], ADDRESS)
    assert "10.0.0.2" == given(SETTINGS["address"], "10.0.0.2")
    assert [{"name": "a", "ip": "10.0.0.1"}] == given(SETTINGS["hosts"], [Host()])
