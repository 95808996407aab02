"""The JSON Schema (draft 2020-12) of a section, and of the files of a whole configuration.

An editor that knows the schema completes and checks settings.toml, YAML and JSON files. What a schema cannot say: rules
across settings; that ``3.0`` is no whole number and that NaN, infinity, NUL and lone surrogates are refused; names
in other letters than declared, which files may use; bounds of durations and decimals that are written as text.
"""

from __future__ import annotations

from collections.abc import Sequence

from cfgcore.declare.arrangement import arranged, hides, titled
from cfgcore.declare.flag import Flag
from cfgcore.declare.flag_path import FLAGS
from cfgcore.declare.json_value import MERGE_MARKS, Json, value_schema
from cfgcore.declare.kind import Kind, Setting
from cfgcore.declare.registry import Registry
from cfgcore.declare.resolved import Section
from cfgcore.values.absent import ABSENT
from cfgcore.values.frozen import plain

DIALECT = "https://json-schema.org/draft/2020-12/schema"


#: The table that says for which versions of its sections a file was written.
VERSIONS: Json = {
    "type": "object",
    "description": "For which versions of the sections the file was written; today's where it does not say.",
    "additionalProperties": {"type": "integer", "minimum": 1},
}


_SHARE: Json = {"type": "string", "pattern": "%$", "description": "A share of the users: '25%'."}


def section_schema(section: Section) -> Json:
    """Return the JSON Schema of one section: of a table of plain values, without Dynaconf's tokens.

    Nothing is in ``required``, because a setting without a default may also come from another layer; it is marked
    ``x-required``. A secret is ``writeOnly``, and neither its default nor examples of it are told.
    """
    definitions = _Definitions(tokens=False, taken=())
    return {"$schema": DIALECT, **definitions.section(section), **definitions.members()}


def configuration_schema(registry: Registry, environments: Sequence[str] = ()) -> Json:
    """Return the JSON Schema of the settings files of an application: a property for each section and alias.

    Tokens (``"@int 3"``, ``"@none"``) and Dynaconf's merge marks are taken for values, as in files. With
    `environments`, the top level holds ``default``, the environments and ``global``, each with the sections in it;
    sections may stand there as well, which count as in ``default``, and so may environments that are not in use.
    """
    definitions = _Definitions(tokens=True, taken=("sections", *registry.sections))
    for name, section in registry.sections.items():
        definitions.found[name] = definitions.section(section)
    sections = _sections(registry)
    head = {"$schema": DIALECT, "title": "Settings", "type": "object", "patternProperties": MERGE_MARKS}
    if not environments:
        return {
            **head,
            "properties": {**sections, "versions": VERSIONS},
            "additionalProperties": False,
            **definitions.members(),
        }
    definitions.found["sections"] = {
        "type": "object",
        "properties": sections,
        "patternProperties": MERGE_MARKS,
        "additionalProperties": False,
    }
    named = {
        name: {**_reference("sections"), "title": name, "description": description}
        for name, description in _environments(environments).items()
    }
    return {
        **head,
        "properties": {**named, **sections, "versions": VERSIONS},
        "additionalProperties": _reference("sections"),
        **definitions.members(),
    }


def _environments(environments: Sequence[str]) -> dict[str, str]:
    own = {name: f"Settings of the environment {name!r}." for name in environments}
    return {"default": "Settings of every environment.", **own, "global": "Settings above every environment."}


def _sections(registry: Registry) -> Json:
    found: Json = {"$schema": {"type": "string", "description": "Where the JSON Schema of this file is."}}
    found |= {name: _reference(name) for name in registry.sections}
    found |= {FLAGS: _flags(registry)} if registry.flags else {}
    for name, section in registry.sections.items():
        for alias in section.header.aliases:
            found[alias] = {**_reference(name), **_superseded(name)}
    return found


