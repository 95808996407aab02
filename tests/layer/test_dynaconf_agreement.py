"""Files and variables give what Dynaconf makes of them, and every origin is the layer that counts."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from dynaconf import Dynaconf
from hypothesis import given, settings
from hypothesis import strategies as st

import cfgcore
from cfgcore import Config, hookimpl, section, subsection
from cfgcore.values.frozen import plain

ENVIRONMENTS = ["default", "staging", "production", "global"]
KEYS = ["a", "b", "c"]


@subsection
class Part:
    """Settings within a setting."""

    a: Any = 0
    b: Any = 0


@section("alpha")
class Alpha:
    """Settings of every shape."""

    one: Any = 0
    two: Any = 0
    part: Part
    tree: dict[str, Any] = {}  # noqa: RUF012  # a section freezes its defaults


@section("beta")
class Beta:
    """The same once more."""

    one: Any = 0
    tree: dict[str, Any] = {}  # noqa: RUF012  # a section freezes its defaults


class Plugin:
    """Brings both."""

    name = "pair"

    @hookimpl
    def cfgcore_sections(self) -> list[Any]:
        return [Alpha, Beta]


DEFAULTS = {
    "alpha": {"one": 0, "two": 0, "part": {"a": 0, "b": 0}, "tree": {"a": 0, "b": {"a": 0, "c": 0}}},
    "beta": {"one": 0, "tree": {"a": {"b": {"c": 0}}}},
}

SCALARS = (
    st.integers(-99, 99) | st.booleans() | st.sampled_from(["x", "y z", "1.10", "Ä", "@int 5", "@bool on", "@str 7"])
)
TREES = st.recursive(SCALARS, lambda below: st.dictionaries(st.sampled_from(KEYS), below, max_size=3), max_leaves=6)
TABLES = st.dictionaries(st.sampled_from(KEYS), TREES, max_size=3)
PARTS = st.fixed_dictionaries({}, optional={"a": SCALARS, "b": SCALARS})
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "alpha": st.fixed_dictionaries({}, optional={"one": SCALARS, "two": SCALARS, "part": PARTS, "tree": TABLES}),
        "beta": st.fixed_dictionaries({}, optional={"one": SCALARS, "tree": TABLES}),
    },
)
SUFFIXES = st.sampled_from([".toml", ".json", ".yaml"])
VARIABLES = st.dictionaries(
    st.sampled_from(
        [
            "ALPHA__ONE",
            "ALPHA__TWO",
            "ALPHA__PART__A",
            "ALPHA__TREE__A",
            "ALPHA__TREE__B__C",
            "BETA__TREE__A__B__C",
            "BETA__ONE",
        ]
    ),
    st.sampled_from(["1", "true", "False", "x", "1.5", "1.10", "@int 3", "@str 3", "@none", "@json 4", "a b", "'q'"]),
    max_size=4,
)


@dataclass(frozen=True)
class Case:
    """Files, each a suffix and its data, the environments asked for, and variables."""

    files: Sequence[tuple[str, Mapping[str, Any]]]
    environment: str | None
    variables: Mapping[str, str]


@st.composite
def cases(draw: Any) -> Case:
    environment = draw(st.sampled_from([None, "staging", "production"]))
    data = SECTIONS if environment is None else st.dictionaries(st.sampled_from(ENVIRONMENTS), SECTIONS, max_size=4)
    files = draw(st.lists(st.tuples(SUFFIXES, data), max_size=3))
    first = DEFAULTS if environment is None else {"default": DEFAULTS}
    variables = {f"APP_{name}": text for name, text in draw(VARIABLES).items()}
    return Case([(".json", first), *files], environment, variables)


def written(folder: Path, files: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Path]:
    writers = {
        ".toml": tomlkit.dumps,
        ".json": json.dumps,
        ".yaml": lambda data: yaml.safe_dump(data, allow_unicode=True),
    }
    found = []
    for index, (suffix, data) in enumerate(files):
        file = folder / f"{index}{suffix}"
        file.write_text(writers[suffix](data), encoding="utf-8")
        found.append(file)
    return found


def of_dynaconf(case: Case, files: Sequence[Path]) -> dict[str, Any]:
    """Return the settings as Dynaconf has them, in this process and with the variables in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, text in case.variables.items():
            patch.setenv(name, text)
        loaded = Dynaconf(
            settings_files=[str(file) for file in files],
            environments=case.environment is not None,
            env=case.environment or "development",
            envvar_prefix="APP",
            merge_enabled=True,
            load_dotenv=False,
        )
        found = loaded.as_dict()
    return {name: plain(dict(found[name.upper()])) for name in DEFAULTS}


