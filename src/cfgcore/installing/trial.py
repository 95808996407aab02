"""The configuration that a store makes by itself: no files, no variables, and no plugin is told of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cfgcore.change.commit import Outcome, Plan
from cfgcore.change.engine import Engine
from cfgcore.change.ledger import returned, secrets_of
from cfgcore.check.judgement import Judgement
from cfgcore.config import Config
from cfgcore.declare.registry import Registry
from cfgcore.layer.reading import Sources
from cfgcore.overriding import leave
from cfgcore.plugins import Plugins
from cfgcore.publish.published import Published
from cfgcore.store.document import SHARED, Document
from cfgcore.store.protocol import Snapshot, Store
from cfgcore.store.secret import key_in
from cfgcore.values.absent import ABSENT
from cfgcore.values.problem import Problem
from cfgcore.view.view import View

ACTION = "migrate"

Targets = Mapping[str, Mapping[str, Any]]


class Trial(Config):
    """Checks documents against the schemas and rules of all plugins, whatever the machine's files and variables say.

    That a required setting is missing is no finding: another layer may give it.
    """

    __slots__ = ()

    def __init__(self, plugins: Plugins, registry: Registry, store: Store) -> None:
        """Open `store`, which stays the caller's to close; stored values that are wrong give way."""
        alone = copy.copy(registry)
        alone.sources = ()
        super().__init__(plugins, alone, Sources(environ={}), store, repair=True)

    def __enter__(self) -> Trial:
        return self

    @property
    def engine(self) -> Engine:
        """What plans and commits changes of the store."""
        return self._engine()

    @property
    def found(self) -> tuple[Problem, ...]:
        """What is wrong with everyone's stored values, and what is worth a warning."""
        return tuple(problem for problem in self.warnings if problem.code != "required")

    def planned(self, targets: Targets, snapshot: Snapshot, secrets: Mapping[str, Any], by: str, why: str) -> Plan:
        """Check that documents may become `targets`. Raises ``ValidationFailed``."""
        return self.engine.planned(targets, self.engine.forms.snapshot(snapshot), ACTION, by, why, secrets=secrets)

    def overwriting(self, source: Store, names: Sequence[str], by: str, why: str) -> Plan:
        """Check that documents may become what they are in `source`; what users have set is taken as it is.

        Raises ``ValidationFailed``.
        """
        engine = self.engine
        there = engine.forms.snapshot(source.read(tuple(dict.fromkeys((*SHARED, *names))))).documents
        snapshot = engine.read(names)
        targets = {name: returned(snapshot.documents[name], there[name]) for name in names}
        secrets = secrets_of(source, {name: there[name] for name in names})
        return engine.planned(targets, snapshot, ACTION, by, why, secrets=secrets, lenient=True)

    def judged(self, documents: Mapping[str, Document], user: str | None) -> Judgement:
        """Judge documents, for a user or for everyone."""
        return self._judge_documents(documents, user)

    def revealed(self, value: Any) -> Any:
        """Return the secret that a stored value refers to, ``ABSENT`` for a lost one; other values as they are."""
        key = key_in(value)
        return value if key is None else self.engine.store.read_secrets([key]).get(key, ABSENT)

    def commit(self, plan: Plan) -> Outcome:
        """Commit a plan; nobody is told."""
        return self.engine.commit(plan)

    def close(self) -> None:
        """Be no open configuration any more."""
        leave(self)
        self.listeners.close()

    def _publish(self, published: Published, own: View | None) -> None:
        """Keep what was judged; sections that lack a required setting are not in the view, and nobody reads it."""
        object.__setattr__(self, "__dict__", {"view": published.view, "_published": published})

    def _committed(self, outcome: Outcome) -> Outcome:
        return outcome

    def _judge_documents(self, documents: Mapping[str, Document], user: str | None, bare: bool = False) -> Judgement:
        judgement = super()._judge_documents(documents, user, bare)
        problems = tuple(problem for problem in judgement.problems if problem.code != "required")
        return replace(judgement, problems=problems)
