"""What a class annotates: the names in its own body, and the types that they resolve to once all modules are loaded."""

from __future__ import annotations

import dataclasses
import re
import sys
import typing
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

_CLASS_VARIABLE = re.compile(r"(?:\w+\s*\.\s*)*ClassVar\b")


def own_annotations(cls: type) -> Mapping[str, Any]:
    """Return what the body of `cls` annotates, as far resolved as is possible now; class variables are left out."""
    if sys.version_info >= (3, 14):
        import annotationlib

        found = annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    else:
        found = vars(cls).get("__annotations__", {})
    return {name: annotation for name, annotation in found.items() if not _is_class_variable(annotation)}


def _is_class_variable(annotation: Any) -> bool:
    spelt = getattr(annotation, "__forward_arg__", annotation)
    return bool(_CLASS_VARIABLE.match(spelt if isinstance(spelt, str) else str(spelt)))


def hints_of(cls: type) -> dict[str, Any]:
    """Return the resolved types of the fields of a dataclass by name.

    Raises ``TypeError`` naming the field whose type cannot be resolved.
    """
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except Exception as error:
        name = _culprit(cls)
        cause = f"{name}: the type cannot be resolved: {error}" if name else f"a type cannot be resolved: {error}"
        remedy = "; define it at module level" if isinstance(error, NameError) else ""
        raise TypeError(f"{cause}{remedy}") from error


def _culprit(cls: type) -> str | None:
    """Return the first field whose type does not resolve by itself."""
    names = {field.name for field in dataclasses.fields(cls)}
    for base in reversed(cls.__mro__):
        scope = vars(sys.modules[base.__module__]) if base.__module__ in sys.modules else {}
        for name, annotation in own_annotations(base).items():
            alone = SimpleNamespace(__annotations__={name: annotation})
            try:
                typing.get_type_hints(alone, scope, dict(vars(base)))
            except Exception:
                if name in names:
                    return name
    return None
