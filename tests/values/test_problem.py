"""One finding about a configuration."""

import pickle

from cfgcore import ABSENT, Origin, Problem


def test_a_problem_begins_with_its_place() -> None:
    """The place comes first, then the path, then what is wrong."""
    origin = Origin("environment", "variable", "APP_SERVER__PORT")
    problem = Problem("maximum", "server.port", "99999 is more than 65535", origin=origin)
    assert "APP_SERVER__PORT: server.port: 99999 is more than 65535" == str(problem)


def test_a_default_is_no_place() -> None:
    """What the default says is nobody's file: such a problem begins with the path."""
    problem = Problem("rule", "server.port", "taken", origin=Origin("default", "default", "plugin 'web'"))
    assert "server.port: taken" == str(problem)
    assert "taken" == str(Problem("plugin", "", "taken"))


def test_no_suggestion_is_not_the_suggestion_none() -> None:
    """``suggested`` tells None from nothing; ``suggested_value`` is for those who need not know."""
    assert ABSENT is Problem("code", "a.b", "wrong").suggested
    assert Problem("code", "a.b", "wrong").suggested_value is None
    assert None is Problem("code", "a.b", "wrong", suggested=None).suggested
    assert 5 == Problem("code", "a.b", "wrong", suggested=5).suggested_value
    assert "a.b" == Problem("code", "a.b", "wrong").field


def test_problems_can_be_sent_and_gathered_in_sets() -> None:
    """A problem is a frozen value: it survives pickling, and hashes."""
    problem = Problem("code", "a.b", "wrong", suggested=5)
    assert {problem} == {pickle.loads(pickle.dumps(problem))}


def test_a_problem_can_be_hashed_whatever_it_suggests() -> None:
    """Problems are told apart in sets, also where lists are suggested."""
    assert 2 == len({Problem("type", "a", "m", suggested=["x"]), Problem("type", "a", "m", suggested=["y"])})
