"""The synchronous client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar, Unpack

from . import _core
from . import _operations as operations
from ._drive import Driver
from ._exchange import plain
from ._http_given import GivenSender, HttpClient
from ._http_sync import Pool
from ._ids import session_id as new_session_id
from ._operations import Operation, TelemetryFilters
from ._paging import Listing, Page
from ._session import Session
from ._stream import Stream

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
    def __call__(self, operation: Operation[T]) -> T: ...


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
    http_client: an `httpx2.Client` of your own, used instead of connections made here; it is not
        closed here, and neither `proxy` nor `ssl_context` go with it.

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
        http_client: HttpClient | None = None,
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
            self._sender: GivenSender | Pool = GivenSender(http_client, settings.api_url)
        else:
            self._sender = Pool(_core.network(settings, proxy, ssl_context))
        self.tokens = Tokens(self._perform)
        self.telemetry = Telemetry(self._perform)
        self.inferences = Inferences(self._perform)

    @property
    def api_url(self) -> str:
        """The server's URL, without a slash at its end."""
        return self._core.settings.api_url

    def run(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Inference:
        """Ask a model, and return its whole answer.

        Give a prompt or `messages=`. `RunOptions` lists the options. Raises an `APIStatusError`
        by what the server says, `APIConnectionError` when it cannot be reached, `APITimeoutError`
        when the deadline passed; TypeError for an option that does not exist.
        """
        return self._perform(self._inference(prompt, options, stream=False))

    def stream(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Stream:
        """Ask a model, and return its answer while it arrives; see `Stream`.

        Takes what `run` takes. Nothing is sent, and nothing raised, before it is iterated.
        """
        return self._stream(None, prompt, **options)

    def session(self, **options: Unpack[RunOptions]) -> Session:
        """Begin a conversation; the options hold for every turn unless a turn has its own.

        `messages=` is what was said before; `session_id=` goes on with an id of yours.
        """
        identity = options.get("session_id") or new_session_id(self._core.ambient)
        return Session(self.run, self._stream, identity, options)

    def whoami(self) -> WhoAmI:
        """Return whose API key this is."""
        return self._perform(operations.who_am_i())

    def providers(self) -> list[ProviderInfo]:
        """Return the providers that the server knows."""
        return list(Listing(self._perform, operations.list_providers))

    def health(self) -> Health:
        """Return the server's state. Needs no API key."""
        return self._perform(operations.health())

    def close(self) -> None:
        """Close the connections, those in use too. May be called twice; a later call reconnects."""
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
    ) -> Stream:
        operation = self._inference(prompt, options, stream=True)
        call = self._core.call
        return Stream(
            lambda: (call(operation), operation),
            self._sender,
            self._core.ambient.sleep,
            completed,
        )

    def _perform(self, operation: Operation[T]) -> T:
        call = self._core.call(operation)
        steps = plain(call, operation)
        return Driver(steps, self._sender, call.deadline, self._core.ambient.sleep).run()


class Tokens:
    """Provider tokens: stored encrypted by the server, never shown again."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    def add(self, provider: str, token: str, *, name: str | None = None) -> Token:
        """Store a provider's token. `name` tells several of one provider apart."""
        return self._perform(operations.add_token(provider, token, name))

    def list(self) -> list[Token]:
        """Return all tokens, of each its last four characters."""
        return [*Listing(self._perform, operations.list_tokens)]

    def replace(self, token_id: str, token: str) -> Token:
        """Put another token in the place of the one of this id (`tok_…`)."""
        return self._perform(operations.replace_token(token_id, token))

    def remove(self, token_id: str) -> None:
        """Remove a token. NotFoundError when there is none of this id."""
        self._perform(operations.remove_token(token_id))


class Telemetry:
    """The record of every inference."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    def list(self, **filters: Unpack[TelemetryFilters]) -> Listing[InferenceRecord]:
        """Return records, newest first, fetched page by page while they are iterated.

        `TelemetryFilters` lists the filters.
        """

        def page(cursor: str | None) -> Operation[Page[InferenceRecord]]:
            return operations.list_telemetry({**filters, "cursor": cursor})

        return Listing(self._perform, page, filters.get("cursor"))


class Inferences:
    """Single inferences by their id."""

    def __init__(self, perform: _Perform) -> None:
        self._perform = perform

    def get(self, inference_id: str) -> InferenceRecord:
        """Return the record of an inference (`inf_…`). NotFoundError when there is none."""
        return self._perform(operations.get_inference(inference_id))
