"""Functions that a model calls, under trio. What the loop does with them is in test_tools."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio

from aistrale._deadline import NO_TIMEOUT, Deadline, Timeout
from aistrale._invoke import together
from aistrale._steps import Failure, Invocation, Invoke, Raised, Returned


def invoked(*functions: Callable[[], Any], timeout: Timeout = NO_TIMEOUT) -> Any:
    calls = [
        Invocation(each.__name__, each, asynchronous=each.__name__.startswith("later"))
        for each in functions
    ]
    deadline = Deadline(timeout, time.monotonic)
    return trio.run(together, Invoke(tuple(calls)), deadline)


async def later() -> str:
    await trio.sleep(0.01)
    return "later"


async def later_failing() -> str:
    raise ValueError("no")


async def later_too_late() -> None:
    await trio.sleep(30)


class StopError(BaseException):
    pass


def stop() -> None:
    raise StopError


def test_what_they_return_and_raise_is_in_their_order() -> None:
    def hidden() -> Any:
        return later()

    came = invoked(later, later_failing, lambda: 1, hidden)
    assert came[0] == Returned("later")
    assert isinstance(came[1], Raised)
    assert came[2:] == (Returned(1), Returned("later"))


def test_they_are_called_at_once_with_context_variables() -> None:
    meeting = threading.Barrier(2, timeout=5)
    user = contextvars.ContextVar[str]("user")
    user.set("Ada")

    def meet() -> str:
        meeting.wait()
        return user.get()

    assert invoked(meet, meet) == (Returned("Ada"), Returned("Ada"))


def test_the_deadline_ends_them() -> None:
    began = time.monotonic()
    came = invoked(later, later_too_late, timeout=0.2)
    assert came == Failure("deadline", "the tool 'later_too_late' was still running")
    assert time.monotonic() - began < 5


def test_what_is_no_exception_ends_all() -> None:
    with pytest.raises(StopError):
        invoked(later_too_late, stop)


def test_who_is_cancelled_cancels_them() -> None:
    ended = []

    async def later_ending() -> None:
        try:
            await trio.sleep(30)
        finally:
            ended.append("it")

    async def main() -> None:
        call = Invocation("later_ending", later_ending, asynchronous=True)
        with trio.move_on_after(0.1):
            await together(Invoke((call,)), Deadline(NO_TIMEOUT, time.monotonic))
            ended.append("never")

    trio.run(main)
    assert ended == ["it"]
