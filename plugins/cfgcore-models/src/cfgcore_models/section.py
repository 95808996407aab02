"""The `models` section, and what administrators may demand of it."""

from enum import Enum

from cfgcore import section, setting

MODEL_NAME = r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)*"

SOURCE_NAME = r"[A-Za-z0-9_-]+"

SOURCES = ("huggingface", "local", "custom", "s3", "gcs")


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


@section("models", scope="policy", title="Model policies")
class ModelsPolicies:
    """Which models users may have, from where, and how many users there may be."""

    max_concurrent_users: int | None = setting(None, minimum=1, help="How many users may use models at once.")
    allowed_model_sources: tuple[str, ...] = setting(
        ("huggingface", "local"),
        pattern=SOURCE_NAME,
        help="Where models may come from; known are huggingface, local, custom, s3 and gcs.",
    )
    blocked_model_patterns: tuple[str, ...] = setting(
        (),
        help="RE2 patterns; a model whose whole name one of them matches is never preferred, downloaded or suggested.",
        examples=(("acme/.*", ".*-uncensored"),),
    )
