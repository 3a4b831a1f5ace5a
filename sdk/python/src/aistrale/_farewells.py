"""What is still to be said to a server of streams that were given up, and who waits for that.

Who gives a stream up goes on soon, as its time may be over. A client that is closed waits a little
longer, and so does a program that ends: of what the server is not told it goes on, and is paid.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from . import _loops

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

PATIENCE: Final = 1.0
"""Seconds that a client that is closed, and a program that ends, wait for all of it."""

_lock = threading.Lock()
_threads: dict[threading.Thread, object] = {}
_tasks: dict[_loops.Begun[None], tuple[object, object]] = {}


def say(sender: object, words: Callable[[], object], patience: float) -> None:
    """Have something said by `sender` in a thread, which is waited for so many seconds."""

    def run() -> None:
        try:
            with contextlib.suppress(Exception):
                words()
        finally:
            with _lock:
                del _threads[thread]

    thread = threading.Thread(target=run, name="aistrale-farewell", daemon=True)
    with contextlib.suppress(RuntimeError):  # no thread begins while the interpreter ends
        with _lock:
            thread.start()
            _threads[thread] = sender
        thread.join(patience)


def heard(sender: object = None) -> None:
    """Wait for what is being said by `sender`; by all, unless one is given."""
    until = time.monotonic() + PATIENCE
    with _lock:
        threads = list(_threads.items())
    for thread, its in threads:
        if sender is None or its is sender:
            thread.join(max(until - time.monotonic(), 0))


atexit.register(heard)


async def say_async(
    sender: object, words: Callable[[], Coroutine[Any, Any, None]], patience: float
) -> None:
    """Have something said by `sender` in a task, which is waited for so many seconds."""

    async def run() -> None:
        try:
            await _to_the_end(words)
        finally:
            _tasks.pop(task, None)

    with contextlib.suppress(RuntimeError):  # nothing begins while the loop ends
        task = _loops.begin(run)
        _tasks[task] = sender, _loops.here()
        await task.wait(patience)


async def heard_async(sender: object) -> None:
    """Wait for what is being said by `sender` in the running event loop."""
    until = time.monotonic() + PATIENCE
    for task, its in list(_tasks.items()):
        if its == (sender, _loops.here()):
            await task.wait(max(until - time.monotonic(), 0))


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