def _flags(registry: Registry) -> Json:
    """Return the schema of the table of flags: short forms of those that plugins declare, and definitions of any."""
    found: Json = {"type": "object", "description": "Feature flags: short forms, or definitions as flagd knows them."}
    properties = {name: _flag(flag, plugin) for name, (plugin, flag) in registry.flags.items()}
    return {**found, "properties": properties, "additionalProperties": {"type": "object"}}


def _flag(flag: Flag, plugin: str) -> Json:
    owner = f"Owner: {flag.owner or plugin}."
    short: list[Json] = [{"enum": list(flag.variants)}] if flag.variants else [{"type": "boolean"}, _SHARE]
    return {
        "title": titled(flag.name),
        "description": f"{flag.description} {owner}".strip(),
        "anyOf": [*short, {"type": "string", "pattern": "^@"}, {"type": "object"}],
        "default": flag.default,
    }


def _superseded(name: str) -> Json:
    return {"deprecated": True, "description": f"Write {name!r} instead."}


def _reference(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


class _Definitions:
    """The definitions that a schema refers to, collected while it is written."""

    def __init__(self, *, tokens: bool, taken: Sequence[str]) -> None:
        self.found: dict[str, Json] = {}
        self._tokens = tokens
        self._taken = set(taken)
        self._names: dict[tuple[type, bool], str] = {}

    def members(self) -> Json:
        """Return the member of the schema that holds the definitions, if there are any."""
        return {"$defs": self.found} if self.found else {}

    def section(self, section: Section) -> Json:
        """Return the schema of a section as a table."""
        header = section.header
        how = {"system": header.scope != "user", "any_type": header.schema is not None}
        head: Json = {"title": header.title, "description": section.help, "x-version": header.version}
        properties: dict[str, Json] = {}
        for setting in arranged(section.settings):
            described = self._setting(setting, secret=False, **how)
            properties[setting.name] = described
            for former in setting.declared.renamed_from:
                if "." not in former:
                    properties[former] = {**described, **_superseded(setting.name)}
        return {**head, **self._table(properties)}

    def _table(self, properties: dict[str, Json]) -> Json:
        marks = {"patternProperties": MERGE_MARKS} if self._tokens else {}
        return {"type": "object", "properties": properties, **marks, "additionalProperties": False}

    def _setting(self, setting: Setting, *, secret: bool, system: bool = False, any_type: bool = False) -> Json:
        secret = secret or setting.declared.secret

        def refer(kind: Kind) -> Json:
            return self._record(kind, secret)

        schema = {} if any_type else value_schema(setting, refer, tokens=self._tokens)
        return {"title": titled(setting.name), **_help(setting), **schema, **_notes(setting, secret, system)}

    def _record(self, kind: Kind, secret: bool) -> Json:
        key = (kind.cls, secret)
        if key not in self._names:
            name = self._names[key] = self._free(kind.cls.__name__)
            properties = {
                setting.declared.key or setting.name: self._setting(setting, secret=secret)
                for setting in arranged(kind.fields)
            }
            self.found[name] = {"title": titled(kind.cls.__name__), **self._table(properties)}
        return _reference(self._names[key])

    def _free(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name


def _help(setting: Setting) -> Json:
    given = setting.declared
    sentences = [
        given.help,
        f"Unit: {given.unit}." if given.unit else "",
        f"Deprecated: {given.deprecated}" if given.deprecated else "",
    ]
    text = " ".join(sentence for sentence in sentences if sentence)
    return {"description": text} if text else {}


def _notes(setting: Setting, secret: bool, system: bool) -> Json:
    given = setting.declared
    hidden = secret or hides(setting)
    found: Json = {}
    if setting.default is ABSENT:
        found["x-required"] = True
    elif not secret and not (hidden and setting.default):
        found["default"] = plain(setting.default)
    if given.examples and not hidden:
        found["examples"] = [plain(example) for example in given.examples]
    notes = {
        "deprecated": given.deprecated is not None,
        "writeOnly": secret,
        "x-unit": given.unit,
        "x-group": given.group,
        "x-scope": "system" if system or given.scope == "system" else None,
        "x-restart": given.restart,
    }
    return found | {name: value for name, value in notes.items() if value}
