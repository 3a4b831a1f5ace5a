"""Debug logs for AISTRALE_LOG=debug. No header, body, prompt or key is ever part of a line."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from ._steps import Failure

if TYPE_CHECKING:
    from ._steps import Reply, Request

_logger = logging.getLogger("aistrale")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}


def set_up(environment: str | None) -> None:
    """Write the package's log to stderr when the variable says so; else leave logging alone."""
    level = _LEVELS.get((environment or "").strip().lower())
    if level is None or _logger.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    _logger.addHandler(handler)
    _logger.setLevel(level)


class _Log:
    """What a call logs about itself: method, path without its query, status, request id."""

    __slots__ = ()

    def sending(self, request: Request, attempt: int) -> None:
        """A request goes out."""
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug(
                "%s %s attempt %d, %d bytes",
                request.method,
                _path(request),
                attempt + 1,
                len(request.body),
            )

    def came(self, request: Request, outcome: Reply | Failure) -> None:
        """An answer's head, or none, came."""
        if not _logger.isEnabledFor(logging.DEBUG):
            return
        if isinstance(outcome, Failure):
            _logger.debug("%s %s %s", request.method, _path(request), outcome.kind)
        else:
            request_id = outcome.headers.get("x-request-id")
            _logger.debug(
                "%s %s %d request id %s", request.method, _path(request), outcome.status, request_id
            )

    def untraced(self, error: Exception) -> None:
        """A span could not be made or ended."""
        said = f"{type(error).__qualname__}: {error}"
        _logger.warning("OpenTelemetry failed, and the call goes on without: %s", said)

    def waiting(self, request: Request, seconds: float) -> None:
        """Another attempt is to come."""
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug(
                "%s %s again in %.2f s", request.method, _path(request), max(0.0, seconds)
            )

    def failed(self, tool: str, error: BaseException) -> None:
        """A function that a model called raised an exception, whose words may hold a prompt's."""
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug("the tool %s raised %s", tool, type(error).__name__)

    def unusable(self, tool: str, kind: str) -> None:
        """A function that a model called returned what no model can be told: a mistake in it."""
        _logger.warning(
            "the tool %s returned %s, which cannot be written as JSON: return text, or what JSON "
            "has",
            tool,
            kind,
        )

    def using(self, prompt: str, version: int | None, rest: float, why: Exception) -> None:
        """The server is away, and a prompt is not what it would say; `version` None: a fallback."""
        used = "the fallback" if version is None else f"version {version}, the last that came,"
        _logger.warning(
            "prompt %s: %s is used until the server answers again; it is asked every %g s. %s",
            prompt,
            used,
            rest,
            why,
        )


def _path(request: Request) -> str:
    return request.path.partition("?")[0]


log = _Log()
set_up(os.environ.get("AISTRALE_LOG"))
