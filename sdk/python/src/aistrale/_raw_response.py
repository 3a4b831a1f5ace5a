"""An answer of the server as it came, for who wants to look at one beside its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """One answer of the server, as `on_response=` is told of it. Nothing of the request's headers.

    method, path: what was asked; the path begins behind `api_url` and has its query.
    status: the HTTP status.
    headers: by name, in lower case; of several of one name, the last.
    request_id: by which the server's log knows it, None when somebody else answered.
    body: its bytes; None for an answer that is read while it comes (a stream, a live feed, an
        export), and for one that broke off.
    attempt: which request of the call it answers, from 1; attempts without an answer count too.
    elapsed_ms: milliseconds from sending the request to the end of the answer, or to its head when
        the body is None.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    request_id: str | None
    body: bytes | None = field(repr=False)
    attempt: int
    elapsed_ms: float


OnResponse: TypeAlias = Callable[[RawResponse], object]


def checked(on_response: Any, *, asynchronous: bool) -> OnResponse | None:
    """Return what is to be told, None for nothing. TypeError if it cannot be called here."""
    if on_response is None:
        return None
    if not callable(on_response):
        raise TypeError(f"on_response is not a function: {type(on_response).__name__}")
    if not asynchronous and (
        iscoroutinefunction(on_response) or iscoroutinefunction(type(on_response).__call__)
    ):
        raise TypeError("on_response is asynchronous: a blocking client cannot await it")
    return on_response  # type: ignore[no-any-return]
