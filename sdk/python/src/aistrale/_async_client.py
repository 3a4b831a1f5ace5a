"""The asynchronous client, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar, Unpack

from . import _core
from . import _operations as operations
from ._drive import AsyncDriver
from ._exchange import plain
from ._http_async import AsyncPools
from ._http_given import AsyncGivenSender, AsyncHttpClient
from ._ids import session_id as new_session_id
from ._operations import Operation, TelemetryFilters
from ._paging import AsyncListing, Page
from ._session import AsyncSession
from ._stream import AsyncStream

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from ._ambient import Ambient
    from ._deadline import Timeout
    from ._models import Health, Inference, InferenceRecord, ProviderInfo, Token, WhoAmI
    from ._options import RunOptions

T = TypeVar("T")


class _Perform(Protocol):
    async def __call__(self, operation: Operation[T]) -> T: ...


class AsyncAistrale:
    """A client of one AISTRALE server for asyncio. It connects when needed.

    Takes the arguments of `Aistrale`; `http_client` is an `httpx2.AsyncClient` of your own.
    Usable from several event loops, one after the other or in several threads: each has its own
    connections, which are closed when `asyncio.run` ends the loop, or by `close()`.
    """

    def __init__(
        self,
        *,
        api_url: str | None = None,
        api_key: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        profile: str | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        http_client: AsyncHttpClient | None = None,
        _ambient: Ambient | None = None,
    ) -> None:
        self._core = _core.make(
            api_url=api_url,
            api_key=api_key,
            model=model,
            provider=provider,
            profile=profile,
            timeout=timeout,
            max_retries=max_retries,
            headers=headers,
            ambient=_ambient,
        )
        settings = self._core.settings
        if http_client is not None:
            if proxy is not None or ssl_context is not None:
                raise TypeError("proxy= and ssl_context= belong into the http_client= you give")
            self._sender: AsyncGivenSender | AsyncPools = AsyncGivenSender(
                http_client, settings.api_url
            )
        else:
            self._sender = AsyncPools(_core.network(settings, proxy, ssl_context))
        self.tokens = AsyncTokens(self._perform)
        self.telemetry = AsyncTelemetry(self._perform)
        self.inferences = AsyncInferences(self._perform)

    @property
    def api_url(self) -> str:
        """The server's URL, without a slash at its end."""
        return self._core.settings.api_url

    async def run(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Inference:
        """Ask a model, and return its whole answer. As `Aistrale.run`.

        A task that is cancelled while it waits ends the connection.
        """
        return await self._perform(self._inference(prompt, options, stream=False))

    def stream(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> AsyncStream:
        """Ask a model, and return its answer while it arrives; see `AsyncStream`.

        Takes what `run` takes. Nothing is sent, and nothing raised, before it is iterated.
        """
        return self._stream(None, prompt, **options)

    def session(self, **options: Unpack[RunOptions]) -> AsyncSession:
        """Begin a conversation; the options hold for every turn unless a turn has its own.

        `messages=` is what was said before; `session_id=` goes on with an id of yours.
        """
        identity = options.get("session_id") or new_session_id(self._core.ambient)
        return AsyncSession(self.run, self._stream, identity, options)

    async def whoami(self) -> WhoAmI:
        """Return whose API key this is."""
        return await self._perform(operations.who_am_i())

    async def providers(self) -> list[ProviderInfo]:
        """Return the providers that the server knows."""
        return [item async for item in AsyncListing(self._perform, operations.list_providers)]

    async def health(self) -> Health:
        """Return the server's state. Needs no API key."""
        return await self._perform(operations.health())

    async def close(self) -> None:
        """Close this event loop's connections, those in use too. A later call reconnects."""
        await self._sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        settings = self._core.settings
        key = "None" if settings.api_key is None else "'•••'"
        shown = f"api_url={settings.api_url!r}, api_key={key}, model={settings.model!r}"
        return f"AsyncAistrale({shown})"

    def _inference(
        self, prompt: str | None, options: RunOptions, *, stream: bool
    ) -> Operation[Inference]:
        core = self._core
        return operations.infer(prompt, options, core.settings, core.ambient, stream=stream)

    def _stream(
        self,
        completed: Callable[[Inference], None] | None = None,
        prompt: str | None = None,
        **options: Unpack[RunOptions],
    ) -> AsyncStream:
        operation = self._inference(prompt, options, stream=True)
        call = self._core.call
        return AsyncStream(lambda: (call(operation), operation), self._sender, completed)

    async def _perform(self, operation: Operation[T]) -> T:
        call = self._core.call(operation)
        return await AsyncDriver(plain(call, operation), self._sender, call.deadline).run()


class AsyncTokens:
    """Provider tokens: stored encrypted by the server, never shown again."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    async def add(self, provider: str, token: str, *, name: str | None = None) -> Token:
        """Store a provider's token. `name` tells several of one provider apart."""
        return await self._perform(operations.add_token(provider, token, name))

    async def list(self) -> list[Token]:
        """Return all tokens, of each its last four characters."""
        return [item async for item in AsyncListing(self._perform, operations.list_tokens)]

    async def replace(self, token_id: str, token: str) -> Token:
        """Put another token in the place of the one of this id (`tok_…`)."""
        return await self._perform(operations.replace_token(token_id, token))

    async def remove(self, token_id: str) -> None:
        """Remove a token. NotFoundError when there is none of this id."""
        await self._perform(operations.remove_token(token_id))


class AsyncTelemetry:
    """The record of every inference."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    def list(self, **filters: Unpack[TelemetryFilters]) -> AsyncListing[InferenceRecord]:
        """Return records, newest first, fetched page by page while they are iterated.

        `TelemetryFilters` lists the filters.
        """

        def page(cursor: str | None) -> Operation[Page[InferenceRecord]]:
            return operations.list_telemetry({**filters, "cursor": cursor})

        return AsyncListing(self._perform, page, filters.get("cursor"))


class AsyncInferences:
    """Single inferences by their id."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    async def get(self, inference_id: str) -> InferenceRecord:
        """Return the record of an inference (`inf_…`). NotFoundError when there is none."""
        return await self._perform(operations.get_inference(inference_id))
