"""The module's functions, and the client behind them.

It is made when first needed, and made anew when its settings change in the environment or in the
config file, or in a process that was forked.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from . import _settings, _tape
from ._async_client import AsyncAistrale
from ._client import Aistrale
from ._errors import APITimeoutError
from ._options import RUN_FIELDS, one_of, refuse_unknown
from ._stream import AsyncStream

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from os import PathLike

    from pydantic import TypeAdapter

    from ._models import Inference
    from ._options import RunOptions
    from ._prompt_ref import PromptRef
    from ._session import AsyncSession, Session
    from ._stream import Stream

T = TypeVar("T")

_WORTH_COUNTING = 0.05
"""Seconds that a start must have taken to be taken off a call's time."""

_VARIABLES = (
    "AISTRALE_API_URL",
    "AISTRALE_API_KEY",
    "AISTRALE_PROFILE",
    "AISTRALE_MODEL",
    "AISTRALE_PROVIDER",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)


class _Slot:
    """What is in force now: the clients and what they were made from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_from: Any = None
        self._sync: Aistrale | None = None
        self._asynchronous: AsyncAistrale | None = None

    def sync(self, patience: float | None = None) -> Aistrale:
        """Return the client; a server that is started for it may take so many seconds."""
        with self._taken(patience):
            self._renew()
            if self._sync is None:
                self._with_server(patience)
                self._sync = Aistrale()
            return self._sync

    def asynchronous(self, patience: float | None = None) -> AsyncAistrale:
        """Return the asynchronous client, as `sync` does."""
        with self._taken(patience):
            self._renew()
            if self._asynchronous is None:
                self._with_server(patience)
                self._asynchronous = AsyncAistrale()
            return self._asynchronous

    async def asynchronously(self, patience: float | None = None) -> AsyncAistrale:
        """Return the asynchronous client; the loop goes on while a server is started for it."""
        if self._asynchronous is None or _fingerprint() != self._made_from:
            from . import _local_server

            if _local_server.is_possible(_settings.resolve().api_url):
                from anyio.to_thread import run_sync

                return await run_sync(self.asynchronous, patience)
        return self.asynchronous(patience)

    def at_once(self) -> AsyncAistrale | None:
        """Return the asynchronous client; None where a server may have to be started for it."""
        if not self._lock.acquire(blocking=False):  # one may be being started
            return None
        try:
            self._renew()
            if self._asynchronous is None:
                if _may_start():
                    return None
                self._asynchronous = AsyncAistrale()
            return self._asynchronous
        finally:
            self._lock.release()

    @contextmanager
    def _taken(self, patience: float | None) -> Generator[None]:
        """Hold the lock: while a server is started, the others wait for that, not for ever."""
        if not self._lock.acquire(timeout=-1 if patience is None else patience):
            url = _settings.resolve().api_url
            raise APITimeoutError(
                f"Timed out: the server at {url} was still being started after {patience:g} s. "
                "Give a longer timeout=, or start it before: `aistrale start`.",
                url=url,
            )
        try:
            yield
        finally:
            self._lock.release()

    def _with_server(self, patience: float | None) -> None:
        """Have the local server started that came along, if there is one and nobody answers."""
        if _tape.is_playing():
            return
        from . import _local_server

        url = _settings.resolve().api_url
        if _local_server.is_needed(url):
            _local_server.start(url, patience)
            self._made_from = _fingerprint()  # it wrote its first key into the config file

    def _renew(self) -> None:
        """Forget the clients when what they were made from is not so any more.

        They are not closed: another thread may be using them.
        """
        made_from = _fingerprint()
        if made_from != self._made_from:
            self._sync = self._asynchronous = None
            self._made_from = made_from


def _may_start() -> bool:
    """Return whether a server could be started for the URL that is in force."""
    if _tape.is_playing():
        return False
    from . import _local_server

    return _local_server.is_possible(_settings.resolve().api_url)


def _fingerprint() -> tuple[object, ...]:
    env = os.environ
    path = _settings.config_path(env)
    try:
        state = os.stat(path)  # noqa: PTH116 - on every call's path
        file: object = (state.st_mtime_ns, state.st_size, state.st_ino)
    except OSError:
        file = None
    playing = _tape.is_playing()  # then no server was started for it
    return (os.getpid(), path, file, playing, *[env.get(name) for name in _VARIABLES])


_slot = _Slot()


def _after_fork() -> None:
    """In a forked child, the lock may be held by a thread that is not there."""
    global _slot  # noqa: PLW0603 - one per process
    _slot = _Slot()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _seconds(options: RunOptions) -> float | None:
    """Return the call's own time, None where it has none, or none that is right."""
    timeout = options.get("timeout")
    if not isinstance(timeout, (int, float)) or not 0 < timeout < threading.TIMEOUT_MAX:
        return None
    return float(timeout)


