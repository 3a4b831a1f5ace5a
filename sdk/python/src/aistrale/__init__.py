"""AISTRALE: one line to a language model.

    import aistrale

    print(aistrale.run("Hello, world!"))

Importing this is cheap; what a name needs is imported when the name is first used.

PYTEST_DONT_REWRITE (that pytest finds this imported already is no cause for its warning)
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    __version__: str
    from . import client as client
    from . import exceptions as exceptions
    from . import models as models
    from . import otel as otel
    from . import testing as testing
    from . import webhooks as webhooks
    from ._access_models import ApiKey as ApiKey
    from ._access_models import AuditActor as AuditActor
    from ._access_models import AuditEntry as AuditEntry
    from ._access_models import AuditTarget as AuditTarget
    from ._access_models import Health as Health
    from ._access_models import Token as Token
    from ._access_models import WhoAmI as WhoAmI
    from ._access_models import Workspace as Workspace
    from ._access_models import WorkspaceName as WorkspaceName
    from ._access_operations import ApiKeyCreate as ApiKeyCreate
    from ._access_operations import ApiKeyLimits as ApiKeyLimits
    from ._access_operations import ApiKeyUpdate as ApiKeyUpdate
    from ._access_operations import AuditLogOptions as AuditLogOptions
    from ._access_operations import TokenUpdate as TokenUpdate
    from ._access_operations import WorkspaceCreate as WorkspaceCreate
    from ._access_operations import WorkspaceSettings as WorkspaceSettings
    from ._access_operations import WorkspaceUpdate as WorkspaceUpdate
    from ._async_client import AsyncAistrale as AsyncAistrale
    from ._budget_models import Budget as Budget
    from ._budget_models import BudgetCrossing as BudgetCrossing
    from ._budget_models import BudgetScope as BudgetScope
    from ._budget_models import BudgetState as BudgetState
    from ._budget_operations import BudgetCreate as BudgetCreate
    from ._budget_operations import BudgetSettings as BudgetSettings
    from ._budget_operations import BudgetUpdate as BudgetUpdate
    from ._client import Aistrale as Aistrale
    from ._deadline import NO_TIMEOUT as NO_TIMEOUT
    from ._deadline import Timeout as Timeout
    from ._default import load_session as load_session
    from ._default import load_session_async as load_session_async
    from ._default import run as run
    from ._default import run_async as run_async
    from ._default import session as session
    from ._default import session_async as session_async
    from ._default import stream as stream
    from ._default import stream_async as stream_async
    from ._default_resources import aliases as aliases
    from ._default_resources import api_keys as api_keys
    from ._default_resources import audit_log as audit_log
    from ._default_resources import budgets as budgets
    from ._default_resources import events as events
    from ._default_resources import health as health
    from ._default_resources import inferences as inferences
    from ._default_resources import prompts as prompts
    from ._default_resources import providers as providers
    from ._default_resources import telemetry as telemetry
    from ._default_resources import tokens as tokens
    from ._default_resources import whoami as whoami
    from ._default_resources import workspaces as workspaces
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
    from ._errors import ToolRoundsError as ToolRoundsError
    from ._errors import WebhookVerificationError as WebhookVerificationError
    from ._event_models import CostThresholdExceeded as CostThresholdExceeded
    from ._event_models import Event as Event
    from ._event_models import EventData as EventData
    from ._event_models import InferenceCompleted as InferenceCompleted
    from ._event_models import InferenceFailed as InferenceFailed
    from ._event_models import PromptUpdated as PromptUpdated
    from ._event_models import ProviderFailed as ProviderFailed
    from ._event_models import ProviderRecovered as ProviderRecovered
    from ._event_models import WebhookDisabled as WebhookDisabled
    from ._event_models import WebhookTest as WebhookTest
    from ._events import Completed as Completed
    from ._events import StreamEvent as StreamEvent
    from ._events import TextDelta as TextDelta
    from ._events import ThinkingDelta as ThinkingDelta
    from ._events import ToolCallDelta as ToolCallDelta
    from ._events import ToolResult as ToolResult
    from ._events import UnknownEvent as UnknownEvent
    from ._feed import AsyncFeed as AsyncFeed
    from ._feed import Feed as Feed
    from ._http_given import AsyncHttpClient as AsyncHttpClient
    from ._http_given import HttpClient as HttpClient
    from ._limits import RateLimit as RateLimit
    from ._limits import RateLimits as RateLimits
    from ._models import Attempt as Attempt
    from ._models import Inference as Inference
    from ._models import Message as Message
    from ._models import PromptUse as PromptUse
    from ._models import ThinkingBlock as ThinkingBlock
    from ._models import ToolCall as ToolCall
    from ._models import Usage as Usage
    from ._options import CallOptions as CallOptions
    from ._options import MessageLike as MessageLike
    from ._options import RunOptions as RunOptions
    from ._options import ToolLike as ToolLike
    from ._paging import AsyncListing as AsyncListing
    from ._paging import Listing as Listing
    from ._paging import Page as Page
    from ._prompt_models import Prompt as Prompt
    from ._prompt_models import PromptChange as PromptChange
    from ._prompt_models import PromptDiff as PromptDiff
    from ._prompt_models import PromptSettings as PromptSettings
    from ._prompt_models import PromptVariable as PromptVariable
    from ._prompt_models import PromptVersion as PromptVersion
    from ._prompt_models import RenderedPrompt as RenderedPrompt
    from ._prompt_operations import PromptCreate as PromptCreate
    from ._prompt_operations import PromptListOptions as PromptListOptions
    from ._prompt_operations import PromptVersionCreate as PromptVersionCreate
    from ._prompt_ref import PromptRef as PromptRef
    from ._raw_response import RawResponse as RawResponse
    from ._routing_models import Alias as Alias
    from ._routing_models import CatalogueModel as CatalogueModel
    from ._routing_models import ProviderCircuit as ProviderCircuit
    from ._routing_models import ProviderHealth as ProviderHealth
    from ._routing_models import ProviderInfo as ProviderInfo
    from ._routing_models import ProviderLastFailure as ProviderLastFailure
    from ._routing_models import ProviderTokens as ProviderTokens
    from ._routing_operations import ModelListOptions as ModelListOptions
    from ._session import AsyncSession as AsyncSession
    from ._session import Session as Session
    from ._stream import AsyncStream as AsyncStream
    from ._stream import Stream as Stream
    from ._telemetry_models import InferenceRecord as InferenceRecord
    from ._telemetry_models import Percentiles as Percentiles
    from ._telemetry_models import RecordedContent as RecordedContent
    from ._telemetry_models import RecordedError as RecordedError
    from ._telemetry_models import Span as Span
    from ._telemetry_models import SummaryGroup as SummaryGroup
    from ._telemetry_models import TelemetryDeletion as TelemetryDeletion
    from ._telemetry_models import TelemetrySummary as TelemetrySummary
    from ._telemetry_models import Trace as Trace
    from ._telemetry_operations import TelemetryFilters as TelemetryFilters
    from ._telemetry_operations import TelemetryListOptions as TelemetryListOptions
    from ._telemetry_operations import TelemetryPeriod as TelemetryPeriod
    from ._telemetry_operations import TelemetrySelection as TelemetrySelection
    from ._telemetry_operations import TelemetryStreamOptions as TelemetryStreamOptions
    from ._telemetry_operations import TelemetrySummaryOptions as TelemetrySummaryOptions
    from ._telemetry_operations import TraceListOptions as TraceListOptions
    from ._tool import tool as tool
    from ._webhook_models import EventType as EventType
    from ._webhook_models import Webhook as Webhook
    from ._webhook_models import WebhookAttempt as WebhookAttempt
    from ._webhook_models import WebhookDelivery as WebhookDelivery
    from ._webhook_models import WebhookFilter as WebhookFilter
    from ._webhook_models import WebhookHeader as WebhookHeader
    from ._webhook_operations import EventStreamOptions as EventStreamOptions
    from ._webhook_operations import WebhookCreate as WebhookCreate
    from ._webhook_operations import WebhookDeliveryListOptions as WebhookDeliveryListOptions
    from ._webhook_operations import WebhookSettings as WebhookSettings
    from ._webhook_operations import WebhookUpdate as WebhookUpdate
    from ._wire import ListOptions as ListOptions

_EXPORTS = {
    "_access_models": "ApiKey AuditActor AuditEntry AuditTarget Health Token WhoAmI "
    "Workspace WorkspaceName",
    "_access_operations": "ApiKeyCreate ApiKeyLimits ApiKeyUpdate AuditLogOptions TokenUpdate "
    "WorkspaceCreate WorkspaceSettings WorkspaceUpdate",
    "_async_client": "AsyncAistrale",
    "_budget_models": "Budget BudgetCrossing BudgetScope BudgetState",
    "_budget_operations": "BudgetCreate BudgetSettings BudgetUpdate",
    "_client": "Aistrale",
    "_deadline": "NO_TIMEOUT Timeout",
    "_default": "load_session load_session_async run run_async session session_async stream "
    "stream_async",
    "_default_resources": "aliases api_keys audit_log budgets events health inferences prompts "
    "providers telemetry tokens whoami workspaces",
    "_errors": "APIConnectionError APIError APIStatusError APITimeoutError AistraleError "
    "AuthenticationError BadRequestError BudgetExceededError CancelledError "
    "ConfigurationError ConflictError InternalServerError InterruptedError NoProviderError "
    "NotFoundError OutputValidationError OverloadedError PermissionDeniedError ProviderError "
    "ProviderTimeoutError RateLimitError StreamInterruptedError ToolRoundsError "
    "WebhookVerificationError",
    "_event_models": "CostThresholdExceeded Event EventData InferenceCompleted InferenceFailed "
    "PromptUpdated ProviderFailed ProviderRecovered WebhookDisabled WebhookTest",
    "_events": "Completed StreamEvent TextDelta ThinkingDelta ToolCallDelta ToolResult "
    "UnknownEvent",
    "_feed": "AsyncFeed Feed",
    "_http_given": "AsyncHttpClient HttpClient",
    "_limits": "RateLimit RateLimits",
    "_models": "Attempt Inference Message PromptUse ThinkingBlock ToolCall Usage",
    "_options": "CallOptions MessageLike RunOptions ToolLike",
    "_paging": "AsyncListing Listing Page",
    "_prompt_models": "Prompt PromptChange PromptDiff PromptSettings PromptVariable "
    "PromptVersion RenderedPrompt",
    "_prompt_operations": "PromptCreate PromptListOptions PromptVersionCreate",
    "_prompt_ref": "PromptRef",
    "_raw_response": "RawResponse",
    "_routing_models": "Alias CatalogueModel ProviderCircuit ProviderHealth ProviderInfo "
    "ProviderLastFailure ProviderTokens",
    "_routing_operations": "ModelListOptions",
    "_session": "AsyncSession Session",
    "_stream": "AsyncStream Stream",
    "_telemetry_models": "InferenceRecord Percentiles RecordedContent RecordedError Span "
    "SummaryGroup TelemetryDeletion TelemetrySummary Trace",
    "_telemetry_operations": "TelemetryFilters TelemetryListOptions TelemetryPeriod "
    "TelemetrySelection TelemetryStreamOptions TelemetrySummaryOptions TraceListOptions",
    "_tool": "tool",
    "_webhook_models": "EventType Webhook WebhookAttempt WebhookDelivery WebhookFilter "
    "WebhookHeader",
    "_webhook_operations": "EventStreamOptions WebhookCreate WebhookDeliveryListOptions "
    "WebhookSettings WebhookUpdate",
    "_wire": "ListOptions",
}
_MODULES = ("client", "exceptions", "models", "otel", "testing", "webhooks")
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names.split()}

if not TYPE_CHECKING:
    __all__ = [*_MODULE_OF, *_MODULES, "__version__"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "__version__":
        value: object = import_module("._version", __name__).VERSION
    elif name in _MODULES:
        value = import_module("." + name, __name__)
    elif name in _MODULE_OF:
        value = getattr(import_module("." + _MODULE_OF[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF, *_MODULES, "__version__"})
