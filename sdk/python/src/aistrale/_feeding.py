"""Answers that are read while they come, as steps: lines of an export, records of a live stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import _problems, _retry
from ._deadline import Patience
from ._errors import APIError, StreamInterruptedError
from ._exchange import Call, read_all
from ._fields import UnreadableError, parse, text
from ._sse import MAX_EVENT_BYTES, EventTooLargeError, SseParser
from ._steps import CLOSE, READ, Emit, Failure, Reply, Steps

if TYPE_CHECKING:
    from ._sse import ServerSentEvent

T = TypeVar("T")

EXPORT_SILENCE: Final = 300.0
"""Seconds that may pass between two pieces of an export: the server may search for long."""

LIVE_SILENCE: Final = 30.0
"""Seconds that may pass on a live stream, which has a sign of life every five."""

LIVE_RETRIES: Final = 10
"""How often in a row a live stream is connected again, which takes a minute, when none is given."""

_Trouble = tuple[_retry.Trouble, APIError]


class Position:
    """Where a feed is: how many items came, the last event's id, and whether its reader left."""

    __slots__ = ("_left", "count", "last_event_id")

    def __init__(self) -> None:
        self.count = 0
        self.last_event_id: str | None = None
        self._left = False

    def leave(self) -> None:
        """Note that the reader wants no more; a thread of another's may do so."""
        self._left = True

    def has_left(self) -> bool:
        """Whether the reader wants no more."""
        return self._left


@dataclass(frozen=True, slots=True)
class Plan:
    """How an answer is read while it comes. `retries` is None for the client's own number."""

    steps: Callable[[Call, Position], Steps[None]]
    silence: float
    retries: int | None = None


def export() -> Plan:
    """Return how an export is read: its lines, as text."""
    return Plan(export_lines, EXPORT_SILENCE)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom to tell that a live stream's connection was lost, and that it was made again."""

    on_disconnect: Callable[[APIError], object] | None = None
    on_reconnect: Callable[[], object] | None = None

    def lost(self, why: APIError) -> None:
        """Tell that it was lost."""
        if self.on_disconnect is not None:
            self.on_disconnect(why)

    def again(self) -> None:
        """Tell that it was made again."""
        if self.on_reconnect is not None:
            self.on_reconnect()


NOBODY: Final = Watcher()


def watch(name: str | None, decode: Callable[[Any], Any], watcher: Watcher = NOBODY) -> Plan:
    """Return how a live stream is read: what the events of this name hold, of all for None."""

    def steps(call: Call, position: Position) -> Steps[None]:
        return live(call, name, decode, position, watcher)

    return Plan(steps, LIVE_SILENCE, LIVE_RETRIES)


def export_lines(call: Call, position: Position) -> Steps[None]:
    """Emit the lines of an answer, their ends included. Tried again only before the first one."""
    while True:
        yield from _opened(call)
        trouble = yield from _lines(call, position)
        if trouble is None or position.has_left():
            return
        yield from call.again(*trouble)


def _lines(call: Call, position: Position) -> Steps[_Trouble | None]:
    held: list[bytes] = []
    size = 0
    while True:
        chunk = yield from _read(call)
        if isinstance(chunk, Failure):
            yield CLOSE
            if position.has_left():
                return None
            if not position.count:
                return call.failed(chunk)
            if _out_of_time(call):
                raise call.failed(chunk)[1]
            raise _cut(position, f"the connection broke ({chunk.detail})", chunk)
        if not chunk:
            yield CLOSE
            if held and not position.has_left():
                raise _cut(position, "it ends in the middle of a line")
            return None
        held.append(chunk)
        size += len(chunk)
        if b"\n" in chunk:
            *whole, rest = b"".join(held).split(b"\n")
            held, size = [rest] if rest else [], len(rest)
            for line in whole:
                position.count += 1
                yield Emit(_decoded(call, line + b"\n"))
        elif size > MAX_EVENT_BYTES:
            yield CLOSE
            raise _cut(position, "a line is larger than any record")


def _decoded(call: Call, line: bytes) -> str:
    try:
        return text(line)
    except UnreadableError as why:
        call.unreadable(Reply(200, {}), line, why)


