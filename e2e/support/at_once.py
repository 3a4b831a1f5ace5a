"""Several calls in the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Begins all of them together, each on a thread of its own; what each gave, in their order."""
    together = threading.Barrier(len(calls))

    def begin(call: Callable[[], T]) -> T:
        together.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))
