"""A source of values besides files and variables."""

from __future__ import annotations

from typing import Any

import pytest

from cfgcore import DeclarationError, Source


def test_a_source_ranks_with_files_unless_it_says_otherwise() -> None:
    """Its layer is "file"."""
    assert "file" == Source("vault", dict).layer


@pytest.mark.parametrize(("name", "read", "layer"), [("vault", {}, "file"), ("vault", dict, "user"), (5, dict, "file")])
def test_a_source_that_cannot_be_is_refused(name: Any, read: Any, layer: Any) -> None:
    """The error names the source and says what is needed."""
    with pytest.raises(DeclarationError, match=f"^source {name!r}: name is text, read a function"):
        Source(name, read, layer)
