"""Waiting for what another process does."""

import time
from collections.abc import Callable


def until(what: str, seen: Callable[[], object], seconds: float = 30):
    """Returns the first true value of `seen`; fails, naming `what`, when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := seen():
            return value
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} s still not seen: {what}")
