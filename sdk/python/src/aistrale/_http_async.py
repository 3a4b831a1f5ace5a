"""Asynchronous HTTP for asyncio: httpx2's engine, one pool for each event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

import httpcore2

from ._deadline import CONNECT_TIMEOUT, Deadline
from ._engine import Requests, pool_options
from ._http_common import Network, failure_of, header_dict
from ._steps import Failure, Reply, Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

_LATE = Failure("deadline", "it kept silent")


class AsyncOpenResponse:
    """A response whose body is still to be read. Belongs to one event loop."""

    __slots__ = ("_chunks", "_close", "_deadline", "reply")

    def __init__(
        self,
        reply: Reply,
        chunks: AsyncIterator[bytes],
        close: Callable[[], Awaitable[object]],
        deadline: Deadline,
    ) -> None:
        self.reply = reply
        self._chunks = chunks
        self._close = close
        self._deadline = deadline

    async def read(self) -> bytes | Failure:
        """Return the next bytes of the body, b"" at its end."""
        if self._deadline.passed:
            return Failure("deadline", "the answer was still coming")
        try:
            async with asyncio.timeout(self._deadline.remaining()):
                async for chunk in self._chunks:
                    if chunk:
                        return chunk
                return b""
        except TimeoutError:
            return _LATE
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, self._deadline)

    async def close(self) -> None:
        """Let go of the connection: kept when the body was read to its end, else closed."""
        with contextlib.suppress(OSError, httpcore2.NetworkError, httpcore2.ProtocolError):
            await self._close()


class AsyncSender(Protocol):
    """Sends requests: the pools below, or a client that the user gave."""

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        ...

    async def close(self) -> None:
        """Close what this owns and what belongs to the running event loop."""
        ...


class AsyncPools:
    """Connections to one server, by event loop; a loop's are closed when `asyncio.run` ends it."""

    __slots__ = ("_by_loop", "_lock", "_network", "_requests")

    def __init__(self, network: Network) -> None:
        self._network = network
        self._requests = Requests(network.api_url)
        self._lock = threading.Lock()
        self._by_loop: dict[asyncio.AbstractEventLoop, _LoopPool] = {}

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        timeouts = {"connect": CONNECT_TIMEOUT, "read": None, "write": None, "pool": None}
        outgoing = self._requests.build(request, timeouts)
        try:
            async with asyncio.timeout(deadline.remaining()):
                pool = await self._pool()
                response = await pool.handle_async_request(outgoing)
        except TimeoutError:
            return _LATE
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, deadline)
        reply = Reply(response.status, header_dict(response.headers))
        return AsyncOpenResponse(reply, response.aiter_stream(), response.aclose, deadline)

    async def close(self) -> None:
        """Close the running event loop's connections, those in use too."""
        with self._lock:
            mine = self._by_loop.pop(asyncio.get_running_loop(), None)
        if mine is not None:
            await mine.keeper.aclose()

    async def _pool(self) -> httpcore2.AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        mine = self._by_loop.get(loop)
        if mine is None:
            mine = _LoopPool(httpcore2.AsyncConnectionPool(**pool_options(self._network)))
            mine.keeper = self._keep(loop, mine.pool)
            with self._lock:
                for other in [other for other in self._by_loop if other.is_closed()]:
                    del self._by_loop[other]
                self._by_loop[loop] = mine
            await anext(mine.keeper)
        return mine.pool

    async def _keep(
        self, loop: asyncio.AbstractEventLoop, pool: httpcore2.AsyncConnectionPool
    ) -> AsyncGenerator[None]:
        """Close the pool when the loop shuts its asynchronous generators down, as loops do last."""
        try:
            yield
        finally:
            with self._lock:
                self._by_loop.pop(loop, None)
            await pool.aclose()


class _LoopPool:
    """A pool, and the generator that outlives it by a moment."""

    __slots__ = ("keeper", "pool")
    keeper: AsyncGenerator[None]

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self.pool = pool
