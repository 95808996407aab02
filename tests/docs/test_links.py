"""The links between the pages of the project."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages(root: Path) -> list[Path]:
    """The project's pages: those beside the README, and those of documentation, examples and plugins."""
    folders = ("docs", "examples", "plugins", "benchmarks")
    return sorted([*root.glob("*.md"), *(file for folder in folders for file in (root / folder).rglob("*.md"))])


def prose(file: Path) -> str:
    return _FENCED.sub("", file.read_text(encoding="utf-8"))


def anchors(file: Path) -> set[str]:
    """The anchors that a forge gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(file: Path) -> Iterator[str]:
    for link in _LINK.findall(prose(file)):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (file.parent / name) if name else file
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield f"{file.name}: {link}"


def test_every_relative_link_leads_somewhere(root: Any) -> None:
    """Every relative link in a page leads to a file or folder of the project, and to a heading that is there."""
    found = pages(root)
    assert {"README.md", "layers.md"} <= {file.name for file in found}
    assert [] == [link for file in found for link in broken(file)]


def test_every_page_is_in_the_index(root: Any) -> None:
    """docs/README.md links to every page of the documentation."""
    index = set(_LINK.findall((root / "docs" / "README.md").read_text("utf-8")))
    assert {file.name for file in (root / "docs").glob("*.md")} - {"README.md"} <= index
