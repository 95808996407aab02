"""What stands above users: policy files of the machine, and values that variables enforce."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as File

from cfgcore.layer.plant import Planter
from cfgcore.layer.settings_file import file_contributions
from cfgcore.layer.text import Text
from cfgcore.layer.tree import Contribution, Leaf, Node, Table
from cfgcore.layer.variables import enforce_start, is_enforced, variable_contributions
from cfgcore.values.origin import Origin
from cfgcore.values.problem import Problem

_POLICIES = "policies"


def machine_contributions(file: File, text: Text, planter: Planter) -> list[Contribution]:
    """Return the policies in a policy file, which holds nothing else, and which whoever runs this should not own.

    Raises :class:`SourceError` for text that is not of its format.
    """
    found = []
    for contribution in file_contributions(text, (), planter):
        for name in contribution.tree:
            if name != _POLICIES:
                origin = Origin("machine", "file", text.name, (name,), text)
                planter.report.add("policies_only", (name,), "a policy file holds [policies] only", origin)
        policies = contribution.tree.get(_POLICIES)
        if policies is not None:
            found.append(Contribution("machine", text.name, Table([(_POLICIES, policies)])))
    if writable(file):
        message = "whoever runs the application can change this policy file; take the permission away"
        origin = Origin("machine", "file", text.name)
        planter.report.problems.append(Problem("writable", "", message, "warning", origin))
    return [_relabelled(contribution) for contribution in found]


def enforced_contributions(
    variables: Mapping[str, tuple[str, Origin]], prefix: str, planter: Planter
) -> list[Contribution]:
    """Return what variables such as ``PREFIX_ENFORCE__DOWNLOAD__MAX_RETRIES`` enforce."""
    plain = {
        f"{prefix}_{name[len(enforce_start(prefix)) :]}": (text, replace(origin, layer="enforced"))
        for name, (text, origin) in variables.items()
        if is_enforced(name, prefix)
    }
    return [replace(found, layer="enforced") for found in variable_contributions(plain, prefix, {}, planter)]


def writable(file: File) -> bool:
    """Return whether whoever runs this process can change `file`, or put another in its place.

    Root can change everything: for root it counts whether anybody else can.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return any(_mode(place) & stat.S_IWOTH and not _mode(place) & stat.S_ISVTX for place in (file, file.parent))
    return any(os.access(place, os.W_OK) for place in (file, file.parent))


def _mode(place: File) -> int:
    try:
        return os.stat(place).st_mode
    except OSError:
        return 0


def _relabelled(contribution: Contribution) -> Contribution:
    return replace(contribution, tree=_table(contribution.tree))


def _table(table: Table) -> Table:
    return Table(((key, _node(node)) for key, node in table.items()), replace=table.replace)


def _node(node: Node) -> Node:
    return replace(node, origin=replace(node.origin, layer="machine")) if isinstance(node, Leaf) else _table(node)
