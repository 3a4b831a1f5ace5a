"""The asynchronous client, for asyncio and trio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from . import _core, _farewells
from ._asking import asking
from ._drive import AsyncDriver
from ._exchange import plain
from ._http_async import AsyncPools
from ._http_given import AsyncGivenSender, AsyncHttpClient
from ._ids import session_id as new_session_id
from ._paging import AsyncListing
from ._session import AsyncSession
from ._stream import AsyncStream

if TYPE_CHECKING:
    import ssl
    from os import PathLike
    from types import TracebackType

    from pydantic import TypeAdapter

    from ._access import AsyncApiKeys, AsyncAuditLog, AsyncTokens, AsyncWorkspaces
    from ._access_models import Health, WhoAmI
    from ._ambient import Ambient
    from ._budgets import AsyncBudgets
    from ._deadline import Deadline, Timeout
    from ._event_resource import AsyncEvents
    from ._feeding import Plan, Position
    from ._models import Inference
    from ._options import CallOptions, RunOptions
    from ._prompt_load import AsyncPerformWithin
    from ._prompt_ref import PromptRef
    from ._prompts import AsyncPrompts
    from ._raw_response import OnResponse
    from ._routing import AsyncAliases, AsyncModels
    from ._routing_models import ProviderInfo
    from ._steps import Steps
    from ._streaming import Accumulator
    from ._telemetry import AsyncInferences, AsyncTelemetry
    from ._tracing import TracerProvider
    from ._webhooks import AsyncWebhooks
    from ._wire import Operation

T = TypeVar("T")


class AsyncAistrale:
    """A client of one AISTRALE server for asyncio and trio. It connects when needed.

    Takes the arguments of `Aistrale`; `http_client` is an `httpx2.AsyncClient` of your own, and
    `on_response` may be asynchronous.
    Usable from several event loops, one after the other or in several threads: each has its own
    connections, which are closed when `asyncio.run` or `trio.run` ends, or by `close()`.
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
        workspace: str | None = None,
        http_client: AsyncHttpClient | None = None,
        on_response: OnResponse | None = None,
        tracer_provider: TracerProvider | None = None,
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
            workspace=workspace,
            on_response=on_response,
            tracer_provider=tracer_provider,
            ambient=_ambient,
            asynchronous=True,
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

    @property
    def api_url(self) -> str:
        """The server's URL, without a slash at its end."""
        return self._core.settings.api_url

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: None = None,
        **options: Unpack[RunOptions],
    ) -> Inference: ...

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: type[T] | TypeAdapter[T],
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> T: ...

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: object,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any: ...

    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: Any = None,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any:
        """Ask a model, and return its whole answer. As `Aistrale.run`.

        A task that is cancelled while it waits ends the connection.
        """
        core = self._core
        asked = asking(
            core, prompt, options, blocking=False, output=output, output_retries=output_retries
        )
        deadline = core.deadline(options)
        return await self._carry_out(asked.steps(deadline), deadline)

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> AsyncStream:
        """Ask a model, and return its answer while it arrives; see `AsyncStream`.

        Takes what `run` takes. Nothing is sent, and nothing raised, before it is iterated.
        """
        core = self._core
        asked = asking(core, prompt, options, blocking=False, stream=True)

        def begin(gathered: Accumulator) -> tuple[Steps[None], Deadline]:
            deadline = core.deadline(options)
            return asked.events(deadline, gathered), deadline

        return AsyncStream(begin, self._sender)

    def session(self, **options: Unpack[RunOptions]) -> AsyncSession:
        """Begin a conversation; the options hold for every turn unless a turn has its own.

        `messages=` is what was said before; or `prompt_ref=` (with `variables=`) is a prompt on the
        server that it begins with, whose settings hold for every turn too. `session_id=` goes on
        with an id of yours.
        """
        identity = options.get("session_id") or new_session_id(self._core.ambient)
        return AsyncSession(self, identity, options)

    async def load_session(
        self, source: str | PathLike[str] | Mapping[str, Any], **options: Unpack[RunOptions]
    ) -> AsyncSession:
        """Return a conversation that was saved: a file's path, or what `to_dict` returned.

        It goes on under its id and with its options; those given here go before them. Functions
        among its tools are in no file: give them again, `tools=[…]`, and what chose among them.
        OSError when the file cannot be read; ConfigurationError when it is no saved session, or
        one of a later version of this package.
        """
        from ._session_file import read, restored

        if isinstance(source, Mapping):
            whole, where = source, None
        else:
            from anyio.to_thread import run_sync

            whole, where = await run_sync(read, source), str(source)
        identity, kept, settings = restored(whole, where, options)
        session = AsyncSession(self, identity, kept)
        session._conversation._settings = settings
        return session

    @cached_property
    def prompts(self) -> AsyncPrompts:
        """Prompts kept on the server."""
        from ._prompt_load import Shelf
        from ._prompts import AsyncPrompts

        shelf: Shelf[AsyncPerformWithin] = Shelf(self._core, self._perform)
        return AsyncPrompts(self._perform, lambda: shelf)

    @cached_property
    def telemetry(self) -> AsyncTelemetry:
        """The record of every inference."""
        from ._telemetry import AsyncTelemetry

        return AsyncTelemetry(self._perform, self._open)

    @cached_property
    def inferences(self) -> AsyncInferences:
        """Single inferences by their id."""
        from ._telemetry import AsyncInferences

        return AsyncInferences(self._perform)

    @cached_property
    def tokens(self) -> AsyncTokens:
        """Provider tokens."""
        from ._access import AsyncTokens

        return AsyncTokens(self._perform)

    @cached_property
    def budgets(self) -> AsyncBudgets:
        """What may be spent, and what was."""
        from ._budgets import AsyncBudgets

        return AsyncBudgets(self._perform)

    @cached_property
    def webhooks(self) -> AsyncWebhooks:
        """Who is told of what happens, and what was sent to them."""
        from ._webhooks import AsyncWebhooks

        return AsyncWebhooks(self._perform)

    @cached_property
    def events(self) -> AsyncEvents:
        """What happens, as it happens."""
        from ._event_resource import AsyncEvents

        return AsyncEvents(self._perform, self._open)

    @cached_property
    def aliases(self) -> AsyncAliases:
        """Names of your own for models."""
        from ._routing import AsyncAliases

        return AsyncAliases(self._perform)

    @cached_property
    def models(self) -> AsyncModels:
        """The models whose prices or limits are known."""
        from ._routing import AsyncModels

        return AsyncModels(self._perform)

    @cached_property
    def api_keys(self) -> AsyncApiKeys:
        """AISTRALE's own API keys."""
        from ._access import AsyncApiKeys

        return AsyncApiKeys(self._perform)

    @cached_property
    def workspaces(self) -> AsyncWorkspaces:
        """Workspaces."""
        from ._access import AsyncWorkspaces

        return AsyncWorkspaces(self._perform)

    @cached_property
    def audit_log(self) -> AsyncAuditLog:
        """Who changed what."""
        from ._access import AsyncAuditLog

        return AsyncAuditLog(self._perform)

    async def whoami(self, **options: Unpack[CallOptions]) -> WhoAmI:
        """Return whose API key this is, and the workspace it acts in."""
        from ._access_operations import who_am_i

        return await self._perform(who_am_i(options))

    async def providers(self, **options: Unpack[CallOptions]) -> list[ProviderInfo]:
        """Return the providers that the server knows, and how they have been answering."""
        from ._routing_operations import list_providers

        calls = list_providers(options)
        return [item async for item in AsyncListing(self._perform, *calls)]

    async def provider(self, name: str, **options: Unpack[CallOptions]) -> ProviderInfo:
        """Return a provider. NotFoundError when the server knows none of this name."""
        from ._routing_operations import get_provider

        return await self._perform(get_provider(name, options))

    async def health(self, **options: Unpack[CallOptions]) -> Health:
        """Return the server's state. Needs no API key."""
        from ._access_operations import health

        return await self._perform(health(options))

    async def close(self) -> None:
        """Close this event loop's connections, those in use too. A later call reconnects.

        Waits a second at most for a server that is still being told of streams that were given up.
        """
        try:
            await _farewells.heard_async(self._sender)
        finally:
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

    async def _perform(self, operation: Operation[T], deadline: Deadline | None = None) -> T:
        call = self._core.call(operation, deadline)
        return await self._carry_out(plain(call, operation), call.deadline)

    async def _carry_out(self, steps: Steps[T], deadline: Deadline) -> T:
        return await AsyncDriver(steps, self._sender, deadline).run()

    def _open(self, operation: Operation[Any], plan: Plan, position: Position) -> AsyncDriver[None]:
        call = self._core.feed(operation, plan.silence, plan.retries)
        return AsyncDriver(plan.steps(call, position), self._sender, call.deadline)
