"""The functions of `_loops` for trio. Imported by nobody who does not run under trio."""

from __future__ import annotations

import contextlib
import contextvars
import math
import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")

CANCELLED = trio.Cancelled
sleep = trio.sleep


def here() -> object:
    """Return what tells one `trio.run` from another."""
    return trio.lowlevel.current_trio_token()


class Timeout:
    """A block of code that TimeoutError ends when its time is over."""

    __slots__ = ("_scope", "_seconds")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._scope = trio.CancelScope()

    async def __aenter__(self) -> None:
        later = math.inf if self._seconds is None else self._seconds
        self._scope.deadline = trio.current_time() + later
        self._scope.__enter__()

    async def __aexit__(self, *raised: Any) -> bool | None:  # noqa: PYI036
        swallowed = self._scope.__exit__(*raised)
        if self._scope.cancelled_caught:
            raise TimeoutError
        return swallowed


class Task(Generic[T]):
    """Goes on as a system task: outside of every nursery and scope, until `trio.run` ends."""

    __slots__ = ("_cancelled", "_done", "_error", "_result", "_scope")
    _result: T

    def __init__(
        self, function: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[Any, ...]
    ) -> None:
        self._scope = trio.CancelScope()
        self._done = trio.Event()
        self._error: Exception | None = None
        self._cancelled = True
        context = contextvars.copy_context()
        trio.lowlevel.spawn_system_task(self._go, function, arguments, context=context)

    async def _go(
        self, function: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[Any, ...]
    ) -> None:
        try:
            with self._scope:
                self._result = await function(*arguments)
                self._cancelled = False
        except Exception as error:  # noqa: BLE001 - whoever asks for the result is told
            self._error = error
        finally:
            self._done.set()

    async def result(self) -> T:
        await self._done.wait()
        if self._error is not None:
            raise self._error
        if self._cancelled:
            raise RuntimeError("it was cancelled before it ended")
        return self._result

    async def wait(self, seconds: float) -> None:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + seconds):
            await self._done.wait()

    def cancel(self) -> None:
        self._scope.cancel()


class Bell:
    """An event of trio's, set from whatever thread."""

    __slots__ = ("_event", "_token")

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._event = trio.Event()

    def ring(self) -> None:
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._event.set)

    async def wait(self) -> None:
        await self._event.wait()


class Keeper:
    """Sleeps in a system task, which trio cancels when the main task has ended."""

    __slots__ = ("__weakref__", "_done", "_scope")

    def __init__(self, close: Callable[[], Awaitable[object]]) -> None:
        self._scope = scope = trio.CancelScope()
        self._done = done = trio.Event()

        async def keep() -> None:
            try:
                with scope:
                    await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await _quietly(close)
                done.set()

        trio.lowlevel.spawn_system_task(keep)
        let_go = weakref.finalize(self, _cancel, trio.lowlevel.current_trio_token(), scope)
        let_go.atexit = False

    async def aclose(self) -> None:
        self._scope.cancel()
        with trio.CancelScope(shield=True):
            await self._done.wait()


async def _quietly(close: Callable[[], Awaitable[object]]) -> None:
    """Close; what is raised in a system task would end the whole program."""
    with contextlib.suppress(Exception):
        await close()


def _cancel(token: trio.lowlevel.TrioToken, scope: trio.CancelScope) -> None:
    """Cancel a scope from wherever the garbage collector runs."""
    with contextlib.suppress(trio.RunFinishedError):
        token.run_sync_soon(scope.cancel)
