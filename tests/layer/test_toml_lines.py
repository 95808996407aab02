"""The line of every table, key and item of a TOML text."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import tomlkit
from dynaconf.vendor import tomllib
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.layer.json_lines import json_lines
from cfgcore.layer.toml_lines import toml_lines

Path = tuple[str, ...]

BARE = ["a", "b", "c", "1", "0x", "-", "true", "1979-05-27"]
QUOTED = ["", "a.b", " ", "#", "=", "[x]", '"', "'", "\\", "\n", "é", "\U0001f600", "{", "]]", '"""', "'''"]
KEYS = st.sampled_from(BARE + QUOTED) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
NUMBERS = ["+1_000", "-0.5e+3", "0xdead", "true", "inf", "07:32:00.5", "1979-05-27", "1979-05-27T07:32:00.999-07:00"]
SHORT = ["1979-05-27 07:32:00", "''", '""', '"a # b"', "'[x] = {'", r'"\"] = \\"', r"'\'"]
LONG = [
    '""""""',
    '"""|[no]|k = 1 \\|  # "" x"""',
    "'''|k = '' '|[[no]]'''",
    '"""\\""""""',
    '"""""|"""""',
    "'''''|'''''",
]
SCALARS = st.sampled_from(NUMBERS + SHORT + [text.replace("|", end) for text in LONG for end in ("\n", "\r\n")])
BREAKS = st.sampled_from(["\n", "\r\n", ' # [x] = {\' """\n', "\n\n", "\n  \t# '''\r\n\t"])
GAPS = st.sampled_from(["", " ", "\t "])


