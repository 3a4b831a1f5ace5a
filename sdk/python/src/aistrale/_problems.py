"""From an answer that is an error to the exception that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import _errors as e
from ._fields import UnreadableError, is_object, parse, plain
from ._limits import rate_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._settings import Settings
    from ._steps import Reply

BY_CODE: Final[Mapping[str, type[e.APIStatusError]]] = {
    "invalid_request": e.BadRequestError,
    "payload_too_large": e.BadRequestError,
    "method_not_allowed": e.BadRequestError,
    "not_acceptable": e.BadRequestError,
    "unsupported_media_type": e.BadRequestError,
    "authentication_failed": e.AuthenticationError,
    "permission_denied": e.PermissionDeniedError,
    "not_found": e.NotFoundError,
    "conflict": e.ConflictError,
    "idempotency_mismatch": e.ConflictError,
    "precondition_failed": e.ConflictError,
    "cancelled": e.CancelledError,
    "interrupted": e.InterruptedError,
    "budget_exceeded": e.BudgetExceededError,
    "rate_limited": e.RateLimitError,
    "no_provider": e.NoProviderError,
    "provider_rejected": e.ProviderError,
    "provider_authentication_failed": e.ProviderError,
    "provider_rate_limited": e.RateLimitError,
    "provider_failed": e.ProviderError,
    "provider_unavailable": e.ProviderError,
    "provider_timeout": e.ProviderTimeoutError,
    "overloaded": e.OverloadedError,
    "database_unavailable": e.OverloadedError,
    "internal": e.InternalServerError,
}

_BY_STATUS: Final[Mapping[int, type[e.APIStatusError]]] = {
    400: e.BadRequestError,
    401: e.AuthenticationError,
    402: e.BudgetExceededError,
    403: e.PermissionDeniedError,
    404: e.NotFoundError,
    405: e.BadRequestError,
    406: e.BadRequestError,
    409: e.ConflictError,
    412: e.ConflictError,
    413: e.BadRequestError,
    415: e.BadRequestError,
    422: e.NoProviderError,
    429: e.RateLimitError,
    500: e.InternalServerError,
    502: e.ProviderError,
    503: e.OverloadedError,
    504: e.ProviderTimeoutError,
}


def class_for(status: int, code: str | None) -> type[e.APIStatusError]:
    """Return the exception class: the code's, else the status's, else `APIStatusError`."""
    if code is not None and code in BY_CODE:
        return BY_CODE[code]
    return _BY_STATUS.get(status, e.APIStatusError)


def from_reply(
    reply: Reply, body: bytes, settings: Settings, path: str, retry_after: float | None
) -> e.APIStatusError:
    """Return the error that an answer with an error's status is."""
    try:
        decoded: Any = parse(body) if body else None
    except UnreadableError:
        decoded = body.decode("utf-8", "replace")
    problem: dict[str, Any] = decoded if is_object(decoded) else {}
    where = f"{settings.api_url}{path}"
    status, code = reply.status, _text(problem, "code")
    if code is None:
        said = _stranger(reply, where)
    else:
        said = f"{_detail(problem)} ({status} {code} from {where})"
    request_id = _text(problem, "request_id") or reply.headers.get("x-request-id")
    if class_for(status, code) is e.AuthenticationError:
        said += f" {settings.about_the_key()}"
    error = _build(said, status, code, request_id, decoded, retry_after)
    error.limits = rate_limits(reply.headers)
    return error


def from_event(problem: Any, settings: Settings, path: str) -> e.APIStatusError:
    """Return the error that a stream's `error` event is: the same as by its HTTP status."""
    known: dict[str, Any] = problem if is_object(problem) else {}
    code = _text(known, "code")
    status = _whole(known, "status") or 500
    said = f"{_detail(known)} ({status} {code or 'without a code'} in the stream from "
    said += f"{settings.api_url}{path})"
    if class_for(status, code) is e.AuthenticationError:
        said += f" {settings.about_the_key()}"
    millis = _whole(known, "retry_after_ms")
    wait = None if millis is None else millis / 1000
    return _build(said, status, code, _text(known, "request_id"), problem, wait)


def unreadable(reply: Reply, body: bytes, settings: Settings, path: str, why: str) -> e.APIError:
    """Return the error that a success with an unintelligible body is."""
    kind = reply.headers.get("content-type", "no content type")
    return e.APIStatusError(
        f"{settings.api_url}{path} answered {reply.status} with what AISTRALE does not answer: "
        f"{why} ({kind}). Check that api_url is an AISTRALE server, with no proxy's page between.",
        status=reply.status,
        request_id=reply.headers.get("x-request-id"),
        body=body.decode("utf-8", "replace"),
    )


def _build(
    said: str, status: int, code: str | None, request_id: str | None, body: Any, wait: float | None
) -> e.APIStatusError:
    problem: dict[str, Any] = body if is_object(body) else {}
    listed: Any = problem.get("errors") or []
    errors: list[dict[str, Any]] = [each for each in listed if is_object(each)]
    for item in errors:
        pointer = item.get("pointer") or ""
        mistake = f"{pointer}{': ' if pointer else ''}{item.get('detail', '')}"
        if not said.startswith(mistake):  # the server's own words begin with the first of them
            said += f"\n  {mistake}"
    if request_id is not None:
        said += f" [request id {request_id}]"
    return class_for(status, code)(
        said,
        status=status,
        code=code,
        request_id=request_id,
        body=plain(body),
        errors=errors,
        provider=_text(problem, "provider"),
        upstream_status=_whole(problem, "upstream_status"),
        retry_after=None if wait is None else max(0.0, wait),
    )


def _stranger(reply: Reply, where: str) -> str:
    kind = reply.headers.get("content-type", "no content type").split(";")[0]
    if 300 <= reply.status < 400:
        return (
            f"{where} answered with a redirect ({reply.status}), which is not followed, so that "
            "the API key goes nowhere else: set api_url to the server's own address."
        )
    return (
        f"{where} answered {reply.status} ({kind}), not in AISTRALE's words: a proxy in between, "
        "or another server at this address? Check api_url."
    )


def _detail(problem: Mapping[str, Any]) -> str:
    return _text(problem, "detail") or _text(problem, "title") or "The server gave no reason."


def _text(problem: Mapping[str, Any], name: str) -> str | None:
    value = problem.get(name)
    return value if isinstance(value, str) and value else None


def _whole(problem: Mapping[str, Any], name: str) -> int | None:
    value = problem.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
