"""What a client is, its input and output aside: settings, headers, defaults."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from . import _settings
from ._ambient import Ambient
from ._deadline import DEFAULT_TIMEOUT, Deadline, Timeout, checked
from ._exchange import Call
from ._http_common import Network, checked_proxy, proxy_for
from ._retry import DEFAULT_MAX_RETRIES
from ._version import VERSION

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from ._operations import Operation
    from ._steps import Request

T = TypeVar("T")

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_OWN = frozenset(
    [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "user-agent",
        "x-aistrale-client",
        "x-api-key",
    ]
)


@dataclass(frozen=True, slots=True)
class Core:
    """A client's settings and defaults, and the calls made of them. Immutable."""

    settings: _settings.Settings
    timeout: Timeout
    max_retries: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    ambient: Ambient

    def call(self, operation: Operation[T]) -> Call:
        """Begin a call: from now on its deadline runs."""
        given = operation.options
        retries = given.get("max_retries")
        return Call(
            self._request(operation.request, given.get("extra_headers")),
            self.settings,
            Deadline(checked(given.get("timeout"), self.timeout), self.ambient.monotonic),
            self.max_retries if retries is None else checked_retries(retries),
            self.ambient,
        )

    def _request(self, request: Request, extra: Mapping[str, str] | None) -> Request:
        headers = (*self.headers, *request.headers, *checked_headers(extra))
        return replace(request, headers=headers)


def make(
    *,
    api_url: str | None,
    api_key: str | None,
    model: str | None,
    provider: str | None,
    profile: str | None,
    timeout: Timeout | None,
    max_retries: int | None,
    headers: Mapping[str, str] | None,
    ambient: Ambient | None,
) -> Core:
    """Return a client's core. ConfigurationError, TypeError or ValueError for what is wrong."""
    settings = _settings.resolve(
        api_url=api_url, api_key=api_key, model=model, provider=provider, profile=profile
    )
    own = [
        ("user-agent", f"aistrale-python/{VERSION} (python {platform.python_version()})"),
        ("x-aistrale-client", f"python/{VERSION}"),
        ("accept-encoding", "identity"),
    ]
    if settings.api_key is not None:
        own.append(("authorization", f"Bearer {settings.api_key}"))
    return Core(
        settings,
        checked(timeout, DEFAULT_TIMEOUT),
        DEFAULT_MAX_RETRIES if max_retries is None else checked_retries(max_retries),
        (*own, *checked_headers(headers)),
        ambient or Ambient(),
    )


def network(settings: _settings.Settings, proxy: str | None, tls: ssl.SSLContext | None) -> Network:
    """Return how to reach the server: by the proxy given, else by the environment's."""
    by = proxy or proxy_for(settings.api_url, os.environ)
    return Network(settings.api_url, checked_proxy(by) if by else None, tls)


def checked_retries(retries: int) -> int:
    """Return a number of retries from 0. TypeError or ValueError if it is not one."""
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise TypeError(f"max_retries is not an integer: {retries!r}")
    if retries < 0:
        raise ValueError(f"max_retries is below 0: {retries}")
    return retries


def checked_headers(headers: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    """Yield headers that HTTP can carry. The messages show no value: it may be a secret."""
    for name, value in (headers or {}).items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"the header {name!r} has characters that HTTP does not carry")
        if name.lower() in _OWN:
            raise ValueError(f"the header {name!r} is this package's own")
        yield name.lower(), value
