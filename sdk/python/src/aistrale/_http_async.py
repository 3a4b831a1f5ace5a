"""Asynchronous HTTP: httpx2's engine, one pool for each event loop of asyncio's or trio's."""

from __future__ import annotations

import contextlib
import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING, Protocol

import httpcore2

from . import _loops
from ._deadline import CONNECT_TIMEOUT, Deadline
from ._engine import Requests, connection_of, pool_options
from ._http_common import Network, failure_of, header_dict
from ._steps import Failure, Reply, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

_LATE = Failure("deadline", "it kept silent")


class AsyncOpenResponse:
    """A response whose body is still to be read. Belongs to one event loop."""

    __slots__ = ("_chunks", "_close", "_deadline", "_ended", "reply")

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
        self._ended = False

    async def read(self) -> bytes | Failure:
        """Return the next bytes of the body, b"" at its end."""
        if self._deadline.passed:
            return Failure("deadline", "the answer was still coming")
        try:
            async with _loops.timeout(self._deadline.remaining()):
                async for chunk in self._chunks:
                    if chunk:
                        return chunk
                self._ended = True
                return b""
        except TimeoutError:
            return _LATE
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, self._deadline)

    async def close(self) -> None:
        """Let go of the connection: kept when the body was read to its end, else closed."""
        with contextlib.suppress(OSError, httpcore2.NetworkError, httpcore2.ProtocolError):
            await self._close()
        left: Callable[[], Awaitable[object]] | None = getattr(self._chunks, "aclose", None)
        if left is not None and not self._ended:  # trio warns of generators that are left
            with contextlib.suppress(RuntimeError):  # another task is in it
                await left()


class AsyncSender(Protocol):
    """Sends requests: the pools below, or a client that the user gave."""

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        ...

    async def close(self) -> None:
        """Close what this owns and what belongs to the running event loop."""
        ...


class AsyncPools:
    """Connections to one server, by event loop; a loop's are closed when it ends."""

    __slots__ = ("__weakref__", "_by_loop", "_lock", "_network", "_requests")

    def __init__(self, network: Network) -> None:
        self._network = network
        self._requests = Requests(network.api_url)
        self._lock = threading.Lock()
        self._by_loop: dict[object, _LoopPool] = {}

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        timeouts = {"connect": CONNECT_TIMEOUT, "read": None, "write": None, "pool": None}
        outgoing = self._requests.build(request, timeouts)
        try:
            async with _loops.timeout(deadline.remaining()):
                pool = await self._pool()
                response = await pool.handle_async_request(outgoing)
        except TimeoutError:
            return _LATE
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, deadline)
        reply = Reply(response.status, header_dict(response.headers))
        mine = self._by_loop.get(_loops.here())
        is_open = mine is not None and mine.pool is pool
        close = response.aclose if is_open else partial(_close_both, response)
        return AsyncOpenResponse(reply, response.aiter_stream(), close, deadline)

    async def close(self) -> None:
        """Close the running event loop's connections, those in use too.

        One that is being made is closed after its answer.
        """
        with self._lock:
            mine = self._by_loop.pop(_loops.here(), None)
        if mine is not None:
            await mine.keeper.aclose()

    async def _pool(self) -> httpcore2.AsyncConnectionPool:
        loop = _loops.here()
        mine = self._by_loop.get(loop)
        if mine is None:
            pool = httpcore2.AsyncConnectionPool(**pool_options(self._network))
            keeper = await _loops.keeper(partial(_over, weakref.ref(self), loop, pool))
            mine = _LoopPool(pool, keeper)
            with self._lock:
                for other in [other for other in self._by_loop if _loops.is_over(other)]:
                    del self._by_loop[other]
                self._by_loop[loop] = mine
        return mine.pool

    def forget(self, loop: object, pool: httpcore2.AsyncConnectionPool) -> None:
        """Have a loop that is ending make a new pool, should it need one still."""
        with self._lock:
            mine = self._by_loop.get(loop)
            if mine is not None and mine.pool is pool:
                del self._by_loop[loop]


class _LoopPool:
    """A pool, and who closes it when its loop ends."""

    __slots__ = ("keeper", "pool")

    def __init__(self, pool: httpcore2.AsyncConnectionPool, keeper: _loops.Keeper) -> None:
        self.pool = pool
        self.keeper = keeper


async def _close_both(response: httpcore2.Response) -> None:
    """Let go of a response, and of its connection, which its closed pool does not have."""
    try:
        await response.aclose()
    finally:
        await connection_of(response).aclose()


async def _over(
    of: weakref.ref[AsyncPools], loop: object, pool: httpcore2.AsyncConnectionPool
) -> None:
    pools = of()
    if pools is not None:
        pools.forget(loop, pool)
    await pool.aclose()
