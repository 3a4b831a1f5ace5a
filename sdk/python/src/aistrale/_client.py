"""The synchronous client."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from . import _core, _farewells
from ._asking import asking
from ._drive import Driver
from ._exchange import plain
from ._http_given import GivenSender, HttpClient
from ._http_sync import Pool
from ._ids import session_id as new_session_id
from ._paging import Listing
from ._session import Session
from ._stream import Stream

if TYPE_CHECKING:
    import ssl
    from os import PathLike
    from types import TracebackType

    from pydantic import TypeAdapter

    from ._access import ApiKeys, AuditLog, Tokens, Workspaces
    from ._access_models import Health, WhoAmI
    from ._ambient import Ambient
    from ._budgets import Budgets
    from ._deadline import Deadline, Timeout
    from ._event_resource import Events
    from ._feeding import Plan, Position
    from ._models import Inference
    from ._options import CallOptions, RunOptions
    from ._prompt_load import PerformWithin
    from ._prompt_ref import PromptRef
    from ._prompts import Prompts
    from ._raw_response import OnResponse
    from ._routing import Aliases, Models
    from ._routing_models import ProviderInfo
    from ._steps import Steps
    from ._streaming import Accumulator
    from ._telemetry import Inferences, Telemetry
    from ._tracing import TracerProvider
    from ._webhooks import Webhooks
    from ._wire import Operation

T = TypeVar("T")


class Aistrale:
    """A client of one AISTRALE server. Safe to share between threads; it connects when needed.

    api_url, api_key, model, provider: explicit settings; what is not given comes from the
        environment (`AISTRALE_API_URL`, …), then from the profile in the config file; `api_url`
        from `http://127.0.0.1:16000` at last. They are read once, here.
    profile: the profile in the config file, instead of `AISTRALE_PROFILE` and `default_profile`.
    timeout: seconds above 0 that a call may take in all, 600 unless given; or `NO_TIMEOUT`.
    max_retries: how often a call is tried again when that cannot cost twice; from 0, else 2.
    headers: HTTP headers to add to every request.
    proxy: a proxy's URL, instead of the environment's; `http`, `https`, `socks5`, `socks5h`.
    ssl_context: for a private authority or a client certificate; the system's unless given.
    workspace: the id (`ws_…`) of the workspace to act in; the operator's key alone may name one.
    http_client: an `httpx2.Client` of your own, used instead of connections made here; it is not
        closed here, and neither `proxy` nor `ssl_context` go with it.
    on_response: called with a `RawResponse` for every answer of the server, retried ones too; what
        it raises ends the call.
    tracer_provider: OpenTelemetry's, for spans of this client's inferences; see `aistrale.otel`.

    Raises ConfigurationError for wrong settings, ValueError or TypeError for wrong arguments.
    Use it in a `with` block, or `close()` it; one that merely goes out of scope harms nothing.
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
        http_client: HttpClient | None = None,
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
            asynchronous=False,
        )
        settings = self._core.settings
        if http_client is not None:
            if proxy is not None or ssl_context is not None:
                raise TypeError("proxy= and ssl_context= belong into the http_client= you give")
            self._sender: GivenSender | Pool = GivenSender(http_client, settings.api_url)
        else:
            self._sender = Pool(_core.network(settings, proxy, ssl_context))

    @property
    def api_url(self) -> str:
        """The server's URL, without a slash at its end."""
        return self._core.settings.api_url

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: None = None,
        **options: Unpack[RunOptions],
    ) -> Inference: ...

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: type[T] | TypeAdapter[T],
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> T: ...

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: object,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any: ...

    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: Any = None,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any:
        """Ask a model, and return its whole answer.

        Give a prompt, `messages=`, or a prompt on the server: `prompt_ref="greeting@production"`
        or a `PromptRef`. `RunOptions` lists the options. Raises an `APIStatusError`
        by what the server says, `APIConnectionError` when it cannot be reached, `APITimeoutError`
        when the deadline passed; TypeError for an option that does not exist.

        output: the type that the answer is to be: a pydantic model, or whatever pydantic's
            `TypeAdapter` takes (a dataclass, a TypedDict, `list[City]`, …), or one of those. It is
            what is returned then. An answer that does not fit is shown to the model with what is
            wrong, as a further inference, `output_retries` times (1); then `OutputValidationError`.
            For a model that takes no schema give `response_format={"type": "json_object"}` too.

        With functions as `tools` the answer is the last inference, its `rounds` those before it;
        `ToolRoundsError` when the model does not come to an end.
        """
        core = self._core
        asked = asking(
            core, prompt, options, blocking=True, output=output, output_retries=output_retries
        )
        deadline = core.deadline(options)
        return self._carry_out(asked.steps(deadline), deadline)

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> Stream:
        """Ask a model, and return its answer while it arrives; see `Stream`.

        Takes what `run` takes. Nothing is sent, and nothing raised, before it is iterated.
        """
        core = self._core
        asked = asking(core, prompt, options, blocking=True, stream=True)

        def begin(gathered: Accumulator) -> tuple[Steps[None], Deadline]:
            deadline = core.deadline(options)
            return asked.events(deadline, gathered), deadline

        return Stream(begin, self._sender, core.ambient.sleep)

    def session(self, **options: Unpack[RunOptions]) -> Session:
        """Begin a conversation; the options hold for every turn unless a turn has its own.

        `messages=` is what was said before; or `prompt_ref=` (with `variables=`) is a prompt on the
        server that it begins with, whose settings hold for every turn too. `session_id=` goes on
        with an id of yours.
        """
        identity = options.get("session_id") or new_session_id(self._core.ambient)
        return Session(self, identity, options)

    def load_session(
        self, source: str | PathLike[str] | Mapping[str, Any], **options: Unpack[RunOptions]
    ) -> Session:
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
            whole, where = read(source), str(source)
        identity, kept, settings = restored(whole, where, options)
        session = Session(self, identity, kept)
        session._conversation._settings = settings
        return session

    @cached_property
    def prompts(self) -> Prompts:
        """Prompts kept on the server."""
        from ._prompt_load import Shelf
        from ._prompts import Prompts

        shelf: Shelf[PerformWithin] = Shelf(self._core, self._perform)
        return Prompts(self._perform, lambda: shelf)

    @cached_property
    def telemetry(self) -> Telemetry:
        """The record of every inference."""
        from ._telemetry import Telemetry

        return Telemetry(self._perform, self._open)

    @cached_property
    def inferences(self) -> Inferences:
        """Single inferences by their id."""
        from ._telemetry import Inferences

        return Inferences(self._perform)

    @cached_property
    def tokens(self) -> Tokens:
        """Provider tokens."""
        from ._access import Tokens

        return Tokens(self._perform)

    @cached_property
    def budgets(self) -> Budgets:
        """What may be spent, and what was."""
        from ._budgets import Budgets

        return Budgets(self._perform)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Who is told of what happens, and what was sent to them."""
        from ._webhooks import Webhooks

        return Webhooks(self._perform)

    @cached_property
    def events(self) -> Events:
        """What happens, as it happens."""
        from ._event_resource import Events

        return Events(self._perform, self._open)

    @cached_property
    def aliases(self) -> Aliases:
        """Names of your own for models."""
        from ._routing import Aliases

        return Aliases(self._perform)

    @cached_property
    def models(self) -> Models:
        """The models whose prices or limits are known."""
        from ._routing import Models

        return Models(self._perform)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """AISTRALE's own API keys."""
        from ._access import ApiKeys

        return ApiKeys(self._perform)

    @cached_property
    def workspaces(self) -> Workspaces:
        """Workspaces."""
        from ._access import Workspaces

        return Workspaces(self._perform)

    @cached_property
    def audit_log(self) -> AuditLog:
        """Who changed what."""
        from ._access import AuditLog

        return AuditLog(self._perform)

    def whoami(self, **options: Unpack[CallOptions]) -> WhoAmI:
        """Return whose API key this is, and the workspace it acts in."""
        from ._access_operations import who_am_i

        return self._perform(who_am_i(options))

    def providers(self, **options: Unpack[CallOptions]) -> list[ProviderInfo]:
        """Return the providers that the server knows, and how they have been answering."""
        from ._routing_operations import list_providers

        calls = list_providers(options)
        return list(Listing(self._perform, *calls))

    def provider(self, name: str, **options: Unpack[CallOptions]) -> ProviderInfo:
        """Return a provider. NotFoundError when the server knows none of this name."""
        from ._routing_operations import get_provider

        return self._perform(get_provider(name, options))

    def health(self, **options: Unpack[CallOptions]) -> Health:
        """Return the server's state. Needs no API key."""
        from ._access_operations import health

        return self._perform(health(options))

    def close(self) -> None:
        """Close the connections, those in use too. May be called twice; a later call reconnects.

        Waits a second at most for a server that is still being told of streams that were given up.
        """
        try:
            _farewells.heard(self._sender)
        finally:
            self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        settings = self._core.settings
        key = "None" if settings.api_key is None else "'•••'"
        return f"Aistrale(api_url={settings.api_url!r}, api_key={key}, model={settings.model!r})"

    def _perform(self, operation: Operation[T], deadline: Deadline | None = None) -> T:
        call = self._core.call(operation, deadline)
        return self._carry_out(plain(call, operation), call.deadline)

    def _carry_out(self, steps: Steps[T], deadline: Deadline) -> T:
        return Driver(steps, self._sender, deadline, self._core.ambient.sleep).run()

    def _open(self, operation: Operation[Any], plan: Plan, position: Position) -> Driver[None]:
        call = self._core.feed(operation, plan.silence, plan.retries)
        steps = plan.steps(call, position)
        return Driver(steps, self._sender, call.deadline, self._core.ambient.sleep)
