"""What asynchronous code needs of whoever runs it: asyncio, or trio where a task of trio's asks.

Everything else here is written against these few functions. asyncio's way costs nothing more than
asyncio, which blocking programs never import; trio is not imported unless the program has.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from types import ModuleType

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_begun: set[asyncio.Task[Any]] = set()
"""Event loops hold tasks weakly."""


class Begun(Protocol[T_co]):
    """What goes on by itself, whatever becomes of the task that began it."""

    async def result(self) -> T_co:
        """Return what comes of it, or raise that. Who is cancelled here does not cancel it."""
        ...

    async def wait(self, seconds: float) -> None:
        """Wait for its end, so many seconds at most, also in a task that is cancelled already."""
        ...

    def cancel(self) -> None:
        """Have it end."""
        ...


class Bell(Protocol):
    """Wakes a task of the loop that it was made in. It may be rung before the task waits."""

    def ring(self) -> None:
        """Ring, from any thread; when the loop has ended nobody hears it."""
        ...

    async def wait(self) -> None:
        """Wait until it has been rung."""
        ...


class Keeper(Protocol):
    """Closes something when its event loop ends, or when the keeper itself is let go of."""

    def aclose(self) -> Awaitable[None]:
        """Close it now."""
        ...


def trios() -> ModuleType | None:
    """Return the same functions for trio, None when the running task is not one of trio's."""
    lowlevel = sys.modules.get("trio.lowlevel")
    inside: Callable[[], bool] | None = getattr(lowlevel, "in_trio_task", None)
    if inside is None or not inside():
        return None
    from . import _loops_trio

    return _loops_trio


def timeout(seconds: float | None) -> AbstractAsyncContextManager[object, bool | None]:
    """Return a block that may take so long, else TimeoutError; None is as long as it takes."""
    import asyncio

    trio = trios()
    return asyncio.timeout(seconds) if trio is None else trio.Timeout(seconds)


async def sleep(seconds: float) -> None:
    """Wait."""
    import asyncio

    trio = trios()
    await (asyncio.sleep(seconds) if trio is None else trio.sleep(seconds))


def cancelled() -> type[BaseException]:
    """Return what a cancelled task is told with."""
    import asyncio

    trio = trios()
    return asyncio.CancelledError if trio is None else trio.CANCELLED


def begin(function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> Begun[T]:
    """Begin what goes on by itself. RuntimeError while the loop is ending."""
    trio = trios()
    return _Task(function(*arguments)) if trio is None else trio.Task(function, arguments)


def bell() -> Bell:
    """Return a bell of the running loop."""
    trio = trios()
    made: Bell = _Bell() if trio is None else trio.Bell()
    return made


def here() -> object:
    """Return the running event loop, or trio's token for the running `trio.run`."""
    import asyncio

    trio = trios()
    return asyncio.get_running_loop() if trio is None else trio.here()


def is_over(loop: object) -> bool:
    """Whether a loop is closed. Where that cannot be told, its keepers have done their work."""
    closed: Callable[[], bool] | None = getattr(loop, "is_closed", None)
    return closed is not None and closed()


async def keeper(close: Callable[[], Awaitable[object]]) -> Keeper:
    """Return one that will call `close`, which must not itself hold whoever holds the keeper."""
    trio = trios()
    if trio is not None:
        kept: Keeper = trio.Keeper(close)
        return kept
    generator = _keep(close)
    await anext(generator)
    return generator


async def _keep(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Close when the loop shuts its asynchronous generators down, as loops do last."""
    try:
        yield
    finally:
        await close()


class _Task(Generic[T]):
    """A task of asyncio's."""

    __slots__ = ("_task",)

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        import asyncio

        self._task = asyncio.create_task(coroutine)
        _begun.add(self._task)
        self._task.add_done_callback(_begun.discard)

    async def result(self) -> T:
        import asyncio

        return await asyncio.shield(self._task)

    async def wait(self, seconds: float) -> None:
        import asyncio

        # A scope of anyio's would cancel every further wait of its task again.
        anyio = sys.modules.get("anyio")
        with anyio.CancelScope(shield=True) if anyio else contextlib.nullcontext():
            await asyncio.wait({self._task}, timeout=seconds)

    def cancel(self) -> None:
        self._task.cancel()


class _Bell:
    """An event of asyncio's, set from whatever thread."""

    __slots__ = ("_event", "_loop")

    def __init__(self) -> None:
        import asyncio

        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def ring(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        await self._event.wait()