def _left(options: RunOptions, began: float) -> RunOptions:
    """Return the options with what is left of their time: the start of a server is part of it."""
    seconds, spent = _seconds(options), time.monotonic() - began
    if seconds is None or spent < _WORTH_COUNTING:
        return options
    return {**options, "timeout": max(seconds - spent, _WORTH_COUNTING)}


def _now(options: RunOptions) -> tuple[Aistrale, RunOptions]:
    """Return the client in force and the options to call it with."""
    began = time.monotonic()
    return _slot.sync(_seconds(options)), _left(options, began)


async def _now_async(options: RunOptions) -> tuple[AsyncAistrale, RunOptions]:
    """Return the asynchronous client in force and the options to call it with."""
    began = time.monotonic()
    return await _slot.asynchronously(_seconds(options)), _left(options, began)


def client() -> Aistrale:
    """Return the client that is in force now."""
    return _slot.sync()


@overload
def run(
    prompt: str | PromptRef | None = None,
    *,
    output: None = None,
    **options: Unpack[RunOptions],
) -> Inference: ...


@overload
def run(
    prompt: str | PromptRef | None = None,
    *,
    output: type[T] | TypeAdapter[T],
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> T: ...


@overload
def run(
    prompt: str | PromptRef | None = None,
    *,
    output: object,
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> Any: ...


def run(
    prompt: str | PromptRef | None = None,
    *,
    output: Any = None,
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> Any:
    """Ask a model, and return its whole answer; `print` it for its text.

    Give a prompt, `messages=`, or a prompt on the server: `prompt_ref="greeting@production"` or a
    `PromptRef`. `RunOptions` lists the options. Raises an `APIStatusError` by what
    the server says, `APIConnectionError` when it cannot be reached, `APITimeoutError` when the
    deadline passed, `ConfigurationError` for wrong settings. Safe from any thread.

    `output=City` has the answer be a `City`, which is what is returned then; functions given as
    `tools=[…]` are called when the model asks for them: see `Aistrale.run`.
    """
    client, options = _now(options)
    return client.run(prompt, output=output, output_retries=output_retries, **options)


@overload
async def run_async(
    prompt: str | PromptRef | None = None,
    *,
    output: None = None,
    **options: Unpack[RunOptions],
) -> Inference: ...


@overload
async def run_async(
    prompt: str | PromptRef | None = None,
    *,
    output: type[T] | TypeAdapter[T],
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> T: ...


@overload
async def run_async(
    prompt: str | PromptRef | None = None,
    *,
    output: object,
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> Any: ...


async def run_async(
    prompt: str | PromptRef | None = None,
    *,
    output: Any = None,
    output_retries: int | None = None,
    **options: Unpack[RunOptions],
) -> Any:
    """Ask a model, and return its whole answer, under asyncio or trio. As `run`; in any event loop.

    A task that is cancelled while it waits ends the connection.
    """
    client, options = await _now_async(options)
    return await client.run(prompt, output=output, output_retries=output_retries, **options)


def stream(prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]) -> Stream:
    """Ask a model, and return its answer while it arrives; see `Stream`. Takes what `run` takes."""
    client, options = _now(options)
    return client.stream(prompt, **options)


def stream_async(
    prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
) -> AsyncStream:
    """Ask a model, and return its answer while it arrives, asynchronously; see `AsyncStream`."""
    client = _slot.at_once()
    if client is not None:
        return client.stream(prompt, **options)
    refuse_unknown("an inference", options, RUN_FIELDS)
    one_of(prompt, options)

    async def begin() -> AsyncStream:
        client, left = await _now_async(options)
        return client.stream(prompt, **left)

    return AsyncStream._later(begin)


def session(**options: Unpack[RunOptions]) -> Session:
    """Begin a conversation; the options hold for every turn. See `Session`."""
    return _slot.sync().session(**options)


def load_session(
    source: str | PathLike[str] | Mapping[str, Any], **options: Unpack[RunOptions]
) -> Session:
    """Return a conversation that was saved: a file's path, or what its `to_dict` returned.

    It goes on under its id and with its options; those given here go before them. Functions among
    its tools are in no file: give them again, `tools=[…]`, and what chose among them. OSError when
    the file cannot be read, ConfigurationError when it is no saved session. See `Session.save`.
    """
    return _slot.sync().load_session(source, **options)


async def load_session_async(
    source: str | PathLike[str] | Mapping[str, Any], **options: Unpack[RunOptions]
) -> AsyncSession:
    """Return a conversation that was saved, to go on with under asyncio. As `load_session`."""
    client = await _slot.asynchronously()
    return await client.load_session(source, **options)


def session_async(**options: Unpack[RunOptions]) -> AsyncSession:
    """Begin an asynchronous conversation; the options hold for every turn. See `AsyncSession`."""
    client = _slot.at_once()
    if client is not None:
        return client.session(**options)
    from ._session import AsyncSession

    return AsyncSession._later(_slot.asynchronously, options)