def live(
    call: Call,
    name: str | None,
    decode: Callable[[Any], T],
    position: Position,
    watcher: Watcher = NOBODY,
) -> Steps[None]:
    """Emit what the events of this name hold; connect again, and go on, when the stream ends."""
    broken = False
    while True:
        reply = yield from _opened(call)
        if not reply.is_event_stream:
            body = yield from read_all()
            body = b"" if isinstance(body, Failure) else body
            call.unreadable(reply, body, UnreadableError("not a stream of events"))
        if broken:
            watcher.again()
        trouble = yield from _events(call, name, decode, position)
        if position.has_left():
            return
        broken = True
        yield from call.again(*trouble, partial(watcher.lost, trouble[1]))
        if position.has_left():
            return
        _go_on(call, position)


def _go_on(call: Call, position: Position) -> None:
    """Have the next request ask for what comes after the last event."""
    if position.last_event_id is not None:
        kept = [each for each in call.request.headers if each[0] != "last-event-id"]
        headers = (*kept, ("last-event-id", position.last_event_id))
        call.request = replace(call.request, headers=headers)


def _events(
    call: Call, name: str | None, decode: Callable[[Any], T], position: Position
) -> Steps[_Trouble]:
    """Emit the events of one connection, and return why it ended.

    An event that is nothing but an id says where the server is, so that no more is sent again.
    """
    parser = SseParser()
    while True:
        chunk = yield from _read(call)
        if isinstance(chunk, Failure) or not chunk:
            yield CLOSE
            return call.failed(chunk or Failure("lost", "the server ended the stream"))
        try:
            events = parser.feed(chunk)
            for event in events:
                call.progressed()
                if event.event == "error":
                    yield CLOSE
                    return _refused(call, event)
                if name is None or event.event == name:
                    item = decode(parse(event.data))
                    position.count += 1
                    position.last_event_id = event.id or position.last_event_id
                    yield Emit(item)
            position.last_event_id = parser.last_id or position.last_event_id
        except (UnreadableError, EventTooLargeError) as why:
            yield CLOSE
            said = str(why) or "an event is larger than any record"
            raise _cut(position, f"the server sent what no client can read, {said}") from None


def _refused(call: Call, event: ServerSentEvent) -> _Trouble:
    error = _problems.from_event(parse(event.data), call.settings, call.request.path)
    return _retry.Trouble(error.status, error.code, None, error.retry_after), error


def _opened(call: Call) -> Steps[Reply]:
    """Return the head of a success whose body is still to be read; attempts included."""
    while True:
        call.deadline.touch()
        reply = yield from call.send()
        if isinstance(reply, Failure):
            yield from call.again(*call.failed(_named(call, reply)))
        elif 200 <= reply.status < 300:
            yield from call.tell(reply, None)
            return reply
        else:
            body = yield from read_all()
            yield from call.tell(reply, body)
            body = b"" if isinstance(body, Failure) else body
            yield from call.again(*call.trouble_of(reply, body))


def _read(call: Call) -> Steps[bytes | Failure]:
    """Return the next bytes. Only the waiting for them counts as silence, not the reader's time."""
    call.deadline.touch()
    chunk = yield READ
    assert isinstance(chunk, (bytes, Failure))  # noqa: S101 - the driver's contract
    return _named(call, chunk) if isinstance(chunk, Failure) else chunk


def _named(call: Call, failure: Failure) -> Failure:
    """Return what a passed deadline is: a connection that is dead, unless the time was over."""
    if failure.kind != "deadline" or _out_of_time(call):
        return failure
    return Failure("lost", "it kept silent for too long", failure.cause)


def _out_of_time(call: Call) -> bool:
    return isinstance(call.deadline, Patience) and call.deadline.over


def _cut(position: Position, why: str, failure: Failure | None = None) -> StreamInterruptedError:
    error = StreamInterruptedError(
        f"The answer ended before its end: {why}. {position.count} items came; they are not all "
        "of it. Ask again for the whole."
    )
    error.__cause__ = failure.cause if failure is not None else None
    return error
