"""What a file or a URL is: a store, a settings file or an older format; and why it is taken for that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

from cfgcore.declare.legacy import OWN_FORMATS, LegacyFormat
from cfgcore.declare.registry import Registry
from cfgcore.errors import CfgcoreError, PluginError, SourceError
from cfgcore.layer.dynaconf_reader import PARSERS
from cfgcore.layer.settings_file import parsed
from cfgcore.layer.text import SIZE_LIMIT, Text, read_begin, read_text
from cfgcore.store import address
from cfgcore.store.document import FLAGS, SHARED
from cfgcore.store.opening import file_of
from cfgcore.values.suggest import closest, did_you_mean

SETTINGS, STORE = OWN_FORMATS

#: The table of a settings file that says for which versions of the sections it was written.
VERSIONS = "versions"

#: The largest file of an older format that is read, in bytes; JSON is read fast enough for more than settings need.
JSON_LIMIT = 16 << 20

BEGIN = 4096

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SQLITE = b"SQLite format 3\0"
_DOCUMENT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"cfgcore"\s*:\s*\{')
_GROUPS = frozenset({"cfgcore", "users", "documents", *SHARED})


@dataclass(frozen=True, slots=True)
class Recognised:
    """What something is: its format, and why it is taken for that.

    A store has `file`, unless a server or a plugin keeps it, which `url` names, password included; `name` is what is
    shown. Anything else has the data of its `text`.
    """

    name: str
    format: str
    why: str
    file: File | None = None
    text: Text | None = None
    data: Mapping[str, Any] | None = None
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A format that something may be of, and why."""

    format: str
    why: str


def recognise(name: str | File, registry: Registry, chosen: str | None = None) -> Recognised:
    """Return what `name`, a path or the URL of a store, is; `chosen` is the format that the caller says it is of.

    Raises :class:`SourceError` for what cannot be read, and :class:`CfgcoreError` where several formats recognise it,
    with the reasons of each.
    """
    shown = str(name)
    _check_chosen(chosen, registry)
    file = file_of(shown) if _URL.match(shown) and not isinstance(name, File) else File(name)
    if file is None:
        return Recognised(address.shown(shown), STORE, "it is the URL of a store", url=shown)
    begin = _begin_of(file, shown)
    why = why_store(file)
    if why is not None and chosen in (None, STORE):
        return Recognised(shown, STORE, why, file)
    if chosen == STORE:
        raise CfgcoreError(f"{shown}: it is no store of cfgcore: neither a SQLite database nor a document")
    text = read_text(file, shown, JSON_LIMIT if _is_json(begin) else SIZE_LIMIT)
    if _is_json(begin) and text.suffix not in PARSERS:
        text.suffix = ".json"
    if text.suffix == ".json" and not text.content.strip():
        raise SourceError(shown, "it is empty, which no JSON is")
    data = parsed(text)
    found = Candidate(chosen, "you said so") if chosen else _chosen(shown, data, registry)
    return Recognised(shown, found.format, found.why, file, text, data)


def candidates(data: Mapping[str, Any], registry: Registry) -> list[Candidate]:
    """Return the formats that recognise `data`; where none does, one that takes what others leave.

    A file of sections alone is a settings file; one that holds something else as well, only where no older format
    recognises it.
    """
    own, is_whole = _why_settings(data, registry)
    settings = [Candidate(SETTINGS, own)] if own else []
    found = [*(settings if is_whole else []), *_detected(data, registry, fallback=False)]
    if found or settings:
        return found or settings
    alike = next((why for key in map(str, data) if (why := _resembles(key, registry))), None)
    left = [Candidate(SETTINGS, alike)] if alike else [*_detected(data, registry, fallback=True)]
    return left or [Candidate(SETTINGS, "nothing else recognises it")]


def known_formats(registry: Registry) -> tuple[str, ...]:
    """Return the names of all formats."""
    return (*OWN_FORMATS, *registry.legacy_formats)


def _check_chosen(chosen: str | None, registry: Registry) -> None:
    known = known_formats(registry)
    if chosen is not None and chosen not in known:
        raise CfgcoreError(f"{chosen!r} is no format; known are {', '.join(known)}.{did_you_mean(chosen, known)}")


