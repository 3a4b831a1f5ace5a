"""The error tree. Each error says what happened, where, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._limits import RateLimits
    from ._models import Inference, ToolCall


class AistraleError(Exception):
    """The root: everything that this package raises on purpose, mistyped arguments aside.

    `rounds` are the inferences of the same call that were answered before it failed, the earliest
    first, and that are paid: there are some where tools were called, or an output asked for again.
    """

    rounds: tuple[Inference, ...] = ()


class APIError(AistraleError):
    """A call to the server did not succeed."""


class APIConnectionError(APIError):
    """No answer: the server cannot be reached, or the connection broke before the answer.

    `url` is the server's URL, `sent` whether the request may have reached it: when it is False,
    nothing can have been paid.
    """

    def __init__(self, message: str, *, url: str | None = None, sent: bool = True) -> None:
        super().__init__(message)
        self.url = url
        self.sent = sent


class APITimeoutError(APIConnectionError):
    """The call's total deadline passed. Never raised for a server that cannot be reached."""


class APIStatusError(APIError):
    """The server answered, and the answer is an error.

    `status` is the HTTP status; `code` the stable code of AISTRALE's problem object, or None when
    somebody else answered (a proxy's error page); `request_id` finds the request in the server's
    log; `body` is the decoded JSON, or the text, or None for an empty body. `errors` lists what is
    wrong with the request (`{"pointer": …, "detail": …}` each). `provider` and `upstream_status`
    say which provider failed and how. `retry_after` is in seconds, None when none was given.
    `limits` are the API key's own limits, None when the answer said nothing of them.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str | None = None,
        request_id: str | None = None,
        body: Any = None,
        errors: Sequence[dict[str, Any]] = (),
        provider: str | None = None,
        upstream_status: int | None = None,
        retry_after: float | None = None,
        limits: RateLimits | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.body = body
        self.errors = tuple(errors)
        self.provider = provider
        self.upstream_status = upstream_status
        self.retry_after = retry_after
        self.limits = limits


class BadRequestError(APIStatusError):
    """The request is not valid; `errors` names the fields. Sending it again will not help."""


class AuthenticationError(APIStatusError):
    """The API key is missing, unknown or revoked; the message says where the key came from."""


class PermissionDeniedError(APIStatusError):
    """The API key's role does not allow this."""


class NotFoundError(APIStatusError):
    """There is nothing of that id in this workspace, or `api_url` is not an AISTRALE server."""


class ConflictError(APIStatusError):
    """The request contradicts the present state."""


class BudgetExceededError(APIStatusError):
    """A budget that blocks has no room for this; the message names it, and when its period ends.

    When only what running inferences have put aside stands in the way, `retry_after` says so, in
    seconds, and the call was tried again before it failed; else it is None.
    """


class RateLimitError(APIStatusError):
    """Too many calls: the API key's own limit, or, when `provider` is set, that provider's.

    `retry_after` is in seconds, None when neither said how long to wait; `limits` are the key's.
    """


class NoProviderError(APIStatusError):
    """No configured provider serves this model; the message names the command that adds one."""


class ProviderError(APIStatusError):
    """The provider refused or failed; its own words are in the message."""


class ProviderTimeoutError(APIStatusError):
    """The provider did not answer within its deadline."""


class OverloadedError(APIStatusError):
    """The server sheds load, stops, or cannot write its records; see `retry_after`."""


class CancelledError(APIStatusError):
    """The inference was cancelled by its caller. Not `asyncio.CancelledError`."""


class InterruptedError(APIStatusError):
    """The server ended in mid-call; what the provider did is unknown. Not Python's builtin."""


class InternalServerError(APIStatusError):
    """A defect of the server; give `request_id` to whoever runs it."""


class StreamInterruptedError(AistraleError):
    """A stream ended without its last event, and could not be gone on with: it is not whole.

    What arrived: `text`, `thinking` (both "" when none came) and `tool_calls` (their `arguments`
    may be cut). `inference_id` names the record that says what became of it, None when the server
    had not named it yet. The cause says why it could not be gone on with.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        thinking: str = "",
        tool_calls: Sequence[ToolCall] = (),
        inference_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.text = text
        self.thinking = thinking
        self.tool_calls = tuple(tool_calls)
        self.inference_id = inference_id


class ConfigurationError(AistraleError):
    """An argument, environment variable, the config file or a saved session is wrong.

    `path` and `line` (from 1) name the place in the file; both are None when the mistake
    is elsewhere.
    """

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


class WebhookVerificationError(AistraleError):
    """A webhook's signature, timestamp or body is not what its sender signs."""


class OutputValidationError(AistraleError):
    """A model's output is not what `output=` asked for; the message says why.

    `text` is what the model answered last, `errors` what is wrong with it (`{"pointer": …,
    "detail": …}` each, the pointer into the JSON; () when it was cut, refused or withheld) and
    `inference` the whole answer; its `rounds` are the attempts before it.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        errors: Sequence[dict[str, str]] = (),
        inference: Inference | None = None,
    ) -> None:
        super().__init__(message)
        self.text = text
        self.errors = tuple(errors)
        self.inference = inference


class ToolRoundsError(AistraleError):
    """A model still asked for tools in the last inference that `max_rounds` allows.

    `inference` is that one; its tools were not called, and its `rounds` are those before it.
    `messages` is the conversation so far, as `messages=` takes it; the tool calls of its last
    message are still to be answered.
    """

    def __init__(
        self,
        message: str,
        *,
        inference: Inference | None = None,
        messages: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.inference = inference
        self.messages = list(messages)


for _class in [each for each in globals().values() if isinstance(each, type)]:
    if issubclass(_class, AistraleError):
        _class.__module__ = "aistrale"  # as programs, and whoever reads a traceback, know them
