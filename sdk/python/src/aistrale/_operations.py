"""Every call of the API as data: what to send, how to read the answer. Both clients share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.parse import quote, urlencode

from . import _decode
from ._ids import idempotency_key
from ._options import (
    CallOptions,
    RunOptions,
    inference_body,
    json_bytes,
    refuse_unknown,
)
from ._paging import Page, page_decoder
from ._steps import Request

if TYPE_CHECKING:
    from ._ambient import Ambient
    from ._models import Health, Inference, InferenceRecord, ProviderInfo, Token, WhoAmI
    from ._settings import Settings

T = TypeVar("T")

_JSON = ("content-type", "application/json")
_API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A call: its request, the decoder of its JSON answer, and the options given for it."""

    request: Request
    decode: Callable[[Any], T]
    options: CallOptions = field(default_factory=CallOptions)


class TelemetryFilters(TypedDict, total=False):
    """Which inferences to list. None is the same as not given.

    last: how far back, as "24h" or a `timedelta`; or
    since, until: times, as `datetime`s with a zone or RFC 3339 text; `until` is exclusive.
    provider, model, status: exactly these.
    limit: how many to fetch at a time, 1 to 200 (50); all pages are fetched in any case.
    cursor: where to go on, from a `Page`'s `next_cursor`.
    """

    last: str | timedelta | None
    since: datetime | str | None
    until: datetime | str | None
    provider: str | None
    model: str | None
    status: str | None
    limit: int | None
    cursor: str | None


_FILTERS = ("last", "since", "until", "provider", "model", "status", "limit", "cursor")


def infer(
    prompt: str | None, options: RunOptions, settings: Settings, ambient: Ambient, *, stream: bool
) -> Operation[Inference]:
    """`POST /inferences`."""
    body = inference_body(prompt, options, settings, stream=stream)
    key = options.get("idempotency_key") or idempotency_key(ambient)
    accept = "text/event-stream, application/json" if stream else "application/json"
    headers = (_JSON, ("accept", accept), ("idempotency-key", key))
    request = Request("POST", f"{_API}/inferences", headers, body)
    return Operation(request, _decode.inference, options)


def get_inference(identity: str) -> Operation[InferenceRecord]:
    """`GET /inferences/{id}`."""
    return _get(f"{_API}/inferences/{_segment(identity, 'inference id')}", _decode.record)


def list_telemetry(filters: TelemetryFilters) -> Operation[Page[InferenceRecord]]:
    """`GET /telemetry`, one page."""
    refuse_unknown("telemetry.list", filters, _FILTERS)
    query = {name: _query(name, filters.get(name)) for name in _FILTERS if filters.get(name)}
    path = f"{_API}/telemetry" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    return _get(path, page_decoder(_decode.record))


def add_token(provider: str, token: str, name: str | None) -> Operation[Token]:
    """`POST /tokens`."""
    body = {"provider": provider, "token": token} | ({} if name is None else {"name": name})
    return _post(f"{_API}/tokens", body, _decode.token)


def list_tokens(cursor: str | None = None) -> Operation[Page[Token]]:
    """`GET /tokens`, one page."""
    return _get(_paged(f"{_API}/tokens", cursor), page_decoder(_decode.token))


def replace_token(identity: str, token: str) -> Operation[Token]:
    """`POST /tokens/{id}`."""
    path = f"{_API}/tokens/{_segment(identity, 'token id')}"
    return _post(path, {"token": token}, _decode.token)


def remove_token(identity: str) -> Operation[None]:
    """`DELETE /tokens/{id}`."""
    path = f"{_API}/tokens/{_segment(identity, 'token id')}"
    return Operation(Request("DELETE", path), _nothing)


def who_am_i() -> Operation[WhoAmI]:
    """`GET /whoami`."""
    return _get(f"{_API}/whoami", _decode.who_am_i)


def list_providers(cursor: str | None = None) -> Operation[Page[ProviderInfo]]:
    """`GET /providers`, one page."""
    return _get(_paged(f"{_API}/providers", cursor), page_decoder(_decode.provider))


def health() -> Operation[Health]:
    """`GET /health`, which needs no API key."""
    return _get("/health", _decode.health)


def _get(path: str, decode: Callable[[Any], T]) -> Operation[T]:
    headers = (("accept", "application/json"),)
    return Operation(Request("GET", path, headers, repeatable=True), decode)


def _post(path: str, body: dict[str, str], decode: Callable[[Any], T]) -> Operation[T]:
    headers = (_JSON, ("accept", "application/json"))
    return Operation(Request("POST", path, headers, json_bytes(body)), decode)


def _nothing(_: Any) -> None:
    return None


def _paged(path: str, cursor: str | None) -> str:
    return path if cursor is None else f"{path}?{urlencode({'cursor': cursor})}"


def _segment(identity: str, what: str) -> str:
    if not isinstance(identity, str) or not identity:
        raise ValueError(f"the {what} is empty")
    return quote(identity, safe="")


def _query(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name} has no time zone: {value.isoformat()}; add one, such as UTC")
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{max(1, round(value.total_seconds()))}s"
    return str(value)
