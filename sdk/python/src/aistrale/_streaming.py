"""A stream from its request to its last event, as steps: no input or output here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _problems, _retry
from ._decode import inference
from ._errors import (
    AistraleError,
    APIError,
    APIStatusError,
    StreamInterruptedError,
)
from ._events import Completed, StreamEvent, TextDelta, ThinkingDelta, ToolCallDelta, UnknownEvent
from ._exchange import Call, connection_error, decoded, read_all
from ._fields import UnreadableError, parse, plain
from ._models import ToolCall
from ._sse import EventTooLargeError, ServerSentEvent, SseParser
from ._steps import CLOSE, DRAIN, READ, Emit, Failure, Steps

if TYPE_CHECKING:
    from ._models import Inference
    from ._wire import Operation


class Accumulator:
    """What a stream has given so far. `inference` is None until the last event."""

    __slots__ = ("_text", "_thinking", "_tool_calls", "inference")

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._tool_calls: dict[int, list[str]] = {}
        self.inference: Inference | None = None

    def add(self, event: StreamEvent) -> None:
        """Take an event in."""
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        elif isinstance(event, ThinkingDelta):
            self._thinking.append(event.thinking)
        elif isinstance(event, ToolCallDelta):
            call = self._tool_calls.setdefault(event.index, ["", "", ""])
            call[0] = event.call_id or call[0]
            call[1] = event.name or call[1]
            call[2] += event.arguments
        elif isinstance(event, Completed):
            self.inference = event.inference

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Return the error for a stream that ends here, with what arrived."""
        return StreamInterruptedError(
            f"The stream ended before its last event: {why}. What arrived ({len(self.text)} "
            "characters) is in .text; it is not the whole answer. Run it again for a whole one.",
            text=self.text,
            thinking="".join(self._thinking),
            tool_calls=[
                ToolCall(id=call[0], name=call[1], arguments=call[2])
                for _, call in sorted(self._tool_calls.items())
            ],
        )


def streamed(call: Call, operation: Operation[Inference], gathered: Accumulator) -> Steps[None]:
    """Emit the events of a stream. Another attempt is only made before the first of them."""
    while True:
        reply = yield from call.send()
        if isinstance(reply, Failure):
            yield from call.again(*call.failed(reply))
            continue
        if 200 <= reply.status < 300 and reply.is_event_stream:
            refused = yield from _events(call, gathered)
            if refused is None:
                return
            yield from call.again(*refused)
            continue
        body = yield from read_all()
        if not 200 <= reply.status < 300:
            body = b"" if isinstance(body, Failure) else body
            yield from call.again(*call.trouble_of(reply, body))
        elif isinstance(body, Failure):
            raise _broken(call, body, gathered)
        else:
            event = Completed(decoded(call, operation, reply, body))
            gathered.add(event)
            yield Emit(event)
            return


def _events(call: Call, gathered: Accumulator) -> Steps[tuple[_retry.Trouble, APIError] | None]:
    """Emit the events of one response; return the error that it began with, if it did."""
    parser, begun, ended = SseParser(), False, False
    while not ended:
        chunk = yield READ
        if isinstance(chunk, Failure):
            yield CLOSE
            raise _broken(call, chunk, gathered)
        assert isinstance(chunk, bytes)  # noqa: S101 - the driver's contract
        ended = not chunk
        try:
            parsed = parser.end() if ended else parser.feed(chunk)
            for event in _read_all(parsed, whole=not ended):
                if isinstance(event, _ErrorEvent):
                    yield CLOSE
                    error = _problems.from_event(event.problem, call.settings, call.request.path)
                    if begun:
                        raise error
                    return _trouble(error), error
                begun = True
                gathered.add(event)
                yield Emit(event)
                if isinstance(event, Completed):
                    yield DRAIN
                    return None
        except (UnreadableError, EventTooLargeError) as why:
            yield CLOSE
            said = str(why) or "an event is larger than any answer"
            raise gathered.interrupted(f"the server sent what no client can read, {said}") from None
    yield CLOSE
    raise gathered.interrupted("the connection was closed")


def _trouble(error: APIStatusError) -> _retry.Trouble:
    return _retry.Trouble(error.status, error.code, None, error.retry_after)


def _broken(call: Call, failure: Failure, gathered: Accumulator) -> AistraleError:
    """Return what a failure in mid-stream is: over its time, or cut."""
    if failure.kind == "deadline":
        error: AistraleError = connection_error(failure, call.settings.api_url, call.deadline)
    else:
        error = gathered.interrupted(f"the connection broke ({failure.detail})")
    error.__cause__ = failure.cause
    return error


class _ErrorEvent:
    """The server's `error` event; never given to the user as an event."""

    __slots__ = ("problem",)

    def __init__(self, problem: Any) -> None:
        self.problem = problem


def _read_all(parsed: list[ServerSentEvent], *, whole: bool) -> list[StreamEvent | _ErrorEvent]:
    """Decode events; of one without its closing blank line, cut JSON means that it is none."""
    found: list[StreamEvent | _ErrorEvent] = []
    for event in parsed:
        try:
            found.extend(_read(event))
        except UnreadableError:
            if whole:
                raise
    return found


def _read(event: ServerSentEvent) -> list[StreamEvent | _ErrorEvent]:
    data = parse(event.data)
    if event.event == "delta" and isinstance(data, dict):
        return list(_deltas(data, event.id))
    if event.event == "completed":
        return [Completed(inference(data), event.id)]
    if event.event == "error":
        return [_ErrorEvent(data)]
    return [UnknownEvent(event.event, plain(data), event.id)]


def _deltas(data: dict[str, Any], identity: str) -> list[StreamEvent]:
    found: list[StreamEvent] = []
    text, thinking, call = data.get("text"), data.get("thinking"), data.get("tool_call")
    if isinstance(text, str):
        found.append(TextDelta(text, identity))
    if isinstance(thinking, str):
        found.append(ThinkingDelta(thinking, identity))
    if isinstance(call, dict) and isinstance(call.get("index"), int):
        found.append(
            ToolCallDelta(
                call["index"],
                call.get("id"),
                call.get("name"),
                call.get("arguments") or "",
                identity,
            )
        )
    return found or [UnknownEvent("delta", plain(data), identity)]
