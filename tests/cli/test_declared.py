"""What schema and plugins print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_schema_of_the_configuration(run: Run) -> None:
    """The JSON Schema is one of draft 2020-12, and accepts what the settings file says."""
    schema = json.loads(run("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"shop": {"name": "A", "shelves": 3}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"shop": {"shelves": 99}}, schema)


@pytest.mark.parametrize("name", ["shop", "SHOP"])
def test_schema_of_a_section(run: Run, name: str) -> None:
    """One section's schema is that of its table."""
    schema = json.loads(run("schema", name).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "The shop" == schema["title"]
    assert {"name", "shelves", "key"} <= set(schema["properties"])


def test_schema_with_environments(run: Run) -> None:
    """With environments the schema has their tables."""
    schema = json.loads(run("schema", "--environment", "production").stdout)
    jsonschema.validate({"default": {"shop": {"name": "A"}}, "production": {"shop": {"shelves": 3}}}, schema)


def test_schema_whatever_the_values_are(run: Run, project: Path) -> None:
    """The schema needs no valid configuration: it helps to write one."""
    (project / "settings.toml").write_text("[shop\n")
    assert 0 == run("schema").exit_code


def test_plugins(run: Run) -> None:
    """Each plugin stands in a line with what it contributes."""
    data = json.loads(run("plugins", "--json").stdout)
    assert {"plugins", "failures"} == set(data)
    (row,) = data["plugins"]
    assert {"plugin", "version", "sections", "rules", "profiles", "flags"} == set(row)
    assert ("shop", ["shop"], ["never_broken"], ["big", "left"], ["self_service on"]) == tuple(
        row[key] for key in ("plugin", "sections", "rules", "profiles", "flags")
    )
    text = run("plugins").stdout
    assert "never_broken" in text
    assert "self_service on" in text


def test_a_flag_of_variants_is_listed_with_its_default(run: Run, project: Path) -> None:
    """By the name of the variant; it is not on or off."""
    lines = (
        "from cfgcore import Flag, hookimpl",
        "@hookimpl",
        "def cfgcore_flags():",
        '    return [Flag("rank", "a", variants={"a": 1, "b": 2}), Flag("neon")]',
    )
    (project / "plugins" / "ranked.py").write_text("\n".join(lines), encoding="utf-8")
    rows = json.loads(run("plugins", "--json").stdout)["plugins"]
    assert ["rank a", "neon off"] == [flag for row in rows if row["plugin"] == "ranked" for flag in row["flags"]]


def test_plugins_that_fail(run: Run, project: Path) -> None:
    """A plugin that cannot be loaded is listed with its reason; the others are as well."""
    (project / "plugins" / "broken.py").write_text("raise SystemExit(3)\n")
    result = run("plugins")
    assert 0 == result.exit_code
    assert "shop" in result.stdout
    assert "broken.py" in result.stderr
    data = json.loads(run("plugins", "--json").stdout)
    assert ["shop"] == [row["plugin"] for row in data["plugins"]]
    assert 1 == len(data["failures"])


def test_declarations_that_contradict(run: Run, project: Path) -> None:
    """Two plugins of one section are a wrong configuration that names both, for every command."""
    (project / "plugins" / "twin.py").write_text((project / "plugins" / "shop.py").read_text())
    for command in ("plugins", "schema", "show", "doctor"):
        result = run(command)
        assert 1 == result.exit_code
        assert "'shop' and 'twin'" in result.output