def _chosen(name: str, data: Mapping[str, Any], registry: Registry) -> Candidate:
    found = candidates(data, registry)
    if len(found) > 1:
        reasons = "; ".join(f"{one.format}, because {one.why}" for one in found)
        raise CfgcoreError(f"{name}: several formats recognise it: {reasons}. Say which one it is with --from")
    return found[0]


def _detected(data: Mapping[str, Any], registry: Registry, *, fallback: bool) -> Iterator[Candidate]:
    for plugin, format_ in registry.legacy_formats.values():
        if format_.fallback == fallback and (why := _asked(plugin, format_, data)) is not None:
            yield Candidate(format_.name, why)


def _asked(plugin: str, format_: LegacyFormat, data: Mapping[str, Any]) -> str | None:
    try:
        why = format_.detect(data)
    except (Exception, SystemExit) as error:
        cause = f"{type(error).__name__}: {error}"
        raise PluginError(f"plugin {plugin!r}: detecting the format {format_.name!r} failed: {cause}") from error
    if why is not None and not isinstance(why, str):
        raise PluginError(f"plugin {plugin!r}: detecting the format {format_.name!r} answered {type(why).__name__}")
    return why


def _why_settings(data: Mapping[str, Any], registry: Registry) -> tuple[str | None, bool]:
    """Return why `data` are those of a settings file, or None, and whether all of them are."""
    if not data:
        return "it holds nothing", True
    known = [(str(key), _sections_at(str(key), table, registry)) for key, table in data.items()]
    found = next(((key, inner) for key, inner in known if inner), None)
    if found is None:
        return None, False
    key, inner = found
    why = f"{key!r} is a section" if inner == key else f"{key!r} holds the section {inner!r}"
    return why, all(inner for _, inner in known)


def _sections_at(key: str, table: Any, registry: Registry) -> str | None:
    """Return the section that stands at a key: the key itself, or the first one in the table of an environment."""
    if not isinstance(table, Mapping) and table is not None:
        return None
    if _is_section(key, registry):
        return key
    inner = table if key.casefold() in ("default", "global") and table else {}
    return next((name for name in map(str, inner) if _is_section(name, registry)), None)


def _is_section(name: str, registry: Registry) -> bool:
    return registry.section_named(name) is not None or name.casefold() in (FLAGS, VERSIONS)


def _resembles(key: str, registry: Registry) -> str | None:
    found = closest(key, registry.sections)
    return f"{key!r} is almost the section {found!r}" if found is not None else None


def _begin_of(file: File, name: str) -> bytes:
    """Return the first bytes of `file`. Raises :class:`SourceError` for what is no file that can be read."""
    try:
        return read_begin(file, name, BEGIN)
    except FileNotFoundError:
        raise SourceError(name, "there is no such file") from None


def _is_json(begin: bytes) -> bool:
    return begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def is_database(file: File) -> bool:
    """Return whether `file` is a SQLite database, whatever its name."""
    return _begin_of(file, str(file)).startswith(_SQLITE)


def why_store(file: File) -> str | None:
    """Return why the content of `file` is a store's, or None; a document is known by how it begins, however large."""
    begin = _begin_of(file, str(file))
    if begin.startswith(_SQLITE):
        return "it is a SQLite database"
    if _DOCUMENT.match(begin):
        return "it is a document of cfgcore"
    if not _is_json(begin) or file.stat().st_size > JSON_LIMIT:
        return None
    try:
        return _why_document(json.loads(file.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None  # whoever reads it as a settings file says what is wrong with it


def _why_document(tree: Any) -> str | None:
    if not isinstance(tree, dict):
        return None
    if isinstance(tree.get("cfgcore"), dict):
        return "it is a document of cfgcore"
    shared = [tree[key] for key in SHARED if key in tree]
    by_hand = bool(shared) and tree.keys() <= _GROUPS
    holds_values = all(isinstance(part, dict) and isinstance(part.get("values"), dict) for part in shared)
    return "it holds 'values' by document" if by_hand and holds_values else None
