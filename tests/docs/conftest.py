"""The documentation as tests read it: its blocks, its tables, and a terminal that runs its commands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE = re.compile(r"# (?P<name>[\w./-]*\.\w+)")

#: What a process needs of the surroundings; everything else could be somebody's setting.
_KEPT = ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")

_COMMAND = "from cfgcore.cli import main; main(prog_name='cfgcore')"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, the heading it stands under, and its place for messages."""

    language: str
    text: str
    heading: str
    place: str

    @property
    def file(self) -> str | None:
        """The name of the file that the block shows, which its first line says in a comment."""
        found = _FILE.fullmatch(self.text.partition("\n")[0])
        return found["name"] if found else None


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def blocks(self) -> list[Block]:
        return list(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        text = self.text
        outside = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
        for block in _BLOCK.finditer(text):
            above = [heading[1] for heading in _HEADING.finditer(outside, 0, block.start())]
            line = text.count("\n", 0, block.start()) + 1
            yield Block(block["language"], block["text"], above[-1], f"{self.path.name}:{line}")

    def under(self, heading: str) -> list[Block]:
        """The blocks that stand under a heading, and under none below it."""
        found = [block for block in self.blocks if block.heading == heading]
        assert found, f"{self.path.name} has no blocks under {heading!r}"
        return found

    def table(self, first_column: str) -> list[list[str]]:
        """The rows of the table whose first column has this name, as texts, code without its backticks."""
        lines = self.text.splitlines()
        start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
        rows = []
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
        return rows


class Terminal:
    """Runs the commands of `console` blocks in a folder, and compares what they print with what the block shows.

    ``...`` in a block stands for any text. The folder itself is written ``/home/you/`` and its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.environ |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
        self.status = 0

    def write(self, block: Block) -> None:
        """Write the file that the block shows."""
        assert block.file is not None
        file = self.folder / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")

    def follow(self, blocks: list[Block]) -> None:
        """Do what the blocks say: write the files they show, run the commands they show."""
        for block in blocks:
            if block.language == "console":
                self.run(block)
            elif block.file is not None:
                self.write(block)

    def run(self, block: Block) -> None:
        """Run each command of the block, and compare."""
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            printed = self.printed(command).replace(str(self.folder), f"/home/you/{self.folder.name}")
            expected = ".*".join(map(re.escape, shown.rstrip().split("...")))
            assert re.fullmatch(expected, printed.rstrip(), re.DOTALL), f"{block.place}: $ {command}\n{printed}"

    def printed(self, command: str) -> str:
        """What the command prints, on both streams."""
        words = shlex.split(command)
        environ = dict(self.environ)
        while words and re.fullmatch(r"\w+=.*", words[0], re.DOTALL):
            name, _, text = words.pop(0).partition("=")
            environ[name] = text
        target = words[-1] if ">" in words else None
        printed = self._called(words[:-2] if target else words, environ)
        if target:
            (self.folder / target).write_text(printed, encoding="utf-8")
        return "" if target else printed

    def _called(self, words: list[str], environ: dict[str, str]) -> str:
        match words:
            case ["mkdir", name]:
                (self.folder / name).mkdir()
                return ""
            case ["chmod", mode, name]:
                (self.folder / name).chmod(int(mode, 8))
                return ""
            case ["cp", source, target]:
                shutil.copy2(self.folder / source, self.folder / target)
                return ""
            case ["mv", source, target]:
                shutil.move(self.folder / source, self.folder / target)
                return ""
            case ["echo", *texts]:
                return " ".join(texts).replace("$?", str(self.status)) + "\n"
            case ["python", *arguments]:
                return self._process(arguments, environ)
            case ["cfgcore", *arguments]:
                return self._process(["-c", _COMMAND, *arguments], environ)
        raise AssertionError(f"the documentation calls {words[0]}, which its tests cannot run")

    def _process(self, arguments: list[str], environ: dict[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environ,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.status = done.returncode
        return done.stdout


@pytest.fixture
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture
def page() -> Callable[[str], Page]:
    """A function that returns a page by its path from the folder of the project."""
    return lambda name: Page(ROOT / name)


@pytest.fixture
def terminal(tmp_path: Path) -> Callable[[str], Terminal]:
    """A function that returns a terminal in a new, empty folder of that name."""

    def opened(name: str) -> Terminal:
        folder = (tmp_path / name).resolve()
        folder.mkdir()
        return Terminal(folder)

    return opened


@pytest.fixture
def quickstart(tmp_path: Path) -> Terminal:
    """A terminal in a copy of examples/quickstart."""
    folder = tmp_path.resolve() / "quickstart"
    shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    return Terminal(folder)
