"""What Dynaconf reads: texts of files, and text with tokens."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfgcore.layer.dynaconf_reader import MERGE_LIMIT, Cast, Template, cast, dotenv, parse, starts_with_token
from cfgcore.layer.unreadable import Unreadable
from cfgcore.values.absent import ABSENT

# Nine aliases a level, seven levels: 254 bytes of it cost Dynaconf alone 24 seconds and 747 MB.
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdef", "bcdefg", strict=True)
)


def refusal(text: str, suffix: str) -> tuple[str, int | None]:
    with pytest.raises(Unreadable) as caught:
        parse(text, suffix)
    return caught.value.cause, caught.value.line


def outcome(text: str) -> Cast | str:
    """Return what `text` is cast to, or why it is refused."""
    try:
        return cast(text, infer=True)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@int 3", Cast(3)),
        ("@float 3", Cast(3.0)),
        ("@str 3", Cast("3")),
        ("@bool yes", Cast(True)),
        ("@bool maybe", Cast(False)),
        ('@json [1, {"a": null}]', Cast([1, {"a": None}])),
        ('@json {"a": [true]}', Cast({"a": [True]})),
        ("@none", Cast(None)),
        ("@null", Cast(None)),
        ("@note why", Cast(None)),
        ("@empty", Cast(ABSENT)),
        ("@upper abc", Cast("ABC")),
        ("@del", Cast(ABSENT, "delete")),
        ("@merge a", Cast(["a"], "merge")),
        ("@merge a,b", Cast(["a", "b"], "merge")),
        ("@merge [1, 2]", Cast([1, 2], "merge")),
        ("@merge 1", Cast([1], "merge")),
        ("@merge a=b, c=3", Cast({"a": "b", "c": 3}, "merge")),
        ("@merge {a = 1}", Cast({"a": 1}, "merge")),
        ("@merge_unique a,b", Cast(["a", "b"], "merge_unique")),
        ("@insert x", Cast("x", "insert", 0)),
        ("@insert 1 x", Cast("x", "insert", 1)),
        ("@insert -1 3", Cast(3, "insert", -1)),
    ],
)
def test_tokens_do_what_dynaconf_documents(text: str, expected: Cast) -> None:
    """A token is obeyed whether or not other text would be cast."""
    assert starts_with_token(text)
    assert expected == cast(text, infer=True) == cast(text, infer=False)


@pytest.mark.parametrize("text", ["", "@", "@foo bar", "@inta 3", " @int 3", "me@int 3", "@INT 3"])
def test_what_is_no_token_is_text(text: str) -> None:
    """An address such as ``@home`` is nothing special."""
    assert not starts_with_token(text)
    assert Cast(text) == cast(text, infer=False)


@pytest.mark.parametrize(("text", "expected"), [("True", True), (" False ", False), ("3", 3), ("[1]", [1]), ("x", "x")])
def test_inferred_values_are_toml(text: str, expected: Any) -> None:
    """What is not a TOML value stays text."""
    assert Cast(expected) == cast(text, infer=True)


@pytest.mark.parametrize(
    "text", ["@int many", "@int", "@float x", "@json {", "@json", "@json [1", "@merge a=@del", "@insert @format x"]
)
def test_a_token_that_cannot_read_its_value_is_refused_without_quoting_it(text: str) -> None:
    """The message names the token; the value may be a secret, and whoever knows where it came from shows it."""
    with pytest.raises(ValueError, match=r"^(the token @[a-z]+ cannot read the value|a token that merges .*)$"):
        cast(text, infer=True)


def test_a_token_that_is_gone_is_refused() -> None:
    """``@reset`` would only warn."""
    with pytest.raises(ValueError, match="@reset is gone"):
        cast("@reset 3", infer=False)


@pytest.mark.parametrize(
    "text", ["@json " + "[" * 100_000, "[" * 100_000, "{a=" * 50_000, "@merge " + "[" * 100_000, "9" * 100_000]
)
def test_text_of_any_depth_and_length_is_refused_or_text(text: str) -> None:
    """No text raises anything but ValueError, and none is quoted at length."""
    found = outcome(text)
    assert found == Cast(text) or 60 > len(str(found))


@given(st.sampled_from(["@int", "@json", "@merge", "@insert", "@merge_unique", "@float", "@bool", "@str"]), st.text())
def test_any_value_of_a_token_is_cast_or_refused(token: str, text: str) -> None:
    """Whatever follows a token, the answer is a value or a ValueError."""
    found = outcome(f"{token} {text}")
    assert isinstance(found, Cast) or "cannot" in found or "deeply" in found


def test_a_template_is_kept_until_it_is_computed() -> None:
    """Reading evaluates nothing; evaluating sees the settings and the variables it is given, and no others."""
    found = cast("@int @format {this.server.port}{env[N]}", infer=False).value
    assert isinstance(found, Template)
    assert "@format {this.server.port}{env[N]}" == str(found)
    assert 807 == found.evaluate({"server": {"port": 80}}, {"N": "7"})
    with pytest.raises(ValueError, match=r"cannot be computed: .*'N'"):
        found.evaluate({"server": {"port": 80}}, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@format {this.a.b}-{this.A.B}", "x-x"),
        ("@get a.b", "x"),
        ("@get a.none other", "other"),
        ("@get a.none @int 7", 7),
        ("@get a.n @str", "5"),
    ],
)
def test_templates_find_settings_by_path_in_any_case(text: str, expected: Any) -> None:
    """As in Dynaconf, ``this`` answers to attributes and dotted paths."""
    assert expected == cast(text, infer=False).value.evaluate({"a": {"b": "x", "n": 5}}, {})


@pytest.mark.parametrize(
    "text",
    [
        "@format {this.a.missing}",
        "@format {this.a.__class__.__init__.__globals__}",
        "@get a.missing",
        "@read_file /none/such",
        "@format {",
        "@int @format {this.a.b}",
    ],
)
def test_a_template_that_cannot_be_computed_says_why(text: str) -> None:
    """The value that a cast refuses is not told: it may be a secret."""
    with pytest.raises(ValueError, match=r"^the (template|token before the template) cannot .*") as caught:
        cast(text, infer=False).value.evaluate({"a": {"b": "hunter2"}}, {})
    assert "hunter2" not in str(caught.value)


def test_each_format_gives_the_same_data() -> None:
    """The suffix chooses the parser."""
    expected = {"server": {"port": 1, "names": ["a"]}}
    assert expected == parse("[server]\r\nport = 1\r\nnames = ['a']\r\n", ".toml")[0]
    assert expected == parse('{"server": {"port": 1, "names": ["a"]}}', ".json")[0]
    for suffix in (".yaml", ".yml"):
        assert expected == parse("server:\n  port: 1\n  names: [a]\n", suffix)[0]


def test_yaml_tells_the_lines_of_keys_and_items() -> None:
    """Also within lists and tables in braces."""
    lines = parse("a:\n  b: 1\n  c:\n    - x\n    - {d: 1,\n       e: 2}\n", ".yaml")[1]
    expected = {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", "0"): 4,
        ("a", "c", "1"): 5,
        ("a", "c", "1", "e"): 6,
    }
    assert expected.items() <= (lines or {}).items()


def test_empty_files_say_nothing() -> None:
    """A file with nothing but comments is a file without settings; JSON must be a value."""
    assert [{}, {}] == [parse(text, suffix)[0] for text, suffix in (("# none\n", ".toml"), ("# none\n", ".yaml"))]
    assert None is parse("---\n", ".yaml")[0]
    assert ("not valid JSON: Expecting value", 1) == refusal("", ".json")


@pytest.mark.parametrize(
    ("suffix", "text", "cause", "line"),
    [
        (".toml", "[server\n", "not valid TOML: Expected ']' at the end of a table declaration", 1),
        (".toml", "[server]\nport =\n", "not valid TOML: Invalid value", 2),
        (".toml", "[s]\nx = 1\nx = 2\n", "not valid TOML: Cannot overwrite a value", 3),
        (".toml", "[s]\n\n[s]\n", "not valid TOML: Cannot declare ('s',) twice", 3),
        (".toml", "a = [1,\n2", "not valid TOML: Unclosed array", 2),
        (".yaml", "a: [1\nb: 2", "not valid YAML: while parsing a flow sequence, expected ',' or ']', but got ':'", 2),
        (
            ".yaml",
            "s:\n  p: hunter2\n  p: 2\n",
            'not valid YAML: while constructing a mapping, found duplicate key "p"',
            3,
        ),
        (
            ".yaml",
            "a: 1\n---\nb: 2\n",
            "not valid YAML: expected a single document in the stream, but found another document",
            2,
        ),
        (".yaml", "a: 1\nb: !foo {c: 1}", "not valid YAML: could not determine a constructor for the tag '!foo'", 2),
        (".yaml", "a: &x [1]\nb:\n  c: *x\n", "YAML aliases are not read; write the value out", 3),
        (".yaml", "a: *x\n", "YAML aliases are not read; write the value out", 1),
        (
            ".yaml",
            "a: 1\nb: 2024-13-45\n",
            "not valid YAML: a value looks like a date or a number, and cannot be read as one; put it in quotes",
            2,
        ),
        (
            ".yaml",
            "a: 1\nb: !!int hunter2\n",
            "not valid YAML: a value looks like a date or a number, and cannot be read as one; put it in quotes",
            2,
        ),
        (".json", "{\n,}", "not valid JSON: Expecting property name enclosed in double quotes", 2),
    ],
)
def test_what_is_not_of_the_format_is_refused_with_cause_and_line(
    suffix: str, text: str, cause: str, line: int | None
) -> None:
    """The cause quotes no value."""
    assert (cause, line) == refusal(text, suffix)


@pytest.mark.parametrize(
    "text", ["a: !!python/object/apply:os.system [id]", "a: !!python/name:os.system", "!!python/module:os {}"]
)
def test_yaml_makes_no_python_objects(text: str) -> None:
    """A tag that would run Python is no tag here."""
    cause, line = refusal(text, ".yaml")
    assert cause.startswith("not valid YAML: could not determine a constructor for the tag")
    assert 1 == line


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    """The first alias ends the reading, before anything is built."""
    assert ("YAML aliases are not read; write the value out", 2) == refusal(BOMB, ".yaml")


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".toml", "a = " + "[" * 100_000),
        (".toml", "a = " + "[" * 100_000 + "]" * 100_000),
        (".toml", "a = " + "{a = " * 100_000),
        (".json", "[" * 100_000),
        (".json", "[" * 100_000 + "]" * 100_000),
        (".json", '{"a":' * 100_000),
        (".yaml", "[" * 100_000),
        (".yaml", "a: " + "[" * 100_000 + "]" * 100_000),
        (".yaml", "{a: " * 100_000),
        (".yaml", "- " * 100_000),
        (".yaml", "? " * 100_000),
        (".yaml", "\n".join(" " * depth + "a:" for depth in range(1000))),
    ],
)
def test_depth_is_refused_before_it_costs_anything(suffix: str, text: str) -> None:
    """A hundred thousand brackets are no traceback."""
    assert "it nests deeper than 32 levels" == refusal(text, suffix)[0]


@pytest.mark.parametrize(
    ("suffix", "text"), [(".toml", "a = 1\nb = {}"), (".json", '{{"a": 1,\n"b": {}}}'), (".yaml", "a: 1\nb: {}")]
)
def test_a_number_of_thousands_of_digits_is_refused_in_words_of_the_file(suffix: str, text: str) -> None:
    """Python's own message names a function of Python's."""
    cause, line = refusal(text.format("9" * 5000), suffix)
    assert cause.endswith("put it in quotes" if suffix == ".yaml" else "put it in quotes if it is text")
    assert "sys" not in cause
    assert 2 == line


def test_an_unknown_suffix_names_those_that_are_known() -> None:
    """Python files are none of them."""
    cause = ".py is not a format that can be read; use one of .ini, .json, .toml, .yaml, .yml"
    assert (cause, None) == refusal("x = 1", ".py")
    assert "no suffix is not a format" in refusal("", "")[0]


@given(st.text() | st.text(alphabet="{}[]:,\"'\n\t -&*!?|>=#.ab1"), st.sampled_from([".toml", ".json", ".yaml"]))
def test_any_text_is_read_or_refused(text: str, suffix: str) -> None:
    """No text raises anything else."""
    cause, line = "not refused", None
    try:
        parse(text, suffix)
    except Unreadable as error:
        cause, line = error.cause, error.line
    assert cause
    assert line is None or 1 <= line <= len(text) + 1


def test_a_dotenv_file_gives_names_texts_and_lines() -> None:
    """Quotes, comments and ``export`` are understood; nothing is interpolated; a name without ``=`` sets nothing."""
    text = "# comment\nA=1\nexport B='x y'\n\nC=\"${A} $B\" # why\nD=\nE\n"
    expected = [("A", "1", 2), ("B", "x y", 3), ("C", "${A} $B", 5), ("D", "", 6)]
    assert expected == list(dotenv(StringIO(text)))


def test_a_line_of_a_dotenv_file_that_is_no_assignment_is_refused() -> None:
    """With its line, and without its text."""
    with pytest.raises(Unreadable) as caught:
        list(dotenv(StringIO("A=1\n=hunter2\n")))
    assert ("this line is no assignment; write NAME=value", 2) == (caught.value.cause, caught.value.line)


@pytest.mark.parametrize("text", ["x" * 14_570, "x" * (1 << 17), "x," * 40_000, "= " * 60_000, "@merge " + "x" * 9_000])
@pytest.mark.parametrize("token", ["@merge", "@merge_unique"])
def test_a_long_text_is_merged_as_json_only(token: str, text: str) -> None:
    """Dynaconf looks for pairs in a text in a time that grows as its square: seconds for what a variable may hold."""
    assert f"more than {MERGE_LIMIT:,} characters" in str(outcome(f"{token} {text}"))


def test_a_text_that_is_merged_may_be_as_long_as_the_limit() -> None:
    """Text up to the limit is merged, and so is JSON of any length."""
    text = "x" * MERGE_LIMIT
    assert Cast([text], "merge") == outcome(f"@merge {text}")
    assert Cast([text * 9], "merge") == outcome(f'@merge ["{text * 9}"]')
