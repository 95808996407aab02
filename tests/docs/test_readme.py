"""README.md, and the quickstart's, executed."""

import re
from typing import Any

import pytest

COMMANDS = ("pip install . ./plugins/* && cfgcore demo", "pip install tox && tox")


@pytest.fixture
def first_section(page: Any, terminal: Any) -> tuple[Any, Any]:
    """A terminal in a folder with the settings file and the program of the README, and the page."""
    readme, shell = page("README.md"), terminal("first")
    settings, program = readme.under("A first section")
    shell.write(settings)
    (shell.folder / "app.py").write_text(program.text, encoding="utf-8")
    return shell, readme


def test_the_program_prints_what_its_comments_say(first_section: tuple[Any, Any]) -> None:
    """With the README's settings.toml the README's program runs as written, and prints what stands behind each line."""
    shell, readme = first_section
    _, program = readme.under("A first section")
    comments = re.findall(r"print\(.+\)  # (.+)", program.text)
    printed = shell.printed("python app.py").splitlines()
    assert ["8080", "8080", "file settings.toml:4", "True"] == printed
    assert "8080, unless the variable APP_SERVER__PORT says otherwise" == comments[0]
    assert ["file settings.toml:4", "True"] == comments[2:]
    assert "9000" == shell.printed("APP_SERVER__PORT=9000 python app.py").splitlines()[0]


def test_the_errors_are_the_real_ones(first_section: tuple[Any, Any]) -> None:
    """With the mistakes that the README describes, the error lists the lines that the README shows."""
    shell, readme = first_section
    (shown,) = readme.under("What you get when it is wrong")
    file = shell.folder / "settings.toml"
    wrong = file.read_text("utf-8").replace("host =", "hots =").replace("port = 8080", 'port = "many"')
    file.write_text(wrong, encoding="utf-8")
    printed = shell.printed("APP_SERVER__PORT=70000 python app.py")
    error = printed[printed.index("ValidationFailed: ") + len("ValidationFailed: ") :]
    assert sorted(shown.text.splitlines()) == sorted(error.splitlines())


def test_the_two_commands_are_on_the_first_screen(page: Any) -> None:
    """The README begins with the two commands that do all of the set-up."""
    first = page("README.md").blocks[0]
    lines = [line.partition("#")[0].strip() for line in first.text.splitlines()]
    assert list(COMMANDS) == lines
    assert 20 > page("README.md").text.count("\n", 0, page("README.md").text.index(COMMANDS[1]))


def test_the_quickstart_does_what_its_readme_shows(page: Any, quickstart: Any) -> None:
    """In the quickstart the commands of its README print what stands below them."""
    quickstart.follow(page("examples/quickstart/README.md").blocks)
