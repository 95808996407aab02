"""What an administrator may demand of models, and which models are allowed."""

from pathlib import Path

import pytest

import cfgcore
from cfgcore_models import Models, ModelsPolicies, plugin


@pytest.fixture
def config(tmp_path: Path):
    """The plugin alone, with a store."""
    arguments = {"folder": tmp_path, "store": "config.json", "environ": {}, "settings_files": [], "plugin_group": None}
    with cfgcore.open(plugins=[plugin], **arguments) as opened:
        yield opened


def test_defaults(config: cfgcore.Config) -> None:
    """Unless an administrator says otherwise, models come from huggingface and from here."""
    assert (
        ModelsPolicies(
            max_concurrent_users=None, allowed_model_sources=("huggingface", "local"), blocked_model_patterns=()
        )
        == config[ModelsPolicies]
    )


def test_blocked_models_leave_the_preferred_ones(config: cfgcore.Config) -> None:
    """A model that a pattern matches whole is preferred by nobody, and may not be asked for."""
    config.update({"models.preferred_models": ["acme/x", "gpt2", "big-acme"]}, user="alice")
    config.update({"policies.models.blocked_model_patterns": ["acme/.*"]}, actor="root")
    assert ("gpt2", "big-acme") == config.for_user("alice").models.preferred_models
    with pytest.raises(cfgcore.ValidationFailed, match="policy blocked_model_patterns takes out what matches acme"):
        config.update({"models.preferred_models": ["acme/y"]}, user="bob")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("(a", "at position 0"), ("(?=a)b", "a lookahead"), (r"(a)\\1".replace("\\\\", "\\"), "a backreference")],
)
def test_a_pattern_that_re2_does_not_take(config: cfgcore.Config, expression: str, reason: str) -> None:
    """A wrong pattern is refused when it is set, with position and reason."""
    with pytest.raises(cfgcore.ValidationFailed, match=reason):
        config.update({"policies.models.blocked_model_patterns": [expression]}, actor="root")


def test_what_is_allowed(config: cfgcore.Config) -> None:
    """The answer says why not: what the user blocks, what a pattern blocks, or where the model comes from."""
    config.update({"models.blocked_models": ["old/model"]}, user="alice")
    config.update({"policies.models.blocked_model_patterns": ["acme/.*"]}, actor="root")
    models = Models(config.for_user("alice"))
    assert models.is_allowed("gpt2", "huggingface")
    assert models.is_allowed("gpt2")
    for name, source, reason in (
        ("old/model", None, "models.blocked_models"),
        ("acme/x", "local", "matches acme/.*"),
        ("gpt2", "s3", "policy allowed_model_sources does not allow s3"),
    ):
        answer = models.is_allowed(name, source)
        assert (False, True) == (bool(answer), reason in answer.reason)
    assert Models(config.view).is_allowed("old/model")


def test_an_unknown_source_is_a_warning(config: cfgcore.Config) -> None:
    """A source that nobody knows is accepted with a warning."""
    outcome = config.update({"policies.models.allowed_model_sources": ["local", "attic"]}, actor="root")
    assert ["models.unknown_source"] == [warning.code for warning in outcome.warnings]
