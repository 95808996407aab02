"""What the lists of models hold together."""

import pytest

import cfgcore
from cfgcore_models import ModelsConfig, plugin


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_a_model_in_both_lists_is_refused() -> None:
    """A model that is preferred and blocked is refused by name, and the suggestion prefers the others."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(
            APP_MODELS__PREFERRED_MODELS='["gpt2", "acme/odd", "acme/fine"]',
            APP_MODELS__BLOCKED_MODELS='["acme/odd", "acme/other"]',
        )
    (problem,) = refusal.value.problems
    assert "models.preferred_and_blocked" == problem.code
    assert "error" == problem.severity
    assert "models.preferred_models" == problem.path
    assert "'acme/odd'" in problem.message
    assert ("gpt2", "acme/fine") == problem.suggested


def test_lists_without_a_common_model_are_accepted() -> None:
    """Blocking one model of an owner leaves the others to be preferred."""
    with opened(
        APP_MODELS__PREFERRED_MODELS='["acme/fine"]', APP_MODELS__BLOCKED_MODELS='["acme/odd", "acme"]'
    ) as config:
        assert ("acme/fine",) == config[ModelsConfig].preferred_models
        assert config.validate().is_valid
