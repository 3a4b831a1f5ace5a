"""A call as data, and the few forms that requests have: paths, queries, preconditions, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from ._fields import parse
from ._options import CALL_FIELDS, CallOptions, json_bytes, refuse_unknown
from ._paging import Page, page_decoder
from ._steps import Request

T = TypeVar("T")

API: Final = "/api/v1"
JSON: Final = ("content-type", "application/json")
ACCEPT_JSON: Final = ("accept", "application/json")

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A call: its request, the decoder of its answer, and the options given for it.

    `read` turns the body's bytes into what `decode` takes; an empty body is None to it.
    """

    request: Request
    decode: Callable[[Any], T]
    options: CallOptions = field(default_factory=CallOptions)
    read: Callable[[bytes], Any] = parse


class Perform(Protocol):
    """Carries a call out, and returns its answer."""

    def __call__(self, operation: Operation[T]) -> T: ...


class AsyncPerform(Protocol):
    """Carries a call out, and returns its answer, when awaited."""

    async def __call__(self, operation: Operation[T]) -> T: ...


Pages: TypeAlias = tuple[Callable[[str | None], Operation[Page[T]]], str | None]
"""How to fetch the page at a cursor, and the first page's cursor."""


class ListOptions(CallOptions, total=False):
    """Options of a list. None is the same as not given.

    limit: how many to fetch at a time, 1 to 200 (50); all pages are fetched in any case.
    cursor: where to go on, from a `Page`'s `next_cursor`.
    """

    limit: int | None
    cursor: str | None


def call_options(what: str, options: CallOptions) -> CallOptions:
    """Return options that every call takes. TypeError for one that does not exist."""
    refuse_unknown(what, options, CALL_FIELDS)
    return options


def get(
    path: str,
    decode: Callable[[Any], T],
    options: CallOptions,
    query: Mapping[str, Any] | None = None,
) -> Operation[T]:
    """Return a call that reads."""
    request = Request("GET", path + query_text(query or {}), (ACCEPT_JSON,), repeatable=True)
    return Operation(request, decode, options)


def post(
    path: str,
    body: Mapping[str, Any],
    decode: Callable[[Any], T],
    options: CallOptions,
    *,
    method: str = "POST",
    if_match: int | str | None = None,
    repeatable: bool = False,
) -> Operation[T]:
    """Return a call that sends a JSON body.

    `repeatable`: doing it twice is doing it once. A precondition ends that: what the first
    attempt changed would refuse the second.
    """
    headers = (JSON, ACCEPT_JSON, *precondition(if_match))
    repeatable = repeatable and if_match is None
    return Operation(Request(method, path, headers, json_bytes(body), repeatable), decode, options)


def delete(
    path: str, decode: Callable[[Any], T], options: CallOptions, if_match: int | str | None = None
) -> Operation[T]:
    """Return a call that removes. It is not repeated: a second one would find nothing."""
    return Operation(
        Request("DELETE", path, (ACCEPT_JSON, *precondition(if_match))), decode, options
    )


def nothing(_: Any) -> None:
    """Decode the answer of a call that has none."""
    return


def pages(
    path: str,
    decode: Callable[[Any], T],
    options: ListOptions,
    query: Mapping[str, Any] | None = None,
) -> Pages[T]:
    """Return how to fetch a list."""
    limit, first = options.get("limit"), options.get("cursor")
    decoder = page_decoder(decode)

    def page(cursor: str | None) -> Operation[Page[T]]:
        return get(path, decoder, options, {**(query or {}), "limit": limit, "cursor": cursor})

    return page, first


def listed(path: str, decode: Callable[[Any], T], what: str, options: ListOptions) -> Pages[T]:
    """Return how to fetch a list that takes no filters."""
    refuse_unknown(what, options, ("limit", "cursor", *CALL_FIELDS))
    return pages(path, decode, options)


def path_of(*segments: str | int, what: str) -> str:
    """Return the API's path of these segments; fixed ones and a user's alike.

    ValueError if one is empty: the path would be another resource's. `what` names the last one.
    """
    path = API
    for segment in segments:
        if isinstance(segment, bool) or not isinstance(segment, (str, int)):
            raise TypeError(f"the {what} is not text: {type(segment).__name__}")
        if segment in ("", ".", ".."):
            raise ValueError(f"the {what} is {'empty' if not segment else repr(segment)}")
        path += f"/{quote(str(segment), safe='')}"
    return path


def precondition(if_match: int | str | None) -> tuple[tuple[str, str], ...]:
    """Return the header for a change that wants the resource to be at this revision."""
    if if_match is None:
        return ()
    if isinstance(if_match, bool) or not isinstance(if_match, (int, str)) or if_match == "":
        raise TypeError(f"if_match is neither a revision nor an ETag: {if_match!r}")
    text = str(if_match)
    return (("if-match", text if text.startswith(('"', "W/", "*")) else f'"{text}"'),)


def query_text(query: Mapping[str, Any]) -> str:
    """Return the query with its question mark, "" when nothing is asked. None is not asked."""
    pairs = [(name, query_value(name, value)) for name, value in query.items() if value is not None]
    return f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""


def query_value(name: str, value: Any) -> str:
    """Return a value as a query has it. ValueError for a time without its zone."""
    if isinstance(value, datetime):
        return moment(name, value)
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    several: Any = value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(query_value(name, item) for item in several)
    return str(value)


def moment(name: str, value: datetime | str) -> str:
    """Return a time in RFC 3339's form; text as it is. ValueError for one without its zone."""
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{name} has no time zone: {value.isoformat()}; add one, such as UTC")
    return value.isoformat()


def duration(value: timedelta) -> str:
    """Return a span of time as the API writes it, in the largest unit that says it whole."""
    seconds = max(1, round(value.total_seconds()))
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
