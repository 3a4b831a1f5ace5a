"""What a stream gives, event by event. `match` on the class; expect classes that came later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ._models import Inference


@dataclass(slots=True)
class TextDelta:
    """A further piece of the answer's text. `id` is the event's id in the stream."""

    text: str
    id: str = ""


@dataclass(slots=True)
class ThinkingDelta:
    """A further piece of the model's reasoning."""

    thinking: str
    id: str = ""


@dataclass(slots=True)
class ToolCallDelta:
    """A further piece of the tool call number `index`, counted from 0.

    `call_id` and `name` come with a call's first piece and are None afterwards; `arguments` is a
    fragment of JSON text, "" when this piece has none.
    """

    index: int
    call_id: str | None = None
    name: str | None = None
    arguments: str = ""
    id: str = ""


@dataclass(slots=True)
class ToolResult:
    """What one of your functions answered to the tool call `call_id`, as the model is told.

    `failed`: whether `content` tells of an error instead. `id` is "": it is no event of the
    server's. Afterwards come the events of the next inference, whose calls count from 0 again.
    """

    call_id: str
    name: str
    content: str
    failed: bool = False
    id: str = ""


@dataclass(slots=True)
class Completed:
    """The last event: the whole answer, as `run` would have returned it."""

    inference: Inference
    id: str = ""


@dataclass(slots=True)
class UnknownEvent:
    """An event of a kind that this version does not know; safe to skip. `data` is decoded JSON."""

    event: str
    data: Any
    id: str = ""


StreamEvent: TypeAlias = (
    TextDelta | ThinkingDelta | ToolCallDelta | ToolResult | Completed | UnknownEvent
)
"""Any event of a stream."""
