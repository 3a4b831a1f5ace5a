"""What both drivers need: failures named, the proxy chosen, the TLS context shared."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from ._deadline import CONNECT_TIMEOUT
from ._errors import ConfigurationError
from ._steps import Failure

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from ._deadline import Deadline

KEEPALIVE_EXPIRY = 15.0
"""Seconds an idle connection is kept: less than servers and proxies do, so that they do not cut."""

MAX_CONNECTIONS = 500
"""More calls than this at one time wait for one another: files are not without end either."""

_UNREACHABLE = frozenset({"ConnectError", "ConnectTimeout", "ProxyError", "UnsupportedProtocol"})
_SILENT = frozenset({"ReadTimeout", "WriteTimeout", "PoolTimeout"})
_LOST = frozenset({"NetworkError", "ProtocolError", "RequestError", "OSError"})


@dataclass(frozen=True, slots=True)
class Network:
    """How to reach the server. `proxy` is a URL, which may hold a password: not in the repr."""

    api_url: str
    proxy: str | None = field(repr=False)
    tls: ssl.SSLContext | None


def failure_of(cause: Exception, deadline: Deadline) -> Failure:
    """Return what an exception of the HTTP library means; one of another origin is raised again.

    Classes are told by name, so that those of a client that the user gave are understood too.
    """
    names = {kind.__name__ for kind in type(cause).__mro__}
    left = deadline.remaining()
    if names & _SILENT or ("ConnectTimeout" in names and left is not None and left < 0.01):
        detail = "no connection yet" if "ConnectTimeout" in names else "it kept silent"
        return Failure("deadline", detail, cause)
    if "ConnectTimeout" in names:
        return Failure("unreachable", f"nothing answers within {CONNECT_TIMEOUT:g} s", cause)
    if names & _UNREACHABLE:
        return Failure("unreachable", _reason(cause), cause)
    if names & _LOST:
        return Failure("lost", _reason(cause), cause)
    raise cause


def _reason(cause: BaseException) -> str:
    """Return why, in the operating system's or the TLS library's words where they have some."""
    inner: BaseException | None = cause
    while inner is not None:
        verdict = getattr(inner, "verify_message", None)
        if verdict:
            return f"the certificate is not trusted: {verdict}"
        if isinstance(inner, OSError) and inner.strerror:
            if inner.errno is not None and _of_the_system(inner):
                return os.strerror(inner.errno).lower()
            return inner.strerror.lower()
        inner = inner.__cause__ or inner.__context__
        several: tuple[BaseException, ...] = getattr(inner, "exceptions", ())
        if several:  # one for each of the host's addresses
            inner = several[-1]
    return str(cause).rstrip(".") or type(cause).__name__


def _of_the_system(cause: OSError) -> bool:
    """Whether its number is the system's: name resolution and TLS count for themselves."""
    return isinstance(cause, ConnectionError) or type(cause) is OSError


_tls_lock = threading.Lock()
_tls: list[ssl.SSLContext] = []


def shared_tls() -> ssl.SSLContext:
    """Return the process's TLS context with the system's certificates, made when first needed."""
    with _tls_lock:
        if not _tls:
            from httpcore2 import default_ssl_context

            _tls.append(default_ssl_context())
        return _tls[0]


def is_this_machine(host: str) -> bool:
    """Whether a URL's host is this machine by its name: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(api_url: str, env: Mapping[str, str]) -> str | None:
    """Return the proxy that the environment asks for, None for a direct connection.

    `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`; `NO_PROXY` lists hosts,
    `.domains` and `*`. A server on this machine is never asked through a proxy.
    """
    parts = urlsplit(api_url)
    host = (parts.hostname or "").lower()
    if is_this_machine(host):
        return None
    for entry in _variable(env, "no_proxy").lower().split(","):
        name = entry.strip().removeprefix("*").lstrip(".")
        if entry.strip() == "*" or (name and name in (host, f"{host}:{parts.port}")):
            return None
        if name and host.endswith("." + name):
            return None
    return _variable(env, f"{parts.scheme}_proxy") or _variable(env, "all_proxy") or None


def _variable(env: Mapping[str, str], name: str) -> str:
    return env.get(name) or env.get(name.upper()) or ""


def checked_proxy(proxy: str) -> str:
    """Return the proxy's URL. ConfigurationError, without the URL's password, if it is none."""
    text = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if (
        parts.scheme not in ("http", "https", "socks5", "socks5h")
        or not parts.hostname
        or port == 0
    ):
        raise ConfigurationError(
            "the proxy is no URL of the form http://[USER:PASSWORD@]HOST:PORT (https, socks5 and "
            "socks5h work too)"
        )
    return text


def host_header(parts: SplitResult) -> str:
    """Return the Host header for a server's URL."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def header_dict(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers with names in lower case; of several of one name, the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
