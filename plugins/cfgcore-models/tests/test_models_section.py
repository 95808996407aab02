"""The `models` section: its defaults and its bounds."""

import dataclasses
import json

import pytest

import cfgcore
from cfgcore_models import AutomationLevel, ModelsConfig, plugin

DEFAULTS = {
    "automation_level": AutomationLevel.SEMI_AUTOMATIC,
    "preferred_models": (),
    "blocked_models": (),
}


def opened(**environ: str) -> cfgcore.Config:
    """The plugin alone, configured by these variables."""
    return cfgcore.open(env_prefix="APP", environ=environ, settings_files=[], plugins=[plugin], plugin_group=None)


def test_defaults() -> None:
    """Without any configuration every setting has the default of the reference, and there are no others."""
    with opened() as config:
        assert DEFAULTS == dataclasses.asdict(config[ModelsConfig])


@pytest.mark.parametrize("level", list(AutomationLevel))
def test_every_level_is_accepted(level: AutomationLevel) -> None:
    """A level is written as its value, and read as a member of the enumeration."""
    with opened(APP_MODELS__AUTOMATION_LEVEL=str(level)) as config:
        assert level is config[ModelsConfig].automation_level


def test_other_levels_are_refused() -> None:
    """There is no level beside the three."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(APP_MODELS__AUTOMATION_LEVEL="automatic")
    assert ["models.automation_level"] == [problem.path for problem in refusal.value.problems]


@pytest.mark.parametrize("name", ["gpt2", "mistralai/Mistral-7B-v0.1", "a/b/c.d", "_-/_-."])
@pytest.mark.parametrize("setting", ["preferred_models", "blocked_models"])
def test_model_names_are_accepted(setting: str, name: str) -> None:
    """A model name has letters, digits, `_` and `-`, and after a `/` dots as well."""
    with opened(**{f"APP_MODELS__{setting.upper()}": json.dumps([name])}) as config:
        assert (name,) == config.get(f"models.{setting}")


@pytest.mark.parametrize("name", ["", "a.b", "a b/c", "/a", "a/", "a//b", "a/b!", "a\n"])
@pytest.mark.parametrize("setting", ["preferred_models", "blocked_models"])
def test_other_names_are_refused(setting: str, name: str) -> None:
    """One bad name in a list is refused, by the name of its list."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened(**{f"APP_MODELS__{setting.upper()}": json.dumps(["gpt2", name])})
    assert refusal.value.problems
    assert all(problem.path.startswith(f"models.{setting}") for problem in refusal.value.problems)


def test_level_reads_as_its_value() -> None:
    """A level in a message reads as settings files write it."""
    assert "fully_automatic" == f"{AutomationLevel.FULLY_AUTOMATIC}" == str(AutomationLevel.FULLY_AUTOMATIC)
