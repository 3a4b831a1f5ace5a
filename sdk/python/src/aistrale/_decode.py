"""From decoded JSON to records. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._fields import Fields, UnreadableError, plain
from ._models import (
    Attempt,
    Health,
    Inference,
    InferenceRecord,
    Message,
    ProviderInfo,
    RecordedError,
    ThinkingBlock,
    Token,
    ToolCall,
    Usage,
    WhoAmI,
)


def usage(value: Any) -> Usage:
    """Decode an inference's `usage`."""
    of = Fields(value, "usage")
    return Usage(
        input_tokens=of.whole("input_tokens"),
        output_tokens=of.whole("output_tokens"),
        cached_input_tokens=of.whole("cached_input_tokens"),
        cache_write_input_tokens=of.whole("cache_write_input_tokens"),
        reasoning_tokens=of.whole("reasoning_tokens"),
        total_tokens=of.whole("total_tokens"),
        extra=of.extra(),
    )


def tool_call(value: Any) -> ToolCall:
    """Decode a tool call of OpenAI's shape."""
    of = Fields(value, "tool_call")
    kind = of.text("type", "function")
    function = Fields(of.take("function") or {}, "tool_call.function")
    name, arguments = function.text("name", ""), function.text("arguments", "")
    inner = function.extra()
    identity = of.text("id", "")
    extra = of.extra() | ({"function": inner} if inner else {})
    return ToolCall(id=identity, type=kind, name=name, arguments=arguments, extra=extra)


def thinking_block(value: Any) -> ThinkingBlock:
    """Decode a thinking block of a known or a later type."""
    of = Fields(value, "thinking_block")
    return ThinkingBlock(
        type=of.text("type"),
        thinking=of.maybe_text("thinking"),
        signature=of.maybe_text("signature"),
        data=of.maybe_text("data"),
        extra=of.extra(),
    )


def message(value: Any) -> Message:
    """Decode a message of OpenAI's shape."""
    of = Fields(value, "message")
    content = of.take("content")
    if isinstance(content, list):
        content = tuple(plain(content))
    elif content is not None and not isinstance(content, str):
        raise UnreadableError("message.content is neither text nor a list of parts")
    return Message(
        role=of.text("role"),
        content=content,
        tool_calls=of.several("tool_calls", tool_call),
        thinking_blocks=of.several("thinking_blocks", thinking_block),
        reasoning_content=of.maybe_text("reasoning_content"),
        extra=of.extra(),
    )


def attempt(value: Any) -> Attempt:
    """Decode one try at one provider."""
    of = Fields(value, "attempt")
    return Attempt(
        provider=of.maybe_text("provider"),
        model=of.maybe_text("model"),
        outcome=of.maybe_text("outcome"),
        latency_ms=of.whole("latency_ms"),
        extra=of.extra(),
    )


def inference(value: Any) -> Inference:
    """Decode the answer of `POST /inferences`, which is also a stream's last event."""
    of = Fields(value, "inference")
    text = of.text("text", "")
    tool_calls = of.several("tool_calls", tool_call)
    said = of.maybe("message", message)
    return Inference(
        id=of.text("id"),
        text=text,
        message=said or Message(role="assistant", content=text, tool_calls=tool_calls),
        tool_calls=tool_calls,
        model=of.maybe_text("model"),
        provider=of.maybe_text("provider"),
        finish_reason=of.maybe_text("finish_reason"),
        usage=of.maybe("usage", usage),
        cost_usd=of.money("cost_usd"),
        cost_source=of.maybe_text("cost_source"),
        latency_ms=of.whole("latency_ms"),
        time_to_first_token_ms=of.whole("time_to_first_token_ms"),
        attempts=of.several("attempts", attempt),
        session_id=of.maybe_text("session_id"),
        created_at=of.moment("created_at"),
        extra=of.extra(),
    )


def recorded_error(value: Any) -> RecordedError:
    """Decode a record's `error`."""
    of = Fields(value, "error")
    return RecordedError(
        code=of.text("code"),
        message=of.maybe_text("message"),
        provider=of.maybe_text("provider"),
        upstream_status=of.whole("upstream_status"),
        extra=of.extra(),
    )


def record(value: Any) -> InferenceRecord:
    """Decode one row of telemetry."""
    of = Fields(value, "record")
    return InferenceRecord(
        id=of.text("id"),
        status=of.text("status"),
        created_at=of.moment("created_at"),
        completed_at=of.moment("completed_at"),
        provider=of.maybe_text("provider"),
        model=of.maybe_text("model"),
        requested_model=of.maybe_text("requested_model"),
        session_id=of.maybe_text("session_id"),
        api_key_id=of.maybe_text("api_key_id"),
        client=of.maybe_text("client"),
        streamed=of.flag("streamed"),
        finish_reason=of.maybe_text("finish_reason"),
        usage=of.maybe("usage", usage),
        cost_usd=of.money("cost_usd"),
        cost_source=of.maybe_text("cost_source"),
        latency_ms=of.whole("latency_ms"),
        time_to_first_token_ms=of.whole("time_to_first_token_ms"),
        attempts=of.several("attempts", attempt),
        error=of.maybe("error", recorded_error),
        metadata=of.maybe("metadata", lambda value: Fields(value, "metadata").extra()) or {},
        extra=of.extra(),
    )


def token(value: Any) -> Token:
    """Decode a provider token's listing."""
    of = Fields(value, "token")
    return Token(
        id=of.text("id"),
        provider=of.text("provider"),
        name=of.maybe_text("name"),
        last_four=of.maybe_text("last_four"),
        created_at=of.moment("created_at"),
        extra=of.extra(),
    )


def who_am_i(value: Any) -> WhoAmI:
    """Decode `GET /whoami`."""
    of = Fields(value, "whoami")
    return WhoAmI(
        workspace_id=of.text("workspace_id"),
        workspace_name=of.maybe_text("workspace_name"),
        api_key_id=of.maybe_text("api_key_id"),
        default_model=of.maybe_text("default_model"),
        extra=of.extra(),
    )


def provider(value: Any) -> ProviderInfo:
    """Decode one provider of `GET /providers`."""
    of = Fields(value, "provider")
    return ProviderInfo(
        name=of.text("name"),
        base_url=of.maybe_text("base_url"),
        credential=of.maybe_text("credential"),
        credential_env=of.maybe_text("credential_env"),
        default_model=of.maybe_text("default_model"),
        extra=of.extra(),
    )


def health(value: Any) -> Health:
    """Decode `GET /health`."""
    of = Fields(value, "health")
    return Health(status=of.text("status"), version=of.maybe_text("version"), extra=of.extra())
