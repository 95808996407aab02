"""The automation level selects what other plugins contribute to its profiles."""

import pytest

import cfgcore
from cfgcore import Profile, hookimpl, section, setting
from cfgcore_models import AutomationLevel, plugin


@section("robot", title="Robot")
class RobotConfig:
    """A stand-in for a section that acts by itself."""

    eager: bool = setting(False, help="Act without asking.")


class Robot:
    """A plugin with a part of one automation level."""

    @hookimpl
    def cfgcore_sections(self) -> list[type]:
        """The stand-in."""
        return [RobotConfig]

    @hookimpl
    def cfgcore_profiles(self) -> list[Profile]:
        """Its part of the highest level."""
        return [Profile(selector="models.automation_level", value="fully_automatic", values={"robot.eager": True})]


def opened(level: str) -> cfgcore.Config:
    """The plugin beside the stand-in, at this level."""
    return cfgcore.open(
        env_prefix="APP",
        environ={"APP_MODELS__AUTOMATION_LEVEL": level},
        settings_files=[],
        plugins=[plugin, Robot()],
        plugin_group=None,
    )


@pytest.mark.parametrize(
    ("level", "eager"),
    [
        (AutomationLevel.MANUAL, False),
        (AutomationLevel.SEMI_AUTOMATIC, False),
        (AutomationLevel.FULLY_AUTOMATIC, True),
    ],
)
def test_level_selects_a_profile(level: AutomationLevel, eager: bool) -> None:
    """A profile that names a level by its value applies when that level is selected, and only then."""
    with opened(str(level)) as config:
        assert eager is config[RobotConfig].eager


def test_a_level_that_does_not_exist_is_refused() -> None:
    """A wrong level is refused as any wrong value is, although profiles wait for it."""
    with pytest.raises(cfgcore.ValidationFailed) as refusal:
        opened("automatic")
    assert ["models.automation_level"] == [problem.path for problem in refusal.value.problems]
