"""From decoded JSON to an inference. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._fields import Fields, UnreadableError, plain
from ._models import (
    Attempt,
    Inference,
    Message,
    PromptUse,
    ThinkingBlock,
    ToolCall,
    Usage,
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
        token_id=of.maybe_text("token_id"),
        upstream_status=of.whole("upstream_status"),
        extra=of.extra(),
    )


def prompt_use(value: Any) -> PromptUse:
    """Decode the prompt that an inference was made from."""
    of = Fields(value, "prompt")
    return PromptUse(name=of.text("name"), version=of.number("version"), extra=of.extra())


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
        prompt=of.maybe("prompt", prompt_use),
        session_id=of.maybe_text("session_id"),
        created_at=of.moment("created_at"),
        extra=of.extra(),
    )
