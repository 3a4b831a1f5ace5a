"""Loading a prompt: from what is kept, else from the server, else from what there is."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

from . import _loops, _tape
from . import _prompt_operations as operations
from ._errors import AistraleError, APITimeoutError, NotFoundError
from ._exchange import connection_error
from ._log import log
from ._options import CALL_FIELDS, CallOptions, refuse_unknown
from ._prompt_cache import REST, Asking, Flight, Key, Known, PromptCache, is_away, patience
from ._prompt_models import PromptVersion
from ._prompt_ref import PromptRef, referred
from ._render import declared
from ._steps import Failure

if TYPE_CHECKING:
    from ._core import Core
    from ._deadline import Deadline
    from ._models import PromptUse
    from ._wire import Operation

T = TypeVar("T")
P = TypeVar("P")


class PerformWithin(Protocol):
    """Carries a call out within the deadline of another, and returns its answer."""

    def __call__(self, operation: Operation[T], deadline: Deadline) -> T: ...


class AsyncPerformWithin(Protocol):
    """Carries a call out within the deadline of another, and returns its answer, when awaited."""

    async def __call__(self, operation: Operation[T], deadline: Deadline) -> T: ...


class Shelf(Generic[P]):
    """A client's loaded prompts, and how it asks for more."""

    def __init__(self, core: Core, perform: P) -> None:
        self.core = core
        self.perform = perform
        self._cache = PromptCache(core.ambient.monotonic)

    @property
    def cache(self) -> PromptCache:
        """What was loaded."""
        return _tape.kept(self, self._cache, lambda: PromptCache(self.core.ambient.monotonic))


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the server. The answer is the version, or the error that there is instead."""

    operation: Operation[PromptVersion]
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Join:
    """Wait until another's request is over, or so many seconds; None for as long as it takes."""

    flight: Flight
    seconds: float | None


Steps: TypeAlias = Generator[Ask | Join, PromptVersion | AistraleError | None, PromptVersion]


def load(
    shelf: Shelf[Any],
    prompt: str | PromptRef | PromptUse,
    max_age: float,
    fallback: str | PromptVersion | None,
    options: CallOptions,
) -> Steps:
    """Return the steps of a load. TypeError or ValueError for what cannot be meant."""
    refuse_unknown("prompts.load", options, CALL_FIELDS)
    reference = referred(prompt)
    if reference.variables:
        raise TypeError("variables= are given to the loaded version's render()")
    wanted = _Wanted(reference, _checked_age(max_age), _version(fallback, reference), options)
    return _steps(shelf, wanted)


@dataclass(frozen=True, slots=True)
class _Wanted:
    reference: PromptRef
    max_age: float
    fallback: PromptVersion | None
    options: CallOptions

    def has_something(self, known: Known) -> bool:
        """Whether there is anything to use while the server is away."""
        return known.version is not None or self.fallback is not None

    @property
    def key(self) -> Key:
        of = self.reference
        return Key(of.name, of.version, of.label, self.options.get("workspace"))


def _steps(shelf: Shelf[Any], wanted: _Wanted) -> Steps:
    cache, deadline = shelf.cache, None
    while True:
        found = cache.look(wanted.key, max_age=wanted.max_age, fallback=wanted.fallback is not None)
        if isinstance(found, Known):
            return _instead(wanted, found)
        if found.mine:
            return (yield from _asked(shelf, found, wanted, deadline))
        deadline = deadline or _deadline(shelf, wanted, found.known)
        yield Join(found.flight, deadline.remaining())
        outcome = found.flight.outcome
        if isinstance(outcome, PromptVersion):
            return _copied(outcome)
        if not found.flight.over:
            waited = Failure("deadline", "it has not answered somebody else's same request")
            url = shelf.core.settings.api_url
            outcome = connection_error(waited, url, deadline, harmless=True)
        if outcome is None or (isinstance(outcome, APITimeoutError) and not deadline.passed):
            continue  # it says nothing of what this call may wait for
        if not is_away(outcome) or not wanted.has_something(found.known):
            raise _twin(outcome)
        return _instead(wanted, found.known)


def _asked(shelf: Shelf[Any], asking: Asking, wanted: _Wanted, deadline: Deadline | None) -> Steps:
    """Ask the server, and note for others what comes of it, whatever that is."""
    cache, key, flight, outcome = shelf.cache, wanted.key, asking.flight, None
    try:
        deadline = deadline or _deadline(shelf, wanted, asking.known)
        left = deadline.remaining()
        flight.until = math.inf if left is None else flight.began + left + 1
        outcome = yield from _answer(wanted, asking.known, deadline)
        if isinstance(outcome, PromptVersion):
            cache.came(key, flight, outcome)
            return _copied(outcome)
        known, news = cache.failed(key, flight, outcome, fallback=wanted.fallback is not None)
        if not is_away(outcome) or not wanted.has_something(known):
            raise outcome
        if news:
            used = known.version.version if known.version else None
            log.using(str(wanted.reference), used, REST, outcome)
        return _instead(wanted, known)
    finally:
        cache.end(key, flight, outcome)


