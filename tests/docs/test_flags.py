"""docs/flags.md, executed as the one program that it is, and its numbers computed again."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cfgcore.flag.bucket import RECIPE, bucket_of, hash_of
from cfgcore.flag.limits import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT
from cfgcore.flag.operators import OPERATORS

PAGE = "docs/flags.md"

_TOLD = re.compile(r"^ *(?:print\(.*\)  # (?P<behind>.+)|# prints: (?P<below>.+))$", re.MULTILINE)


def test_the_program_prints_what_its_comments_say(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block, in order, prints what stands behind its lines and below them, and nothing else."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("flags")
    for block in page(PAGE).blocks:
        if block.language == "python":
            exec(compile(block.text, block.place, "exec"), module.__dict__)
            told = [found["behind"] or found["below"] for found in _TOLD.finditer(block.text)]
            assert told == capsys.readouterr().out.splitlines(), block.place


def test_the_settings_file_does_what_the_page_says(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is refused for what its comment says, and for nothing else."""
    (block,) = page(PAGE).under("Where definitions come from")
    (tmp_path / "settings.toml").write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    module = ModuleType("flags")
    exec(page(PAGE).blocks[0].text, module.__dict__)
    module.config.close()
    how = {**module.how, "settings_files": ["settings.toml"]}
    with pytest.raises(module.ValidationFailed) as refused:
        module.cfgcore.open(**how)
    (problem,) = refused.value.errors
    assert "settings.toml:4: flags.ranking" in str(problem)


def test_the_buckets_of_the_page_are_right(page: Any) -> None:
    """Hash, bucket, and who has the flag at each percentage."""
    for user, shown, bucket, *at in page(PAGE).table("user"):
        assert (hash_of(f"auto_updates{user}"), bucket_of(f"auto_updates{user}", 100)) == (
            int(shown.replace(",", "")),
            int(bucket),
        )
        assert ["on" if int(bucket) < percent else "off" for percent in (25, 40, 75)] == at
    assert (
        f"{hash_of('auto_updatescarol'):,} × 100 ÷ 4,294,967,296 = {bucket_of('auto_updatescarol', 100)}."
        in " ".join(page(PAGE).text.split())
    )


def test_operators_and_limits_of_the_page_are_those_of_the_code(page: Any) -> None:
    """Every operator is in the table, every limit in the text."""
    named = " ".join(row[0] for row in page(PAGE).table("operators"))
    assert [] == [operator for operator in OPERATORS if f"`{operator}`" not in named]
    text = " ".join(page(PAGE).text.split())
    assert f"at most {DEPTH_LIMIT} levels, {NODE_LIMIT:,} values and {TEXT_LIMIT:,} characters" in text
    assert RECIPE in text
