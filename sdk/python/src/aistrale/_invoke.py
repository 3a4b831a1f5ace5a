"""Calling the user's functions: one after the other, or all at once in an event loop."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from . import _loops
from ._steps import Failure, Outcomes, Raised, Returned

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._deadline import Deadline
    from ._steps import Invocation, Invoke


def in_turn(step: Invoke, deadline: Deadline) -> Outcomes | Failure:
    """Call the functions in this thread; none is begun when the time is over.

    TypeError when one returns what has to be awaited.
    """
    outcomes: list[Returned | Raised] = []
    for each in step.functions:
        if deadline.passed:
            return Failure("deadline", f"before the tool {each.name!r} was called")
        outcome = caught(each.function)
        if isinstance(outcome, Returned) and inspect.isawaitable(outcome.value):
            if inspect.iscoroutine(outcome.value):
                outcome.value.close()
            raise TypeError(
                f"the tool {each.name!r} returned what is to be awaited: give it to an "
                "asynchronous client, or make it a plain function"
            )
        outcomes.append(outcome)
    return tuple(outcomes)


async def together(step: Invoke, deadline: Deadline) -> Outcomes | Failure:
    """Call the functions at once, blocking ones in threads, with the caller's context variables.

    Those that are not done in time are cancelled; a thread cannot be, and is left to itself.
    """
    if _loops.trios() is not None:
        from . import _invoke_trio

        return await _invoke_trio.together(step, deadline)
    tasks = [asyncio.create_task(_called(each)) for each in step.functions]
    try:
        await asyncio.wait(tasks, timeout=deadline.remaining(), return_when=asyncio.FIRST_EXCEPTION)
        late = [
            each.name for each, task in zip(step.functions, tasks, strict=True) if not task.done()
        ]
    finally:
        running = [task for task in tasks if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
    for task in tasks:
        if task not in running:
            task.result()  # raises what is no Exception, such as a cancellation
    if late:
        return Failure("deadline", f"the tool {late[0]!r} was still running")
    return tuple([task.result() for task in tasks])


async def _called(each: Invocation) -> Returned | Raised:
    try:
        if each.asynchronous:
            return Returned(await each.function())
        outcome = await asyncio.to_thread(caught, each.function)
        if isinstance(outcome, Returned) and inspect.isawaitable(outcome.value):
            return Returned(await outcome.value)
        return outcome
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return Raised(error)  # of another task, which the function awaited
    except Exception as error:  # noqa: BLE001 - the model is told
        return Raised(error)


def caught(function: Callable[[], Any]) -> Returned | Raised:
    """Call a function in this thread, and return what came of it."""
    try:
        return Returned(function())
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the model is told
        return Raised(error)
