"""Every error that cfgcore raises on purpose.

::

    CfgcoreError
    ├── DeclarationError      a section, setting, rule, profile or flag is declared wrongly
    ├── PluginError           a plugin cannot be loaded, or one of its hooks failed
    ├── SourceError           a file, variable or other source cannot be read
    ├── InvalidUser           a user id that cannot be one
    ├── StoreError            a store cannot be reached, read or written
    │   ├── Conflict          somebody else changed what a change was based on
    │   └── StoreDamaged      what was stored is not what was written
    ├── SectionUnreadable     a newer release wrote a section, or a step of its migration fails
    ├── UnknownPath           a caller named a section or setting that does not exist
    │   └── UnknownAttribute  the same, as an attribute of a draft
    ├── HistoryErased         what a change was is no longer known: it was compacted, or its user forgotten
    ├── Reverted              a critical listener failed, and the change was taken back
    └── ValidationFailed      the configuration is wrong; lists all problems
"""

from __future__ import annotations

from collections.abc import Sequence

from cfgcore.values.problem import Problem


class CfgcoreError(Exception):
    """The root of all errors that cfgcore raises on purpose. Its text is complete: subject, place, cause, remedy."""


class DeclarationError(CfgcoreError):
    """A section, setting, rule, profile or flag is declared wrongly. Names the plugin, the section and the field."""


class PluginError(CfgcoreError):
    """A plugin cannot be loaded, or one of its hooks failed. Names the plugin, or the distribution it comes from."""


class SourceError(CfgcoreError):
    """A file, variable or other source cannot be read. Begins with its place."""

    def __init__(self, place: str, cause: str) -> None:
        super().__init__(place, cause)
        self.place = place
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.place}: {self.cause}"


class InvalidUser(CfgcoreError, ValueError):
    """A user id that cannot be one: empty, too long, or with control characters."""


class StoreError(CfgcoreError):
    """A store cannot be reached, read or written. Nothing was acknowledged; what was acknowledged before is kept."""


class Conflict(StoreError):
    """Somebody else changed what a change was based on. Nothing was written; read again, and try again."""


class StoreDamaged(StoreError):
    """What a store holds is not what was written to it. Says what to do, and names the newest backup."""


class SectionUnreadable(CfgcoreError):
    """A section is there, but cannot be read: a newer release wrote it, or a step of its migration fails. Says which.

    It never falls back to defaults; what is stored is kept as it is.
    """


class UnknownPath(CfgcoreError, KeyError):
    """A caller named a section or setting that does not exist."""

    __str__ = Exception.__str__


class UnknownAttribute(UnknownPath, AttributeError):
    """A draft was asked for a section or setting that does not exist, or was to assign one."""

    def __init__(self, message: str, *, name: str | None = None) -> None:
        AttributeError.__init__(self, message, name=name)


class HistoryErased(CfgcoreError):
    """What a commit changed is no longer known: it was compacted, or a user whom it is about was forgotten."""


class Reverted(CfgcoreError):
    """A critical listener failed on a change that was committed; it was taken back, or the text says why not.

    `revision` is that of the change, `rollback` that of the commit that took it back, None where it stands.
    """

    def __init__(self, message: str, *, revision: int, rollback: int | None) -> None:
        super().__init__(message)
        self.revision = revision
        self.rollback = rollback


class ValidationFailed(CfgcoreError):
    """The configuration is wrong. Lists every problem; nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stand in the way."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that do not."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")
