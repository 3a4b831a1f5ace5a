"""What is still to be said to a server of streams that were given up, and who waits for that.

Who gives a stream up goes on soon, as its time may be over. A client that is closed waits a little
longer, and so does a program that ends: of what the server is not told it goes on, and is paid.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from . import _loops

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

PATIENCE: Final = 1.0
"""Seconds that a client that is closed, and a program that ends, wait for all of it."""

_threads: dict[threading.Thread, object] = {}
"""Who says something, and by which sender. Without a lock, as a signal's handler may look too."""

_tasks: dict[_Task, object] = {}


class _Task:
    """What is being said in an event loop."""

    begun: _loops.Begun[None] | None = None

    def __init__(self) -> None:
        self.loop = _loops.here()


def _forked() -> None:
    _threads.clear()  # which go on in the parent
    _tasks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def say(sender: object, words: Callable[[], object], patience: float) -> None:
    """Have something said by `sender` in a thread, which is waited for so many seconds."""

    def run() -> None:
        try:
            with contextlib.suppress(Exception):
                words()
        finally:
            _threads.pop(thread, None)

    _hear_at_exit()
    thread = threading.Thread(target=run, name="aistrale-farewell", daemon=True)
    _threads[thread] = sender
    try:
        thread.start()
    except RuntimeError:  # no thread begins while the interpreter ends
        _threads.pop(thread, None)
    else:
        thread.join(patience)


def heard(sender: object = None) -> None:
    """Wait for what is being said by `sender`; by all, unless one is given."""
    until = time.monotonic() + PATIENCE
    for thread, its in list(_threads.items()):
        if sender is None or its is sender:
            with contextlib.suppress(RuntimeError):  # it has yet to begin
                thread.join(max(until - time.monotonic(), 0))


@functools.cache
def _hear_at_exit() -> None:
    """What is registered last is done first: before the connections are closed."""
    atexit.register(_at_exit)


def _at_exit() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        heard()


async def say_async(
    sender: object, words: Callable[[], Coroutine[Any, Any, None]], patience: float
) -> None:
    """Have something said by `sender` in a task, which is waited for so many seconds."""
    task = _Task()

    async def run() -> None:
        try:
            await _to_the_end(words)
        finally:
            _tasks.pop(task, None)

    for other in list(_tasks):
        if _loops.is_over(other.loop):
            _tasks.pop(other, None)
    _tasks[task] = sender
    try:
        task.begun = _loops.begin(run)
    except RuntimeError:  # nothing begins while the loop ends
        _tasks.pop(task, None)
    else:
        await task.begun.wait(patience)


async def heard_async(sender: object) -> None:
    """Wait for what is being said by `sender` in the running event loop."""
    until = time.monotonic() + PATIENCE
    here = _loops.here()
    for task, its in list(_tasks.items()):
        if its is sender and task.loop is here and task.begun is not None:
            await task.begun.wait(max(until - time.monotonic(), 0))


async def _to_the_end(words: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Say it; anew where the loop of asyncio ends meanwhile, which waits for its tasks."""
    try:
        with contextlib.suppress(Exception):
            await words()
    except _loops.cancelled():
        if _loops.trios() is None:
            with contextlib.suppress(Exception):
                async with _loops.timeout(PATIENCE):
                    await words()
        raise
