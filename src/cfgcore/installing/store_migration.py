"""A store taken over into another: with its history where there is none, else all its values."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import Any

from cfgcore.change.copying import copy
from cfgcore.change.recording import legible
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, ValidationFailed
from cfgcore.installing.inspection import Inspected, Inspection
from cfgcore.installing.order import Order
from cfgcore.installing.overwriting import BATCH, Overwriting, Overwritten
from cfgcore.installing.recognition import Recognised
from cfgcore.installing.report import Migration
from cfgcore.installing.store_source import opened_copy
from cfgcore.installing.store_target import (
    Place,
    StoreTarget,
    backed_up,
    beside,
    can_rebuild,
    is_vacant,
    opened,
    vacant,
)
from cfgcore.installing.trial import Trial
from cfgcore.installing.workshop import clear
from cfgcore.plugins import Plugins
from cfgcore.store.document import USER_PREFIX
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import count_of, is_beginning
from cfgcore.values.problem import Problem


def of_store(found: Recognised, place: StoreTarget, plugins: Plugins, registry: Registry, order: Order) -> Migration:
    """Copy a store with its history into a new one; or make all values of one that holds something those of it."""
    with opened_copy(found, plugins) as source:
        if not source.head().sequence:
            raise CfgcoreError(f"{found.name}: the store holds nothing")
        if is_vacant(place, plugins, dry_run=order.dry_run):
            return _copied(found, place, source, plugins, registry, order)
        with opened(place, plugins, dry_run=order.dry_run, clearing=False) as store:
            return _replaced(found, place, source, store, plugins, registry, order)


def _copied(
    found: Recognised, place: StoreTarget, source: Store, plugins: Plugins, registry: Registry, order: Order
) -> Migration:
    wrong, users = _inspected(source, plugins, registry, order)
    if wrong and not order.force:
        raise ValidationFailed(wrong)
    told: dict[str, Any] = {"entries": tuple(users.entries), "omitted": users.omitted, "warnings": tuple(wrong)}
    head = source.head()
    if order.dry_run:
        return Migration(found.name, place.name, found.format, found.why, **told, records=head.sequence)
    with vacant(place, plugins, lambda begun: is_beginning(begun.head(), source)) as built:
        progress = partial(order.progress, "records copied", head.sequence)
        head = copy(source, built.store, resume=True, progress=progress)
        kept = backed_up(place, built.store) if order.backup and place.state == "foreign" else None
        built.publish()
    return Migration(
        found.name,
        place.name,
        found.format,
        found.why,
        **told,
        records=head.sequence,
        revision=head.revision,
        backup=kept,
        committed=True,
    )


def _replaced(
    found: Recognised,
    place: StoreTarget,
    source: Store,
    store: Store,
    plugins: Plugins,
    registry: Registry,
    order: Order,
) -> Migration:
    if not order.force:
        raise CfgcoreError(
            f"{place.name}: it holds revision {store.head().revision}; name a new target, or make all its values those "
            f"of {found.name} with --force (it is backed up, and its history goes on)"
        )
    _, users = _inspected(source, plugins, registry, order)
    reason = order.reason or f"migrated from {legible(found.name)}"
    work = Overwriting(source, order.actor, reason, order.progress, BATCH if can_rebuild(place, store) else sys.maxsize)
    done, kept, before = Overwritten(), None, store.head()
    with _rebuilt(place, store, work, order) as built, Trial(plugins, registry, built.store) as trial:
        for plan in work.plans(trial):
            if built.store is store and order.backup and not order.dry_run:
                kept = backed_up(place, store)
            if not order.dry_run:
                trial.commit(plan)
            done.add(plan)
        head = built.store.head()
        if built.store is not store and head.sequence > before.sequence:
            kept = backed_up(place, store) if order.backup else None
            built.publish()
    committed = head.sequence > before.sequence and not order.dry_run
    return Migration(
        found.name,
        place.name,
        found.format,
        found.why,
        tuple(users.entries),
        tuple(done.changes),
        done.warnings,
        head.revision if committed else None,
        omitted=users.omitted,
        unlisted=done.unlisted,
        backup=kept,
        committed=committed,
    )


def _rebuilt(
    place: StoreTarget, store: Store, work: Overwriting, order: Order
) -> contextlib.AbstractContextManager[Place]:
    """Give a copy of the store that takes its place at once, unless one commit does all there is to do."""
    if order.dry_run or work.is_one_commit(store):
        if place.file is not None and not order.dry_run:
            clear(place.file)
        return contextlib.nullcontext(Place(store, lambda: None))
    return beside(place, store, lambda begun: work.is_begun(begun, store), copied=True)


def _inspected(source: Store, plugins: Plugins, registry: Registry, order: Order) -> tuple[list[Problem], Inspected]:
    """Return what is wrong with everyone's values in a store, and with those of its users."""
    with Trial(plugins, registry, source) as trial:
        wrong = [problem for problem in trial.found if problem.severity == "error"]
        total = count_of(source, USER_PREFIX)
        return wrong, Inspection(trial, source).run(partial(order.progress, "users checked", total))
