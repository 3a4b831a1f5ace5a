"""One call from its first attempt to its answer or error, as steps: no input or output here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, TypeVar

from . import _problems, _retry, _tape
from ._deadline import Deadline
from ._errors import AistraleError, APIConnectionError, APIError, APITimeoutError
from ._fields import UnreadableError
from ._log import log
from ._raw_response import RawResponse
from ._steps import CLOSE, READ, Failure, Reply, Request, Send, Steps, Tell, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._ambient import Ambient
    from ._raw_response import OnResponse
    from ._settings import Settings
    from ._tracing import Trace
    from ._wire import Operation

T = TypeVar("T")


class Call:
    """What belongs to one call: its request, its deadline, and how often it was tried."""

    __slots__ = (
        "_ambient",
        "_attempt",
        "_begun",
        "_listener",
        "_max_retries",
        "_sent",
        "deadline",
        "request",
        "settings",
        "trace",
    )

    def __init__(
        self,
        request: Request,
        settings: Settings,
        deadline: Deadline,
        max_retries: int,
        ambient: Ambient,
        listener: OnResponse | None = None,
    ) -> None:
        self.request = request
        self.settings = settings
        self.deadline = deadline
        self._max_retries = max_retries
        self._ambient = ambient
        self._listener = listener
        self._attempt = 0
        self._sent = 0
        self._begun = 0.0
        self.trace: Trace | None = None

    def send(self) -> Steps[Reply | Failure]:
        """Send the request once more, and note what came."""
        log.sending(self.request, self._attempt)
        self._sent += 1
        if self._listener is not None:
            self._begun = self._ambient.monotonic()
        reply = yield Send(self.request)
        assert isinstance(reply, (Reply, Failure))  # noqa: S101 - the driver's contract
        log.came(self.request, reply)
        return reply

    def tell(self, reply: Reply, body: bytes | Failure | None) -> Steps[None]:
        """Tell whoever wants to know of an answer; it has no body when it is read as it comes."""
        if self._listener is not None:
            response = RawResponse(
                method=self.request.method,
                path=self.request.path,
                status=reply.status,
                headers=dict(reply.headers),
                request_id=reply.headers.get("x-request-id"),
                body=None if isinstance(body, Failure) else body,
                attempt=self._sent,
                elapsed_ms=(self._ambient.monotonic() - self._begun) * 1000,
            )
            yield Tell(self._listener, response)

    def again(
        self,
        trouble: _retry.Trouble,
        error: AistraleError,
        told: Callable[[], object] | None = None,
    ) -> Steps[None]:
        """Wait for the next attempt, or raise the error when there is to be none.

        `told` is called when there is to be one.
        """
        wait = None
        if self._attempt < self._max_retries:
            wait = _retry.delay(
                trouble,
                repeatable=self.request.repeatable,
                resumable=self.request.resumable,
                attempt=self._attempt,
                chance=self._ambient.chance(),
                remaining=self.deadline.in_all(),
            )
        if wait is None:
            raise error
        if told is not None:
            told()
        self._attempt += 1
        log.waiting(self.request, wait)
        yield Wait(_tape.pause(wait))

    def apart(self, request: Request, timeout: float) -> Call:
        """Return another call of the same client, tried once, with a time of its own."""
        deadline = Deadline(timeout, self._ambient.monotonic)
        return Call(request, self.settings, deadline, 0, self._ambient)

    def progressed(self) -> None:
        """Note that something came: what is tried again from now on is tried from the start."""
        self._attempt = 0

    def trouble_of(self, reply: Reply, body: bytes) -> tuple[_retry.Trouble, APIError]:
        """Return what an answer with an error's status is, to the retry policy and to the user."""
        after = _retry.retry_after(reply.headers, self._ambient.now())
        path = self.request.path.partition("?")[0]
        error = _problems.from_reply(reply, body, self.settings, path, after)
        says = _retry.server_says(reply.headers)
        return _retry.Trouble(reply.status, error.code, says, after), error

    def failed(self, failure: Failure) -> tuple[_retry.Trouble, APIError]:
        """Return what the absence of an answer is, to the retry policy and to the user."""
        url, harmless = self.settings.api_url, self.request.method == "GET"
        error = connection_error(failure, url, self.deadline, harmless=harmless)
        error.__cause__ = failure.cause
        return _retry.Trouble(failure.kind), error

    def unreadable(self, reply: Reply, body: bytes, why: UnreadableError) -> NoReturn:
        """Raise the error that a success nobody understands is."""
        path = self.request.path.partition("?")[0]
        raise _problems.unreadable(reply, body, self.settings, path, str(why)) from None


def plain(call: Call, operation: Operation[T]) -> Steps[T]:
    """Return the decoded answer of a call that is answered in one piece."""
    steps = _plain(call, operation)
    return steps if call.trace is None else call.trace.follow(steps)


def _plain(call: Call, operation: Operation[T]) -> Steps[T]:
    while True:
        reply = yield from call.send()
        if isinstance(reply, Failure):
            yield from call.again(*call.failed(reply))
            continue
        body = yield from read_all()
        yield from call.tell(reply, body)
        if isinstance(body, Failure) and 200 <= reply.status < 300:
            yield from call.again(*call.failed(body))
        elif 200 <= reply.status < 300:
            return decoded(call, operation, reply, b"" if isinstance(body, Failure) else body)
        else:
            body = b"" if isinstance(body, Failure) else body
            yield from call.again(*call.trouble_of(reply, body))


def decoded(call: Call, operation: Operation[T], reply: Reply, body: bytes) -> T:
    """Return the answer that a body is; 204 and an empty body are None to the decoder."""
    try:
        return operation.decode(operation.read(body) if body else None)
    except UnreadableError as why:
        call.unreadable(reply, body, why)


def read_all() -> Steps[bytes | Failure]:
    """Return the rest of the body, and let go of the response."""
    chunks: list[bytes] = []
    while True:
        chunk = yield READ
        if isinstance(chunk, Failure):
            yield CLOSE
            return chunk
        if not chunk:
            yield CLOSE
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        assert isinstance(chunk, bytes)  # noqa: S101 - the driver's contract
        chunks.append(chunk)


def connection_error(
    failure: Failure, url: str, deadline: Deadline, *, harmless: bool = False
) -> APIConnectionError:
    """Return the exception for an answer that did not come."""
    if failure.kind == "unreachable":
        advice = "Start one there with `aistrale serve`, or set AISTRALE_API_URL to one that runs."
        if "certificate" in failure.detail:
            advice = "Give ssl_context= that trusts its authority, or correct AISTRALE_API_URL."
        said = f"Cannot connect to {url}: {failure.detail}. {advice}"
        return APIConnectionError(said, url=url, sent=False)
    if failure.kind == "deadline":
        return APITimeoutError(
            f"Timed out: {url} did not finish answering within {deadline.timeout} s "
            f"({failure.detail}). Give a longer timeout=, or aistrale.NO_TIMEOUT.",
            url=url,
        )
    advice = "Nothing was changed; try it again."
    if not harmless:
        advice = "The request may have been carried out; "
        advice += "`aistrale telemetry view` shows whether it was."
    return APIConnectionError(f"Lost the connection to {url}: {failure.detail}. {advice}", url=url)
