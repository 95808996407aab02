"""What a settings file says, as the values that a migration takes over for everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cfgcore.check.defaults import default_tree
from cfgcore.declare.legacy import Conversion, Dropped, Mapped
from cfgcore.declare.registry import Registry
from cfgcore.layer.plant import Planter
from cfgcore.layer.report import Report
from cfgcore.layer.settings_file import file_contributions
from cfgcore.layer.text import Text
from cfgcore.layer.tree import Contribution, Node, Table, combine, leaves, values
from cfgcore.store.document import FLAGS, POLICIES
from cfgcore.values.absent import ABSENT
from cfgcore.values.origin import Path
from cfgcore.values.problem import Problem


def read_settings(
    text: Text, registry: Registry, environments: Sequence[str]
) -> tuple[list[Contribution], tuple[Problem, ...]]:
    """Return what a settings file contributes, and what reading it found. Raises ``SourceError``."""
    report = Report()
    planter = Planter(registry, report, literal=text.suffix == ".ini")
    return file_contributions(text, environments, planter), tuple(report.problems)


def convert_settings(
    text: Text, data: Mapping[str, Any], registry: Registry, environments: Sequence[str]
) -> Conversion:
    """Return the settings of a file; names that nothing declares, and values that cannot be read, are dropped."""
    contributions, problems = read_settings(text, registry, environments)
    tree = combine(contributions, default_tree(registry))
    renamed = {problem.path: problem.message for problem in problems if problem.code == "renamed"}
    mapped = tuple(
        Mapped(source, ".".join(path), value, why=renamed.get(".".join(path[: 3 if path[0] == POLICIES else 2]), ""))
        for path, source, value in _settings(registry, tree, ())
    )
    dropped = tuple(_dropped(problem, data) for problem in problems if problem.code != "renamed")
    return Conversion(mapped, dropped)


def _settings(registry: Registry, node: Node, path: Path) -> Iterator[tuple[Path, Path, Any]]:
    """Yield path, keys in the file and value of each setting that the file sets; tables of a setting stay whole."""
    place = registry.place(path) if len(path) > 1 else None
    is_flag = len(path) > 1 and path[0] == FLAGS
    if isinstance(node, Table) and not is_flag and (place is None or place.kind.name == "record"):
        for name, below in node.items():
            yield from _settings(registry, below, (*path, name))
        return
    given = [(full, leaf) for full, leaf in leaves(node, path) if leaf.origin.kind != "default"]
    if given:
        full, leaf = given[0]
        keys = leaf.origin.key
        yield path, keys[: len(keys) - (len(full) - len(path))], values(node)


def _dropped(problem: Problem, data: Mapping[str, Any]) -> Dropped:
    key = problem.origin.key if problem.origin is not None else ()
    value: Any = data
    for name in key:
        value = value.get(name, ABSENT) if isinstance(value, Mapping) else ABSENT
    return Dropped(
        key,
        None if value is ABSENT else value,
        problem.message,
        wrong=problem.severity == "error",
        suggested=problem.suggested,
    )