@contextmanager
def of_cfgcore(case: Case, files: Sequence[Path]) -> Iterator[Config]:
    logging.getLogger("cfgcore").addHandler(logging.NullHandler())
    with cfgcore.open(
        settings_files=files,
        environment=case.environment,
        env_prefix="APP",
        environ=case.variables,
        plugins=[Plugin()],
        plugin_group=None,
        unknown="error",
    ) as config:
        yield config


def lowered(value: Any) -> Any:
    """Return `value` with its keys in lower case: a key that only a variable names is in capitals in both."""
    return {key.lower(): lowered(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(cases())
def test_merging_files_and_variables_equals_dynaconfs_own_result(case: Case) -> None:
    """With ``merge_enabled``, over several files of all formats, with and without environments."""
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder), case.files)
        with of_cfgcore(case, files) as config:
            found = {name: plain(getattr(config.view, name)) for name in DEFAULTS}
        assert lowered(of_dynaconf(case, files)) == lowered(found)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    else:
        yield path


def without(data: Any, key: Sequence[str]) -> Any:
    """Return `data` without what stands at `key`."""
    copy = dict(data)
    if len(key) > 1:
        copy[key[0]] = without(copy[key[0]], key[1:])
    else:
        del copy[key[0]]
    return copy


def replaced(data: Any, key: Sequence[str], value: Any) -> Any:
    return {**data, key[0]: replaced(data[key[0]], key[1:], value) if len(key) > 1 else value}


def altered(case: Case, files: Sequence[Path], origin: Any, value: Any) -> Case:
    """Return `case` with what `origin` names set to `value`, or taken out where that is None."""
    if origin.kind == "variable":
        rest = {name: text for name, text in case.variables.items() if name != origin.name}
        return Case(case.files, case.environment, rest if value is None else {**rest, origin.name: value})
    at = [str(file) for file in files].index(str(Path(origin.name).absolute()))
    suffix, data = case.files[at]
    changed = without(data, origin.key) if value is None else replaced(data, origin.key, value)
    return Case([*case.files[:at], (suffix, changed), *case.files[at + 1 :]], case.environment, case.variables)


def explained(case: Case, folder: Path, path: str) -> tuple[Any, Any]:
    with of_cfgcore(case, written(folder, case.files)) as config:
        found = config.explain(path)
        return found.value, found.origin


@settings(max_examples=50)
@given(cases(), st.randoms(use_true_random=False))
def test_the_origin_of_every_leaf_is_the_layer_that_would_change_it(case: Case, random: Any) -> None:
    """Changing what the origin names changes the value; taking it out changes the value or the origin."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = written(folder, case.files)
        with of_cfgcore(case, files) as config:
            paths = [path for section in DEFAULTS for path in leaves(plain(getattr(config.view, section)), (section,))]
        for path in random.sample(paths, min(3, len(paths))):
            dotted = ".".join(path)
            value, origin = explained(case, folder, dotted)
            assert origin.kind in ("file", "variable", "default")
            if origin.kind == "default":
                continue
            other = explained(altered(case, files, origin, "changed"), folder, dotted)
            assert ("changed", origin) == other
            try:
                assert (value, origin) != explained(altered(case, files, origin, None), folder, dotted)
            except cfgcore.UnknownPath:
                assert path[1] == "tree"
