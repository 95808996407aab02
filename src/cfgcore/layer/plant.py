"""Raw data put into a tree: names spelt as declared, tokens applied, each leaf with its origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cfgcore.declare.bounds import shown
from cfgcore.declare.flag_path import is_flag
from cfgcore.declare.kind import Kind
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Place
from cfgcore.layer.dynaconf_reader import TOO_DEEP, Cast, cast, starts_with_token
from cfgcore.layer.literal import read_literal
from cfgcore.layer.report import Report
from cfgcore.layer.template import holds_template
from cfgcore.layer.text import DEPTH_LIMIT
from cfgcore.layer.tree import Leaf, Operation, Table, node_at
from cfgcore.migration.trace import present_names
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Origin, Path
from cfgcore.values.suggest import did_you_mean

OriginOf = Callable[[Path], Origin]

_SCALARS = frozenset((str, bool, int, float, type(None)))

_MARKS = ("dynaconf_merge", "dynaconf_merge_unique")


@dataclass(frozen=True, slots=True)
class Planter:
    """Plants raw data. `literal` says that the source knows nothing but text; `inert`, that nothing is evaluated."""

    registry: Registry
    report: Report
    templates: bool = False
    literal: bool = False
    inert: bool = False

    def plant(self, tree: Table, path: Path, value: Any, origin_of: OriginOf, key: Path) -> None:
        """Put `value`, which stands at `key` in its source, at `path` in `tree`; what is wrong goes to the report.

        A section that holds nothing is empty. A setting's former name gives way to its present one in the same tree.
        """
        if is_flag(path) and len(path) > 1:
            self._flag(tree, path, value, origin_of, key)
            return
        levels = DEPTH_LIMIT - max(len(path), len(key))
        is_table = isinstance(value, Mapping) or (value is None and len(path) == 1)
        if levels < 0 or (not is_table and _is_too_deep(value, levels)):
            self.report.add("depth", self.registry.canonical(path)[0][:2], TOO_DEEP, origin_of(key))
        elif is_table:
            self._table(tree, path, value or {}, origin_of, key)
        else:
            self._value(tree, path, value, origin_of, key)

    def _flag(self, tree: Table, path: Path, value: Any, origin_of: OriginOf, key: Path) -> None:
        """Plant a flag: its definition is one value, however much it holds. A short form needs a declaration."""
        _, name = canonical = self.registry.canonical(path)[0]
        if len(path) > 2:
            message = f"a flag is set as a whole; write the definition at {'.'.join(path[:2]).lower()}"
            self.report.add("type", canonical, message, origin_of(key))
        elif name not in self.registry.flags and not isinstance(value, Mapping):
            hint = did_you_mean(name, self.registry.flags)
            self.report.unknown(
                f"unknown flag {name!r}." + (hint or " A definition would make it one."), origin_of(key)
            )
        else:
            self._value(tree, path, value, origin_of, key)

    def _value(self, tree: Table, path: Path, value: Any, origin_of: OriginOf, key: Path) -> None:
        canonical, fault = self.registry.canonical(path)
        origin = origin_of(key)
        if fault:
            self._unknown(path, fault, origin, value)
            return
        if len(canonical) == 1:
            self.report.add("type", canonical, f"it is a table of settings, not {_type_of(value)}", origin)
            return
        if self._renamed(path, canonical, origin) and node_at(tree, canonical) is not None:
            return
        result = self._cast(canonical, value, origin)
        if result is not None:
            self._leaf(tree, canonical, result, origin, key)

    def _table(self, tree: Table, path: Path, value: Mapping[Any, Any], origin_of: OriginOf, key: Path) -> None:
        if path:
            canonical, fault = self.registry.canonical(path)
            if fault and not self.registry.was_table(path):
                self._unknown(path, fault, origin_of(key), value)
                return
            if value.get("dynaconf_merge") is False and not fault:
                self._reach(tree, canonical).replace = True
            if not value and len(canonical) > 1:
                self._empty(tree, canonical, origin_of(key))
        for name, below in value.items():
            name = str(name)
            if name.lower().startswith("dynaconf_"):
                self._mark(path, name, below, origin_of((*key, name)))
            else:
                self.plant(tree, (*path, name), below, origin_of, (*key, name))

    def _unknown(self, path: Path, fault: str, origin: Origin, value: Any) -> None:
        gone = self.registry.removed(path)
        if gone is None:
            self.report.unknown(fault + self._formerly(path, value, origin), origin)
        else:
            known = tuple(key.lower() for key in path)
            self.report.add("removed", known, f"it was removed, and has no effect: {gone}", origin, severity="warning")

    def _formerly(self, path: Path, value: Any, origin: Origin) -> str:
        """Return what an unknown name was in an older version of its section, and what it is called now."""
        section = self.registry.section_at(path[:-1])
        if section is None or not section.header.steps:
            return ""
        try:
            known = cast(value, infer=True).value if isinstance(value, str) else value
            found = present_names(section, path[-1].lower(), known)
        except ValueError:
            return ""
        if found is None:
            return ""
        version, names = found
        told = f" It was a setting up to version {version}; today that is {', '.join(names)}"
        if origin.kind != "file":
            return f"{told}."
        named = ".".join((*path[:-2], section.name)).lower()
        return f"{told} (or say what the file was written for: {named} = {version} in its table [versions])."

    def _mark(self, path: Path, name: str, value: Any, origin: Origin) -> None:
        if name not in _MARKS:
            self.report.add("reserved", path, f"{name!r} has no effect here; take it out", origin)
        elif not isinstance(value, bool):
            self.report.add("reserved", path, f"{name!r} is true or false", origin)
        elif not value and not path:
            self.report.add("reserved", path, f"{name!r} has no effect here; write it in the section concerned", origin)

    def _empty(self, tree: Table, path: Path, origin: Origin) -> None:
        place = self.registry.place(path)
        if place and place.kind.name not in ("dict", "record", "any"):
            self._put(tree, path, Leaf({}, origin))
        else:
            self._reach(tree, path)

    def _leaf(self, tree: Table, path: Path, result: Cast, origin: Origin, key: Path) -> None:
        if isinstance(result.value, Mapping) and self._becomes_table(path, result):
            tabled = replace(self, literal=False)
            tabled._table(tree, path, result.value, lambda _key: origin, key)
        elif result.value is not ABSENT or result.operation == "delete":
            self._put(tree, path, Leaf(result.value, origin, result.operation, result.index))

    def _cast(self, path: Path, value: Any, origin: Origin) -> Cast | None:
        place = self.registry.place(path)
        try:
            result = Cast(value) if self.inert else self._evaluated(path, value, place.kind if place else Kind("any"))
        except ValueError as error:
            self._refuse(path, value, place, error, origin)
            return None
        if _is_too_deep(result.value, DEPTH_LIMIT - len(path)):
            self.report.add("depth", path[:2], TOO_DEEP, origin)
            return None
        if not self.templates and not self.inert and holds_template(result.value):
            message = "templates are not evaluated here; the application may allow them with open(templates=True)"
            self.report.add("template", path, message, origin)
            return None
        return result

    def _refuse(self, path: Path, value: Any, place: Place | None, error: ValueError, origin: Origin) -> None:
        """Report a value that cannot be cast; a list is not shown, because secrets may lie in it."""
        subject = shown(value, place.setting, place.secret) if place and isinstance(value, str) else "the value"
        expected = place.setting.expects if place else "a value"
        self.report.add("type", path, f"{subject} is not {expected}: {error}", origin)

    def _evaluated(self, path: Path, value: Any, kind: Kind) -> Cast:
        if isinstance(value, str):
            result = read_literal(value, kind) if self.literal else cast(value, infer=False)
        elif not isinstance(value, (list, Mapping)):
            return Cast(value)
        elif isinstance(value, list) and any(mark in value for mark in _MARKS):
            operation: Operation = "merge_unique" if "dynaconf_merge_unique" in value else "merge"
            result = Cast([item for item in value if item not in _MARKS], operation)
        else:
            result = Cast(value)
        if not isinstance(result.value, (list, Mapping)) or self._becomes_table(path, result):
            return result
        if _is_too_deep(result.value, DEPTH_LIMIT - len(path)):
            return result
        return replace(result, value=_nested(result.value))

    def _becomes_table(self, path: Path, result: Cast) -> bool:
        """Whether the value is a table whose keys are planted, and evaluated, one by one."""
        place = self.registry.place(path)
        holds_keys = place is not None and place.kind.name in ("dict", "record", "any")
        return holds_keys and isinstance(result.value, Mapping) and result.operation in ("set", "merge", "merge_unique")

    def _renamed(self, path: Path, canonical: Path, origin: Origin) -> bool:
        today = self.registry.renamed(path)
        if today is None:
            return False
        depth = today.count(".") + 1
        message = f"{'.'.join(path[:depth]).lower()!r} is its former name; write {today} instead"
        self.report.add("renamed", canonical[:depth], message, origin, severity="warning", suggested=today)
        return True

    def _reach(self, tree: Table, path: Path) -> Table:
        for key in path:
            below = tree.get(key)
            if not isinstance(below, Table):
                below = tree[key] = Table()
            tree = below
        return tree

    def _put(self, tree: Table, path: Path, leaf: Leaf) -> None:
        self._reach(tree, path[:-1])[path[-1]] = leaf


def _type_of(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), type(value).__name__)


def _nested(value: Any) -> Any:
    if isinstance(value, str) and starts_with_token(value):
        result = cast(value, infer=False)
        if result.operation != "set":
            raise ValueError("a token that merges cannot stand inside a list")
        return result.value
    if isinstance(value, Mapping):
        return {str(key): _nested(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nested(item) for item in value]
    return value


def _is_too_deep(value: Any, levels: int) -> bool:
    """Whether anything lies more than `levels` tables and lists deep in `value`, found without recursion."""
    if type(value) in _SCALARS:
        return levels < 0
    found = [value] if isinstance(value, (Mapping, list, tuple)) else []
    for _ in range(max(levels, -1) + 1):
        found = [below for holder in found for below in _held(holder)]
        if not found:
            return False
    return True


def _held(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()
