"""``cfgcore.migrate``: a configuration of any format and store, taken over into a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from cfgcore.change.commit import Plan
from cfgcore.change.recording import legible
from cfgcore.declare.legacy import Conversion
from cfgcore.declare.registry import Registry
from cfgcore.errors import PluginError, SourceError
from cfgcore.installing.coverage import complete, leaves_of
from cfgcore.installing.fitting import Fitted, Fitter
from cfgcore.installing.order import LOCAL, Order, Progress, untold
from cfgcore.installing.piece import Cutter, Piece
from cfgcore.installing.recognition import SETTINGS, STORE, VERSIONS, Recognised, recognise
from cfgcore.installing.report import Entry, Migration
from cfgcore.installing.settings_source import convert_settings
from cfgcore.installing.store_migration import of_store
from cfgcore.installing.store_target import StoreTarget, backed_up, examined, opened, publish
from cfgcore.installing.trial import Trial
from cfgcore.opening import load_plugins
from cfgcore.plugins import Plugins
from cfgcore.store.protocol import Store

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cfgcore.opening import PluginArguments


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
    progress: Progress = untold,
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
        return of_store(found, place, plugins, registry, order)
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
        return Migration(found.name, place.name, found.format, found.why, **told)
    kept = backed_up(place, store) if order.backup else None
    revision = trial.commit(plan).revision
    publish(place, store)
    return Migration(
        found.name, place.name, found.format, found.why, **told, revision=revision, backup=kept, committed=True
    )


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
