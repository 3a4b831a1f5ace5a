"""A server written by hand: real sockets, scripted answers, everything that came in noted down."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class Got:
    """A request as it came in. `gone` is set once the client's end of its connection is closed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[socket.socket, Got], bool]
"""Answers on the socket, and returns whether the connection stays open."""


class FakeServer:
    """Answers the requests, in the order of their arrival, by the script; then 599 for ever.

    What cancels an inference that was asked for here is noted apart, and takes no answer.
    """

    def __init__(self, *script: Answer, forever: Answer | None = None) -> None:
        self._script = list(script)
        self._forever = forever or plain(599, b"the script has ended")
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.requests: list[Got] = []
        self.cancelled: list[Got] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                connection.close()

    @property
    def is_connected(self) -> bool:
        """Whether anybody has a connection open."""
        with self._lock:
            return bool(self._open)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        got = None
        try:
            while (got := receive(connection)) is not None:
                with self._lock:
                    if self.requests and got.path.endswith("/cancel"):
                        self.cancelled.append(got)
                        answer = reply({})
                    else:
                        self.requests.append(got)
                        answer = self._script.pop(0) if self._script else self._forever
                if not answer(connection, got):
                    break
        except OSError:
            pass
        finally:
            if got is not None:
                got.gone.set()
            with self._lock:
                self._open.discard(connection)
            connection.close()


def receive(connection: socket.socket) -> Got | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        before = [headers[name.lower()]] if name.lower() in headers else []
        headers[name.lower()] = ", ".join([*before, value.strip()])
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Got(method, path, headers, body)


def head(status: int, headers: dict[str, str], length: int | None) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append("transfer-encoding: chunked" if length is None else f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def plain(status: int, body: bytes = b"", after: float = 0, /, **headers: str) -> Answer:
    """An answer in one piece; `retry_after="1"` is the header retry-after."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(connection: socket.socket, got: Got) -> bool:
        time.sleep(after)
        connection.sendall(head(status, {"x-request-id": "req_1", **named}, len(body)) + body)
        return True

    return answer


def reply(value: Any, status: int = 200, after: float = 0, /, **headers: str) -> Answer:
    """A JSON answer."""
    body = json.dumps(value).encode() if status != 204 else b""
    return plain(status, body, after, content_type="application/json", **headers)


def problem(status: int, code: str, detail: str = "It did not work.", **more: Any) -> Answer:
    """An error in AISTRALE's words; `headers=` are the answer's."""
    headers, after = more.pop("headers", {}), more.pop("after", 0)
    value = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    body = json.dumps({**value, "request_id": "req_1", **more}).encode()
    return plain(status, body, after, content_type="application/problem+json", **headers)


INFERENCE = "inf_01kb2m3n4p5q6r7s8t9v0w1x2y"


def sse_head(identity: str = INFERENCE) -> bytes:
    """The head of a stream that ends with its connection."""
    named = {"content-type": "text/event-stream; charset=utf-8", "connection": "close"}
    whole = head(200, {**named, "x-aistrale-inference-id": identity}, None)
    return whole.replace(b"transfer-encoding: chunked\r\n", b"")


def sse(
    *pieces: bytes,
    end: str = "whole",
    pause: float = 0,
    on_sent: threading.Event | None = None,
    identity: str = INFERENCE,
) -> Answer:
    """A stream sent piece by piece.

    end: "whole" ends it properly, "eof" closes without the last chunk, "reset" resets, "bare" is
    without length or chunks and ends with its connection, "hang" waits for the client to go.
    """

    def answer(connection: socket.socket, got: Got) -> bool:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bare = end == "bare"
        named = {"content-type": "text/event-stream; charset=utf-8"}
        opening = head(200, {**named, "x-aistrale-inference-id": identity}, None)
        connection.sendall(sse_head(identity) if bare else opening)
        for piece in pieces:
            connection.sendall(piece if bare else b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(pause)
        if on_sent is not None:
            on_sent.set()
        if end == "whole":
            connection.sendall(b"0\r\n\r\n")
            return True
        if end == "hang":
            hang(connection, got)
        if end == "reset":
            reset(connection, got)
        return False

    return answer


def hang(connection: socket.socket, got: Got) -> bool:
    """Say nothing until the client has gone."""
    while connection.recv(4096):
        pass
    return False


def reset(connection: socket.socket, got: Got) -> bool:
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return False


def hang_up(connection: socket.socket, got: Got) -> bool:
    """Close the connection without a word."""
    return False


def cut_body(connection: socket.socket, got: Got) -> bool:
    """Promise a hundred bytes, and send six."""
    connection.sendall(head(200, {"content-type": "application/json"}, 100) + b'{"id":')
    return False


def event(name: str, data: Any, identity: int = 1, newline: str = "\n") -> bytes:
    lines = [f"event: {name}", f"id: {identity}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    return (newline.join([*lines, "", ""])).encode()


def inference(text: str = "Hello there", **changes: Any) -> dict[str, Any]:
    """A whole answer, as the contract has it."""
    whole: dict[str, Any] = {
        "id": INFERENCE,
        "text": text,
        "message": {"role": "assistant", "content": text},
        "tool_calls": [],
        "model": "gpt-4o",
        "provider": "openai",
        "finish_reason": "stop",
        "usage": {
            "input_tokens": 3,
            "output_tokens": 2,
            "cached_input_tokens": 0,
            "cache_write_input_tokens": None,
            "reasoning_tokens": 0,
            "total_tokens": 5,
        },
        "cost_usd": 0.000012345,
        "cost_source": "reported",
        "latency_ms": 12,
        "time_to_first_token_ms": None,
        "attempts": [
            {"provider": "openai", "model": "gpt-4o", "outcome": "completed", "latency_ms": 12}
        ],
        "session_id": None,
        "created_at": "2026-11-23T16:00:00.123Z",
    }
    return whole | changes


def story(*texts: str, **changes: Any) -> list[bytes]:
    """The events of a whole stream, one by one."""
    deltas = [event("delta", {"text": text}, n) for n, text in enumerate(texts)]
    return [*deltas, event("completed", inference("".join(texts), **changes), len(texts))]


def drip(pieces: Iterable[bytes], size: int) -> list[bytes]:
    """The same bytes in pieces of that size."""
    whole = b"".join(pieces)
    return [whole[at : at + size] for at in range(0, len(whole), size)]
