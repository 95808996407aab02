"""Values that are refused give way to those of the layers below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cfgcore.check.sections import SCHEMA_FAILED
from cfgcore.declare.resolved import Section
from cfgcore.layer.tree import Contribution, Table, combine, leaves, node_at, without
from cfgcore.values.origin import Path
from cfgcore.values.problem import Finding


def lowered(
    section: Section,
    table: Table,
    findings: Sequence[tuple[Path, Finding]],
    remaining: list[Contribution],
    defaults: Table,
) -> Table | None:
    """Return the section's table without the values that were found wrong, as the layers below have it, or None.

    The contributions in `remaining` lose those values, so that the next ones to be refused are those below. None means
    that no value can go, or that lower ones would not help.
    """
    if any(finding.code == SCHEMA_FAILED for _, finding in findings):
        return None
    progress = False
    for path, _ in findings:
        full = (section.name, *_standing(table, path))
        node = node_at(table, full[1:])
        origins = {leaf.origin for _, leaf in leaves(node)} if node is not None else set()
        for index in reversed(range(len(remaining))):
            found = node_at(remaining[index].tree, full)
            if found is not None and (not origins or any(leaf.origin in origins for _, leaf in leaves(found))):
                remaining[index] = replace(remaining[index], tree=without(remaining[index].tree, full))
                progress = True
                break
    if not progress:
        return None
    merged = combine(remaining, Table([(section.name, defaults[section.name])]))[section.name]
    return merged if isinstance(merged, Table) else None


def _standing(table: Table, path: Path) -> Path:
    """Return `path`, or the nearest one around it at which something stands: what is missing has no value to go."""
    while len(path) > 1 and node_at(table, path) is None:
        path = path[:-1]
    return path
