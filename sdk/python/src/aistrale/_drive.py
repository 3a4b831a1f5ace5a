"""The two drivers: the same few lines, blocking and asynchronous."""

from __future__ import annotations

import contextlib
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from . import _loops, _tape
from ._steps import Drain, Emit, Failure, Invoke, Read, Result, Send, Step, Steps, Tell, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._deadline import Deadline
    from ._http_async import AsyncOpenResponse, AsyncSender
    from ._http_sync import OpenResponse, Sender
    from ._steps import Request

T = TypeVar("T")

DRAIN_SECONDS = 0.05
"""How long the end of a completed stream may take to come, for the connection to be kept."""


class Driver(Generic[T]):
    """Carries out a call's steps by a blocking sender. One thread drives it; any may close it."""

    __slots__ = ("_deadline", "_response", "_sender", "_sleep", "_steps", "closed")

    def __init__(
        self,
        steps: Steps[T],
        sender: Sender,
        deadline: Deadline,
        sleep: Callable[[float], None],
    ) -> None:
        self._steps = steps
        self._sender = _tape.blocking(sender)
        self._deadline = deadline
        self._sleep = sleep
        self._response: OpenResponse | None = None
        self.closed = False

    def run(self) -> T:
        """Carry everything out, and return what comes of it."""
        result: Result = None
        try:
            while True:
                result = self._do(self._steps.send(result))
        except StopIteration as end:
            return cast("T", end.value)
        except BaseException as error:
            self.close()
            _tell(self._steps, error)
            raise

    def next_event(self) -> Any:
        """Go on to the next event; None at the end."""
        result: Result = None
        try:
            while True:
                step = self._steps.send(result)
                if isinstance(step, Emit):
                    return step.event
                result = self._do(step)
        except StopIteration:
            return None
        except BaseException:
            self.close()
            raise

    def _do(self, step: Step) -> Result:
        response = self._response
        if isinstance(step, Read):
            return response.read() if response else b""
        if isinstance(step, Send):
            opened = self._sender.send(step.request, self._deadline)
            if isinstance(opened, Failure):
                return opened
            self._response = opened
            if self.closed:
                opened.close()
            return opened.reply
        if isinstance(step, Wait):
            self._sleep(step.seconds)
        elif isinstance(step, Invoke):
            from ._invoke import in_turn

            return in_turn(step, self._deadline)
        elif isinstance(step, Tell):
            _told(step.listener(step.response))
        elif response:
            if isinstance(step, Drain):
                with self._deadline.limited(DRAIN_SECONDS):
                    while (left := response.read()) and not isinstance(left, Failure):
                        pass
            response.close()
            self._response = None
        return None

    def close(self) -> None:
        """Give the call up: the connection ends, and with it the provider's work."""
        self.closed = True
        response, self._response = self._response, None
        if response is not None:
            response.close()


def _told(result: object) -> None:
    """TypeError for what would have to be awaited, and that nobody can tell beforehand."""
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise TypeError("on_response is asynchronous: a blocking client cannot await it")


class AsyncDriver(Generic[T]):
    """Carries out a call's steps by an asynchronous sender. Belongs to one task at a time.

    keep: whether a resumable request, whose sender is cancelled before the answer's head came, is
        kept in `unanswered`, for whoever wants to know what it was that began.
    """

    __slots__ = ("_deadline", "_keep", "_response", "_sender", "_steps", "closed", "unanswered")

    def __init__(
        self, steps: Steps[T], sender: AsyncSender, deadline: Deadline, *, keep: bool = False
    ) -> None:
        self._steps = steps
        self._sender = _tape.asynchronous(sender)
        self._deadline = deadline
        self._keep = keep
        self._response: AsyncOpenResponse | None = None
        self.closed = False
        self.unanswered: _loops.Begun[AsyncOpenResponse | Failure] | None = None

    async def run(self) -> T:
        """Carry everything out, and return what comes of it."""
        result: Result = None
        try:
            while True:
                result = await self._do(self._steps.send(result))
        except StopIteration as end:
            return cast("T", end.value)
        except BaseException as error:
            await self.close()
            _tell(self._steps, error)
            raise

    async def next_event(self) -> Any:
        """Go on to the next event; None at the end."""
        result: Result = None
        try:
            while True:
                step = self._steps.send(result)
                if isinstance(step, Emit):
                    return step.event
                result = await self._do(step)
        except StopIteration:
            return None
        except BaseException:
            await self.close()
            raise

    async def _do(self, step: Step) -> Result:
        response = self._response
        if isinstance(step, Read):
            return await response.read() if response else b""
        if isinstance(step, Send):
            opened = await self._open(step.request)
            if isinstance(opened, Failure):
                return opened
            self._response = opened
            return opened.reply
        if isinstance(step, Wait):
            await _loops.sleep(step.seconds)
        elif isinstance(step, Invoke):
            from ._invoke import together

            return await together(step, self._deadline)
        elif isinstance(step, Tell):
            told = step.listener(step.response)
            if isawaitable(told):
                await told
        elif response:
            if isinstance(step, Drain):
                with self._deadline.limited(DRAIN_SECONDS):
                    while (left := await response.read()) and not isinstance(left, Failure):
                        pass
            await response.close()
            self._response = None
        return None

    async def _open(self, request: Request) -> AsyncOpenResponse | Failure:
        if not (self._keep and request.resumable):
            return await self._sender.send(request, self._deadline)
        sending = _loops.begin(self._sender.send, request, self._deadline)
        try:
            return await sending.result()
        except _loops.cancelled():
            self.unanswered = sending
            raise

    async def close(self) -> None:
        """Give the call up: the connection ends, and with it the provider's work."""
        self.closed = True
        response, self._response = self._response, None
        if response is not None:
            await response.close()


def _tell(steps: Steps[Any], error: BaseException) -> None:
    """Let the steps know what ended them from outside: what is raised is not theirs to change."""
    trace = error.__traceback__
    with contextlib.suppress(BaseException):
        steps.throw(error)
    error.__traceback__ = trace
