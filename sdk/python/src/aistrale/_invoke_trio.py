"""Calling the user's functions under trio. Imported by nobody who does not run under it."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING

import trio

from ._invoke import caught
from ._steps import Failure, Outcomes, Raised, Returned

if TYPE_CHECKING:
    from ._deadline import Deadline
    from ._steps import Invocation, Invoke


async def together(step: Invoke, deadline: Deadline) -> Outcomes | Failure:
    """Call the functions at once, as `_invoke.together` does."""
    outcomes: dict[int, Returned | Raised] = {}
    ended: list[BaseException] = []
    left = deadline.remaining()
    with trio.move_on_after(math.inf if left is None else left) as scope:

        async def call(number: int, each: Invocation) -> None:
            try:
                outcomes[number] = await _called(each)
            except trio.Cancelled:
                raise
            except BaseException as error:  # noqa: BLE001 - raised below, without a group around it
                ended.append(error)
                scope.cancel()

        async with trio.open_nursery() as nursery:
            for number, each in enumerate(step.functions):
                nursery.start_soon(call, number, each)
    if ended:
        raise ended[0]
    for number, each in enumerate(step.functions):
        if number not in outcomes:
            return Failure("deadline", f"the tool {each.name!r} was still running")
    return tuple([outcomes[number] for number in range(len(step.functions))])


async def _called(each: Invocation) -> Returned | Raised:
    try:
        if each.asynchronous:
            return Returned(await each.function())
        outcome = await trio.to_thread.run_sync(caught, each.function, abandon_on_cancel=True)
        if isinstance(outcome, Returned) and inspect.isawaitable(outcome.value):
            return Returned(await outcome.value)
        return outcome
    except Exception as error:  # noqa: BLE001 - the model is told
        return Raised(error)
