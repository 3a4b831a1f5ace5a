"""Streams as the user sees them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Self, cast

from . import _farewells, _loops
from ._drive import AsyncDriver, Driver
from ._events import Completed, StreamEvent, TextDelta
from ._exchange import plain
from ._steps import Failure
from ._streaming import HEAD_TIMEOUT, SHORT_FAREWELL, Accumulator, farewell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from types import TracebackType

    from ._deadline import Deadline
    from ._exchange import Call
    from ._http_async import AsyncOpenResponse, AsyncSender
    from ._http_sync import Sender
    from ._models import Inference
    from ._steps import Steps
    from ._wire import Operation


class Stream:
    """An answer while it arrives: iterate over it, once, for its events.

    Nothing is sent before the first event is asked for. A connection that is lost is made again,
    within `timeout` and `max_retries`, and the answer goes on where it was. The last event is
    `Completed`; a stream that ends otherwise raises: `StreamInterruptedError` when it was cut and
    cannot be gone on with, an `APIStatusError` when the server ended it with an error,
    `APITimeoutError` when its time ran out, and before the first event whatever `run` raises.
    `text` keeps what arrived in any case.

    With functions as `tools` the events of all inferences come in a row, a `ToolResult` for each
    call in between, and one `Completed`, the last one's; `text` is the text of all of them.

    Closing it early, from any thread, ends the inference at the server and with it the provider's
    work; so does leaving its `with` block. That waits a second at most, and raises nothing. Iterate
    in one thread.
    """

    def __init__(
        self,
        begin: Callable[[Accumulator], tuple[Steps[None], Deadline]],
        sender: Sender,
        sleep: Callable[[float], None],
        completed: Callable[[Inference], None] | None = None,
    ) -> None:
        self._begin = begin
        self._sender = sender
        self._sleep = sleep
        self._completed = completed
        self._gathered = Accumulator()
        self._driver: Driver[None] | None = None
        self._closed = False
        self._failure: Exception | None = None

    @property
    def text(self) -> str:
        """The text that arrived so far, "" before any did."""
        return self._gathered.text

    @property
    def inference_id(self) -> str | None:
        """The id of the inference that answers, None before the server named it."""
        return self._gathered.inference_id

    def __iter__(self) -> Iterator[StreamEvent]:
        return self

    def __next__(self) -> StreamEvent:
        if self._driver is None and not self._closed:
            steps, deadline = self._begin(self._gathered)
            self._driver = Driver(steps, self._sender, deadline, self._sleep)
        if self._driver is None or self._driver.closed:
            raise StopIteration
        try:
            event: StreamEvent | None = self._driver.next_event()
        except BaseException as error:
            self._failure = error if isinstance(error, Exception) else None
            self._leave(error)
            raise
        if event is None:
            self.close()
            raise StopIteration
        if isinstance(event, Completed) and self._completed is not None:
            self._completed(event.inference)
        return event

    def text_deltas(self) -> Iterator[str]:
        """Yield the text piece by piece; `print(piece, end="", flush=True)` shows it as it comes.

        Raises as iterating does.
        """
        for event in self:
            if isinstance(event, TextDelta):
                yield event.text

    def final(self) -> Inference:
        """Read on to the end and return the whole answer, the same as `run` would have returned.

        May be called in any state and more than once; raises as iterating does, and
        `StreamInterruptedError` when the stream was closed before its end.
        """
        for _ in self:
            pass
        if self._gathered.inference is None:
            raise self._failure or self._gathered.interrupted()
        return self._gathered.inference

    def close(self) -> None:
        """End the stream, and the inference if it has not completed. May be called twice."""
        self._closed = self._gathered.left = True
        if self._driver is not None:
            self._driver.close()
            self._leave()

    def _leave(self, error: BaseException | None = None) -> None:
        """Have the inference ended, unless it has; in a thread, which is not waited for long."""
        words = farewell(self._gathered, error)
        if words is None:
            return
        call, operation, patience = words
        driver = Driver(plain(call, operation), self._sender, call.deadline, self._sleep)
        _farewells.say(self._sender, driver.run, patience)

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
        state = "completed" if self._gathered.inference else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {state}, {len(self.text)} characters>"


class AsyncStream:
    """An answer while it arrives: `async for` over it, once, for its events.

    As `Stream`, for one task of one event loop. `async with` closes it in any case; a task that is
    cancelled while it waits for an event ends the inference.
    """

    def __init__(
        self,
        begin: Callable[[Accumulator], tuple[Steps[None], Deadline]],
        sender: AsyncSender,
        completed: Callable[[Inference], None] | None = None,
    ) -> None:
        self._begin = begin
        self._sender = sender
        self._completed = completed
        self._gathered = Accumulator()
        self._driver: AsyncDriver[None] | None = None
        self._closed = False
        self._failure: Exception | None = None
        self._made: Callable[[], Awaitable[AsyncStream]] | None = None

    @classmethod
    def _later(cls, made: Callable[[], Awaitable[AsyncStream]]) -> AsyncStream:
        """Return one that becomes what is made of it when its first event is asked for."""
        stream = cls(_not_begun, cast("AsyncSender", None))
        stream._made = made
        return stream

    @property
    def text(self) -> str:
        """The text that arrived so far, "" before any did."""
        return self._gathered.text

    @property
    def inference_id(self) -> str | None:
        """The id of the inference that answers, None before the server named it."""
        return self._gathered.inference_id

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        return self

    async def __anext__(self) -> StreamEvent:
        if self._made is not None and not self._closed:
            made = await self._made()
            self._begin, self._sender, self._completed = made._begin, made._sender, made._completed
            self._made = None
        if self._driver is None and not self._closed:
            steps, deadline = self._begin(self._gathered)
            self._driver = AsyncDriver(steps, self._sender, deadline, keep=True)
        if self._driver is None or self._driver.closed:
            raise StopAsyncIteration
        try:
            event: StreamEvent | None = await self._driver.next_event()
        except GeneratorExit:
            raise
        except BaseException as error:
            self._failure = error if isinstance(error, Exception) else None
            await self._leave(error)
            raise
        if event is None:
            await self.close()
            raise StopAsyncIteration
        if isinstance(event, Completed) and self._completed is not None:
            self._completed(event.inference)
        return event

    def text_deltas(self) -> AsyncIterator[str]:
        """Return an iterator of the text, piece by piece. Raises as iterating does."""
        return _TextDeltas(self)

    async def final(self) -> Inference:
        """Read on to the end and return the whole answer, the same as `run` would have returned.

        May be called in any state and more than once; raises as iterating does, and
        `StreamInterruptedError` when the stream was closed before its end.
        """
        async for _ in self:
            pass
        if self._gathered.inference is None:
            raise self._failure or self._gathered.interrupted()
        return self._gathered.inference

    async def close(self) -> None:
        """End the stream, and the inference if it has not completed. May be called twice."""
        self._closed = self._gathered.left = True
        if self._driver is not None:
            await self._driver.close()
            await self._leave()

    async def _leave(self, error: BaseException | None = None) -> None:
        """Have the inference ended, unless it has; in a task, which is not waited for long."""
        if self._driver is None:
            return
        unanswered, self._driver.unanswered = self._driver.unanswered, None
        words = farewell(self._gathered, error)
        if words is not None and unanswered is not None:  # its name is not needed
            unanswered.cancel()
            unanswered = None
        if words is None and unanswered is None:
            return
        patience = words[2] if words else SHORT_FAREWELL
        say = functools.partial(self._say, words, unanswered)
        await _farewells.say_async(self._sender, say, patience)

    async def _say(
        self,
        words: tuple[Call, Operation[None], float] | None,
        unanswered: _loops.Begun[AsyncOpenResponse | Failure] | None,
    ) -> None:
        """End the inference; first hear its name, where that is on its way, and is needed."""
        if unanswered is not None:
            opened = await self._named(unanswered)
            if not isinstance(opened, Failure):
                self._gathered.opened(opened.reply)
                await opened.close()
                words = farewell(self._gathered, None)
        if words is not None:
            call, operation, _ = words
            await AsyncDriver(plain(call, operation), self._sender, call.deadline).run()

    async def _named(
        self, unanswered: _loops.Begun[AsyncOpenResponse | Failure]
    ) -> AsyncOpenResponse | Failure:
        try:
            async with _loops.timeout(HEAD_TIMEOUT):
                return await unanswered.result()
        except TimeoutError:
            unanswered.cancel()
            raise

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
        state = "completed" if self._gathered.inference else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {state}, {len(self.text)} characters>"


def _not_begun(_: Accumulator) -> tuple[Steps[None], Deadline]:
    raise AssertionError("it is made before it begins")


class _TextDeltas:
    """No generator: one that is left before its end is something to be warned of, under trio."""

    __slots__ = ("_stream",)

    def __init__(self, stream: AsyncStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        while True:
            event = await anext(self._stream)
            if isinstance(event, TextDelta):
                return event.text
