"""What an author writes about one setting."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cfgcore import ABSENT, DeclarationError, setting
from cfgcore.declare.declaration import Declaration, declaration_of


def test_a_setting_without_a_default_is_required() -> None:
    """Its default is ABSENT; None is a default like any other."""
    assert ABSENT is setting().default
    assert None is setting(None).default


def test_one_name_stands_for_a_list_of_names() -> None:
    """``env`` and ``renamed_from`` take text for a list of one."""
    declared = setting(1, env="DATABASE_URL", renamed_from="url")
    assert (("DATABASE_URL",), ("url",)) == (declared.env, declared.renamed_from)


def test_lists_in_options_are_frozen() -> None:
    """A list that the author changes later changes no declaration."""
    choices = [1, 2]
    declared = setting(1, choices=choices)
    choices.append(3)
    assert (1, 2) == declared.choices


def test_an_option_that_does_not_exist_is_an_error_with_a_suggestion() -> None:
    """A misspelt bound would otherwise bound nothing."""
    with pytest.raises(DeclarationError, match=r"no option 'minimun'\. Did you mean 'minimum'\?"):
        setting(1, minimun=2)  # type: ignore[call-overload]


@pytest.mark.parametrize("options", [{"choices": "abc"}, {"choices": 5}, {"env": 5}, {"examples": "a"}])
def test_what_must_be_a_list_is_not_text(options: dict[str, Any]) -> None:
    """``choices="abc"`` would otherwise be the choices a, b and c."""
    with pytest.raises(DeclarationError, match="is a list of values"):
        setting(1, **options)


def test_a_plain_default_counts_as_a_setting() -> None:
    """A field of an ordinary frozen dataclass declares its default, made by a factory or not."""

    @dataclasses.dataclass(frozen=True)
    class Plain:
        required: int
        number: int = 3
        made: Any = dataclasses.field(default_factory=list)

    found = {field.name: declaration_of(field).default for field in dataclasses.fields(Plain)}
    assert {"required": ABSENT, "number": 3, "made": ()} == found


def test_a_declaration_cannot_be_changed() -> None:
    """It is frozen, as everything that is declared."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Declaration().default = 1  # type: ignore[misc]
