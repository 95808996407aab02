"""The shape of what a store reads. A digest tells what was altered, not what makes sense: that is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_RECORD: Mapping[str, tuple[type, ...]] = {
    "sequence": (int,),
    "revision": (int, type(None)),
    "previous": (int,),
    "time": (str,),
    "action": (str,),
    "reverts": (int, type(None)),
    "parts": (list,),
    "chain": (str,),
}
_PART: Mapping[str, tuple[type, ...]] = {"digest": (str,), "salt": (str,), "payload": (dict, type(None))}
_PAYLOAD: Mapping[str, tuple[type, ...]] = {
    "document": (str,),
    "versions": (dict,),
    "edits": (list,),
}
_OPTIONAL: Mapping[str, type] = {"actor": str, "reason": str, "before": dict}
_HEAD: Mapping[str, tuple[type, ...]] = {
    "incarnation": (str,),
    "sequence": (int,),
    "revision": (int,),
    "chain": (str,),
    "horizon": (int,),
}


def refuse_odd_document(values: Any, versions: Any, revision: Any = 0) -> None:
    """Raise ``ValueError`` unless these are values by section, the sections' versions, and a revision."""
    if not isinstance(values, dict):
        raise ValueError("its values are no table")
    if not isinstance(versions, dict) or not all(type(version) is int for version in versions.values()):
        raise ValueError("its versions are not whole numbers by section")
    if type(revision) is not int or revision < 0:
        raise ValueError("its revision is not a whole number")


def refuse_odd_record(data: Any) -> None:
    """Raise ``ValueError`` unless `data` has the shape of a record, whatever it says."""
    _refuse(data, _RECORD)
    for part in data["parts"]:
        _refuse(part, _PART)
        if part["payload"] is not None:
            _refuse(part["payload"], _PAYLOAD)
            _refuse(part["payload"], {name: (of,) for name, of in _OPTIONAL.items() if name in part["payload"]})
            for edit in part["payload"]["edits"]:
                _refuse(edit, {"path": (list,)})
                if not all(type(key) is str for key in edit["path"]):
                    raise ValueError("a path is not made of texts")


def refuse_odd_head(data: Any) -> None:
    """Raise ``ValueError`` unless `data` has the shape of a head."""
    _refuse(data, _HEAD)


def _refuse(data: Any, wanted: Mapping[str, tuple[type, ...]]) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"there is no table of {', '.join(wanted)}")
    for name, types in wanted.items():
        if name not in data or type(data[name]) not in types:
            raise ValueError(f"its {name} is missing, or something else")
