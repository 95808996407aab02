"""The `models` section."""

from enum import Enum

from cfgcore import section, setting

MODEL_NAME = r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)*"


class AutomationLevel(str, Enum):
    """How much the application does by itself; every level but the middle one selects a profile."""

    MANUAL = "manual"
    SEMI_AUTOMATIC = "semi_automatic"
    FULLY_AUTOMATIC = "fully_automatic"

    def __str__(self) -> str:
        """The level as settings files write it, in every version of Python."""
        return self.value


@section("models", version=1, title="Models")
class ModelsConfig:
    """Which models are preferred or blocked, and how much is automatic."""

    automation_level: AutomationLevel = setting(
        AutomationLevel.SEMI_AUTOMATIC,
        help="How much is done without asking; a level sets several settings of other sections.",
    )
    preferred_models: tuple[str, ...] = setting(
        (),
        pattern=MODEL_NAME,
        help="Models to choose first, the most wanted one at the beginning.",
        examples=(("gpt2", "mistralai/Mistral-7B-v0.1"),),
    )
    blocked_models: tuple[str, ...] = setting(
        (),
        pattern=MODEL_NAME,
        help="Models that are never downloaded, suggested or used.",
        examples=(("acme/untested-model",),),
    )
