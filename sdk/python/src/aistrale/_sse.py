"""Server-sent events: bytes in, events out. No input or output of its own, no clock."""

from __future__ import annotations

from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""An event larger than this is not an answer of ours; reading on would fill the memory."""


class ServerSentEvent(NamedTuple):
    """One event: its type ("message" when unnamed), data, and the last id seen ("" when none)."""

    event: str
    data: str
    id: str


class EventTooLargeError(Exception):
    """An event is larger than `MAX_EVENT_BYTES`."""


class SseParser:
    """Takes a stream apart, whatever the chunks: `feed` each one, then `end` once.

    LF, CRLF and CR end a line, also when a chunk ends between CR and LF; a byte order mark at the
    start and comment lines are skipped; several data lines are joined by a line feed. Bytes that
    are not UTF-8 become U+FFFD. Not thread-safe.

    `last_id` is the id of the last event that was whole, one without data too; "" before any.
    """

    __slots__ = ("_after_cr", "_begun", "_data", "_event", "_held", "_id", "_size", "last_id")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._begun = False
        self._after_cr = False
        self._event = b""
        self._data: list[bytes] = []
        self._id = ""
        self.last_id = ""
        self._size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that this chunk completes."""
        if not chunk:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
            if not chunk:
                return []
        self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._size += len(chunk)
        if self._size > MAX_EVENT_BYTES:
            raise EventTooLargeError
        self._held.append(chunk)
        if b"\n" not in chunk:
            return []
        text = b"".join(self._held)
        if not self._begun:
            self._begun = True
            text = text.removeprefix(_BOM)
        *lines, rest = text.split(b"\n")
        self._held = [rest] if rest else []
        return self._take(lines)

    def end(self) -> list[ServerSentEvent]:
        """Return the event, if any, whose closing blank line is missing at the end of the stream.

        Whether it is whole is for its reader to find out: JSON that was cut does not parse.
        """
        text = b"".join(self._held)
        self._held = []
        return self._take([text if self._begun else text.removeprefix(_BOM), b""])

    def _take(self, lines: list[bytes]) -> list[ServerSentEvent]:
        events: list[ServerSentEvent] = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(self._complete())
                self._event = b""
                self.last_id = self._id
                self._size = 0
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            else:
                self._field(line)
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value
        elif name == b"data":
            self._data.append(value)
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")

    def _complete(self) -> ServerSentEvent:
        data = self._data
        whole = data[0] if len(data) == 1 else b"\n".join(data)
        self._data = []
        event = self._event.decode("utf-8", "replace") or "message"
        return ServerSentEvent(event, whole.decode("utf-8", "replace"), self._id)