class Writer:
    """Writes TOML by choices that are drawn, and notes the line at which each path is first written."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = draw(st.sampled_from(["", "", "\n", "# [x]\n"]))
        self.lines: dict[Path, int] = {}

    def note(self, path: Path) -> None:
        """Note `path`, and what it implies, at the line that is being written."""
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self.text.count("\n") + 1)

    def key(self, *names: str) -> str:
        """Return a key of `names`, each of them bare or quoted in one way or another."""
        return (self.draw(GAPS) + "." + self.draw(GAPS)).join(map(self.name, names))

    def name(self, name: str) -> str:
        """Return one part of a key."""
        as_json = json.dumps(name, ensure_ascii=False).replace("\x7f", r"\u007f")
        as_codes = "".join(f"\\U{ord(letter):08x}" for letter in name)
        forms = [as_json, f'"{as_codes}"']
        if name in BARE:
            forms.append(name)
        if name.isprintable() and "'" not in name:
            forms.append(f"'{name}'")
        return str(self.draw(st.sampled_from(forms)))

    def value(self, path: Path, depth: int = 2) -> None:
        """Write a scalar, an array over several lines, or an inline table."""
        kind = self.draw(st.sampled_from(["scalar", "array", "table"] if depth else ["scalar"]))
        if kind == "scalar":
            self.text += self.draw(SCALARS)
        elif kind == "array":
            self.array(path, depth)
        else:
            self.inline_table(path, depth)

    def array(self, path: Path, depth: int) -> None:
        """Write an array, with line breaks and comments wherever they may be."""
        self.text += "["
        size = self.draw(st.integers(0, 3))
        for index in range(size):
            self.text += self.draw(GAPS | BREAKS)
            self.note((*path, str(index)))
            self.value((*path, str(index)), depth - 1)
            self.text += self.draw(GAPS | BREAKS)
            self.text += "," if index < size - 1 else self.draw(st.sampled_from(["", ","]))
        self.text += self.draw(GAPS | BREAKS) + "]"

    def inline_table(self, path: Path, depth: int) -> None:
        """Write an inline table, in which only strings and arrays may break the line."""
        self.text += "{"
        for index, name in enumerate(self.draw(st.lists(KEYS, unique=True, max_size=3))):
            self.text += "," if index else ""
            self.pair(path, name, depth - 1)
        self.text += self.draw(GAPS) + "}"

    def pair(self, path: Path, name: str, depth: int = 2) -> None:
        """Write a key and its value; the key may be dotted."""
        names = (name, *self.draw(st.lists(KEYS, max_size=2)))
        self.text += self.draw(GAPS) + self.key(*names) + self.draw(GAPS) + "=" + self.draw(GAPS)
        self.note((*path, *names))
        self.value((*path, *names), depth)

    def header(self, path: Path, names: Path, brackets: int = 1) -> None:
        """Write the header of the table or array of tables `path`, which is called `names`."""
        self.note(path)
        inside = self.draw(GAPS) + self.key(*names) + self.draw(GAPS)
        self.text += self.draw(GAPS) + "[" * brackets + inside + "]" * brackets + self.draw(BREAKS)

    def table(self, path: Path, names: Path, depth: int = 3) -> None:
        """Write pairs, and then tables and arrays of tables, of a table whose header has been written."""
        keys = self.draw(st.lists(KEYS, unique=True, max_size=4))
        pairs = self.draw(st.integers(0, len(keys))) if depth else len(keys)
        for name in keys[:pairs]:
            self.pair(path, name)
            self.text += self.draw(BREAKS)
        for name in keys[pairs:]:
            form = self.draw(st.sampled_from([self.single, self.implied, self.several]))
            form((*path, name), (*names, name), depth - 1)

    def single(self, path: Path, names: Path, depth: int) -> None:
        """Write a table with its header."""
        self.header(path, names)
        self.table(path, names, depth)

    def implied(self, path: Path, names: Path, depth: int) -> None:
        """Write a table in a table that has no header of its own, or has it later."""
        inner = self.draw(KEYS)
        self.draw(st.sampled_from([self.single, self.several]))((*path, inner), (*names, inner), depth)
        if self.draw(st.booleans()):
            self.header(path, names)

    def several(self, path: Path, names: Path, depth: int) -> None:
        """Write the tables of an array of tables."""
        for index in range(self.draw(st.integers(1, 3))):
            self.header((*path, str(index)), names, brackets=2)
            self.table((*path, str(index)), names, depth)


@st.composite
def documents(draw: Any) -> tuple[str, dict[Path, int]]:
    """Return a TOML text, and the line of each path in it."""
    writer = Writer(draw)
    writer.table((), ())
    return writer.text, writer.lines


def paths(text: str) -> set[Path]:
    """Return the path of each key and item in the data that a TOML reader finds in `text`."""
    return set(json_lines(json.dumps(tomllib.loads(text), default=str)))


def calls(text: str) -> int:
    """Return how many functions are called while the lines of `text` are found."""
    events: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: events.append(event))
    try:
        toml_lines(text)
    finally:
        sys.setprofile(before)
    return len(events)


@given(documents())
def test_every_path_has_the_line_that_it_was_written_on(document: tuple[str, dict[Path, int]]) -> None:
    """Whatever the forms of keys, values, tables and blanks, just the paths of the data are found, each at its line."""
    text, lines = document

    assert paths(text) == set(lines)
    assert lines == toml_lines(text)


NESTED = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d", "é", "x.y"]), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.sampled_from(["k", "m n", "o"]), NESTED, max_size=3))
def test_what_another_writer_writes_is_found(data: dict[str, Any]) -> None:
    """In a text by tomlkit every path of the data has a line, and that line shows the key."""
    text = tomlkit.dumps(data)
    found = toml_lines(text)

    assert paths(text) == set(found)
    for path, line in found.items():
        assert path[-1].isdigit() or path[-1] in text.split("\n")[line - 1]


def test_tables_and_dotted_keys_stand_where_they_are_first_implied() -> None:
    """A parent that a header or a dotted key implies has the line of the first that does."""
    text = "x.y.z = 1\nx.y.w = 2\n[a.b.c]\nd = 1\n[a]\ne.f = 2\n"

    assert {
        ("x",): 1,
        ("x", "y"): 1,
        ("x", "y", "z"): 1,
        ("x", "y", "w"): 2,
        ("a",): 3,
        ("a", "b"): 3,
        ("a", "b", "c"): 3,
        ("a", "b", "c", "d"): 4,
        ("a", "e"): 6,
        ("a", "e", "f"): 6,
    } == toml_lines(text)


def test_tables_below_an_array_of_tables_belong_to_its_last_element() -> None:
    """Each header of an array begins an element, and headers below it go on with that element."""
    text = "[[a]]\nn = 1\n[a.sub]\nm = 2\n[[a.deep]]\n[[a]]\n[[a.deep]]\n[[a.deep]]\n[a.deep.x]\n"

    assert {
        ("a",): 1,
        ("a", "0"): 1,
        ("a", "0", "n"): 2,
        ("a", "0", "sub"): 3,
        ("a", "0", "sub", "m"): 4,
        ("a", "0", "deep"): 5,
        ("a", "0", "deep", "0"): 5,
        ("a", "1"): 6,
        ("a", "1", "deep"): 7,
        ("a", "1", "deep", "0"): 7,
        ("a", "1", "deep", "1"): 8,
        ("a", "1", "deep", "1", "x"): 9,
    } == toml_lines(text)


def test_items_of_arrays_and_keys_of_inline_tables_have_lines() -> None:
    """Items of an array have their index as the name; brackets at the beginning of a line are no header there."""
    text = 'a = [ # ]\n[1, 2],\n  {x = 1, y.z = { w = "}" }},\n1979-05-27 07:32:00.5, """\n[t]""",\n]\nb = 1\n'

    assert {
        ("a",): 1,
        ("a", "0"): 2,
        ("a", "0", "0"): 2,
        ("a", "0", "1"): 2,
        ("a", "1"): 3,
        ("a", "1", "x"): 3,
        ("a", "1", "y"): 3,
        ("a", "1", "y", "z"): 3,
        ("a", "1", "y", "z", "w"): 3,
        ("a", "2"): 4,
        ("a", "3"): 4,
        ("b",): 7,
    } == toml_lines(text)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("3.14", ("3", "14")),
        ("a . b\t.c", ("a", "b", "c")),
        ("'a.b'.\"c.d\"", ("a.b", "c.d")),
        (r'"\u00e9\U0001F600\t\\\""', ('é\U0001f600\t\\"',)),
        (r"'\u00e9'", (r"\u00e9",)),
        ('""', ("",)),
        ("'#='", ("#=",)),
        ("''.x", ("", "x")),
        ("1979-05-27", ("1979-05-27",)),
    ],
)
def test_keys_are_read_as_the_reader_reads_them(key: str, path: Path) -> None:
    """A bare, quoted or dotted key has the same names in a pair, an inline table and a header."""
    for text in (f"\n{key} = 1", f"\n[{key}]", f"\n[ {key} ] # [x]"):
        assert {path[:length]: 2 for length in range(1, len(path) + 1)} == toml_lines(text)
        assert set(toml_lines(text)) == paths(text)
    assert 2 == toml_lines(f"\nk = {{{key} = 1}}")[("k", *path)]


@pytest.mark.parametrize(
    "value",
    [
        '"""\n[a]\nb = 1\n"""',
        "'''\n[a]\nb = 1\n'''",
        '"""\n""\\"""\n"""""',
        "'''\n''\n'''''",
        '"""\\\\\n\n"""',
        '"\\\\" # """\n\n',
        "'\\' # '''\n\n",
        "[ # '\n\n]",
    ],
)
def test_no_string_or_comment_hides_or_makes_a_key(value: str) -> None:
    """What looks like TOML in a string is text, its lines count, and the first key after it is found."""
    after = f"k = {value}\n".count("\n") + 1

    assert {("k",): 1, ("z",): after} == toml_lines(f"k = {value}\nz = 1")


