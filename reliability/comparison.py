"""P7: a configuration with a store against plain dictionaries, step by step, whatever the steps (hypothesis)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from cfgcore.store.protocol import Store
from reliability.application import POSTGRESQL, open_config, open_storage
from reliability.model import Model
from reliability.observation import chain_fault, observe
from reliability.place import fresh, workplace
from reliability.report import Row
from reliability.scale import Scale
from reliability.workload import USERS, Step, backup_in, follow, pair, perform

STEPS = 40
CONTROLLED_STEPS = 20

#: How many examples are tried on every change; together three thousand.
EXAMPLES = {"json": 1_400, "sqlite": 1_400, POSTGRESQL: 200}

#: After each step another handle is asked for all documents, after so many for the whole log as well.
WHOLE_EACH = 5
REWRITING = ("compact", "erase")

_users = st.sampled_from(USERS)
_values = st.one_of(
    st.tuples(st.just("work.number"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(
        st.just("work.text"), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
    ),
    st.tuples(st.just("work.token"), st.text("abc", min_size=1, max_size=9)),
)


class Comparison(RuleBasedStateMachine):
    """Every step is taken on both; after each, both hold the same."""

    kind = "json"
    place = Path()
    forgets = False
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = fresh(self.kind, self.place / "store")
        self.model = Model()
        self.config = open_config(self.kind, self.folder)
        self.other = open_storage(self.kind, self.folder)
        self.taken = 0

    @rule(user=_users, value=_values)
    def update(self, user: str | None, value: tuple[str, object]) -> None:
        """Set one value."""
        self._take(Step("update", user, dict([value])))

    @rule(user=_users, left=st.integers(0, 100))
    def batch(self, user: str | None, left: int) -> None:
        """Set two."""
        self._take(pair(left, user))

    @rule(user=_users, name=st.sampled_from(("number", "text", "token", "left")))
    def unset(self, user: str | None, name: str) -> None:
        """Remove one."""
        self._take(Step("unset", user, {f"work.{name}": None}))

    @precondition(lambda self: self.model.can_undo())
    @rule()
    def undo(self) -> None:
        """Take the last commit back."""
        self._take(Step("undo", to=self.model.revision))

    @rule(data=st.data())
    def rollback(self, data: st.DataObject) -> None:
        """Return to any revision that is still known."""
        self._take(Step("rollback", to=data.draw(st.integers(self.model.horizon, self.model.revision))))

    @precondition(lambda self: self.model.revision > 0)
    @rule(data=st.data())
    def compact(self, data: st.DataObject) -> None:
        """Forget what early commits did."""
        self._take(Step("compact", to=data.draw(st.integers(max(1, self.model.horizon), self.model.revision))))

    @rule(user=st.sampled_from(("alice", "bob")))
    def erase(self, user: str) -> None:
        """Forget a user."""
        self._take(Step("erase", user))

    @precondition(lambda self: self.model.kept is None)
    @rule()
    def back_up(self) -> None:
        """Make a backup."""
        backup_in(self.folder).parent.mkdir()
        self.config.backup(backup_in(self.folder))
        self.model.keep()

    @precondition(lambda self: self.model.kept is not None)
    @rule()
    def restore(self) -> None:
        """Return to the backup."""
        self._take(Step("restore"))

    @rule()
    def reopen(self) -> None:
        """Close, and open again, comparing all that the store says then."""
        self.config.close()
        store = open_storage(self.kind, self.folder)
        self._compare(store)
        self.config = open_config(self.kind, self.folder, store)

    def _take(self, step: Step) -> None:
        type(self).steps += 1
        perform(self.config, step, self.folder)
        if not (self.forgets and step.kind == "rollback"):
            follow(self.model, step)
        self.taken += 1
        whole = self.taken % WHOLE_EACH == 0 or step.kind in REWRITING
        assert self.model.holding(history=whole) == observe(self.other, history=whole), step
        for user in USERS:
            view = self.config.view if user is None else self.config.for_user(user)
            stored = {**self.model.states[-1].get("system", {}), **self.model.states[-1].get(f"user/{user}", {})}
            assert stored.get("work.number", 0) == view.work.number, (step, user)
            assert stored.get("work.token") == view.work.token, (step, user)

    def _compare(self, store: Store) -> None:
        """Compare all that a store says that has just been opened."""
        assert self.model.holding() == observe(store)
        assert chain_fault(store) is None

    def teardown(self) -> None:
        """Look at everything once more, and close the store."""
        with closing(open_storage(self.kind, self.folder)) as store:
            self._compare(store)
        self.other.close()
        self.config.close()


def against_dictionaries(kind: str, scale: Scale) -> Row:
    """Take random steps on a store and on dictionaries; a failure is the smallest that hypothesis finds."""
    row = Row("P7", "state machine against dictionaries", kind)
    control = Row("P7", "", kind)
    with workplace(kind) as place:
        _run(row, kind, place, scale.seed, scale.of(EXAMPLES[kind], 10_000), STEPS, forgets=False)
        _run(control, kind, place, scale.seed, 100, CONTROLLED_STEPS, forgets=True)
    row.controls["dictionaries that ignore a rollback"] = bool(control.violations)
    return row


def _run(row: Row, kind: str, place: Path, number: int, examples: int, steps: int, *, forgets: bool) -> None:
    named = {"kind": kind, "place": place, "forgets": forgets, "steps": 0}
    machine: type[Comparison] = type("Machine", (Comparison,), named)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if forgets else [Phase.generate, Phase.shrink],
    )
    run_machine: Callable[..., None] = run_state_machine_as_test  # the last hypothesis for Python 3.10 has no types
    try:
        run_machine(seed(number)(machine), settings=chosen)
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", ()))
        row.violations.append(f"seed {number}: {type(error).__name__}: {error}\n{notes}")
    row.trials += machine.steps
