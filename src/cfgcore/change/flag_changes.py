"""Changes of flags: each is a stored change like any other, checked, audited, planned, undone by its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict, overload

from cfgcore.declare.flag_path import FLAGS
from cfgcore.errors import Conflict, InvalidUser, UnknownPath, ValidationFailed
from cfgcore.store.document import user_document
from cfgcore.values.absent import ABSENT
from cfgcore.values.problem import Problem
from cfgcore.values.suggest import did_you_mean

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cfgcore.change.commit import Outcome, Plan
    from cfgcore.change.flag_state import FlagState
    from cfgcore.flag.definition import Definition

#: How often a rollout is computed again where somebody else changed flags meanwhile.
ATTEMPTS = 20

Make: TypeAlias = "Callable[[Definition], Mapping[str, Any]]"


class How(TypedDict, total=False):
    """Who changes flags and why, which is recorded; and the revision after which nobody else may have changed them."""

    actor: str | None
    reason: str
    expected_revision: int | None


class Owner(Protocol):
    """The configuration whose flags these are."""

    def update(self, changes: Mapping[str, Any], *, user: str | None, **how: Unpack[How]) -> Outcome:
        """Store values by dotted path."""
        ...

    def plan(self, changes: Mapping[str, Any], *, user: str | None, **how: Unpack[How]) -> Plan:
        """Check values by dotted path."""
        ...

    def reload(self) -> object:
        """Look for what others changed."""
        ...


class FlagChanges:
    """What administrators do with flags. Everything takes `actor` and `reason`, which are recorded.

    With ``dry_run=True`` a change is checked and returned as a :class:`Plan`, which ``config.apply`` commits. All raise
    :class:`UnknownPath` for a flag that is not known, with what was probably meant, and :class:`ValidationFailed` with
    all problems; then nothing is changed.
    """

    _state: FlagState

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    @overload
    def set(self, flag: str, value: Any, *, dry_run: Literal[False] = ..., **how: Unpack[How]) -> Outcome: ...

    @overload
    def set(self, flag: str, value: Any, *, dry_run: bool, **how: Unpack[How]) -> Outcome | Plan: ...

    def set(self, flag: str, value: Any, *, dry_run: bool = False, **how: Unpack[How]) -> Outcome | Plan:
        """Set a flag for everyone: true, false, ``"25%"``, the name of a variant, or a whole definition of flagd.

        A definition may be of a flag that no plugin declares.
        """
        from cfgcore.flag.shorthand import expanded

        if isinstance(value, Mapping):
            return self._change({_path(flag): value}, dry_run=dry_run, **how)
        return self._made(flag, lambda base: expanded(value, base), dry_run, how)

    @overload
    def unset(self, flag: str, *, dry_run: Literal[False] = ..., **how: Unpack[How]) -> Outcome: ...

    @overload
    def unset(self, flag: str, *, dry_run: bool, **how: Unpack[How]) -> Outcome | Plan: ...

    def unset(self, flag: str, *, dry_run: bool = False, **how: Unpack[How]) -> Outcome | Plan:
        """Remove what is stored of a flag, so that variables, files and the plugin's default say what it is."""
        if flag not in self._state.compiled:
            raise self._unknown(flag)
        return self._change({_path(flag): ABSENT}, dry_run=dry_run, **how)

    @overload
    def rollout(
        self,
        flag: str,
        percent: float | Mapping[str, float],
        *,
        variant: str | None = ...,
        dry_run: Literal[False] = ...,
        **how: Unpack[How],
    ) -> Outcome: ...

    @overload
    def rollout(
        self,
        flag: str,
        percent: float | Mapping[str, float],
        *,
        variant: str | None = ...,
        dry_run: bool,
        **how: Unpack[How],
    ) -> Outcome | Plan: ...

    def rollout(
        self,
        flag: str,
        percent: float | Mapping[str, float],
        *,
        variant: str | None = None,
        dry_run: bool = False,
        **how: Unpack[How],
    ) -> Outcome | Plan:
        """Give a share of the users, in percent, a flag that is on or off; or, with `variant`, that variant of a flag.

        `percent` by variant sets the shares of all at once: what they leave is that of the default variant. Users who
        have a variant keep it as long as its share does not shrink. Who has no user id has the default variant.
        """
        from cfgcore.flag.shorthand import rolled_out, variant_of

        def made(base: Definition) -> Mapping[str, Any]:
            if isinstance(percent, Mapping):
                return rolled_out(base, percent).data()
            named = variant_of(base, True if variant is None else variant)
            return rolled_out(base, {named: percent}, others=True).data()

        return self._made(flag, made, dry_run, how)

    @overload
    def override(
        self, flag: str, user: str, value: bool | str, *, dry_run: Literal[False] = ..., **how: Unpack[How]
    ) -> Outcome: ...

    @overload
    def override(
        self, flag: str, user: str, value: bool | str, *, dry_run: bool, **how: Unpack[How]
    ) -> Outcome | Plan: ...

    def override(
        self, flag: str, user: str, value: bool | str, *, dry_run: bool = False, **how: Unpack[How]
    ) -> Outcome | Plan:
        """Give one user a variant, or a flag that is on or off, whatever the definition says.

        Raises :class:`InvalidUser` for what is no user id; None is nobody, and :meth:`set` is for everyone.
        """
        from cfgcore.flag.shorthand import variant_of

        _refuse_nobody(user, "set(flag, value) gives everyone a variant")
        base = self._known(flag)
        try:
            variant_of(base, value)
        except ValueError as error:
            raise ValidationFailed([Problem("flag", _path(flag), str(error))]) from error
        return self._change({_path(flag): value}, user=user, dry_run=dry_run, **how)

    @overload
    def remove_override(
        self, flag: str, user: str, *, dry_run: Literal[False] = ..., **how: Unpack[How]
    ) -> Outcome: ...

    @overload
    def remove_override(self, flag: str, user: str, *, dry_run: bool, **how: Unpack[How]) -> Outcome | Plan: ...

    def remove_override(self, flag: str, user: str, *, dry_run: bool = False, **how: Unpack[How]) -> Outcome | Plan:
        """Take back what one user was given, so that the definition decides again.

        Raises :class:`InvalidUser` for what is no user id; None is nobody, and :meth:`unset` is for everyone.
        """
        _refuse_nobody(user, "unset(flag) removes what is stored for everyone")
        return self._change({_path(flag): ABSENT}, user=user, dry_run=dry_run, **how)

    def export(self) -> str:
        """Return all flags that can be used as a file of flagd: JSON, keys sorted, with a newline at its end."""
        import json

        from cfgcore.flag.flagd import written

        sound = [flag.definition for flag in self._state.compiled.values() if flag.definition and not flag.problems]
        data = written(sorted(sound, key=lambda definition: definition.key))
        return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @overload
    def import_(self, text: str, *, dry_run: Literal[False] = ..., **how: Unpack[How]) -> Outcome: ...

    @overload
    def import_(self, text: str, *, dry_run: bool, **how: Unpack[How]) -> Outcome | Plan: ...

    def import_(self, text: str, *, dry_run: bool = False, **how: Unpack[How]) -> Outcome | Plan:
        """Store every flag of a file of flagd, in one commit: all of them, or none. Other flags stay as they are."""
        from cfgcore.flag.flagd import read_file

        data, problems = read_file(text)
        if problems:
            raise ValidationFailed(problems)
        return self._change({_path(key): definition for key, definition in data.items()}, dry_run=dry_run, **how)

    def _made(self, flag: str, make: Make, dry_run: bool, how: How) -> Outcome | Plan:
        """Store what `make` makes of the definition of now; where flags were changed meanwhile, make it again."""
        for attempt in range(ATTEMPTS):
            base, revision = self._known(flag), self._state.revision
            try:
                value = make(base)
            except ValueError as error:
                raise ValidationFailed([Problem("flag", _path(flag), str(error))]) from error
            try:
                return self._change({_path(flag): value}, dry_run=dry_run, **_expecting(how, revision))
            except Conflict:
                if attempt == ATTEMPTS - 1 or "expected_revision" in how:
                    raise
                self._owner.reload()
        raise AssertionError("the last attempt returns or raises")

    def _known(self, flag: str) -> Definition:
        found = self._state.compiled.get(flag) if isinstance(flag, str) else None
        if found is None:
            raise self._unknown(flag)
        if found.definition is None:
            remedy = "unset it first, or set a whole definition"
            message = f"its definition cannot be used; {remedy}: {found.problems[0]}"
            raise ValidationFailed([Problem("flag", _path(flag), message)])
        return found.definition

    def _unknown(self, flag: Any) -> UnknownPath:
        hint = did_you_mean(flag, self._state.compiled) if isinstance(flag, str) else ""
        return UnknownPath(f"there is no flag {flag!r}.{hint}")

    def _change(
        self, changes: Mapping[str, Any], *, user: str | None = None, dry_run: bool = False, **how: Unpack[How]
    ) -> Outcome | Plan:
        if dry_run:
            return self._owner.plan(changes, user=user, **how)
        return self._owner.update(changes, user=user, **how)


def _refuse_nobody(user: Any, instead: str) -> None:
    if user is None:
        raise InvalidUser(f"None is no user, whose variant this would be; {instead}")
    user_document(user)


def _expecting(how: How, revision: int) -> How:
    found = How(expected_revision=revision)
    found.update(how)
    return found


def _path(flag: str) -> str:
    return f"{FLAGS}.{flag}"
