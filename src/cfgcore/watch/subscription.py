"""What a subscriber holds, and what a configuration offers to those who want to be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cfgcore.errors import CfgcoreError
from cfgcore.store.document import user_document
from cfgcore.values.absent import ABSENT, Absent

if TYPE_CHECKING:
    from cfgcore.change.event import Event
    from cfgcore.declare.registry import Registry
    from cfgcore.values.origin import Path
    from cfgcore.watch.listener import Listener, Status
    from cfgcore.watch.listeners import Listeners


class Subscription:
    """One callback that is told of changes, until it is closed; a ``with`` block closes it at its end."""

    __slots__ = ("__weakref__", "_listener", "_listeners", "callback")

    def __init__(self, listeners: Listeners, listener: Listener, callback: Callable[[Event], object]) -> None:
        self._listeners = listeners
        self._listener = listener
        self.callback = callback

    @property
    def status(self) -> Status:
        """How the listener does."""
        return self._listener.status

    def close(self) -> None:
        """Be told nothing any more; a call that runs comes to its end. Closing twice does nothing."""
        self._listeners.remove(self._listener)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        status = self.status
        return f"<subscription of {status.name} to {status.path or 'everything'}: {status.state}>"


class Listened:
    """What a configuration offers to those who want to be told of changes."""

    __slots__ = ()

    registry: Registry
    listeners: Listeners

    def subscribe(
        self,
        path: str,
        callback: Callable[[Event], object],
        *,
        user: str | Absent | None = ABSENT,
        critical: bool = False,
    ) -> Subscription:
        """Let `callback` be told of effective changes at or below a path: a section, a setting, a key of a table.

        A path of "" or "*" is everything; "flags" is all flags, and ``flags.<flag>`` is one. `user` is whose view is
        compared: None is everyone's; where none is given, it is that of the user that the configuration was opened for,
        if any. A function is called on a thread of its own, a coroutine function on the event loop that runs now, or
        else on one of the configuration's own. Each callback is told in order, once, after the commit. A critical one
        decides: where it raises, the commit is taken back, and ``update`` raises :class:`Reverted`. Raises
        :class:`UnknownPath` with what was probably meant.
        """
        self._require_open()
        keys: Path = () if path in ("", "*") else self.registry.require(path)
        whose = self._whose(user)
        if whose is not None:
            user_document(whose)
        listener = self._listened(callback, keys, whose, critical)
        return Subscription(self.listeners, listener, callback)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Close a subscription."""
        if not isinstance(subscription, Subscription):
            raise CfgcoreError(f"{subscription!r} is no subscription; keep what subscribe() returned")
        subscription.close()

    def _listened(self, callback: Callable[[Event], object], path: Path, user: str | None, critical: bool) -> Listener:
        raise NotImplementedError

    def _require_open(self) -> None:
        raise NotImplementedError

    def _whose(self, user: str | Absent | None) -> str | None:
        raise NotImplementedError
