"""What is read while it comes, as the user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ._drive import AsyncDriver, Driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import TracebackType

    from ._feeding import Position

T = TypeVar("T")


class Feed(Generic[T]):
    """What the server sends while it comes: iterate over it, once.

    Nothing is sent before the first item is asked for. One that is cut raises
    `StreamInterruptedError`, or `APIConnectionError` when it could not be connected again. Closing
    it, from any thread, ends the connection and the iteration; so does leaving its `with` block.
    Iterate in one thread.
    """

    def __init__(self, begin: Callable[[Position], Driver[None]], position: Position) -> None:
        self._begin = begin
        self._position = position
        self._driver: Driver[None] | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event of a live stream; None before the first, and for an export."""
        return self._position.last_event_id

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._position.has_left():
            raise StopIteration
        if self._driver is None:
            self._driver = self._begin(self._position)
        item: T | None = self._driver.next_event()
        if item is None or self._position.has_left():
            self.close()
            raise StopIteration
        return item

    def close(self) -> None:
        """End it, and its connection. May be called twice."""
        self._position.leave()
        if self._driver is not None:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._position.has_left() else "open"
        return f"<Feed {state}, {self._position.count} items>"


class AsyncFeed(Generic[T]):
    """What the server sends while it comes: `async for` over it, once.

    As `Feed`, for one task of one event loop. `async with` closes it in any case; a task that is
    cancelled while it waits ends the connection.
    """

    def __init__(self, begin: Callable[[Position], AsyncDriver[None]], position: Position) -> None:
        self._begin = begin
        self._position = position
        self._driver: AsyncDriver[None] | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event of a live stream; None before the first, and for an export."""
        return self._position.last_event_id

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        if self._position.has_left():
            raise StopAsyncIteration
        if self._driver is None:
            self._driver = self._begin(self._position)
        item: T | None = await self._driver.next_event()
        if item is None or self._position.has_left():
            await self.close()
            raise StopAsyncIteration
        return item

    async def close(self) -> None:
        """End it, and its connection. May be called twice."""
        self._position.leave()
        if self._driver is not None:
            await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        state = "closed" if self._position.has_left() else "open"
        return f"<AsyncFeed {state}, {self._position.count} items>"
