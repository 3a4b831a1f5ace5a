"""What an answer's headers say of the API key's own limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESET = re.compile(r"(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?|(\d{1,9})ms", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limit of so many in a minute, and how many are left now.

    `reset_after` is in seconds: when all of them are there again. None for what was not said.
    """

    limit: int
    remaining: int | None = None
    reset_after: float | None = None


@dataclass(frozen=True, slots=True)
class RateLimits:
    """An API key's limits of inferences begun and of tokens read and written; None for no limit."""

    requests: RateLimit | None = None
    tokens: RateLimit | None = None


def rate_limits(headers: Mapping[str, str]) -> RateLimits | None:
    """Return the limits that an answer names, None when it names none."""
    requests, tokens = _limit(headers, "requests"), _limit(headers, "tokens")
    return None if requests is None and tokens is None else RateLimits(requests, tokens)


def _limit(headers: Mapping[str, str], of: str) -> RateLimit | None:
    limit = _number(headers.get(f"x-ratelimit-limit-{of}"))
    if limit is None:
        return None
    remaining = _number(headers.get(f"x-ratelimit-remaining-{of}"))
    return RateLimit(limit, remaining, _seconds(headers.get(f"x-ratelimit-reset-{of}")))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def _seconds(text: str | None) -> float | None:
    """Return what `1m0s`, `1.2s` or `850ms` is in seconds."""
    found = _RESET.fullmatch(text) if text else None
    if found is None:
        return None
    minutes, seconds, millis = found.groups()
    if millis is not None:
        return int(millis) / 1000
    return int(minutes or 0) * 60 + float(seconds or 0)
