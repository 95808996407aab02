"""The registration of one plugin: what pluggy would take silently, and never call, is an error."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from types import FunctionType, MethodType, ModuleType

import pluggy

from cfgcore import hooks
from cfgcore.errors import PluginError
from cfgcore.markers import PROJECT
from cfgcore.values.suggest import did_you_mean

logger = logging.getLogger("cfgcore.plugins")

ROUTINES = (FunctionType, MethodType)


def name_of(plugin: object) -> str:
    """Return the name of a plugin that was given none: its attribute `name`, else that of the module or class."""
    if isinstance(plugin, ModuleType):
        return plugin.__name__
    return str(getattr(plugin, "name", None) or (plugin if isinstance(plugin, type) else type(plugin)).__name__)


def register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Register a plugin under a name. Raises :class:`PluginError` with what is wrong with it."""
    if manager.has_plugin(name):
        raise PluginError(f"plugin {name!r} is registered twice; give one of them another name, or disable it")
    registered = manager.get_name(plugin)
    if registered is not None:
        raise PluginError(f"plugin {name!r} is registered already, as {registered!r}; leave one of the two out")
    _check_marks(plugin, name)
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        manager.unregister(name=name)
        hint = did_you_mean(_hook_in(str(error)), _specified())
        raise PluginError(f"plugin {name!r}: {_one_line(error)}.{hint} The hooks are in cfgcore.hooks.") from error
    callers = manager.get_hookcallers(plugin) or []
    if any(
        own.wrapper or own.hookwrapper for caller in callers for own in caller.get_hookimpls() if own.plugin is plugin
    ):
        manager.unregister(name=name)
        raise PluginError(f"plugin {name!r}: it wraps a hook; hooks are called singly, so that nothing is wrapped")
    if not callers:
        logger.warning("plugin %r has no hook marked with @hookimpl", name)


def _specified() -> list[str]:
    return [name for name in vars(hooks) if name.startswith(f"{PROJECT}_")]


def _check_marks(plugin: object, name: str) -> None:
    if plugin is None or isinstance(plugin, (str, bytes, int, float, Mapping, Iterable)):
        raise PluginError(f"plugin {name!r}: {plugin!r} is no plugin; give a module or an object with hooks")
    for hook in dir(plugin):
        function = getattr(plugin, hook) if hook.startswith(f"{PROJECT}_") else None
        if isinstance(function, ROUTINES) and not hasattr(function, f"{PROJECT}_impl"):
            fault = f"is no hook.{did_you_mean(hook, _specified())} The hooks are in cfgcore.hooks."
            if hook in _specified():
                fault = "is not marked; write @hookimpl above it"
            raise PluginError(f"plugin {name!r}: {hook} {fault}")


def _hook_in(message: str) -> str:
    return next((word.strip("'\":,") for word in message.split() if word.strip("'\":,").startswith(PROJECT + "_")), "")


def _one_line(error: BaseException) -> str:
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())
