"""What a caller asks of the stored documents: paths looked up, values made plain and bounded, secrets set apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cfgcore.change.flag_value import stored_form
from cfgcore.change.home import home_of
from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.given import given
from cfgcore.declare.ownership import scope_of
from cfgcore.declare.policy import POLICIES
from cfgcore.declare.registry import Registry
from cfgcore.errors import UnknownPath, ValidationFailed
from cfgcore.store.data import DEPTH_LIMIT, limit
from cfgcore.store.document import user_document
from cfgcore.store.secret import new_key, reference
from cfgcore.values.absent import ABSENT, Absent
from cfgcore.values.data import NoData
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem, once

PATHS_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """New values by document and path in it, ``ABSENT`` where one is removed; secrets as references.

    `refused` are the problems of values that cannot be stored at all. They are no part of `values`: the others are
    judged without them, so that all problems are told at once. `of_stored` are the documents that were there when a
    draft of them was begun.
    """

    values: Mapping[str, Mapping[Path, Any | Absent]]
    secrets: Mapping[str, Any] = field(default_factory=dict, repr=False)
    refused: Sequence[Problem] = ()
    of_stored: frozenset[str] = frozenset()

    def refusal(self, registry: Registry, found: Iterable[Problem]) -> ValidationFailed:
        """Return the error of what was refused, with what was `found` by judging the rest.

        Rules over a refused value were asked about the one of before, and are left out.
        """
        paths = {problem.path for problem in self.refused}
        asked = {
            rule.code for _, rule in registry.rules if any(_meet(path, one) for path in rule.paths for one in paths)
        }
        return ValidationFailed(once((*self.refused, *(problem for problem in found if problem.code not in asked))))


def requested(registry: Registry, changes: Mapping[str, Any], user: str | None) -> Request:
    """Return the request to set `changes`, values by dotted path; a value of ``ABSENT`` removes.

    Raises :class:`UnknownPath`, :class:`InvalidUser`, or :class:`ValidationFailed` for what cannot be told apart.
    """
    if user is not None:
        user_document(user)
    problems: list[Problem] = []
    values: dict[Path, Any] = {}
    secrets: dict[str, Any] = {}
    if len(changes) > PATHS_LIMIT:
        raise ValidationFailed(
            [Problem("limit", "", f"one change has at most {PATHS_LIMIT:,} paths, not {len(changes):,}")]
        )
    for dotted, value in changes.items():
        path = _setting_path(registry, dotted)
        fault = _fault(registry, path, user)
        place = registry.place(path)
        try:
            data = value if value is ABSENT or place is None else given(place.setting, value)
            fault = fault or (limit(data) if data is not ABSENT else None)
        except RecursionError:
            data, fault = None, fault or f"it nests deeper than {DEPTH_LIMIT} levels"
        except NoData as error:
            problems.append(Problem("type", ".".join((*path, *error.path)), str(error)))
            continue
        if path[0] == FLAGS and data is not ABSENT and not fault:
            data, fault = _flag_data(registry, path[1], data, user)
        if fault:
            problems.append(Problem("refused", ".".join(path), fault))
            continue
        if place is not None and place.secret and data is not ABSENT and data is not None:
            key = new_key(home_of(path, user)[0])
            secrets[key], data = data, reference(key)
        values[path] = data
    _refuse_overlap(values)
    return Request(_by_document(values, user), secrets, problems)


def together(requests: Sequence[Request]) -> Request:
    """Return one request in the place of several."""
    if len(requests) == 1:
        return requests[0]
    values: dict[str, dict[Path, Any | Absent]] = {}
    secrets: dict[str, Any] = {}
    for request in requests:
        secrets |= request.secrets
        for document, changed in request.values.items():
            values.setdefault(document, {}).update(changed)
    return Request(values, secrets, [problem for request in requests for problem in request.refused])


def _flag_data(registry: Registry, key: str, data: Any, user: str | None) -> tuple[Any, str | None]:
    try:
        return stored_form(registry, key, data, user), None
    except ValueError as error:
        return data, str(error)


def _by_document(values: Mapping[Path, Any | Absent], user: str | None) -> dict[str, dict[Path, Any | Absent]]:
    found: dict[str, dict[Path, Any | Absent]] = {}
    for path, value in values.items():
        document, inner = home_of(path, user)
        found.setdefault(document, {})[inner] = value
    return found


def removal(registry: Registry, paths: Iterable[str], user: str | None) -> Request:
    """Return the request to remove `paths`, so that the layers below speak again."""
    return requested(registry, dict.fromkeys([paths] if isinstance(paths, str) else paths, ABSENT), user)


def _setting_path(registry: Registry, dotted: str) -> Path:
    path = registry.require(dotted)
    within = _groups(registry, path)
    if within:
        known = ", ".join(f"{dotted}.{name}" for name in within)
        raise UnknownPath(f"{dotted!r} is a section; name its settings: {known}")
    return path


def _groups(registry: Registry, path: Path) -> Iterable[str]:
    """Return the names of what stands in the section at `path`; nothing where it is no section."""
    if path == (FLAGS,):
        return registry.flags or ("<key>",)
    if len(path) == 1:
        return registry.sections[path[0]].settings
    if len(path) == 2 and path[0] == POLICIES and path[1] in registry.policies:
        return registry.policies[path[1]].settings
    return ()


def _fault(registry: Registry, path: Path, user: str | None) -> str | None:
    if registry.place(path) is None:
        return "there is no such value"
    if user is None or (scope := scope_of(registry, path)) == "user":
        return None
    return f"it is set for everyone only, by an administrator (scope {scope})"


def _meet(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _refuse_overlap(values: Mapping[Path, Any]) -> None:
    for path in values:
        for length in range(2, len(path)):
            if path[:length] in values:
                message = f"it lies within {'.'.join(path[:length])}, which the same change sets"
                raise ValidationFailed([Problem("refused", ".".join(path), message)])
