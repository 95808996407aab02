"""An OpenFeature provider, so that applications may evaluate flags by the standard SDK.

::

    from openfeature import api
    from cfgcore.openfeature import CfgcoreProvider

    api.set_provider(CfgcoreProvider(config))
    api.get_client().get_boolean_value("auto_updates", False, EvaluationContext("alice", {"plan": "pro"}))

It needs the extra ``openfeature``. The targeting key is the user's id, attributes are the context of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from cfgcore.errors import InvalidUser
from cfgcore.values.frozen import plain

try:
    from openfeature.event import ProviderEventDetails
    from openfeature.exception import ErrorCode
    from openfeature.flag_evaluation import FlagResolutionDetails, Reason
    from openfeature.provider import AbstractProvider, Metadata
except ImportError as error:
    raise ImportError("cfgcore.openfeature needs the OpenFeature SDK: pip install 'cfgcore[openfeature]'") from error

if TYPE_CHECKING:
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.flag_evaluation import FlagValueType

    from cfgcore.config import Config

    Object = Sequence[FlagValueType] | Mapping[str, FlagValueType]

T = TypeVar("T")

_WRONG = object()


class CfgcoreProvider(AbstractProvider):
    """Resolves flags by ``config.flags``: all types of values, reasons, error codes and metadata.

    It emits PROVIDER_CONFIGURATION_CHANGED, with the flags concerned, when definitions change. Closing the
    configuration is left to whoever opened it.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self._stop: Callable[[], None] | None = None

    def get_metadata(self) -> Metadata:
        """Return the name of the provider."""
        return Metadata("cfgcore")

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Begin to look for changes."""
        if self._stop is None:
            self._stop = self._config.flags.watch(self._changed)

    def shutdown(self) -> None:
        """Look for changes no longer."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Resolve a flag whose value is true or false."""
        return self._resolved(flag_key, default_value, evaluation_context, _boolean)

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """Resolve a flag whose value is text."""
        return self._resolved(flag_key, default_value, evaluation_context, _string)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Resolve a flag whose value is a whole number."""
        return self._resolved(flag_key, default_value, evaluation_context, _integer)

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Resolve a flag whose value is a number."""
        return self._resolved(flag_key, default_value, evaluation_context, _float)

    def resolve_object_details(
        self, flag_key: str, default_value: Object, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Object]:
        """Resolve a flag whose value is a table."""
        return self._resolved(flag_key, default_value, evaluation_context, _object)

    def _resolved(
        self, flag: str, default: T, context: EvaluationContext | None, read: Callable[[Any], Any]
    ) -> FlagResolutionDetails[T]:
        user = (context.targeting_key or None) if context is not None else None
        try:
            found = self._config.flags.evaluate(flag, user, default, context.attributes if context else None)
        except InvalidUser as error:
            return _failed(default, ErrorCode.INVALID_CONTEXT, str(error))
        if found.error is not None:
            return _failed(default, ErrorCode(found.error), found.message)
        value = read(found.value) if found.variant is not None else default
        if value is _WRONG:
            return _failed(default, ErrorCode.TYPE_MISMATCH, f"the value of flag {flag!r} is {found.value!r}")
        metadata = dict(self._config.flags.metadata(flag))
        return FlagResolutionDetails(value, None, None, Reason(found.reason), found.variant, metadata)

    def _changed(self, flags: Sequence[str]) -> None:
        with suppress(AttributeError):  # the SDK has let go of the provider meanwhile
            self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=list(flags)))


def _failed(default: T, code: ErrorCode, message: str) -> FlagResolutionDetails[T]:
    return FlagResolutionDetails(default, code, message, Reason.ERROR)


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else _WRONG


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else _WRONG


def _integer(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else _WRONG


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else _WRONG


def _object(value: Any) -> Any:
    return plain(value) if isinstance(value, Mapping) else _WRONG
