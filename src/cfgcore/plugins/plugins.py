"""The plugins of one application: where they are found, and what they answer when they are asked, one by one."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from cfgcore import hooks
from cfgcore.change.deadline import Deadline, Overdue
from cfgcore.check.constraining import Answer
from cfgcore.declare.policy import CORE
from cfgcore.declare.registry import Owned
from cfgcore.errors import CfgcoreError, DeclarationError, PluginError
from cfgcore.markers import PROJECT
from cfgcore.plugins.calling import call, listed, told_of
from cfgcore.plugins.plugin_file import load_file
from cfgcore.plugins.registering import name_of, register
from cfgcore.values.frozen import freeze
from cfgcore.values.problem import Problem
from cfgcore.values.suggest import did_you_mean

if TYPE_CHECKING:
    from cfgcore.change.commit import StoredChange
    from cfgcore.store.protocol import Store

logger = logging.getLogger("cfgcore.plugins")

OnError = Literal["raise", "skip"]

ANSWERS = ("sections", "rules", "profiles", "flags", "sources", "legacy_formats")


class Plugins:
    """The plugins of one application. `failures` lists those that were left out, with the reason.

    Every hook implementation is called singly, so that one plugin's failure names that plugin and skips no other.
    """

    def __init__(self, on_error: OnError = "raise", disable: Iterable[str] = ()) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hooks)
        self._on_error = on_error
        self._disabled = frozenset(disable)
        self._seen: set[str] = set()
        self._deadline = Deadline()
        self.failures: list[CfgcoreError] = []
        self.versions: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """The names of the registered plugins, in order of registration; the core itself is not among them."""
        return [name for name in self._registered if name != CORE]

    @property
    def _registered(self) -> list[str]:
        return [name for name, plugin in self._manager.list_name_plugin() if plugin is not None]

    @property
    def unknown_disabled(self) -> list[str]:
        """What was to be disabled and is no plugin, each with what was probably meant."""
        return [
            f"{name!r} is no plugin.{did_you_mean(name, self._seen)}" for name in sorted(self._disabled - self._seen)
        ]

    def add(self, plugin: object, name: str | None = None) -> None:
        """Register a plugin: a module, an object or a class. Raises :class:`PluginError` with what is wrong with it."""
        name = name or name_of(plugin)
        self._seen.add(name)
        if name in self._disabled:
            return
        try:
            register(self._manager, plugin() if isinstance(plugin, type) else plugin, name)
        except (Exception, SystemExit) as error:
            self._failed(repr(name), error)

    def add_entry_points(self, group: str) -> None:
        """Register the plugins that installed distributions offer in `group`, by name."""
        found = sorted(importlib.metadata.entry_points(group=group), key=lambda entry: entry.name)
        for entry in {(entry.name, entry.value): entry for entry in found}.values():
            self._seen.add(entry.name)
            if entry.name in self._disabled:
                continue
            owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"
            try:
                plugin = entry.load()
            except (Exception, SystemExit) as error:
                self._failed(f"{entry.name!r} (of distribution {owner}, {entry.value})", error)
                continue
            self.versions[entry.name] = entry.dist.version if entry.dist else ""
            self.add(plugin, entry.name)

    def add_folder(self, folder: File) -> None:
        """Register every ``*.py`` file in `folder` as a plugin of that name."""
        if not folder.is_dir():
            raise PluginError(f"{folder}: the folder of plugins does not exist")
        for file in sorted(folder.glob("*.py")):
            self._seen.add(file.stem)
            if file.stem not in self._disabled and not file.stem.startswith("_"):
                try:
                    module = load_file(file)
                except (Exception, SystemExit) as error:
                    self._failed(f"{file.stem!r} ({file})", error)
                else:
                    self.add(module, file.stem)

    def declarations(self) -> list[Owned]:
        """Ask every plugin what it declares, in order of registration."""
        found = []
        for name in self._registered:
            try:
                found.append(Owned(name, **{answer: self._answer(f"{PROJECT}_{answer}", name) for answer in ANSWERS}))
            except CfgcoreError as error:
                self._failed(repr(name), error)
                self._manager.unregister(name=name)
        return found

    def ask(self, changes: Sequence[StoredChange]) -> list[Problem]:
        """Ask every plugin whether stored changes may be made, and return the refusals.

        A plugin that fails, or does not answer in time, refuses.
        """
        refusals: list[Problem] = []
        implementations = self._manager.hook.cfgcore_before_change.get_hookimpls()
        if not implementations:
            return refusals
        frozen = tuple(replace(change, old=freeze(change.old), new=freeze(change.new)) for change in changes)
        for implementation in reversed(implementations):
            name = implementation.plugin_name
            try:
                answer = self._deadline.answer(name, partial(call, implementation, {"changes": frozen}))
            except Overdue as error:
                answer = f"{error}; nothing is changed that it judges, unless it is mended or disabled"
            except (Exception, SystemExit) as error:
                answer = f"the plugin failed: {type(error).__name__}: {error}"
            if answer is not None:
                refusals.append(Problem("before_change", "", f"plugin {name!r} refuses: {answer}"))
        return refusals

    def constraints(self, policies: Any) -> list[Answer]:
        """Ask every plugin what follows from `policies`; one that fails, or takes over five seconds, says why."""
        implementations = reversed(self._manager.hook.cfgcore_constraints.get_hookimpls())
        return [self._constraints(implementation, policies) for implementation in implementations]

    def _constraints(self, implementation: Any, policies: Any) -> Answer:
        from cfgcore.declare.constraint import Constraint

        name = implementation.plugin_name
        try:
            answer = self._deadline.answer(name, lambda: listed(call(implementation, {"policies": policies})))
        except (Exception, SystemExit) as error:
            return Answer(
                name, failure=str(error) if isinstance(error, Overdue) else f"{type(error).__name__}: {error}"
            )
        odd = next((one for one in answer or () if not isinstance(one, Constraint)), None)
        if answer is None or odd is not None:
            return Answer(name, failure=f"it answered {'no list' if odd is None else repr(odd)}, and no constraints")
        return Answer(name, tuple(answer))

    def open_store(self, url: str) -> Store | None:
        """Return the store that a plugin opens for `url`, or None where none knows its scheme."""
        for implementation in reversed(self._manager.hook.cfgcore_open_store.get_hookimpls()):
            store: Store | None = call(implementation, {"url": url})
            if store is not None:
                return store
        return None

    def listens(self, hook: str) -> bool:
        """Return whether any plugin implements a hook."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def tell(self, hook: str, **arguments: Any) -> None:
        """Tell every plugin that something happened. One that fails is logged and harms no other."""
        for implementation in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            try:
                call(implementation, arguments)
            except (Exception, SystemExit):
                logger.exception("plugin %r failed in %s", implementation.plugin_name, hook)

    def listening(self, hook: str, argument: str) -> list[tuple[str, Callable[[Any], Any]]]:
        """Return the plugins that have `hook`, in order of registration, each with a function of its `argument`."""
        found = reversed(getattr(self._manager.hook, hook).get_hookimpls())
        return [(one.plugin_name, told_of(one, argument)) for one in found]

    def _answer(self, hook: str, name: str) -> Sequence[Any]:
        answers: list[Any] = []
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin_name != name:
                continue
            try:
                answer = call(implementation, {})
                found = listed(answer)
            except DeclarationError as error:
                raise DeclarationError(f"plugin {name!r}: {error}") from error
            except (Exception, SystemExit) as error:
                raise PluginError(f"plugin {name!r}: {hook} failed: {type(error).__name__}: {error}") from error
            if found is None:
                raise PluginError(f"plugin {name!r}: {hook} must return a list, not {type(answer).__name__}")
            answers += found
        return answers

    def _failed(self, subject: str, error: BaseException) -> None:
        """Raise what is wrong with the plugin named by `subject`, or note it, as the application asked."""
        if isinstance(error, CfgcoreError) and str(error).startswith("plugin "):
            failure = error
        else:
            failure = PluginError(
                f"plugin {subject}: it cannot be loaded: {type(error).__name__}: {error}; mend it, uninstall it, or "
                f"disable it by name"
            )
        if self._on_error == "raise":
            raise failure from error if failure is not error else error.__cause__
        logger.error("%s", failure)
        self.failures.append(failure)
