"""What a client is, its input and output aside: settings, headers, defaults."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from . import _settings, _tracing
from ._ambient import Ambient
from ._deadline import DEFAULT_TIMEOUT, NO_TIMEOUT, Deadline, Patience, Timeout, checked
from ._exchange import Call
from ._http_common import Network, checked_proxy, proxy_for
from ._raw_response import checked as checked_listener
from ._retry import DEFAULT_MAX_RETRIES
from ._version import VERSION

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from ._options import CallOptions
    from ._raw_response import OnResponse
    from ._steps import Request
    from ._wire import Operation

T = TypeVar("T")

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_WORKSPACE = "x-aistrale-workspace"
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
        _WORKSPACE,
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
    on_response: OnResponse | None = field(default=None, repr=False)
    asynchronous: bool = False
    tracing: _tracing.Tracing | None = None

    def call(self, operation: Operation[T], deadline: Deadline | None = None) -> Call:
        """Begin a call: from now on its deadline runs, unless it is part of another's."""
        given = operation.options
        call = self._call(operation, deadline or self.deadline(given), self.max_retries)
        tracing = self.tracing or _tracing.everywhere
        if tracing is not None:
            call.trace = tracing.begin(call)
        return call

    def deadline(self, given: CallOptions) -> Deadline:
        """Return the deadline of a call that begins now."""
        return Deadline(checked(given.get("timeout"), self.timeout), self.ambient.monotonic)

    def feed(self, operation: Operation[T], silence: float, retries: int | None) -> Call:
        """Begin a call that has no deadline but its own and may not be silent for so long."""
        timeout = checked(operation.options.get("timeout"), NO_TIMEOUT)
        deadline = Patience(timeout, self.ambient.monotonic, silence)
        return self._call(operation, deadline, self.max_retries if retries is None else retries)

    def _call(self, operation: Operation[T], deadline: Deadline, retries: int) -> Call:
        given = operation.options.get("max_retries")
        listener = checked_listener(
            operation.options.get("on_response"), asynchronous=self.asynchronous
        )
        return Call(
            self._request(operation.request, operation.options),
            self.settings,
            deadline,
            retries if given is None else checked_retries(given),
            self.ambient,
            listener or self.on_response,
        )

    def _request(self, request: Request, given: CallOptions) -> Request:
        own, workspace = self.headers, given.get("workspace")
        if workspace is not None:
            own = (*[each for each in own if each[0] != _WORKSPACE], *in_workspace(workspace))
        headers = (*own, *request.headers, *checked_headers(given.get("extra_headers")))
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
    workspace: str | None,
    ambient: Ambient | None,
    on_response: OnResponse | None = None,
    asynchronous: bool = False,
    tracer_provider: _tracing.TracerProvider | None = None,
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
    if workspace is not None:
        own.extend(in_workspace(workspace))
    return Core(
        settings,
        checked(timeout, DEFAULT_TIMEOUT),
        DEFAULT_MAX_RETRIES if max_retries is None else checked_retries(max_retries),
        (*own, *checked_headers(headers)),
        ambient or Ambient(),
        checked_listener(on_response, asynchronous=asynchronous),
        asynchronous,
        None if tracer_provider is None else _traced(tracer_provider),
    )


def _traced(provider: _tracing.TracerProvider) -> _tracing.Tracing:
    from .otel import tracing

    return tracing(provider)


def network(settings: _settings.Settings, proxy: str | None, tls: ssl.SSLContext | None) -> Network:
    """Return how to reach the server: by the proxy given, else by the environment's."""
    by = proxy or proxy_for(settings.api_url, os.environ)
    return Network(settings.api_url, checked_proxy(by) if by else None, tls)


def in_workspace(workspace: str) -> Iterator[tuple[str, str]]:
    """Yield the header by which an operator names a workspace. TypeError or ValueError."""
    if not isinstance(workspace, str):
        raise TypeError(f"workspace is the id of one (`ws_…`), not {type(workspace).__name__}")
    if not _TOKEN.fullmatch(workspace):
        raise ValueError(f"workspace is not the id of one (`ws_…`): {workspace!r}")
    yield _WORKSPACE, workspace


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
