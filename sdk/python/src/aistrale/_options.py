"""The options of an inference, and the request body they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from ._deadline import Timeout
from ._models import Message, PromptUse
from ._nearest import did_you_mean
from ._prompt_ref import PromptRef, referred
from ._raw_response import RawResponse

if TYPE_CHECKING:
    from ._settings import Settings

MessageLike: TypeAlias = Message | Mapping[str, Any]
"""A message: a `Message`, or a dict in OpenAI's shape."""

ToolLike: TypeAlias = Callable[..., Any] | Mapping[str, Any]
"""A tool: a function that is called when the model asks, or a dict in OpenAI's shape."""

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


class CallOptions(TypedDict, total=False):
    """Options that every call takes.

    timeout: seconds above 0 for the whole call, its retries, waits and stream included; None means
        the client's own (600 unless set there), `NO_TIMEOUT` means as long as it takes.
    max_retries: how often it is tried again, from 0; None means the client's own (2 unless set).
    extra_headers: HTTP headers to add; they cannot replace the client's own.
    workspace: the id (`ws_…`) of the workspace to act in, instead of the client's; the operator's
        key alone may name one.
    on_response: called with a `RawResponse` for every answer of the server to this call, those that
        are tried again and errors too, instead of the client's own; what it raises ends the call.
        Of an asynchronous client it may be asynchronous.
    """

    timeout: Timeout | None
    max_retries: int | None
    extra_headers: Mapping[str, str] | None
    workspace: str | None
    on_response: Callable[[RawResponse], object] | None


class RunOptions(CallOptions, total=False):
    """Options of one inference. None is the same as not given.

    messages: the conversation, instead of a prompt; `Message`s or dicts in OpenAI's shape.
    prompt_ref: a prompt kept on the server, instead of a prompt: "greeting", "greeting@production"
        (a label), "greeting@3" (a version) or a `PromptRef`. Its settings hold where the call has
        none; a model or provider of the configuration counts as no choice of the call's.
    variables: the values of the prompt's variables, by name.
    system: a system message put first.
    model: "gpt-4o" with `provider`, "openai/gpt-4o" alone, or an alias; the workspace's default
        model if neither here nor in the configuration.
    provider: the provider's name.
    fallbacks: whom to ask, in this order, when the model cannot answer; at most 5, each as `model`
        is written. They take the place of those that an alias brings.
    temperature: 0 to 2; some models take less, or none but their own.
    top_p: 0 to 1.
    max_output_tokens: from 1.
    stop: text, or texts, at which the model stops.
    tools: functions, which are called here whenever the model asks for them, and dicts in OpenAI's
        shape, whose calls end the loop and are the caller's to answer. What a model is told of a
        function comes from its type hints and its docstring, or from `aistrale.tool`. What it
        raises is told to the model, as are wrong arguments. Asynchronous functions need an
        asynchronous client, which calls those of one round at once, and blocking ones in threads.
        `timeout` is for the whole loop, but a blocking function is never broken off.
    max_rounds: how often the model may be asked while it calls functions, from 1; 10 unless given;
        then `ToolRoundsError`.
    tool_choice: "auto", "none", "required" or a function, as in OpenAI's chat API. What forces a
        call holds until a function was called.
    response_format: as in OpenAI's chat API; `output=` makes it of a type.
    reasoning_effort: "none", "minimal", "low", "medium", "high" or "xhigh".
    seed: any integer; same seed, similar answer, where the provider has it.
    session_id: groups inferences in telemetry; `session()` sets it by itself. 1 to 128 letters,
        digits, `_`, `.`, `:` and `-`.
    metadata: strings by strings, kept with the record: at most 32, names of 1 to 64 characters,
        values of up to 512. "user" names an end user, whose records can be deleted.
    trace_id, parent_span_id: the trace of yours that the inference belongs to, and the span in it;
        1 to 64 characters each.
    timeout_ms: how long the server may work on it, in milliseconds, 1 to 3,600,000: all that it
        asks of providers and all its waits, also when the connection is lost and it goes on; the
        server's own limit unless given. `timeout` is this side's.
    provider_options: passed on to the provider as they are.
    resumable: whether the server goes on with it when the connection is lost, so that the client
        comes back for the rest. True for a stream unless given; for `run`, whose connection ends
        it, False.
    idempotency_key: by which the server knows the call again, for a day: it is answered once, and
        the same answer is given again without paying the provider twice. One is made for each call
        unless given, the same over its retries; give one of yours where your program itself may
        try again. With another prompt or other options it is a `ConflictError`; an empty one is a
        ValueError. Where one call is several inferences, the second has "KEY-2-" and a hash of what
        it asks, and so on: where a tool gives another result, it is another inference.
    """

    messages: Sequence[MessageLike] | None
    prompt_ref: str | PromptRef | PromptUse | None
    variables: Mapping[str, Any] | None
    system: str | None
    model: str | None
    provider: str | None
    fallbacks: Sequence[str] | None
    temperature: float | None
    top_p: float | None
    max_output_tokens: int | None
    stop: str | Sequence[str] | None
    tools: Sequence[ToolLike] | None
    max_rounds: int | None
    tool_choice: str | Mapping[str, Any] | None
    response_format: Mapping[str, Any] | None
    reasoning_effort: ReasoningEffort | None
    seed: int | None
    session_id: str | None
    metadata: Mapping[str, str] | None
    trace_id: str | None
    parent_span_id: str | None
    timeout_ms: int | None
    provider_options: Mapping[str, Any] | None
    resumable: bool | None
    idempotency_key: str | None


