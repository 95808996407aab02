"""The tree of errors, and what each tells."""

import copy
import pickle

import pytest

import cfgcore
from cfgcore import (
    CfgcoreError,
    DeclarationError,
    Origin,
    PluginError,
    Problem,
    SourceError,
    UnknownPath,
    ValidationFailed,
    errors,
)

ERRORS: list[CfgcoreError] = [
    CfgcoreError("it is closed"),
    DeclarationError("section 'a': wrong"),
    PluginError("plugin 'a': wrong"),
    SourceError("settings.toml:12", "a quote is missing"),
    UnknownPath("'a.b' names no setting"),
    ValidationFailed([Problem("maximum", "a.b", "11 is more than 10", origin=Origin("file", "file", "a.toml"))]),
]


def test_one_root_catches_all() -> None:
    """Every error class of the package derives from CfgcoreError, and says in its docstring when it is raised."""
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, Exception)]
    assert [] == [cls for cls in classes if not issubclass(cls, CfgcoreError) or not cls.__doc__]


def test_the_tree_at_the_top_of_the_module_is_complete() -> None:
    """The drawing names every error class."""
    classes = [name for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, Exception)]
    assert [] == [name for name in classes if name not in (errors.__doc__ or "")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_cross_processes(error: CfgcoreError) -> None:
    """An error that is pickled or copied says the same, and is of the same class, afterwards."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(error) is type(again)
        assert str(error) == str(again)
        assert vars(error) == vars(again)


def test_a_source_error_begins_with_its_place() -> None:
    """Place, colon, cause; both can be read by a program."""
    error = SourceError("settings.toml:12", "a quote is missing")
    assert "settings.toml:12: a quote is missing" == str(error)
    assert ("settings.toml:12", "a quote is missing") == (error.place, error.cause)


def test_a_failed_validation_lists_all_problems() -> None:
    """One line for each problem; errors and warnings can be had apart."""
    problems = [Problem("a", "x.y", "first"), Problem("b", "x.z", "second", "warning")]
    failed = ValidationFailed(problems)
    assert "x.y: first\nx.z: second" == str(failed)
    assert (problems[0],) == failed.errors
    assert (problems[1],) == failed.warnings


def test_an_unknown_path_is_a_key_error_that_reads_well() -> None:
    """It can be caught as KeyError, and does not put quotes around its sentence as KeyError does."""
    with pytest.raises(KeyError) as caught:
        raise UnknownPath("'a.b' names no setting")
    assert "'a.b' names no setting" == str(caught.value)
    assert isinstance(caught.value, cfgcore.CfgcoreError)
