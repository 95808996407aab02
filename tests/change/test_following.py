"""The states that documents went through since they were last looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfgcore import Config
from cfgcore.change import following
from cfgcore.change.following import steps
from cfgcore.store.document import SHARED

NAMES = (*SHARED, "user/alice")


def read(config: Config) -> dict[str, Any]:
    return dict(config._store().read(NAMES).documents)


def test_nothing_happened(config: Config) -> None:
    """Between two equal states there is no step."""
    assert [] == list(steps(config._store(), read(config), read(config)))


def test_one_commit_is_one_step(config: Config) -> None:
    """The commit that gave cause to look is the whole way where it alone was made."""
    known = read(config)
    outcome = config.update({"download.max_retries": 5})
    (step,) = steps(config._store(), known, read(config), outcome)
    assert (outcome.revision, 5) == (step.revision, step.documents["system"].values["download"]["max_retries"])


@given(
    changes=st.lists(
        st.tuples(
            st.sampled_from([None, "alice", "bob"]), st.sampled_from(["max_retries", "labels"]), st.integers(0, 9)
        ),
        max_size=8,
    )
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_state_is_found_again(changes: list[tuple[str | None, str, int]], config: Config) -> None:
    """Whatever was committed since, the steps are the states as they were after each commit, in their order."""
    known, states, outcome = read(config), [], None
    for user, name, number in changes:
        value: Any = number if name == "max_retries" else {"n": str(number)}
        done = config.update({f"download.{name}": value}, user=user)
        if done and user != "bob":
            outcome = done
            states.append((done.revision, {name: found.values for name, found in read(config).items()}))
    found = list(steps(config._store(), known, read(config), outcome))
    assert states == [
        (step.revision, {name: document.values for name, document in step.documents.items()}) for step in found
    ]


def test_what_the_log_has_lost_is_one_step(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the history was compacted, or is too long, what lies before is told together."""
    known = read(config)
    for value in (5, 6, 7):
        last = config.update({"download.max_retries": value}).revision
    monkeypatch.setattr(following, "LIMIT", 2)
    assert [None] == [step.revision for step in steps(config._store(), known, read(config))]
    monkeypatch.undo()
    config.compact(before=last)
    found = list(steps(config._store(), known, read(config)))
    assert [7] == [step.documents["system"].values["download"]["max_retries"] for step in found]


def test_a_way_back_of_a_critical_listener_says_so(config: Config, reopen: Callable[..., Config]) -> None:
    """A step that took another back names it."""
    known = read(config)
    config.subscribe("download", lambda event: 1 / 0, critical=True)
    with pytest.raises(Exception, match="taken back"):
        config.update({"download.max_retries": 5})
    assert [None, 1] == [step.rollback_of for step in steps(config._store(), known, read(config))]


def test_a_state_that_is_wrong_here_is_passed_over(reopen: Callable[..., Config], environ: dict[str, str]) -> None:
    """What another process stored, and this one's variables do not allow, keeps no later change from being seen."""
    other = reopen()
    here = reopen(environ={"APP_DOWNLOAD__BASE": "50"})
    other.update({"download.top": 10})
    here.update({"download.top": 100})
    assert 100 == here.download.top
    here.update({"download.max_retries": 7})
    assert 7 == here.download.max_retries


@pytest.mark.parametrize("user", [None, "alice"])
def test_what_is_so_already_is_seen(user: str | None, reopen: Callable[..., Config]) -> None:
    """A change that another process made before is no commit, and is seen when the update returns."""
    here, other = reopen(), reopen()
    here.for_user("alice")
    other.update({"download.max_retries": 9}, user=user)
    assert not here.update({"download.max_retries": 9}, user=user)
    assert 9 == here.for_user("alice").download.max_retries


def test_what_a_users_change_was_built_on_is_seen(reopen: Callable[..., Config]) -> None:
    """A user's value that holds only with what another process stored for everyone is in the view after the update."""
    other = reopen()
    other.update({"download.top": 10})
    here = reopen()
    other.update({"download.top": 100})
    here.update({"download.base": 50}, user="alice")
    assert 50 == here.for_user("alice").download.base
