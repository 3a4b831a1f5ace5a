"""Prompts that were loaded: how long one is good, and what is used while the server is away.

The whole policy stands here, first as pure functions, then as the table that they are used on.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ._errors import APIConnectionError, APIStatusError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ._deadline import Timeout
    from ._errors import AistraleError
    from ._prompt_models import PromptVersion

DEFAULT_MAX_AGE: Final = 60.0
"""Seconds that a prompt is good for when no other number is given."""

REST: Final = 5.0
"""Seconds after a failure in which the server is not asked again, where there is another way."""

SHORT_TIMEOUT: Final = 2.0
"""Seconds that asking again may take: there is a version at hand, and somebody waits for it."""

FALLBACK_TIMEOUT: Final = 5.0
"""Seconds that the first asking may take where there is a fallback, unless others are given."""

MOST: Final = 500
"""Prompts that are kept, those that were used last: names may be made of anything."""

NEVER: Final = -math.inf


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a prompt: the last good version, None before the first one.

    `asked_at` is when that was asked for, `failed_at` when the server was found away since then, on
    a monotonic clock; `NEVER` for what was not, or is known to have changed.
    """

    version: PromptVersion | None = None
    asked_at: float = NEVER
    failed_at: float = NEVER


NOTHING: Final = Known()


def plan(known: Known, *, max_age: float, fallback: bool, now: float) -> Literal["use", "ask"]:
    """Return whether to use what there is (the version, else the fallback) or to ask the server."""
    if known.version is not None and now - known.asked_at < max_age:
        return "use"
    resting = now - known.failed_at < REST
    return "use" if resting and (fallback or known.version is not None) else "ask"


def patience(known: Known, *, fallback: bool, given: Timeout | None) -> Timeout | None:
    """Return how long to ask; None for as long as the client asks for anything."""
    if known.version is not None:
        short = isinstance(given, (int, float)) and given < SHORT_TIMEOUT
        return given if short else SHORT_TIMEOUT
    return FALLBACK_TIMEOUT if fallback and given is None else given


def is_away(error: AistraleError) -> bool:
    """Whether an error says that the server is away or overloaded, and nothing of the prompt.

    What answers with a success or a redirect that is not AISTRALE's is somebody else, in its place.
    """
    if isinstance(error, APIStatusError):
        return error.status < 400 or error.status in (408, 429) or error.status >= 500
    return isinstance(error, APIConnectionError)


class Key(NamedTuple):
    """What was asked for. With neither version nor label it is what the server says."""

    name: str
    version: int | None
    label: str | None
    workspace: str | None


class Flight:
    """One request that many may wait for.

    `outcome` is what came of it; None when that says nothing to others, and they should ask.
    `until` is when it is over in any case: its event loop may have ended without a word. `outdated`
    is one that began before a change of this client's own.
    """

    __slots__ = ("_lock", "_wake", "began", "outcome", "outdated", "over", "until")

    def __init__(self, began: float) -> None:
        self.began = began
        self.outcome: PromptVersion | AistraleError | None = None
        self.outdated = False
        self.until = math.inf
        self.over = False
        self._lock = threading.Lock()
        self._wake: list[Callable[[], object]] = []

    def wake(self, waiting: Callable[[], object]) -> bool:
        """Have a function called, in whatever thread, when it is over. False if it is already."""
        with self._lock:
            if not self.over:
                self._wake.append(waiting)
            return not self.over

    def end(self, outcome: PromptVersion | AistraleError | None) -> None:
        """Say what came of it, and wake who waits."""
        with self._lock:
            self.outcome = outcome
            self.over = True
        for waiting in self._wake:
            waiting()


@dataclass(frozen=True, slots=True)
class Asking:
    """The server is to be asked: by whom this is `mine`; others wait. `known` is what there is."""

    flight: Flight
    mine: bool
    known: Known


class PromptCache:
    """The prompts of one client. Safe for threads, event loops and forks; asks nobody itself."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, Known] = OrderedDict()
        self._flights: dict[Key, Flight] = {}
        _caches.add(self)

    def look(self, key: Key, *, max_age: float, fallback: bool) -> Known | Asking:
        """Return what is known, if that will do; else who asks the server."""
        now = self._clock()
        with self._lock:
            known = self._known.get(key, NOTHING)
            if key in self._known:
                self._known.move_to_end(key)
            if plan(known, max_age=max_age, fallback=fallback, now=now) == "use":
                return known
            flight = self._flights.get(key)
            if flight is not None and now < flight.until:
                return Asking(flight, False, known)
            flight = self._flights[key] = Flight(now)
            return Asking(flight, True, known)

    def came(self, key: Key, flight: Flight, version: PromptVersion) -> None:
        """Note what the server gave. It is as old as its request."""
        with self._lock:
            if not flight.outdated:
                self._put(key, Known(version, flight.began))

    def failed(
        self, key: Key, flight: Flight, error: AistraleError, *, fallback: bool
    ) -> tuple[Known, bool]:
        """Note that the server gave none; return what there is, and whether that is news.

        What the server itself says of the prompt, or of who asks, ends what was known.
        """
        with self._lock:
            known = self._known.get(key, NOTHING)
            if not is_away(error):
                if not flight.outdated:
                    self._known.pop(key, None)
                return NOTHING, False
            if known.version is None and not fallback:
                return NOTHING, False
            news = known.failed_at == NEVER
            if not flight.outdated:
                self._put(key, replace(known, failed_at=self._clock()))
            return known, news

    def end(self, key: Key, flight: Flight, outcome: PromptVersion | AistraleError | None) -> None:
        """Let those go on who wait for a request."""
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.end(outcome)

    @contextmanager
    def changing(self, name: str, *, gone: bool = False) -> Generator[None]:
        """Have what is changed meanwhile asked for again; if it is gone, it is forgotten.

        Also when that fails: it may have been done. What was asked before that is not kept.
        """
        try:
            yield
        finally:
            with self._lock:
                for key in [key for key in self._known if key.name == name]:
                    if gone:
                        del self._known[key]
                    else:
                        self._known[key] = replace(self._known[key], asked_at=NEVER)
                for key in [key for key in self._flights if key.name == name]:
                    self._flights.pop(key).outdated = True

    def _put(self, key: Key, known: Known) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def _forked(self) -> None:
        """In a forked child: whoever held the lock or was asking is not there. What is known is."""
        self._lock = threading.Lock()
        self._flights = {}


_caches: weakref.WeakSet[PromptCache] = weakref.WeakSet()


def _after_fork() -> None:
    for cache in _caches:
        cache._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
