"""Where a cassette of `aistrale.testing` stands while in use: between a call and the network.

A call looks here once, when it begins. Without a cassette that costs it one comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._http_async import AsyncSender
    from ._http_sync import Sender

T = TypeVar("T")


class Tape(Protocol):
    """What is put there: senders that note what goes through them, or answer by themselves."""

    @property
    def recording(self) -> bool:
        """Whether it lets requests through."""
        ...

    def blocking(self, sender: Sender) -> Sender:
        """Return the sender to use instead."""
        ...

    def asynchronous(self, sender: AsyncSender) -> AsyncSender:
        """Return the sender to use instead."""
        ...

    def kept(self, owner: object, make: Callable[[], T]) -> T:
        """Return what this owner keeps while it is in use, made when first asked for."""
        ...


in_use: Callable[[], Tape | None] | None = None
"""Returns the cassette that is in use where it is called. None while there is none at all."""


def blocking(sender: Sender) -> Sender:
    """Return the sender by which a call that begins now is carried out."""
    tape = in_use() if in_use is not None else None
    return sender if tape is None else tape.blocking(sender)


def asynchronous(sender: AsyncSender) -> AsyncSender:
    """Return the sender by which a call that begins now is carried out."""
    tape = in_use() if in_use is not None else None
    return sender if tape is None else tape.asynchronous(sender)


def is_playing() -> bool:
    """Whether a call that begins now is answered from a cassette: it needs no server."""
    tape = in_use() if in_use is not None else None
    return tape is not None and not tape.recording


def pause(seconds: float) -> float:
    """Return how long to wait before the next attempt: not at all for an answer that is there."""
    return 0.0 if is_playing() else seconds


def kept(owner: object, usual: T, make: Callable[[], T]) -> T:
    """Return what an owner keeps of answers: a cassette has its own, else the usual one.

    So a test asks for the same alone and after others, and leaves them nothing that was played.
    """
    tape = in_use() if in_use is not None else None
    return usual if tape is None else tape.kept(owner, make)
