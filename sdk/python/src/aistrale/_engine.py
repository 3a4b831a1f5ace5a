"""How httpx2's engine is set up, for blocking and for asynchronous use alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import httpcore2

from ._http_common import (
    KEEPALIVE_EXPIRY,
    MAX_CONNECTIONS,
    Network,
    host_header,
    shared_tls,
)

if TYPE_CHECKING:
    from ._steps import Request


class Requests:
    """Turns requests into the engine's, for one server."""

    __slots__ = ("_base", "_host", "_host_header", "_port", "_scheme")

    def __init__(self, api_url: str) -> None:
        parts = urlsplit(api_url)
        self._scheme = parts.scheme.encode()
        self._host = (parts.hostname or "").encode("ascii")
        self._port = parts.port
        self._base = parts.path
        self._host_header = host_header(parts).encode()

    def build(self, request: Request, timeouts: dict[str, Any]) -> httpcore2.Request:
        """Return the engine's request."""
        target = (self._base + request.path).encode()
        headers = [(b"host", self._host_header)]
        headers += [(name.encode(), value.encode("latin-1")) for name, value in request.headers]
        if request.body or request.method == "POST":
            headers.append((b"content-length", str(len(request.body)).encode()))
        return httpcore2.Request(
            request.method.encode(),
            httpcore2.URL(scheme=self._scheme, host=self._host, port=self._port, target=target),
            headers=headers,
            content=request.body,
            extensions={"timeout": timeouts},
        )


def pool_options(network: Network) -> dict[str, Any]:
    """Return what a connection pool is made with. For http:// no TLS context is ever made."""
    secure = network.api_url.startswith("https://")
    options: dict[str, Any] = {
        "ssl_context": (network.tls or shared_tls()) if secure else None,
        "max_connections": MAX_CONNECTIONS,
        "max_keepalive_connections": 100,
        "keepalive_expiry": KEEPALIVE_EXPIRY,
    }
    if network.proxy is not None:
        options["proxy"] = _proxy(network.proxy, network)
    return options


def connection_of(response: Any) -> Any:
    """Return what a response comes by, which its pool knows as long as it is not closed."""
    return response.extensions["network_stream"]


def _proxy(url: str, network: Network) -> httpcore2.Proxy:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 1080)
    auth = None
    if parts.username is not None:
        auth = (unquote(parts.username), unquote(parts.password or ""))
    return httpcore2.Proxy(
        httpcore2.URL(
            scheme=parts.scheme.encode(),
            host=(parts.hostname or "").encode(),
            port=port,
            target=b"/",
        ),
        auth=auth,
        ssl_context=(network.tls or shared_tls()) if parts.scheme == "https" else None,
    )
