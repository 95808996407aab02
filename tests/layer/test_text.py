"""Reading one file: once, bounded, and with the lines of its keys."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cfgcore.errors import SourceError
from cfgcore.layer.text import SIZE_LIMIT, FixedLine, Text, read_text

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def refusal(file: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_text(file, "the-file")
    return str(caught.value)


def test_a_file_is_text_with_its_suffix_in_lower_case(tmp_path: Path) -> None:
    """A byte order mark is no part of the text, and every line end is as it was."""
    file = tmp_path / "A.TOML"
    file.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = '\xc3\xa4'\n")
    text = read_text(file, "name")
    assert ("name", ".toml", "x = 1\r\ny = 'ä'\n") == (text.name, text.suffix, text.content)


def test_a_missing_file_is_left_to_the_caller(tmp_path: Path) -> None:
    """Only the caller knows whether a file may be absent."""
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "none.toml", "none.toml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """The message says that it is one, and what to name instead."""
    assert "the-file: it is a folder, not a file; name a file in it" == refusal(tmp_path)


@posix
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    """Nobody writes into the pipe, and nothing hangs."""
    os.mkfifo(tmp_path / "pipe.toml")
    assert "the-file: it is a pipe, socket or device, not a file" == refusal(tmp_path / "pipe.toml")


@posix
def test_a_device_without_end_is_refused() -> None:
    """Nothing is read from it."""
    assert "the-file: it is a pipe, socket or device, not a file" == refusal(Path("/dev/zero"))


@pytest.fixture
def nobody() -> Iterator[None]:
    """Run as somebody who is not root, who may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


@posix
def test_a_file_without_permission_is_refused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The message names the cause and the remedy."""
    file = tmp_path / "closed.toml"
    file.touch(mode=0)
    request.getfixturevalue("nobody")
    assert "the-file: it cannot be read (Permission denied); check its name and its permissions" == refusal(file)


@posix
@pytest.mark.parametrize("name", ["a" * 5000, "nul\0nul", "file/below.toml"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever the system says of the name, it is told, with the remedy."""
    (tmp_path / "file").touch()
    assert refusal(tmp_path / name).startswith("the-file: it cannot be read (")


def test_a_file_of_the_limit_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    """Settings files have 1 MiB at most; ten are refused as quickly as one and a byte."""
    file = tmp_path / "big.toml"
    file.write_bytes(b"#" * SIZE_LIMIT)
    assert SIZE_LIMIT == len(read_text(file, "big").content)
    for size in (SIZE_LIMIT + 1, 10 << 20):
        file.write_bytes(b"#" * size)
        assert "the-file: it is larger than 1024 KiB, the limit of a settings file" == refusal(file)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"[s]\nx = '\xff'\n", "the-file:2: it is not UTF-8 at byte 9"),
        ("[s]".encode("utf-16"), "the-file:1: it is not UTF-8 at byte 0"),
        (b"x = '\xed\xa0\x80'", "the-file:1: it is not UTF-8 at byte 5"),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path, data: bytes, place: str) -> None:
    """The first byte that is none names the line; its own value, perhaps a secret's, is not told."""
    file = tmp_path / "x.toml"
    file.write_bytes(data)
    assert f"{place}; save it as UTF-8" == refusal(file)


def test_every_read_closes_its_file(tmp_path: Path) -> None:
    """Reading a thousand files, good ones and refused ones, leaves none open."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.touch()
    bad.write_bytes(b"\xff")
    first = os.open(good, os.O_RDONLY)
    os.close(first)
    for _ in range(300):
        read_text(good, "good")
        for file in (bad, tmp_path):
            with pytest.raises(SourceError):
                read_text(file, "bad")
    last = os.open(good, os.O_RDONLY)
    os.close(last)
    assert first == last


def test_lines_are_those_of_the_key_or_of_the_nearest_around_it() -> None:
    """A key that the scanner does not know has the line of its table."""
    text = Text("a.toml", ".toml", "[server]\nport = 1\n\n[server.peer]\nhost = ''\n")
    assert [2, 5, 4, 1, None] == [
        text.line_of(key)
        for key in (
            ("server", "port"),
            ("server", "peer", "host"),
            ("server", "peer", "x"),
            ("server", "y", "z"),
            ("b",),
        )
    ]


def test_lines_that_the_parser_told_are_not_scanned_for() -> None:
    """YAML tells its lines while it is parsed; other formats have none until somebody asks."""
    assert 7 == Text("a.yaml", ".yaml", "", {("a",): 7}).line_of(("a", "b"))
    assert None is Text("a.ini", ".ini", "[a]\nb=1").line_of(("a", "b"))
    assert 3 == FixedLine(3).line_of(("any",))


def test_the_first_line_beyond_a_depth() -> None:
    """A file that nests too deeply is told where."""
    text = Text("a.json", ".json", '{"a": {\n"b": {\n"c": 1}}}')
    assert [2, 3, None] == [text.line_beyond(depth) for depth in (1, 2, 3)]
