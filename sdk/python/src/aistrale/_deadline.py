"""How long a call may take: one total deadline over all its attempts and waits."""

from __future__ import annotations

import math
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

DEFAULT_TIMEOUT = 600.0
"""Seconds a whole call may take, retries and waits included, unless another time is given."""

CONNECT_TIMEOUT = 5.0
"""Seconds to come to a connection; one attempt's, never more than what is left of the total."""


class _NoTimeout(Enum):
    NO_TIMEOUT = "no timeout"

    def __repr__(self) -> str:
        return "aistrale.NO_TIMEOUT"


NO_TIMEOUT: Final = _NoTimeout.NO_TIMEOUT
"""Give this as `timeout` to wait as long as it takes. None means the default, not this."""

Timeout: TypeAlias = float | _NoTimeout
"""Seconds above 0, or `NO_TIMEOUT`."""


def checked(timeout: Timeout | None, default: Timeout) -> Timeout:
    """Return the timeout to use; None is the default. ValueError when it is not above 0."""
    if timeout is None:
        return default
    if isinstance(timeout, _NoTimeout):
        return timeout
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is not a number of seconds: {timeout!r}")
    if math.isnan(timeout) or timeout <= 0:
        raise ValueError(f"timeout is not above 0 seconds: {timeout!r}; see aistrale.NO_TIMEOUT")
    return timeout if math.isfinite(timeout) else NO_TIMEOUT


class Deadline:
    """The moment at which a call is over, on a monotonic clock. Belongs to one call."""

    __slots__ = ("_at", "_clock", "timeout")

    def __init__(self, timeout: Timeout, clock: Callable[[], float]) -> None:
        self.timeout = timeout
        self._clock = clock
        self._at = None if isinstance(timeout, _NoTimeout) else clock() + timeout

    def remaining(self) -> float | None:
        """Seconds left, 0 when it is past; None when there is no deadline."""
        return None if self._at is None else max(0.0, self._at - self._clock())

    def bounded(self, seconds: float) -> float:
        """Return these seconds, or what is left if that is less."""
        left = self.remaining()
        return seconds if left is None else min(seconds, left)

    @contextmanager
    def limited(self, seconds: float) -> Generator[None]:
        """Bring the deadline forward to at most so many seconds from now, for a block of code."""
        before = self._at
        self._at = self._clock() + self.bounded(seconds)
        try:
            yield
        finally:
            self._at = before

    def in_all(self) -> float | None:
        """Seconds left of the total time; None when there is no deadline."""
        return self.remaining()

    def touch(self) -> None:
        """Note that something is about to come. It does not matter here; see `Patience`."""

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self._at is not None and self._clock() >= self._at


class Patience(Deadline):
    """A deadline for what may go on for ever, as long as it is not silent for too long."""

    __slots__ = ("_silence", "_silent_at")

    def __init__(self, timeout: Timeout, clock: Callable[[], float], silence: float) -> None:
        super().__init__(timeout, clock)
        self._silence = silence
        self._silent_at = clock() + silence

    def touch(self) -> None:
        """Begin the time anew within which something must come."""
        self._silent_at = self._clock() + self._silence

    def remaining(self) -> float:
        """Seconds left, 0 when it is past or was silent for too long."""
        quiet = max(0.0, self._silent_at - self._clock())
        left = super().remaining()
        return quiet if left is None else min(quiet, left)

    def in_all(self) -> float | None:
        """Seconds left of the total time, silence aside; None when there is no deadline."""
        return super().remaining()

    @property
    def passed(self) -> bool:
        """Whether no time is left, or nothing came for too long."""
        return self._clock() >= self._silent_at or self.over

    @property
    def over(self) -> bool:
        """Whether the total time is over, silence aside."""
        return super().passed
