"""What the server answers, as frozen records.

Open on purpose: a field this version does not know is kept in `extra`, and every `str` that looks
like an enumeration (`finish_reason`, `status`, `outcome`, …) may hold a value that came later.
Durations end in `_ms`. Money is a `Decimal`, exact to 1e-9; an unknown cost is None, never 0.
Records are immutable and safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

Extra = Mapping[str, Any]
"""Fields of the answer that this version does not know, as decoded from JSON."""

_SHOWN = 80


def none_extra() -> Extra:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one inference; each is None when the provider does not tell.

    `cached_input_tokens` and `cache_write_input_tokens` are part of `input_tokens`, and
    `reasoning_tokens` of `output_tokens`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    total_tokens: int | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A function that the model asks to have called.

    `arguments` is the model's JSON text, unparsed: a model may write invalid JSON.
    """

    id: str
    name: str
    arguments: str
    type: str = "function"
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it in the wire's (OpenAI's) shape, unknown fields included."""
        function = {"name": self.name, "arguments": self.arguments}
        extra = dict(self.extra)
        function |= extra.pop("function", {})
        return {"id": self.id, "type": self.type, "function": function, **extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingBlock:
    """A piece of a model's reasoning, to be sent back as it came: tool loops break without it.

    `type` is "thinking" (with `thinking` and `signature`), "redacted_thinking" (with `data`), or
    one that came later, whose fields are in `extra`. What a type does not have is None.
    """

    type: str
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it in the wire's shape, unknown fields included."""
        known = {"thinking": self.thinking, "signature": self.signature, "data": self.data}
        present = {name: value for name, value in known.items() if value is not None}
        return {"type": self.type, **present, **self.extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation.

    `content` is text, a tuple of content parts as decoded from JSON, or None beside tool calls.
    """

    role: str
    content: str | tuple[dict[str, Any], ...] | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    thinking_blocks: tuple[ThinkingBlock, ...] = ()
    reasoning_content: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it in the wire's shape, as `messages=` takes it, unknown fields included."""
        content = list(self.content) if isinstance(self.content, tuple) else self.content
        wire: dict[str, Any] = {"role": self.role, "content": content}
        if self.tool_calls:
            wire["tool_calls"] = [call.to_dict() for call in self.tool_calls]
        if self.thinking_blocks:
            wire["thinking_blocks"] = [block.to_dict() for block in self.thinking_blocks]
        if self.reasoning_content is not None:
            wire["reasoning_content"] = self.reasoning_content
        return wire | dict(self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one provider.

    `outcome` is "completed", or says what went wrong, or why it was not asked.

    `token_id` is the stored token that it was made with, None for one of the environment, or none;
    `upstream_status` is what the provider answered, None when it did not.
    """

    provider: str | None = None
    model: str | None = None
    outcome: str | None = None
    latency_ms: int | None = None
    token_id: str | None = None
    upstream_status: int | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptUse:
    """The version of a prompt on the server that an inference was made from.

    `str()` of it is "NAME@VERSION", which names the same version again.
    """

    name: str
    version: int
    extra: Extra = field(default_factory=none_extra, repr=False)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inference:
    """A model's answer. `str()` of it is its `text`.

    `text` is "" when the model only called tools. `provider` "demo" is the built-in demo answer,
    not a model's. `finish_reason` is "stop", "length", "tool_calls", "content_filter", or one that
    came later. `usage` and `cost_usd` are None when unknown; `cost_source` is "reported" (from the
    provider's usage), "estimated" or None. `time_to_first_token_ms` is None unless it was streamed.
    `prompt` is the prompt on the server it was made from, None without one. `rounds` are the
    inferences of the same call before this one, oldest first: those that called your functions
    (`tools=`), or did not fit (`output=`).
    """

    id: str
    text: str
    message: Message
    tool_calls: tuple[ToolCall, ...] = ()
    model: str | None = None
    provider: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cost_source: str | None = None
    latency_ms: int | None = None
    time_to_first_token_ms: int | None = None
    attempts: tuple[Attempt, ...] = ()
    prompt: PromptUse | None = None
    session_id: str | None = None
    created_at: datetime | None = None
    rounds: tuple[Inference, ...] = ()
    extra: Extra = field(default_factory=none_extra)

    def __str__(self) -> str:
        return self.text

    @property
    def total_cost_usd(self) -> Decimal | None:
        """What the whole call cost, its `rounds` included; None when one of them is unknown."""
        total = self.cost_usd
        for each in self.rounds:
            if total is None or each.cost_usd is None:
                return None
            total += each.cost_usd
        return total

    def __repr__(self) -> str:
        cut = self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "…"
        shown = f"id={self.id!r}, text={cut!r}, model={self.model!r}, provider={self.provider!r}"
        shown += f", finish_reason={self.finish_reason!r}"
        if self.tool_calls:
            shown += f", tool_calls={[call.name for call in self.tool_calls]!r}"
        if self.usage is not None:
            shown += f", input_tokens={self.usage.input_tokens!r}"
            shown += f", output_tokens={self.usage.output_tokens!r}"
        if self.rounds:
            shown += f", rounds={len(self.rounds)}"
        cost = None if self.cost_usd is None else f"{self.cost_usd:f}"
        return f"Inference({shown}, cost_usd={cost}, latency_ms={self.latency_ms!r})"
