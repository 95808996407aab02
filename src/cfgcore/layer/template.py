"""Templates in a merged tree, computed once everything else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cfgcore.layer.dynaconf_reader import Template
from cfgcore.layer.report import Report
from cfgcore.layer.tree import Leaf, Table, leaves, values, without
from cfgcore.values.origin import Path


def holds_template(value: Any) -> bool:
    """Return whether `value` is a template, or a list or table with one in it."""
    if isinstance(value, Mapping):
        return any(holds_template(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_template(item) for item in value)
    return isinstance(value, Template)


def compute(tree: Table, environ: Mapping[str, str], report: Report) -> Table:
    """Return `tree` with its templates computed from the other settings and the variables; one that fails is left out.

    A template may use settings that are templates themselves, as long as they do not need each other.
    """
    pending = [(path, leaf) for path, leaf in leaves(tree) if holds_template(leaf.value)]
    while pending:
        evaluate = partial(_evaluated, this=_each(values(tree), lambda _template: _UNKNOWN), environ=environ)
        failed: list[tuple[Path, Leaf, ValueError]] = []
        for path, leaf in pending:
            try:
                tree = _with(tree, path, replace(leaf, value=_each(leaf.value, evaluate)))
            except ValueError as error:
                failed.append((path, leaf, error))
        if len(failed) == len(pending):
            return _left_out(tree, failed, report)
        pending = [(path, leaf) for path, leaf, _ in failed]
    return tree


class _Unknown:
    """Stands for a template that is not computed yet, and cannot be written out."""

    def __str__(self) -> str:
        raise ValueError("it uses a setting that is a template itself, and cannot be computed before it")


_UNKNOWN = _Unknown()


def _evaluated(template: Template, this: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    value = template.evaluate(this, environ)
    return str(value) if isinstance(value, _Unknown) else value


def _each(value: Any, do: Any) -> Any:
    """Return `value` with the result of `do` in the place of each template in it."""
    if isinstance(value, dict):
        return {key: _each(item, do) for key, item in value.items()}
    if isinstance(value, list):
        return [_each(item, do) for item in value]
    return do(value) if isinstance(value, Template) else value


def _left_out(tree: Table, failed: list[tuple[Path, Leaf, ValueError]], report: Report) -> Table:
    for path, leaf, error in failed:
        report.add("template", path, str(error), leaf.origin)
        tree = without(tree, path)
    return tree


def _with(tree: Table, path: Path, leaf: Leaf) -> Table:
    copy = Table(tree.items())
    key, rest = path[0], path[1:]
    below = copy[key]
    copy[key] = _with(below, rest, leaf) if rest and isinstance(below, Table) else leaf
    return copy
