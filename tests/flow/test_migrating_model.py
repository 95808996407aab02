"""Three releases of a plugin over one store, against a model that is a dict: nothing is lost, whoever does what."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import cfgcore
from cfgcore import CfgcoreError, Config, Conflict, ValidationFailed, hookimpl, section, setting, step
from cfgcore.store.protocol import Write
from cfgcore.store.record import Draft, Edit, Sides
from cfgcore.values.absent import ABSENT

Values = Mapping[str, Any]


def renamed(values: Values, old: str, new: str, change: Callable[[Any], Any] = lambda value: value) -> dict[str, Any]:
    return {new if name == old else name: change(value) if name == old else value for name, value in values.items()}


TO_SECONDS = step(
    1,
    lambda values: renamed(values, "minutes", "seconds", lambda minutes: minutes * 60),
    down=lambda values: renamed(values, "seconds", "minutes", lambda seconds: seconds // 60),
)
TO_TITLE = step(
    2,
    lambda values: renamed(values, "label", "title"),
    down=lambda values: renamed(values, "title", "label"),
)


@section("shop")
class First:
    minutes: int = setting(1, minimum=0)
    label: str = setting("none")


@section("shop", version=2, steps=[TO_SECONDS])
class Second:
    seconds: int = setting(60, minimum=0)
    label: str = setting("none")


@section("shop", version=3, steps=[TO_SECONDS, TO_TITLE])
class Third:
    seconds: int = setting(60, minimum=0)
    title: str = setting("none")


@section("page")
class Page:
    size: int = setting(10)


class Plugin:
    name = "p"

    def __init__(self, *sections: type) -> None:
        self._sections = sections

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        return list(self._sections)


RELEASES = {1: First, 2: Second, 3: Third}

#: What each setting of the model is called in each release, and its value there.
TERMS: dict[int, dict[str, tuple[str, Callable[[Any], Any]]]] = {
    1: {"seconds": ("shop.minutes", lambda value: value // 60), "title": ("shop.label", str)},
    2: {"seconds": ("shop.seconds", int), "title": ("shop.label", str)},
    3: {"seconds": ("shop.seconds", int), "title": ("shop.title", str)},
}
DEFAULTS = {"seconds": 60, "title": "none", "size": 10}
WHO = (None, "ann", "bob")

State = dict[tuple["str | None", str], Any]

releases = st.sampled_from(sorted(RELEASES))
who = st.sampled_from(WHO)
values = st.one_of(
    st.tuples(st.just("seconds"), st.integers(0, 4).map(lambda number: number * 60)),
    st.tuples(st.just("seconds"), st.integers(0, 150)),
    st.tuples(st.just("title"), st.sampled_from(["a", "b", "c"])),
    st.tuples(st.just("size"), st.integers(1, 3)),
)
keys = st.sampled_from(sorted(DEFAULTS))


def term(release: int, key: str) -> tuple[str, Callable[[Any], Any]]:
    return ("page.size", int) if key == "size" else TERMS[release][key]


class Migrating(RuleBasedStateMachine):
    """Every release has the store open all the time. The model holds the state after each revision."""

    url: Callable[[Path], str]

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.target = type(self).url(folder)
        self.version = 1
        self.states: list[State] = [{}]
        self.open: dict[int, Config] = {}

    @initialize()
    def begin(self) -> None:
        """The first release writes what it knows, and what another plugin and a later release left is there as well."""
        first = self._config(1)
        first.update({"shop.minutes": 2, "page.size": 4})
        self.states.append({(None, "seconds"): 120, (None, "size"): 4})
        assert first._changes is not None
        store = first._changes.store
        for name in ("system", "user/ann"):
            before = store.read([name]).documents[name]
            shop = {**before.values.get("shop", {}), "extra": "kept"}
            more = {**before.values, "shop": shop, "absent": {"x": [1, {"y": None}]}}
            versions = {**before.versions, "shop": 1, "absent": 7}
            edits = [Edit(("shop", "extra"), ABSENT, "kept"), Edit(("absent", "x"), ABSENT, [1, {"y": None}])]
            draft = Draft("update", "x", "", "2026-01-31T12:00:00Z", {name: edits}, {}, sides={name: Sides(versions)})
            store.commit({name: Write(more, versions)}, {}, draft)
            self.states.append(dict(self.states[-1]))

    @property
    def state(self) -> State:
        return self.states[-1]

    def _config(self, release: int) -> Config:
        if release not in self.open:
            how: dict[str, Any] = {"plugin_group": None, "settings_files": [], "environ": {}}
            plugins = [Plugin(RELEASES[release], Page)]
            self.open[release] = self._stack.enter_context(cfgcore.open(plugins=plugins, store=self.target, **how))
        return self.open[release]

    def _done(self, revision: int, state: State) -> None:
        """A commit is one revision; what it changes nothing by is none."""
        if state == self.state:
            assert revision == len(self.states) - 1
        else:
            assert revision == len(self.states)
            self.states.append(state)

    def _is_lossy(self, release: int, state: State) -> bool:
        """Whether the store's form, older than the release, cannot hold a value that a change leads to."""
        changed = [at for at in {*state, *self.state} if state.get(at) != self.state.get(at) and at[1] != "size"]
        touched = {user for user, _ in changed}
        return self.version == 1 < release and any(state.get((user, "seconds"), 0) % 60 for user in touched)

    def _asked(self, release: int, state: State, change: Callable[[Config], Any]) -> None:
        """Make a change that leads to `state`, or see it refused for a reason."""
        changed = {at for at in {*state, *self.state} if state.get(at) != self.state.get(at)}
        try:
            outcome = change(self._config(release))
        except ValidationFailed as refusal:
            codes = {problem.code for problem in refusal.problems}
            if "unreadable_section" in codes:
                assert release < self.version
            else:
                assert {"lossy"} == codes
                assert self._is_lossy(release, state)
            return
        assert not self._is_lossy(release, state)
        assert release >= self.version or {key for _, key in changed} <= {"size"}
        self._done(outcome.revision, state)

    @rule(release=releases, user=who, change=values)
    def update(self, release: int, user: str | None, change: tuple[str, Any]) -> None:
        """One value is set; a release that counts in minutes sets whole ones."""
        key, value = change
        path, told = term(release, key)
        if key == "seconds" and release == 1:
            value = value // 60 * 60
        self._asked(
            release, {**self.state, (user, key): value}, lambda config: config.update({path: told(value)}, user=user)
        )

    @rule(release=releases, user=who, key=keys)
    def unset(self, release: int, user: str | None, key: str) -> None:
        """One value is removed."""
        state = {at: value for at, value in self.state.items() if at != (user, key)}
        self._asked(release, state, lambda config: config.unset([term(release, key)[0]], user=user))

    @rule(release=releases, data=st.data())
    def rollback(self, release: int, data: st.DataObject) -> None:
        """Everything becomes what it was; what nobody knows stays."""
        to = data.draw(st.integers(3, len(self.states) - 1))
        self._asked(release, self.states[to], lambda config: config.rollback(to, scope="everything"))

    @rule(release=releases, data=st.data())
    def undo(self, release: int, data: st.DataObject) -> None:
        """One commit is taken back, unless a later one stands in the way."""
        if len(self.states) <= 4:
            return
        revision = data.draw(st.integers(4, len(self.states) - 1))
        before, after = self.states[revision - 1], self.states[revision]
        changed = {at for at in {*before, *after} if before.get(at) != after.get(at)}
        later = {
            at
            for one, other in zip(self.states[revision:], self.states[revision + 1 :], strict=False)
            for at in {*one, *other}
            if one.get(at) != other.get(at)
        }
        state = {at: value for at, value in self.state.items() if at not in changed}
        state |= {at: before[at] for at in changed if at in before}
        if release < self.version and {key for _, key in changed} - {"size"}:
            return  # it does not know what it was
        try:
            self._asked(release, state, lambda config: config.undo(revision))
        except Conflict:
            assert changed & later
        except CfgcoreError:
            assert not changed  # an upgrade

    @precondition(lambda self: self.version < 3)
    @rule(release=releases, data=st.data())
    def finish(self, release: int, data: st.DataObject) -> None:
        """An upgrade ends, now and then; an older release cannot end it."""
        if data.draw(st.integers(0, 2)):
            return
        config = self._config(release)
        planned = config.upgrade.plan().outdated
        if release < self.version:
            with pytest.raises(CfgcoreError, match="upgraded by a newer release"):
                config.upgrade.finish(force=True)
            return
        assert planned == config.upgrade.finish(force=True).outdated
        assert config.upgrade.plan().finished
        self.version = release
        revision = config._changes.store.head().revision if config._changes is not None else 0
        while len(self.states) <= revision:
            self.states.append(dict(self.state))

    @rule(release=releases)
    def reopen(self, release: int) -> None:
        """A process ends, and another one of its release begins."""
        if release in self.open:
            self.open.pop(release).close()
        self._config(release)

    @rule(release=releases, data=st.data())
    def look_back(self, release: int, data: st.DataObject) -> None:
        """The past is told in the terms of whoever asks: at, diff and history agree with the model."""
        if release < self.version:
            return
        config = self._config(release)
        one, other = (data.draw(st.integers(3, len(self.states) - 1)) for _ in range(2))
        for user in WHO:
            self._check(release, config.at(one, user=user) if user else config.at(one), self.states[one], user)
        assert self._told(release, one, other) == {
            (change.user, change.path, change.new) for change in config.diff(one, other)
        }
        for commit in config.history(limit=None):
            if commit.revision > 3:
                told = {(change.user, change.path, change.new) for change in commit.changes}
                assert self._told(release, commit.revision - 1, commit.revision) == told

    def _told(self, release: int, old: int, new: int) -> set[tuple[str | None, str, Any]]:
        before, after = self.states[old], self.states[new]
        return {
            (user, term(release, key)[0], term(release, key)[1](after[user, key]) if (user, key) in after else ABSENT)
            for user, key in {*before, *after}
            if before.get((user, key)) != after.get((user, key))
        }

    def _check(self, release: int, view: Any, state: State, user: str | None) -> None:
        for key, default in DEFAULTS.items():
            path, told = term(release, key)
            expected = state.get((user, key), state.get((None, key), default))
            assert told(expected) == view.get(path), (release, user, key)

    @invariant()
    def every_release_reads_what_it_can(self) -> None:
        """Values are what the model says, for everyone and for users."""
        for release, config in self.open.items():
            config.reload()
            if release >= self.version:
                for user in WHO:
                    self._check(release, config.for_user(user) if user else config.view, self.state, user)
            else:
                assert self.state.get((None, "size"), 10) == config.view.page.size

    @invariant()
    def nothing_is_lost(self) -> None:
        """What no release knows is there as it was."""
        config = self.open.get(1)
        if config is None or config._changes is None or len(self.states) < 4:
            return
        for name in ("system", "user/ann"):
            document = config._changes.store.read([name]).documents[name]
            assert {"x": [1, {"y": None}]} == document.values["absent"]
            assert "kept" == document.values["shop"]["extra"]
            assert (7, True) == (document.versions["absent"], document.versions["shop"] >= self.version)

    def teardown(self) -> None:
        """Close everything."""
        for config in self.open.values():
            config.close()
        self._stack.close()


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 50), ("json", 50), ("postgresql", 10)])
def test_three_releases_lose_nothing(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """Updates, ways back, looks at the past, upgrades and restarts in any order, by any of three releases."""

    def url(folder: Path) -> str:
        if kind == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            return str(server.url(cfgcore_schema=f"test_{secrets.token_hex(6)}"))
        return f"sqlite:///{folder}/store.db" if kind == "sqlite" else str(folder / "store.json")

    machine = type("Machine", (Migrating,), {"url": staticmethod(url)})
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20, deadline=None))
