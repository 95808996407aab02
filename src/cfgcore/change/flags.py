"""``config.flags``: flags evaluated, explained, and changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cfgcore.change.flag_changes import FlagChanges, Owner
from cfgcore.declare.flag_path import FLAGS
from cfgcore.errors import InvalidUser
from cfgcore.flag.outcome import Evaluation, failure
from cfgcore.store.document import user_document
from cfgcore.values.frozen import FrozenDict
from cfgcore.values.suggest import did_you_mean

if TYPE_CHECKING:
    from cfgcore.change.flag_report import FlagExplanation, FlagSummary
    from cfgcore.change.flag_state import FlagState, User
    from cfgcore.store.protocol import Store

logger = logging.getLogger("cfgcore.flags")

#: How many users' own variants are kept; whoever was asked about first goes first.
USERS_LIMIT = 100_000

#: How many faults are told once each; later ones are not told.
TOLD_LIMIT = 1_000

_NOTHING: Mapping[str, Any] = FrozenDict()


class Flags(FlagChanges):
    """The feature flags of a configuration: ``config.flags.is_enabled("auto_updates", user="alice")``.

    Evaluating never locks, and touches the store only when a user is asked about for the first time since flags or
    settings changed. `user` is an id as for :meth:`Config.for_user`; without one there is no bucket, so that splits
    give the default variant. `context` are values that targeting rules may ask for.
    """

    def __init__(
        self,
        owner: Owner,
        store: Store | None,
        state: FlagState,
        own: str | None = None,
    ) -> None:
        """Evaluate `state` for the configuration `owner`, whose `store` has users' own variants.

        Applications take ``config.flags``.
        `own` is the user of a desktop application, where somebody is meant who is not named.
        """
        super().__init__(owner)
        self._store = store
        self._own = own
        self._told: set[str] = set()
        self._watchers: tuple[Callable[[Sequence[str]], None], ...] = ()
        self._drops = 0
        self._lock = threading.Lock()
        self._state = state
        self.publish(state)

    def is_enabled(
        self, flag: str, user: str | None = None, context: Mapping[str, Any] | None = None, default: bool = False
    ) -> bool:
        """Return whether a flag is on; `default` where it is not known, disabled or cannot be evaluated.

        Raises :class:`InvalidUser` for what is no user id.
        """
        state = self._state
        try:
            key, given, _ = state.users[user]
            outcome = given[flag] if flag in given else state.evaluators[flag](key, context or _NOTHING)
            value = outcome.value
            if value is True or value is False:
                return value
        except Exception:
            pass  # looked at below, step by step
        found = self.evaluate(flag, user, default, context)
        if isinstance(found.value, bool):
            return found.value
        self._tell_once(f"flag {flag!r} is not on or off; its value is {found.value!r}")
        return default

    def evaluate(
        self, flag: str, user: str | None = None, default: Any = None, context: Mapping[str, Any] | None = None
    ) -> Evaluation:
        """Return the value of a flag with its variant, the reason and the revision; nothing but the user id can raise.

        Where the flag is not known, disabled or cannot be evaluated, the value is `default`. Raises
        :class:`InvalidUser` for what is no user id.
        """
        state = self._state
        try:
            key, given, _ = state.users[user]
            outcome = given[flag] if flag in given else state.evaluators[flag](key, context or _NOTHING)
            return outcome.otherwise(default)
        except Exception:
            pass  # looked at below, step by step
        return self._carefully(flag, user, context).otherwise(default)

    def explain(self, flag: str, user: str | None = None, context: Mapping[str, Any] | None = None) -> FlagExplanation:
        """Return what a flag's value for a user follows from: layers, the user's own variant, rules, bucket.

        Looking exposes nobody: no plugin is told of it.
        """
        from cfgcore.change.flag_report import explained

        state = self._state
        evaluation, given = self._looked_at(state, flag, user, context, exposes=False)
        return explained(state, evaluation, user, given, context if isinstance(context, Mapping) else _NOTHING)

    def list(self) -> Sequence[FlagSummary]:
        """Return all flags, by name, each with its definition, where that came from, and what is wrong with it."""
        from cfgcore.change.flag_report import summary_of

        state = self._state
        return [summary_of(state, key) for key in sorted(state.compiled)]

    def metadata(self, flag: str) -> Mapping[str, Any]:
        """Return the metadata of a flag: its description, owner, expiry date and recipe; empty where there are none."""
        found = self._state.compiled.get(flag)
        return found.definition.metadata if found is not None and found.definition is not None else _NOTHING

    def watch(self, callback: Callable[[Sequence[str]], None]) -> Callable[[], None]:
        """Call `callback` with the names of flags whose definitions changed; return the function that ends it.

        It is called by whoever makes or finds the change, after the new definitions hold, and should return at once.
        """
        with self._lock:
            self._watchers = (*self._watchers, callback)

        def stop() -> None:
            with self._lock:
                self._watchers = tuple(other for other in self._watchers if other is not callback)

        return stop

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all flags."""
        return iter(sorted(self._state.compiled))

    def __contains__(self, flag: object) -> bool:
        return flag in self._state.compiled

    def _carefully(self, flag: str, user: str | None, context: Any) -> Evaluation:
        return self._looked_at(self._state, flag, user, context)[0]

    def _looked_at(
        self, state: FlagState, flag: str, user: str | None, context: Any, *, exposes: bool = True
    ) -> tuple[Evaluation, User | None]:
        """Return what a flag gives a user, and what is known of the user, None where that cannot be read.

        What goes wrong is an outcome, and told once.
        """
        try:
            whom = self._user(state, user)
        except InvalidUser:
            raise
        except Exception as error:
            message = f"what users were given cannot be read: {error}"
            self._tell_once(message)
            return failure(str(flag), "GENERAL", message, state.revision), None
        key, given, _ = whom
        known = state.compiled.get(flag) if isinstance(flag, str) else None
        if known is None:
            hint = did_you_mean(flag, state.compiled) if isinstance(flag, str) else ""
            message = f"there is no flag {flag!r}.{hint}"
            self._tell_once(message)
            return failure(str(flag), "FLAG_NOT_FOUND", message, state.revision), whom
        if flag in given:
            return given[flag], whom
        evaluate = state.evaluators[flag] if exposes else known.evaluate
        try:
            outcome = evaluate(key, context if isinstance(context, Mapping) else _NOTHING)
        except Exception as error:
            outcome = failure(flag, "GENERAL", f"{type(error).__name__}: {error}", state.revision)
        if outcome.reason == "ERROR":
            self._tell_once(f"flag {flag!r} cannot be evaluated: {outcome.message}")
        return outcome, whom

    def _user(self, state: FlagState, user: str | None) -> User:
        try:
            known = state.users.get(user)
        except TypeError:
            known = None
        if known is not None:
            return known
        if user is None:
            return (None, _NOTHING, _NOTHING) if self._own is None else self._user(state, self._own)
        drops = self._drops
        found = self._read_user(state, user)
        with self._lock:
            if drops == self._drops:  # else it may have been read before the change that dropped it
                while len(state.users) >= USERS_LIMIT:
                    state.users.pop(next(iter(state.users)))
                state.users[user] = found
                if user == self._own:
                    state.users[None] = found
        return found

    def _read_user(self, state: FlagState, user: str) -> User:
        name = user_document(user)
        if self._store is None:
            return user, _NOTHING, _NOTHING
        snapshot = self._store.read([name])
        stored = snapshot.documents[name].values.get(FLAGS)
        key = snapshot.head.incarnation if user == self._own else user
        if not isinstance(stored, Mapping) or not stored:
            return key, _NOTHING, _NOTHING
        return key, self._outcomes(state, user, stored, snapshot.documents[name].revision), FrozenDict(stored)

    def _outcomes(
        self, state: FlagState, user: str, stored: Mapping[str, bool | str], revision: int
    ) -> Mapping[str, Evaluation]:
        """Return the outcomes of what a user was given; what is no variant any more has none, and is told.

        What a deployer enforces is above users: of such a flag there is none either.
        """
        found: dict[str, Evaluation] = {}
        for flag, variant in stored.items():
            if state.is_enforced(flag):
                continue
            known = state.compiled.get(flag)
            outcome = known.given(variant, revision) if known is not None else None
            if outcome is not None:
                found[flag] = outcome
            elif known is not None and known.definition is not None:
                self._tell_once(f"flag {flag!r}: user {user!r} has {variant!r}, which is no variant of it any more")
        return found

    def publish(self, state: FlagState) -> None:
        """Let `state` hold from now on."""
        if self._own is None:
            state.users[None] = (None, _NOTHING, _NOTHING)
        with self._lock:
            self._drops += 1
            before, self._state = self._state, state
        if self._watchers and before.compiled is not state.compiled:
            changed = [key for key in state.layers.keys() | before.layers.keys() if _differs(key, before, state)]
            for watcher in self._watchers if changed else ():
                try:
                    watcher(sorted(changed))
                except Exception:
                    logger.exception("%r failed, which watches flags", watcher)

    def drop(self, users: Sequence[str]) -> None:
        """Forget what was given to these users: it was changed."""
        with self._lock:
            self._drops += 1
            for user in users:
                self._state.users.pop(user, None)
                if user == self._own:
                    self._state.users.pop(None, None)

    def _tell_once(self, message: str) -> None:
        if message not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add(message)
            logger.warning("%s", message)


def _differs(key: str, before: FlagState, after: FlagState) -> bool:
    old, new = before.layers.get(key), after.layers.get(key)
    return old is None or new is None or old[-1].value != new[-1].value
