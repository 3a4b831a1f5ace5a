"""When a call is tried again, and after how long. The whole policy stands here and is pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MAX_RETRIES = 2
"""How often a call is tried again when no other number is given."""

FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
JITTER = 0.25

LONGEST_RETRY_AFTER = 60.0
"""Seconds. A server that asks for more gets no automatic retry: the error says how long."""

_RETRIED = frozenset({408, 409, 429})
_NOTHING_PAID = frozenset({"overloaded", "database_unavailable"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """What came of an attempt.

    `status` is the answer's, or why there was none. `server_says` is `x-should-retry`, None when
    absent. `retry_after` is in seconds, None when absent or unreadable.
    """

    status: int | Literal["unreachable", "lost", "deadline", "unreadable"]
    code: str | None = None
    server_says: bool | None = None
    retry_after: float | None = None


def delay(
    trouble: Trouble,
    *,
    repeatable: bool,
    attempt: int,
    chance: float,
    remaining: float | None,
    resumable: bool = False,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    `repeatable` and `resumable` are the request's. `attempt` counts from 0, `chance` is in [0, 1),
    `remaining` is what the deadline leaves.
    """
    if not _worth_another(trouble, repeatable, resumable):
        return None
    wait = trouble.retry_after
    if wait is not None and wait > LONGEST_RETRY_AFTER:
        return None
    if wait is None or wait < 0:
        wait = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempt, 16)) * (1 - JITTER * chance)
    return wait if remaining is None or wait < remaining else None


def _worth_another(trouble: Trouble, repeatable: bool, resumable: bool) -> bool:
    status = trouble.status
    if isinstance(status, str):
        return status == "unreachable" or (status == "lost" and (repeatable or resumable))
    if trouble.server_says is not None:
        return trouble.server_says
    if repeatable:
        return status in _RETRIED or status >= 500
    if status == 503:
        return trouble.code in _NOTHING_PAID and trouble.retry_after is not None
    return status == 429


def server_says(headers: Mapping[str, str]) -> bool | None:
    """Return the server's own word on retrying, None when it has none."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that the server asks to wait, from any of the header's three forms.

    `retry-after-ms` goes before `retry-after` in seconds or as an HTTP date; `now` is in seconds
    since 1970. Negative when the moment is past; None when absent or unreadable.
    """
    millis = _number(headers.get("retry-after-ms"))
    if millis is not None:
        return millis / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return None if math.isnan(value) else value
