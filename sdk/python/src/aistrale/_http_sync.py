"""Blocking HTTP: httpx2's engine, on sockets whose every wait ends at the call's deadline."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import httpcore2

from ._deadline import CONNECT_TIMEOUT, Deadline
from ._engine import Requests, connection_of, pool_options
from ._http_common import Network, failure_of, header_dict
from ._steps import Failure, Reply, Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


class OpenResponse:
    """A response whose body is still to be read. Closing it, from any thread, wakes its reader."""

    __slots__ = ("_chunks", "_close", "_deadline", "reply")

    def __init__(
        self,
        reply: Reply,
        chunks: Iterator[bytes],
        close: Callable[[], object],
        deadline: Deadline,
    ) -> None:
        self.reply = reply
        self._chunks = chunks
        self._close = close
        self._deadline = deadline

    def read(self) -> bytes | Failure:
        """Return the next bytes of the body, b"" at its end."""
        if self._deadline.passed:
            return Failure("deadline", "the answer was still coming")
        try:
            for chunk in self._chunks:
                if chunk:
                    return chunk
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, self._deadline)
        return b""

    def close(self) -> None:
        """Let go of the connection: kept when the body was read to its end, else closed."""
        with contextlib.suppress(OSError, httpcore2.NetworkError, httpcore2.ProtocolError):
            self._close()


class Sender(Protocol):
    """Sends requests: the pool below, or a client that the user gave."""

    def send(self, request: Request, deadline: Deadline) -> OpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        ...

    def close(self) -> None:
        """Close what this owns."""
        ...


class Pool:
    """Connections to one server. Thread-safe; opens nothing before the first request."""

    __slots__ = ("__weakref__", "_closed", "_pool", "_requests")

    def __init__(self, network: Network) -> None:
        self._requests = Requests(network.api_url)
        self._closed = 0  # how often
        self._pool = httpcore2.ConnectionPool(network_backend=_Backend(), **pool_options(network))
        weakref.finalize(self, _close_if_mine, self._pool, os.getpid())

    def send(self, request: Request, deadline: Deadline) -> OpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        outgoing = self._requests.build(request, _timeouts(deadline))
        closed = self._closed
        try:
            response = self._pool.handle_request(outgoing)
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, deadline)
        reply = Reply(response.status, header_dict(response.headers))
        close = response.close if closed == self._closed else partial(_close_both, response)
        return OpenResponse(reply, response.iter_stream(), close, deadline)

    def close(self) -> None:
        """Close all connections, those in use too; one that is being made, after its answer."""
        self._closed += 1
        self._pool.close()


def _close_both(response: httpcore2.Response) -> None:
    """Let go of a response, and of its connection, which its closed pool does not have."""
    try:
        response.close()
    finally:
        connection_of(response).close()


def _close_if_mine(pool: httpcore2.ConnectionPool, process: int) -> None:
    """Close a pool that nobody has any more; in a forked child it is still its parent's."""
    if os.getpid() == process:
        pool.close()


class _Until(float):
    """Seconds, as the engine wants them, and the deadline that they were taken from."""

    deadline: Deadline


def _timeouts(deadline: Deadline) -> dict[str, float | None]:
    left = deadline.remaining()
    if left is None:
        return {"connect": CONNECT_TIMEOUT, "read": None, "write": None, "pool": None}
    until = _Until(max(left, 1e-6))
    until.deadline = deadline
    connect = min(CONNECT_TIMEOUT, until)
    return {"connect": connect, "read": until, "write": until, "pool": until}


def _now(timeout: float | None) -> float | None:
    """Return what is left at this moment; the engine passes on what was left at the start."""
    if isinstance(timeout, _Until):
        return max(timeout.deadline.bounded(timeout), 1e-6)
    return timeout


class _Stream(httpcore2.NetworkStream):
    """A socket whose every read and write ends at the call's deadline, and that can be woken.

    Who closes it while another thread uses it only ends its connection, which wakes that thread;
    the socket is closed by the last one to use it. Its number would be given to the next socket,
    and whoever was about to wait for the one would wait for the other.
    """

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._users = 0
        self._closing = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._enter(httpcore2.ReadError)
        try:
            return self._inner.read(max_bytes, _now(timeout))
        finally:
            self._leave()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._enter(httpcore2.WriteError)
        try:
            self._inner.write(buffer, _now(timeout))
        finally:
            self._leave()

    def close(self) -> None:
        with self._lock:
            self._closing = True
            raw = self._inner.get_extra_info("socket")
            if raw is not None:
                with contextlib.suppress(OSError):
                    raw.shutdown(socket.SHUT_RDWR)
            if not self._users:
                self._inner.close()

    def _enter(self, refused: type[Exception]) -> None:
        with self._lock:
            if self._closing:
                raise refused("the connection was closed")
            self._users += 1

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._closing and not self._users:
                self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _now(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.SyncBackend):
    """Plain sockets, wrapped."""

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        return _Stream(super().connect_tcp(*args, **kwargs))
