"""``cfgcore.migrate``: a configuration of any format and store, taken over into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from cfgcore.change.commit import Plan
from cfgcore.change.copying import copy, is_beginning
from cfgcore.change.recording import legible
from cfgcore.declare.legacy import Conversion
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, PluginError, SourceError, ValidationFailed
from cfgcore.installing.coverage import complete, leaves_of
from cfgcore.installing.fitting import Fitted, Fitter
from cfgcore.installing.inspection import Inspection
from cfgcore.installing.piece import Cutter, Piece
from cfgcore.installing.recognition import SETTINGS, STORE, VERSIONS, Recognised, recognise
from cfgcore.installing.report import Entry, Migration
from cfgcore.installing.settings_source import convert_settings
from cfgcore.installing.store_source import opened_copy
from cfgcore.installing.store_target import StoreTarget, backed_up, examined, is_vacant, opened, publish, vacant
from cfgcore.installing.trial import Trial
from cfgcore.opening import load_plugins
from cfgcore.plugins import Plugins
from cfgcore.store.document import USER_PREFIX
from cfgcore.store.protocol import Store
from cfgcore.store.scanning import count_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cfgcore.opening import PluginArguments

#: Whose preferences a file holds that names no user: those of the single user of a desktop application.
LOCAL = "local"


#: Is told what is done, of how many altogether, and how many are done.
Progress = Callable[[str, int, int], None]


def _untold(what: str, total: int, done: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a migration besides source and target; :func:`migrate` tells of each."""

    user: str = LOCAL
    format: str | None = None
    explicit: bool = False
    keep_unmapped: bool = False
    force: bool = False
    backup: bool = True
    dry_run: bool = False
    environment: tuple[str, ...] = ()
    actor: str = "migrate"
    reason: str = ""
    progress: Progress = _untold


def migrate(
    source: str | File,
    target: str | File,
    *,
    user: str = LOCAL,
    format: str | None = None,
    explicit: bool = False,
    keep_unmapped: bool = False,
    force: bool = False,
    backup: bool = True,
    dry_run: bool = False,
    environment: str | Iterable[str] = (),
    actor: str = "migrate",
    reason: str = "",
    progress: Progress = _untold,
    **plugins: Unpack[PluginArguments],
) -> Migration:
    """Take over a settings file, a file of an older format, or a store, into the store `target`, by one commit.

    `format` says what `source` is where several formats recognise it. `user` is the one whose preferences a file holds
    that names nobody. Values equal to the defaults of an older format are left out unless `explicit`; what has no place
    is listed, and stored under ``unmapped`` with `keep_unmapped`. `environment` is that of a settings file. A target
    that holds something is backed up first unless `backup` is false; `force` replaces one that is no store, and one
    that holds something by the values of another store. With `dry_run` nothing is written. While a store is copied,
    `progress` is told what is done, of how many, and how many are done by now; what an interruption left of a copy is
    gone on with. The plugins are named as for :func:`cfgcore.open`.

    The source is never modified. The target is written once all values passed the checks of all plugins; a value that
    does not is an entry of the answer, which is then not ``is_valid``. Raises :class:`CfgcoreError` where a migration
    cannot be at all; the target then is as it was.
    """
    found, registry = load_plugins(**plugins)
    environments = environment.split(",") if isinstance(environment, str) else environment
    order = Order(
        user=user,
        format=format,
        explicit=explicit,
        keep_unmapped=keep_unmapped,
        force=force,
        backup=backup,
        dry_run=dry_run,
        environment=tuple(name.strip() for name in environments if name.strip()),
        actor=actor,
        reason=reason,
        progress=progress,
    )
    return migrated(str(source), str(target), found, registry, order)


def migrated(source: str, target: str, plugins: Plugins, registry: Registry, order: Order) -> Migration:
    """Migrate with plugins that are loaded; see :func:`migrate`."""
    found = recognise(source, registry, order.format)
    place = examined(target, found, force=order.force)
    if found.format == STORE:
        return _of_store(found, place, plugins, registry, order)
    if not found.data:
        raise SourceError(found.name, "it is empty: there is nothing to migrate")
    conversion = converted(found, registry, order.environment)
    with opened(place, plugins, dry_run=order.dry_run) as store, Trial(plugins, registry, store) as trial:
        fitted, entries = fit(found, conversion, trial, order)
        return _done(found, place, store, trial, fitted.plan, entries, order)