BODY_FIELDS: Final = (
    "messages",
    "system",
    "model",
    "provider",
    "fallbacks",
    "temperature",
    "top_p",
    "max_output_tokens",
    "stop",
    "tools",
    "tool_choice",
    "response_format",
    "reasoning_effort",
    "seed",
    "session_id",
    "metadata",
    "trace_id",
    "parent_span_id",
    "timeout_ms",
    "provider_options",
    "resumable",
)

CALL_FIELDS: Final = ("timeout", "max_retries", "extra_headers", "workspace", "on_response")
RUN_FIELDS: Final = (
    *BODY_FIELDS,
    "prompt_ref",
    "variables",
    "max_rounds",
    "idempotency_key",
    *CALL_FIELDS,
)


def refuse_unknown(what: str, options: Mapping[str, Any], known: Sequence[str]) -> None:
    """TypeError, naming the nearest right one, for an option that does not exist."""
    for name in options:
        if name not in known:
            raise TypeError(f"{what} has no option {name!r}{did_you_mean(name, known)}")


def inference_body(
    prompt: str | PromptRef | None,
    options: RunOptions,
    settings: Settings,
    *,
    stream: bool,
    configured: bool = True,
) -> bytes:
    """Return the JSON body of `POST /inferences`.

    `configured`: whether the configured model and provider count, where none is chosen. They do
    not for a prompt on the server, which has its own.
    """
    refuse_unknown("an inference", options, RUN_FIELDS)
    body = _asked(prompt, options)
    for name in BODY_FIELDS:
        value = options.get(name)
        if value is not None:
            body[name] = value
    messages = options.get("messages")
    if messages is not None:
        body["messages"] = [wire_message(message) for message in messages]
    if configured and "prompt_ref" not in body:
        _fill_in_configured_model(body, settings)
    if stream:
        body.setdefault("resumable", True)
        body["stream"] = True
    return json_bytes(body)


def one_of(prompt: str | PromptRef | None, options: RunOptions) -> PromptRef | None:
    """Return the prompt on the server that is asked for, if it is one.

    TypeError unless exactly one of prompt, `messages=` and `prompt_ref=` is given.
    """
    if prompt is not None and not isinstance(prompt, (str, PromptRef)):
        raise TypeError(f"prompt is not a string: {type(prompt).__name__}")
    named, variables = options.get("prompt_ref"), options.get("variables")
    if sum(item is not None for item in (prompt, options.get("messages"), named)) != 1:
        raise TypeError("give a prompt, messages= or prompt_ref=, one of them")
    reference = prompt if isinstance(prompt, PromptRef) else named
    if reference is not None:
        return referred(reference, variables)
    if variables is not None:
        raise TypeError("variables= are those of a prompt_ref=")
    return None


def _asked(prompt: str | PromptRef | None, options: RunOptions) -> dict[str, Any]:
    reference = one_of(prompt, options)
    if reference is not None:
        return {"prompt_ref": reference.to_dict()}
    return {} if prompt is None else {"prompt": prompt}


def _fill_in_configured_model(body: dict[str, Any], settings: Settings) -> None:
    """Add what the configuration chose, unless it would contradict what the call chose.

    A configured model belongs to the configured provider; "openai/gpt-4o" names its own provider.
    """
    model, provider = body.get("model"), body.get("provider")
    if settings.model and model is None and provider in (None, settings.provider):
        body["model"] = settings.model
    if settings.provider and provider is None and "/" not in str(model):
        body["provider"] = settings.provider


def wire_message(message: MessageLike) -> dict[str, Any]:
    """Return a message as a dict of its own, in OpenAI's shape."""
    if isinstance(message, Message):
        return message.to_dict()
    if isinstance(message, Mapping):
        return dict(message)
    raise TypeError(f"a message is a Message or a dict, not {type(message).__name__}")


def json_bytes(value: Any) -> bytes:
    """Return JSON. TypeError or ValueError (for NaN and infinities) if it cannot be written.

    A `Decimal` is written with the digits that it has.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_as_json).encode()
    except _DecimalFound:
        from ._json_text import json_text

        return json_text(value, json.dumps).encode()


class _DecimalFound(Exception):  # noqa: N818 - it is none
    """There is a number that the standard library writes as a float, or not at all."""


def _as_json(value: Any) -> Any:
    several: Any = value
    if isinstance(value, Mapping):
        return dict(several)
    if isinstance(several, Sequence) and not isinstance(several, (bytes, bytearray, memoryview)):
        items: Sequence[Any] = value
        return list(items)
    if isinstance(value, Decimal):
        raise _DecimalFound
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
