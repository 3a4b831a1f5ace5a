"""A client that the user gave: httpx2's, or any with the same `build_request` and `send`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import _loops
from ._deadline import CONNECT_TIMEOUT, Deadline
from ._http_async import AsyncOpenResponse
from ._http_common import failure_of
from ._http_sync import OpenResponse
from ._steps import Failure, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable


class HttpClient(Protocol):
    """What `http_client=` needs: `httpx2.Client` has it. It stays yours: it is never closed here.

    Its proxy, certificates, transport, hooks and limits are used; its timeouts, redirects,
    authentication and base URL are not: those are this package's own.
    """

    def build_request(self, *args: Any, **kwargs: Any) -> Any:
        """Build a request from method, url, headers, content and timeout."""
        ...

    def send(self, *args: Any, **kwargs: Any) -> Any:
        """Send it and return a response that is still to be read."""
        ...


class AsyncHttpClient(Protocol):
    """What `http_client=` needs of an asynchronous client: `httpx2.AsyncClient` has it."""

    def build_request(self, *args: Any, **kwargs: Any) -> Any:
        """Build a request from method, url, headers, content and timeout."""
        ...

    def send(self, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        """Send it and return a response that is still to be read."""
        ...


def _built(client: HttpClient | AsyncHttpClient, url: str, request: Request, left: Any) -> Any:
    connect = CONNECT_TIMEOUT if left is None else min(CONNECT_TIMEOUT, left)
    return client.build_request(
        request.method,
        url + request.path,
        headers=list(request.headers),
        content=request.body,
        timeout=(connect, left, left, left),
    )


def _reply(response: Any) -> Reply:
    return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()})


class GivenSender:
    """Sends by a blocking client that the user gave."""

    __slots__ = ("_client", "_url")

    def __init__(self, client: HttpClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, request: Request, deadline: Deadline) -> OpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        try:
            built = _built(self._client, self._url, request, deadline.remaining())
            response = self._client.send(built, stream=True, auth=None, follow_redirects=False)
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, deadline)
        return OpenResponse(_reply(response), response.iter_bytes(), response.close, deadline)

    def close(self) -> None:
        """Do nothing: who made the client closes it."""


class AsyncGivenSender:
    """Sends by an asynchronous client that the user gave."""

    __slots__ = ("_client", "_url")

    def __init__(self, client: AsyncHttpClient, url: str) -> None:
        self._client = client
        self._url = url

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        """Send a request and return its response, its head read, or why there is none."""
        try:
            async with _loops.timeout(deadline.remaining()):
                built = _built(self._client, self._url, request, None)
                response = await self._client.send(
                    built, stream=True, auth=None, follow_redirects=False
                )
        except TimeoutError:
            return Failure("deadline", "it kept silent")
        except Exception as cause:  # noqa: BLE001 - what is not the library's is raised again
            return failure_of(cause, deadline)
        return AsyncOpenResponse(
            _reply(response), response.aiter_bytes(), response.aclose, deadline
        )

    async def close(self) -> None:
        """Do nothing: who made the client closes it."""