def test_a_byte_order_mark_and_either_line_end_change_nothing() -> None:
    """A text has the same lines with a byte order mark, and with the line ends of Windows."""
    text = '# c\n[a]\nb = """\nx\n"""\nc = [\n1,\n]\n'

    assert 6 == toml_lines(text)[("a", "c")]
    assert toml_lines(text) == toml_lines("\ufeff" + text.replace("\n", "\r\n"))


@pytest.mark.parametrize("text", ["", "\n", "# a = 1", "\ufeff", " \t\r\n"])
def test_what_holds_no_key_has_no_line(text: str) -> None:
    """Blanks and comments have no paths."""
    assert {} == toml_lines(text)


@pytest.mark.parametrize(
    "end", ["?", '"', '"""', "'", "[", "]", "[[", "=", "b", "b = [", "b = {", "\\", "[[[x]", ",", "\r"]
)
def test_text_that_is_not_toml_gives_what_was_found_before(end: str) -> None:
    """A text that is broken somewhere raises nothing, and has the lines of the keys before that place."""
    assert {("a",): 2, ("a", "x"): 3}.items() <= toml_lines("\n[a]\nx = 1\n" + end).items()


@given(st.text(alphabet="[]{},=.\"'\\# \n1ae-U") | st.text())
def test_no_text_raises(text: str) -> None:
    """Any text at all is read to its end or to where it stops being TOML."""
    assert all(1 <= line <= text.count("\n") + 1 for line in toml_lines(text).values())


def test_the_work_grows_with_the_text() -> None:
    """Twice the tables take twice the calls, even below one array of tables."""
    once, twice = ("".join(f"[[a]]\nk.n{n} = [1, {{x = ''}}]\n[a.b]\n" for n in range(size)) for size in (500, 1000))

    assert calls(twice) <= 2.01 * calls(once)


def test_long_strings_are_one_token() -> None:
    """A string takes no more calls for being long, whatever quotes and escapes it is made of."""
    for piece in ('\\"', "''", '""x', "\n", "#"):
        short, long = (f'a = """{piece * size}"""\nb = 1' for size in (1, 50_000))

        assert calls(short) == calls(long)
        assert long.count("\n") + 1 == toml_lines(long)[("b",)]


def test_deep_nesting_neither_recurses_nor_piles_up() -> None:
    """Beyond the depth that a value may have nothing is noted, however deep it goes, and keys after it are."""
    for deep in ("a = " + "[" * 50_000 + "]" * 50_000, "a" + ".a" * 50_000 + " = 1", "[a" + ".a" * 50_000 + "]"):
        found = toml_lines(f"{deep}\n[b]\n")

        assert 64 == max(map(len, found))
        assert 2 == found[("b",)]
        assert 65 == len(found)
