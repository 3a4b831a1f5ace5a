"""A stream from its request to its last event, as steps: no input or output here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from . import _problems, _retry
from ._decode import inference
from ._errors import (
    AistraleError,
    APIError,
    APITimeoutError,
    StreamInterruptedError,
)
from ._events import Completed, StreamEvent, TextDelta, ThinkingDelta, ToolCallDelta, UnknownEvent
from ._exchange import Call, connection_error, decoded, read_all
from ._fields import UnreadableError, is_object, parse, plain
from ._models import ToolCall
from ._sse import EventTooLargeError, ServerSentEvent, SseParser
from ._steps import CLOSE, DRAIN, READ, Emit, Failure, Reply, Request, Steps
from ._wire import ACCEPT_JSON, API, Operation, nothing

if TYPE_CHECKING:
    from ._models import Inference

_Trouble: TypeAlias = tuple[_retry.Trouble, AistraleError]


FAREWELL = 1.0
"""Seconds that leaving a stream waits for the server to hear of it."""

SHORT_FAREWELL = 0.1
"""The same for a call that has failed already: its deadline may be over."""

HEAD_TIMEOUT = 10.0
"""Seconds after which a server has begun to answer: it says something every five."""

_FAREWELL_TIMEOUT = 5.0
"""Seconds that it may take to be said at all, when nobody waits for it any more."""

_CLOSED = "it was closed before that"


class Accumulator:
    """What a stream has given so far, and where it is. `inference` is None until the last event.

    `asked`: the call whose answer arrives, None before it begins. `begun`: whether any event came.
    `last_event_id`: the last one's, "" when it has none. `over`: whether the server is through with
    it, or was told. `left`: whether its reader wants no more; a thread of another's may say so.
    `unheard`: whether a request is sent, or was, that the server may have taken, though it did not
    say so.
    """

    __slots__ = (
        "_text",
        "_thinking",
        "_tool_calls",
        "asked",
        "begun",
        "inference",
        "inference_id",
        "last_event_id",
        "left",
        "over",
        "unheard",
    )

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._tool_calls: dict[int, list[str]] = {}
        self.asked: tuple[Call, Operation[Inference]] | None = None
        self.inference: Inference | None = None
        self.inference_id: str | None = None
        self.last_event_id = ""
        self.begun = False
        self.over = False
        self.left = False
        self.unheard = False

    def begin_another(self) -> None:
        """Note that a further inference answers the same call; the text so far is kept."""
        self._tool_calls.clear()
        self.asked = self.inference = self.inference_id = None
        self.last_event_id = ""
        self.begun = self.over = self.unheard = False

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
            self.over = True

    def opened(self, reply: Reply) -> None:
        """Note whose answer begins. A new one is never put behind an old one."""
        identity = reply.headers.get("x-aistrale-inference-id")
        if self.begun:
            same = None in (identity, self.inference_id) or identity == self.inference_id
            if not same or not reply.is_event_stream:
                raise self.interrupted("the server began another answer")
        self.inference_id = identity or self.inference_id

    def went_on(self, event: ServerSentEvent, *, resumed: bool) -> bool:
        """Note an event, and return whether it is a new one. None may be missing in between."""
        if resumed and event.id.isdecimal() and self.last_event_id.isdecimal():
            ahead = int(event.id) - int(self.last_event_id)
            if ahead < 1:
                return False
            if ahead > 1:
                raise self.interrupted(f"the server left out what came after {self.last_event_id}")
        if event.event != "error":
            self.begun = True
            self.last_event_id = event.id or self.last_event_id
        return True

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    def interrupted(self, why: str = _CLOSED) -> StreamInterruptedError:
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
            inference_id=self.inference_id,
        )


def streamed(call: Call, operation: Operation[Inference], gathered: Accumulator) -> Steps[None]:
    """Emit the events of a stream, over as many connections as it takes."""
    gathered.asked = (call, operation)
    steps = _streamed(call, operation, gathered)
    return steps if call.trace is None else call.trace.follow(steps)


def _streamed(call: Call, operation: Operation[Inference], gathered: Accumulator) -> Steps[None]:
    while True:
        before, gathered.unheard = gathered.unheard, True
        reply = yield from call.send()
        if isinstance(reply, Failure):
            trouble: _Trouble | None = call.failed(reply)
            if reply.kind == "unreachable":
                gathered.unheard = before
        elif not 200 <= reply.status < 300:
            body = yield from read_all()
            yield from call.tell(reply, body)
            trouble = call.trouble_of(reply, b"" if isinstance(body, Failure) else body)
            if trouble[0].code is not None:  # said by the server, and not by what is before it
                gathered.unheard = before
        else:
            gathered.opened(reply)
            if gathered.left:
                raise gathered.interrupted()
            if reply.is_event_stream:
                yield from call.tell(reply, None)
            read = _events if reply.is_event_stream else _whole
            trouble = yield from read(call, operation, reply, gathered)
        if trouble is None:
            return
        yield from _again(call, gathered, *trouble)


def _again(
    call: Call, gathered: Accumulator, trouble: _retry.Trouble, error: AistraleError
) -> Steps[None]:
    """Wait for another connection, or raise what the loss of this one comes to."""
    if gathered.left:
        raise gathered.interrupted()
    if gathered.begun and not (call.request.resumable and gathered.last_event_id):
        raise error
    try:
        yield from call.again(trouble, error)
    except APIError as why:
        if not gathered.begun or isinstance(why, APITimeoutError):
            raise
        raise gathered.interrupted(f"it cannot be gone on with: {why}") from why
    if gathered.left:
        raise gathered.interrupted()
    if gathered.begun:
        kept = [each for each in call.request.headers if each[0] != "last-event-id"]
        headers = (*kept, ("last-event-id", gathered.last_event_id))
        call.request = replace(call.request, headers=headers, repeatable=True)


def _whole(
    call: Call, operation: Operation[Inference], reply: Reply, gathered: Accumulator
) -> Steps[_Trouble | None]:
    """Emit an answer that comes in one piece."""
    body = yield from read_all()
    yield from call.tell(reply, body)
    if isinstance(body, Failure):
        return _lost(call, body, gathered)
    event = Completed(decoded(call, operation, reply, body))
    gathered.add(event)
    yield Emit(event)
    return None


def _events(
    call: Call, _: Operation[Inference], __: Reply, gathered: Accumulator
) -> Steps[_Trouble | None]:
    """Emit the events of one connection; return why it ended, when it did before the last one."""
    parser, resumed, ended = SseParser(), gathered.begun, False
    while not ended:
        chunk = yield READ
        if isinstance(chunk, Failure):
            yield CLOSE
            return _lost(call, chunk, gathered)
        assert isinstance(chunk, bytes)  # noqa: S101 - the driver's contract
        ended = not chunk
        try:
            parsed = _unended(call, parser) if ended else parser.feed(chunk)
            for each in parsed:
                found = _read_whole(each) if ended else _read(each)
                if not found or not gathered.went_on(each, resumed=resumed):
                    continue
                call.progressed()
                for event in found:
                    if isinstance(event, _ErrorEvent):
                        yield CLOSE
                        return _refused(call, event, gathered)
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
    return _retry.Trouble("lost"), gathered.interrupted("the connection was closed")


def _unended(call: Call, parser: SseParser) -> list[ServerSentEvent]:
    """Return the event whose closing blank line is missing, if it is none that comes again.

    What was cut may have lost its id, and would be taken for another when the stream goes on.
    """
    last = ("completed", "error")
    return [each for each in parser.end() if not call.request.resumable or each.event in last]


def _refused(call: Call, event: _ErrorEvent, gathered: Accumulator) -> _Trouble:
    """Return the error that a stream began with; raise it when it had begun with something else."""
    error = _problems.from_event(event.problem, call.settings, call.request.path)
    if gathered.begun:
        gathered.over = True
        raise error
    gathered.inference_id = None  # it has ended, and the next is another one
    gathered.unheard = False
    return _retry.Trouble(error.status, error.code, None, error.retry_after), error


def _lost(call: Call, failure: Failure, gathered: Accumulator) -> _Trouble:
    """Return what a failure in mid-stream is: over its time, or cut."""
    if failure.kind == "deadline":
        error: AistraleError = connection_error(failure, call.settings.api_url, call.deadline)
    else:
        error = gathered.interrupted(f"the connection broke ({failure.detail})")
    error.__cause__ = failure.cause
    return _retry.Trouble(failure.kind), error


def farewell(
    gathered: Accumulator, error: BaseException | None
) -> tuple[Call, Operation[None], float] | None:
    """Return how to end an inference that nobody reads any more, and how long to wait for that.

    None when none has begun, it has ended, or ends with its connection; or when it failed for
    somebody who gave its idempotency key, and so can come back for its answer. One that the server
    has not named yet is ended by its key, which nobody else has; by a key that was given it is not.
    """
    if gathered.asked is None:
        return None
    call, operation = gathered.asked
    if call.trace is not None:
        call.trace.left(error)
    if gathered.over or not call.request.resumable:
        return None
    failed = isinstance(error, AistraleError) and not gathered.left
    given = operation.options.get("idempotency_key") is not None
    if failed and given:
        gathered.over = True
        return None
    of_the_call = _OF_THE_CALL
    if gathered.inference_id is not None:
        path = f"{API}/inferences/{quote(gathered.inference_id, safe='')}/cancel"
    elif gathered.unheard and not given:
        path = f"{API}/inferences/cancel"
        of_the_call = _OF_THE_CALL - {"idempotency-key"}
    else:
        return None
    gathered.over = True
    headers = [each for each in call.request.headers if each[0] not in of_the_call]
    request = Request("POST", path, (*headers, ACCEPT_JSON), repeatable=True)
    saying = call.apart(request, _FAREWELL_TIMEOUT)
    return saying, Operation(request, nothing), SHORT_FAREWELL if failed else FAREWELL


_OF_THE_CALL = frozenset({"accept", "content-type", "idempotency-key", "last-event-id"})


class _ErrorEvent:
    """The server's `error` event; never given to the user as an event."""

    __slots__ = ("problem",)

    def __init__(self, problem: Any) -> None:
        self.problem = problem


def _read_whole(event: ServerSentEvent) -> list[StreamEvent | _ErrorEvent]:
    """Decode an event without its closing blank line: cut JSON means that it is none."""
    try:
        return _read(event)
    except UnreadableError:
        return []


def _read(event: ServerSentEvent) -> list[StreamEvent | _ErrorEvent]:
    data = parse(event.data)
    if event.event == "delta" and is_object(data):
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
    if is_object(call) and isinstance(call.get("index"), int):
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