def _answer(
    wanted: _Wanted, known: Known, deadline: Deadline
) -> Generator[Ask | Join, PromptVersion | AistraleError | None, PromptVersion | AistraleError]:
    """Return the version that the server names, or its error."""
    of, options = wanted.reference, wanted.options.copy()
    if known.version is not None:
        options["max_retries"] = 0
    which: tuple[int | str, ...] = ("production", "latest")
    if of.version is not None:
        which = (of.version,)
    elif of.label is not None:
        which = (of.label,)
    came: PromptVersion | AistraleError | None = None
    for each in which:
        came = yield Ask(operations.get_version(of.name, each, options), deadline)
        if not isinstance(came, NotFoundError):
            break
    assert came is not None  # noqa: S101 - the driver's contract
    return came


def _deadline(shelf: Shelf[Any], wanted: _Wanted, known: Known) -> Deadline:
    given = wanted.options.get("timeout")
    return shelf.core.deadline(
        {"timeout": patience(known, fallback=wanted.fallback is not None, given=given)}
    )


def _instead(wanted: _Wanted, known: Known) -> PromptVersion:
    """Return what there is: the last good version, else the fallback."""
    version = known.version or wanted.fallback
    assert version is not None  # noqa: S101 - else the server is asked
    return _copied(version)


def _copied(version: PromptVersion) -> PromptVersion:
    """Return it with dicts and lists of its own: what one caller changes is no other's."""
    variables = version.variables
    if any(isinstance(each.default, (dict, list)) for each in variables):
        variables = copy.deepcopy(variables)
    return replace(
        version,
        messages=copy.deepcopy(version.messages),
        settings=copy.deepcopy(version.settings),
        variables=variables,
    )


def _twin(error: AistraleError) -> AistraleError:
    """Return the same error for another thread: each writes its own way into it."""
    twin = copy.copy(error)
    twin.__cause__ = error.__cause__
    return twin


def _checked_age(max_age: float) -> float:
    if isinstance(max_age, bool) or not isinstance(max_age, (int, float)):
        raise TypeError(f"max_age is not a number of seconds: {max_age!r}")
    if math.isnan(max_age) or max_age < 0:
        raise ValueError(f"max_age is below 0 seconds: {max_age!r}")
    return max_age


def _version(fallback: str | PromptVersion | None, of: PromptRef) -> PromptVersion | None:
    """Return a fallback as the version that it stands for; the number of a mere text is 0."""
    if fallback is None or isinstance(fallback, PromptVersion):
        return fallback
    if not isinstance(fallback, str):
        raise TypeError(f"fallback is a template or a PromptVersion: {type(fallback).__name__}")
    alone = PromptVersion(name=of.name, version=0, text=fallback)
    return replace(alone, variables=tuple(declared(alone, [fallback])))


def drive(steps: Steps, perform: PerformWithin) -> PromptVersion:
    """Carry a load out, blocking."""
    came: PromptVersion | AistraleError | None = None
    try:
        while True:
            step = steps.send(came)
            came = None
            if isinstance(step, Join):
                event = threading.Event()
                if step.flight.wake(event.set):
                    event.wait(step.seconds)
                continue
            try:
                came = perform(step.operation, step.deadline)
            except AistraleError as error:
                came = error
    except StopIteration as end:
        return cast("PromptVersion", end.value)
    finally:
        steps.close()


async def drive_async(steps: Steps, perform: AsyncPerformWithin) -> PromptVersion:
    """Carry a load out in an event loop; who is waited for may be in another."""
    came: PromptVersion | AistraleError | None = None
    try:
        while True:
            step = steps.send(came)
            came = None
            if isinstance(step, Join):
                await _joined(step)
                continue
            try:
                came = await perform(step.operation, step.deadline)
            except AistraleError as error:
                came = error
    except StopIteration as end:
        return cast("PromptVersion", end.value)
    finally:
        steps.close()


async def _joined(step: Join) -> None:
    bell = _loops.bell()
    if step.flight.wake(bell.ring):
        with suppress(TimeoutError):
            async with _loops.timeout(step.seconds):
                await bell.wait()