def converted(found: Recognised, registry: Registry, environments: Sequence[str] = ()) -> Conversion:
    """Return what becomes of every value of a file. Raises :class:`PluginError` where its converter fails."""
    assert found.text is not None, "only a store has no text"
    data = found.data or {}
    if found.format == SETTINGS:
        told = {key: value for key, value in data.items() if str(key).casefold() != VERSIONS}
        return complete(convert_settings(found.text, data, registry, environments), told, SETTINGS)
    plugin, format_ = registry.legacy_formats[found.format]
    try:
        answer = format_.convert(data)
    except (Exception, SystemExit) as error:
        cause = f"{type(error).__name__}: {error}"
        raise PluginError(f"plugin {plugin!r}: converting the format {found.format!r} failed: {cause}") from error
    if not isinstance(answer, Conversion):
        kind = type(answer).__name__
        raise PluginError(f"plugin {plugin!r}: the converter of {found.format!r} answered {kind}, not a Conversion")
    return complete(answer, data, found.format)


def fit(found: Recognised, conversion: Conversion, trial: Trial, order: Order) -> tuple[Fitted, tuple[Entry, ...]]:
    """Return the plan of what can be taken over, and an entry for every value, in the order of the source."""
    text = found.text
    assert text is not None, "only a store has no text"
    cutter = Cutter(trial.registry, order.user, text.line_of, explicit=order.explicit)
    cut = [cutter.piece(mapped) for mapped in conversion.mapped]
    for dropped in conversion.dropped:
        keeps = order.keep_unmapped and not dropped.wrong
        cut.append(cutter.unmapped(dropped, found.format) if keeps else cutter.dropped(dropped))
    reason = order.reason or f"migrated from {legible(found.name)} ({found.format})"
    fitter = Fitter(trial, cutter, order.actor, reason)
    fitted = fitter.fit([piece for piece in cut if isinstance(piece, Piece)])
    entries = [one for one in cut if isinstance(one, Entry)]
    entries += [*fitted.refused, *map(cutter.taken, fitted.pieces)]
    return fitted, tuple(_ordered(entries, found.data or {}))


def _done(
    found: Recognised,
    place: StoreTarget,
    store: Store,
    trial: Trial,
    plan: Plan,
    entries: tuple[Entry, ...],
    order: Order,
) -> Migration:
    told: dict[str, Any] = {"entries": entries, "changes": plan.changes, "warnings": plan.warnings}
    if not plan or order.dry_run:
        return Migration(found.name, place.url, found.format, found.why, **told)
    kept = backed_up(place, store) if order.backup else None
    revision = trial.commit(plan).revision
    publish(place, store)
    return Migration(
        found.name, place.url, found.format, found.why, **told, revision=revision, backup=kept, committed=True
    )


def _of_store(found: Recognised, place: StoreTarget, plugins: Plugins, registry: Registry, order: Order) -> Migration:
    """Copy a store with its history into a new one; or make all values of one that holds something those of it."""
    with opened_copy(found, plugins) as source:
        if not source.head().sequence:
            raise CfgcoreError(f"{found.name}: the store holds nothing")
        if is_vacant(place, plugins, dry_run=order.dry_run):
            return _copied(found, place, source, plugins, registry, order)
        with opened(place, plugins, dry_run=order.dry_run) as store:
            return _replaced(found, place, source, store, plugins, registry, order)


def _copied(
    found: Recognised, place: StoreTarget, source: Store, plugins: Plugins, registry: Registry, order: Order
) -> Migration:
    with Trial(plugins, registry, source) as trial:
        wrong = [problem for problem in trial.found if problem.severity == "error"]
        if wrong and not order.force:
            raise ValidationFailed(wrong)
        users = Inspection(trial, source).run(partial(order.progress, "users checked", count_of(source, USER_PREFIX)))
    told: dict[str, Any] = {"entries": tuple(users.entries), "omitted": users.omitted, "warnings": tuple(wrong)}
    head = source.head()
    if order.dry_run:
        return Migration(found.name, place.url, found.format, found.why, **told, records=head.sequence)
    with vacant(place, plugins, lambda begun: is_beginning(begun, source)) as built:
        progress = partial(order.progress, "records copied", head.sequence)
        head = copy(source, built.store, resume=True, progress=progress)
        kept = backed_up(place, built.store) if order.backup and place.state == "foreign" else None
        built.publish()
    return Migration(
        found.name,
        place.url,
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
            f"{place.url}: it holds revision {store.head().revision}; name a new target, or make all its values those "
            f"of {found.name} with --force (it is backed up, and its history goes on)"
        )
    with Trial(plugins, registry, store) as trial:
        plan = trial.restoring(source, order.actor, order.reason or f"migrated from {legible(found.name)}")
        return _done(found, place, store, trial, plan, (), order)


def _ordered(entries: Iterable[Entry], data: Mapping[str, Any]) -> list[Entry]:
    """Return entries in the order in which their values stand in the source."""
    rank: dict[str, int] = {}
    for number, (path, _) in enumerate(leaves_of(data)):
        for length in range(1, len(path) + 1):
            rank.setdefault(".".join(path[:length]), number)

    def position(entry: Entry) -> tuple[int, str]:
        around = entry.source
        while around and around not in rank:
            around = around.rpartition(".")[0]
        return rank.get(around, len(rank)), entry.source

    return sorted(entries, key=position)
