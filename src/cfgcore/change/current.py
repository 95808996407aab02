"""The user whom the work at hand is for: known to a request and to everything that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from cfgcore.store.document import user_document
from cfgcore.view.view import View

#: The user of each configuration; a task, and ``asyncio.to_thread``, begin with those of their caller.
_users: ContextVar[Mapping[object, str]] = ContextVar("cfgcore_current_users", default=MappingProxyType({}))


class Current:
    """Whoever the work at hand is for: ``with config.current("alice"): ... config.current.view.download.max_retries``.

    It holds for the code within the block and all that it calls, in this thread or task alone, and in the tasks that it
    starts. Blocks nest. Outside of any block it is the user that the configuration was opened for, or everyone.
    """

    __slots__ = ("_key", "_user", "_view_of")

    def __init__(self, view_of: Callable[[str | None], View], user: str | None) -> None:
        self._key = object()
        self._view_of = view_of
        self._user = user

    @property
    def user(self) -> str | None:
        """The id of the user, or None where it is everyone."""
        return _users.get().get(self._key, self._user)

    @property
    def view(self) -> View:
        """The effective configuration of that user."""
        return self._view_of(self.user)

    @contextmanager
    def __call__(self, user: str) -> Iterator[View]:
        """Let `user` be the current one within a ``with`` block, which is handed that user's view.

        Raises :class:`InvalidUser` for what is no user id.
        """
        user_document(user)
        token = _users.set({**_users.get(), self._key: user})
        try:
            yield self._view_of(user)
        finally:
            _users.reset(token)

    def __repr__(self) -> str:
        return f"<current user: {self.user!r}>"
