"""The outcome of a validation."""

from __future__ import annotations

from cfgcore import Problem, ValidationResult

ERROR = Problem("type", "a.b", "wrong")
WARNING = Problem("deprecated", "a.c", "old", "warning")


def test_warnings_do_not_make_it_invalid() -> None:
    """A result is valid unless it holds an error."""
    assert ValidationResult().is_valid
    assert ValidationResult((WARNING,)).is_valid
    assert not ValidationResult((WARNING, ERROR)).is_valid


def test_errors_and_warnings_apart() -> None:
    """Errors and warnings keep their order, apart from each other."""
    result = ValidationResult((WARNING, ERROR, WARNING))
    assert (ERROR,) == result.errors
    assert (WARNING, WARNING) == result.warnings
