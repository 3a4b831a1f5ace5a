"""AISTRALE: one line to a language model.

    import aistrale

    print(aistrale.run("Hello, world!"))

Importing this is cheap; what a name needs is imported when the name is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    __version__: str
    from ._async_client import AsyncAistrale as AsyncAistrale
    from ._client import Aistrale as Aistrale
    from ._deadline import NO_TIMEOUT as NO_TIMEOUT
    from ._deadline import Timeout as Timeout
    from ._default import run as run
    from ._default import run_async as run_async
    from ._default import session as session
    from ._default import session_async as session_async
    from ._default import stream as stream
    from ._default import stream_async as stream_async
    from ._errors import AistraleError as AistraleError
    from ._errors import APIConnectionError as APIConnectionError
    from ._errors import APIError as APIError
    from ._errors import APIStatusError as APIStatusError
    from ._errors import APITimeoutError as APITimeoutError
    from ._errors import AuthenticationError as AuthenticationError
    from ._errors import BadRequestError as BadRequestError
    from ._errors import BudgetExceededError as BudgetExceededError
    from ._errors import CancelledError as CancelledError
    from ._errors import ConfigurationError as ConfigurationError
    from ._errors import ConflictError as ConflictError
    from ._errors import InternalServerError as InternalServerError
    from ._errors import InterruptedError as InterruptedError
    from ._errors import NoProviderError as NoProviderError
    from ._errors import NotFoundError as NotFoundError
    from ._errors import OutputValidationError as OutputValidationError
    from ._errors import OverloadedError as OverloadedError
    from ._errors import PermissionDeniedError as PermissionDeniedError
    from ._errors import ProviderError as ProviderError
    from ._errors import ProviderTimeoutError as ProviderTimeoutError
    from ._errors import RateLimitError as RateLimitError
    from ._errors import StreamInterruptedError as StreamInterruptedError
    from ._errors import WebhookVerificationError as WebhookVerificationError
    from ._events import Completed as Completed
    from ._events import StreamEvent as StreamEvent
    from ._events import TextDelta as TextDelta
    from ._events import ThinkingDelta as ThinkingDelta
    from ._events import ToolCallDelta as ToolCallDelta
    from ._events import UnknownEvent as UnknownEvent
    from ._http_given import AsyncHttpClient as AsyncHttpClient
    from ._http_given import HttpClient as HttpClient
    from ._models import Attempt as Attempt
    from ._models import Health as Health
    from ._models import Inference as Inference
    from ._models import InferenceRecord as InferenceRecord
    from ._models import Message as Message
    from ._models import ProviderInfo as ProviderInfo
    from ._models import RecordedError as RecordedError
    from ._models import ThinkingBlock as ThinkingBlock
    from ._models import Token as Token
    from ._models import ToolCall as ToolCall
    from ._models import Usage as Usage
    from ._models import WhoAmI as WhoAmI
    from ._operations import TelemetryFilters as TelemetryFilters
    from ._options import CallOptions as CallOptions
    from ._options import MessageLike as MessageLike
    from ._options import RunOptions as RunOptions
    from ._paging import AsyncListing as AsyncListing
    from ._paging import Listing as Listing
    from ._paging import Page as Page
    from ._session import AsyncSession as AsyncSession
    from ._session import Session as Session
    from ._stream import AsyncStream as AsyncStream
    from ._stream import Stream as Stream

_EXPORTS = {
    "_async_client": "AsyncAistrale",
    "_client": "Aistrale",
    "_deadline": "NO_TIMEOUT Timeout",
    "_default": "run run_async session session_async stream stream_async",
    "_errors": "APIConnectionError APIError APIStatusError APITimeoutError AistraleError "
    "AuthenticationError BadRequestError BudgetExceededError CancelledError ConfigurationError "
    "ConflictError InternalServerError InterruptedError NoProviderError NotFoundError "
    "OutputValidationError OverloadedError PermissionDeniedError ProviderError "
    "ProviderTimeoutError RateLimitError StreamInterruptedError WebhookVerificationError",
    "_events": "Completed StreamEvent TextDelta ThinkingDelta ToolCallDelta UnknownEvent",
    "_http_given": "AsyncHttpClient HttpClient",
    "_models": "Attempt Health Inference InferenceRecord Message ProviderInfo RecordedError "
    "ThinkingBlock Token ToolCall Usage WhoAmI",
    "_operations": "TelemetryFilters",
    "_options": "CallOptions MessageLike RunOptions",
    "_paging": "AsyncListing Listing Page",
    "_session": "AsyncSession Session",
    "_stream": "AsyncStream Stream",
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names.split()}

if not TYPE_CHECKING:
    __all__ = [*_MODULE_OF, "__version__"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        value: object = import_module("._version", __name__).VERSION
    elif name in _MODULE_OF:
        value = getattr(import_module("." + _MODULE_OF[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF, "__version__"})
