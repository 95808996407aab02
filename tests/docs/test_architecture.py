"""docs/architecture.md, compared with the code."""

import re
from typing import Any

from cfgcore.layer.dynaconf_reader import parse

PAGE = "docs/architecture.md"


def test_the_stages_are_those_that_lint_checks(page: Any, root: Any) -> None:
    """The table names the stages of the layers contract in `pyproject.toml` that are there, in its order."""
    data, _ = parse((root / "pyproject.toml").read_text("utf-8"), ".toml")
    contract = data["tool"]["importlinter"]["contracts"][0]
    names = [name.strip(" ()") for line in contract["layers"] for name in re.split("[:|]", line)]
    source = root / "src" / "cfgcore"
    stages = [name for name in names if (source / name).is_dir() or (source / f"{name}.py").is_file()]
    assert stages == [row[0].strip("`") for row in page(PAGE).table("stage")]


def test_every_module_it_names_exists(page: Any, root: Any) -> None:
    """Every path of a module on the page is one below `src/cfgcore`."""
    named = set(re.findall(r"`(?:cfgcore/)?([\w/]+\.py)`", page(PAGE).text))
    assert {"layer/tree.py", "config.py"} <= named
    assert set() == {name for name in named if not (root / "src" / "cfgcore" / name).is_file()}
