"""The few things a driver does for the core. The core yields steps; drivers only carry them out.

A driver answers `Send` with a `Reply` or a `Failure`, `Read` with the next bytes of the body (b""
at its end) or a `Failure`, `Invoke` with the `Outcomes` or a `Failure`, and `Wait`, `Close`,
`Emit` and `Tell` with None.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from ._raw_response import OnResponse, RawResponse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to be sent as often as needed. Its repr shows no header and no body.

    `repeatable`: sending it twice does no harm, whatever became of the first. `resumable`: the
    server goes on with it when its connection is lost; sent again, it is the same inference.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    body: bytes = field(repr=False, default=b"")
    repeatable: bool = False
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of an HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)

    @property
    def is_event_stream(self) -> bool:
        """Whether the body is server-sent events."""
        return self.headers.get("content-type", "").lower().startswith("text/event-stream")


@dataclass(frozen=True, slots=True)
class Failure:
    """No (further) answer.

    unreachable: no connection came about, nothing was sent. lost: it broke after that.
    deadline: the call's own time is over.
    """

    kind: Literal["unreachable", "lost", "deadline"]
    detail: str
    cause: BaseException | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request on a connection of the driver's choice."""

    request: Request


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait before the next attempt."""

    seconds: float


@dataclass(slots=True)
class Emit:
    """Hand an event, or whatever else a stream is made of, to whoever reads it."""

    event: Any


@dataclass(slots=True)
class Tell:
    """Tell whoever wants to know of an answer; what that raises ends the call."""

    listener: OnResponse
    response: RawResponse


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function of the user's, its arguments bound. `asynchronous`: whether to await it."""

    name: str
    function: Callable[[], Any] = field(repr=False)
    asynchronous: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function of the user's returned."""

    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Raised:
    """What a function of the user's raised: also that a task of its own was cancelled."""

    error: BaseException = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call functions of the user's: one after the other where nothing waits but threads."""

    functions: tuple[Invocation, ...]


class Read:
    """Read the next bytes of the body."""

    __slots__ = ()


class Drain:
    """Read the rest of a body whose end is at hand, briefly, so that the connection lives on."""

    __slots__ = ()


class Close:
    """Let go of the response."""

    __slots__ = ()


READ = Read()
DRAIN = Drain()
CLOSE = Close()

Step: TypeAlias = Send | Read | Drain | Close | Wait | Emit | Tell | Invoke
Outcomes: TypeAlias = tuple[Returned | Raised, ...]
"""In the order of the functions."""
Result: TypeAlias = Reply | Failure | bytes | Outcomes | None
Steps: TypeAlias = Generator[Step, Result, T]
