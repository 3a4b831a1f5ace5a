"""Cassettes: what went over the network once, played again. It is put in by `_tape`."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from . import _loops, _tape
from ._cassette_file import (
    CassetteError,
    Interaction,
    load,
    redacted_request,
    request_of,
    save,
    written,
)
from ._cassette_match import described, differences, distance, pointers
from ._cassette_secrets import Redactor
from ._http_async import AsyncOpenResponse
from ._http_sync import OpenResponse
from ._steps import Failure, Reply

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from ._deadline import Deadline
    from ._http_async import AsyncSender
    from ._http_sync import Sender
    from ._steps import Request

T = TypeVar("T")

RecordMode: TypeAlias = Literal["none", "once", "all"]
"""none: replay only. once: record where there is no file, else replay. all: record anew."""

_PLAYED = 0.25
"""How much farther away a recorded request is that was played: another one is meant, rather."""

MODES: Final = ("none", "once", "all")


class CassetteMissError(CassetteError):
    """A request is not in the cassette. The message shows the nearest one that is.

    It fails the test also where the code under test caught it.
    """

    __module__ = "aistrale.testing"


_lock = threading.Lock()
_in_use: list[Cassette] = []
_here: ContextVar[Cassette | None] = ContextVar("aistrale_cassette", default=None)


def _find() -> Cassette | None:
    """Return this context's cassette, else the one that was put in last, by whomever."""
    mine = _here.get()
    if mine is not None and mine in _in_use:
        return mine
    return _in_use[-1] if _in_use else None


class Cassette:
    """Records what the clients of this process send and get, or plays it again without network.

    Made by `aistrale.testing.cassette` and by the fixture `aistrale_cassette`. It holds for
    module-level functions and for all clients, made before it or inside, in every thread.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        mode: RecordMode = "once",
        ignore: Iterable[str] = (),
        redact: Iterable[str] = (),
        *,
        _again: str | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"mode is {mode!r}; known are none, once, all")
        self._path = Path(path).absolute()
        self._mode: RecordMode = mode
        self._ignored = pointers(ignore)
        self._redactor = Redactor(redact)
        self._again = _again
        self._lock = threading.RLock()
        self._interactions: list[Interaction] = []
        self._requests: list[dict[str, Any]] = []
        self._misses: list[CassetteMissError] = []
        self._kept: WeakKeyDictionary[object, Any] = WeakKeyDictionary()
        self._there = False
        self._before: Cassette | None = None
        self.recording = False

    @property
    def path(self) -> Path:
        """The file, as an absolute path; it need not exist yet."""
        return self._path

    @property
    def mode(self) -> RecordMode:
        """The mode it was made with: "none", "once" or "all"."""
        return self._mode

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was asked so far, without credentials: `method`, `path`, `body`, … of each.

        In the form in which requests stand in the file.
        """
        with self._lock:
            return [redacted_request(each, self._redactor) for each in self._requests]

    @property
    def unplayed(self) -> list[dict[str, Any]]:
        """The recorded requests that were not asked for; none while it records."""
        with self._lock:
            unplayed = [] if self.recording else [e for e in self._interactions if not e.played]
            return [each.request for each in unplayed]

    def __enter__(self) -> Self:
        self._insert()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take it out. What was recorded is kept when the block succeeded.

        CassetteMissError when a request was not in it; CassetteError when what happened cannot be
        recorded.
        """
        self._eject()
        miss = self._unheard_miss(error)
        if miss is not None:
            raise miss
        if error is None:
            self._keep()

    def __repr__(self) -> str:
        state = "recording" if self.recording else "replaying"
        return f"<Cassette {self._path.name} {state}, {len(self._interactions)} interactions>"

    def _insert(self) -> None:
        """Put it in. CassetteError for a file that is none."""
        with _lock:
            if self in _in_use:
                raise RuntimeError("the cassette is in use already")
        self._interactions, self._requests, self._misses = [], [], []
        self._kept.clear()
        self._there = self._path.exists()
        self.recording = self._mode == "all" or (self._mode == "once" and not self._there)
        if self._there and not self.recording:
            self._interactions = load(self._path)
        with _lock:
            _in_use.append(self)
            _tape.in_use = _find
        self._before = _here.get()
        _here.set(self)

    def _eject(self) -> None:
        with _lock:
            _in_use.remove(self)
            if not _in_use:
                _tape.in_use = None
        if _here.get() is self:
            _here.set(self._before)
        self._before = None

    def _unheard_miss(self, error: BaseException | None) -> CassetteMissError | None:
        """Return the first miss when nobody was told of it; add it to another error's notes."""
        miss = self._misses[0] if self._misses else None
        if miss is None or isinstance(error, CassetteMissError):
            return None
        if error is None:
            return miss
        error.add_note(f"A request was not in the cassette:\n{miss}")
        return None

    def _keep(self) -> None:
        """Write what was recorded, if anything was."""
        if not self.recording:
            return
        with self._lock:
            found = [each for each in self._interactions if _came(each)]
            self._refuse_unreachable(found)
            for each in found:
                if each.reply is not None:
                    answer = _parsed(b"".join(each.chunks))
                    self._redactor.learn_body(each.request["path"], answer)
            if found:
                save(self._path, [written(each, self._redactor) for each in found])

    def _refuse_unreachable(self, found: list[Interaction]) -> None:
        """CassetteError when no server was there: that is nothing to be played again.

        Unless the same request came through later, which is then all there is of it.
        """
        for each in [each for each in found if _is_unreachable(each)]:
            behind = found[found.index(each) + 1 :]
            found.remove(each)
            if not any(later.request == each.request for later in behind):
                detail = each.end.detail if isinstance(each.end, Failure) else ""
                raise CassetteError(
                    f"{self._name} was not recorded: the server cannot be reached ({detail}). "
                    "Start one with `aistrale serve`, or set AISTRALE_API_URL to one that runs. "
                    "What a program does without a server is tested without a cassette."
                )

    def blocking(self, sender: Sender) -> Sender:
        """Return the sender that calls use while this is in use."""
        return _Recorder(self, sender) if self.recording else _Player(self)

    def asynchronous(self, sender: AsyncSender) -> AsyncSender:
        """Return the sender that asynchronous calls use while this is in use."""
        return _AsyncRecorder(self, sender) if self.recording else _AsyncPlayer(self)

    def kept(self, owner: object, make: Callable[[], T]) -> T:
        """Return what this owner keeps while this is in use, such as loaded prompts."""
        with self._lock:
            if owner not in self._kept:
                self._kept[owner] = make()
            kept: T = self._kept[owner]
            return kept

    def _begun(self, request: Request) -> Interaction:
        """Note a request that goes out."""
        interaction = Interaction(self._asked(request))
        with self._lock:
            self._interactions.append(interaction)
        return interaction

    def _asked(self, request: Request) -> dict[str, Any]:
        with self._lock:
            self._redactor.learn_headers(request.headers)
            asked = request_of(request)
            self._redactor.learn_body(asked["path"], _parsed(request.body))
            self._requests.append(asked)
            return asked

    def _answer(self, request: Request) -> Interaction:
        """Return what was recorded for a request. CassetteMissError when there is none left."""
        with self._lock:
            now = redacted_request(self._asked(request), self._redactor)
            compared = [
                (each, differences(each.request, now, self._ignored)) for each in self._interactions
            ]
            same = [each for each, found in compared if not found]
            for each in same:
                if not each.played:
                    each.played = True
                    return each
            miss = CassetteMissError(self._not_there(now, compared))
            if not now["path"].endswith("/cancel"):  # a stream that is left says so, if it comes to
                self._misses.append(miss)
            raise miss

    @property
    def _name(self) -> str:
        """The file, from the working directory where it lies in that."""
        here = Path.cwd()
        inside = self._path.is_relative_to(here)
        return str(self._path.relative_to(here) if inside else self._path)

    def _not_there(self, now: dict[str, Any], compared: list[tuple[Interaction, Any]]) -> str:
        asked = f"{now['method']} {now['path']}"
        if not self._there:
            return f"{asked} is not recorded: there is no cassette {self._name}.\n{self._advice()}"
        lines = [f"{asked} is not in the cassette {self._name}."]
        same = [each for each, found in compared if not found]
        if same:
            lines[0] = (
                f"{asked} was asked once more than it is in the cassette {self._name}, "
                f"which has it {_times(len(same))}."
            )
        elif compared:
            nearest = min(
                range(len(compared)),
                key=lambda n: distance(compared[n][1]) + compared[n][0].played * _PLAYED,
            )
            each, found = compared[nearest]
            which = f"{nearest + 1} of {len(compared)}{', played already' if each.played else ''}"
            lines += [f"The nearest recorded request ({which}) differs in:", described(found)]
        else:
            lines.append("Nothing is recorded in it.")
        return "\n".join([*lines, self._advice()])

    def _advice(self) -> str:
        if self._again is not None:
            how = "once" if not self._there else "all"
            return f"To record it: {self._again.replace('MODE', how)}"
        if not self._there:
            return 'To record it, use mode="once".'
        return 'To record it again, use mode="all", or delete the file and use mode="once".'

    def _read_on(self, interaction: Interaction) -> CassetteMissError:
        """Return the error for reading more of an answer than was recorded of it."""
        request = interaction.request
        miss = CassetteMissError(
            f"{request['method']} {request['path']}: the cassette {self._name} has no more of this "
            "answer, as its reader left it here when it was recorded, and reads on now.\n"
            f"{self._advice()}"
        )
        with self._lock:
            self._misses.append(miss)
        return miss


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _came(interaction: Interaction) -> bool:
    """Whether there is anything to play: not for a call that was given up before its answer."""
    return interaction.reply is not None or isinstance(interaction.end, Failure)


def _is_unreachable(interaction: Interaction) -> bool:
    failure = interaction.end
    no_reply = interaction.reply is None
    return no_reply and isinstance(failure, Failure) and failure.kind == "unreachable"


def _parsed(body: bytes) -> Any:
    """Return JSON, also where the file has it as a text; None for a body that is none."""
    from ._fields import UnreadableError, parse

    try:
        return parse(body)
    except UnreadableError:
        return None


def _note(interaction: Interaction, chunk: bytes | Failure) -> None:
    """Take in what was read of an answer that is recorded."""
    if isinstance(chunk, Failure):
        interaction.end = chunk
    elif chunk:
        interaction.chunks.append(chunk)
    else:
        interaction.end = "whole"


class _Recorder:
    """Sends by another sender, and notes what comes."""

    __slots__ = ("_inner", "_tape")

    def __init__(self, tape: Cassette, inner: Sender) -> None:
        self._tape = tape
        self._inner = inner

    def send(self, request: Request, deadline: Deadline) -> OpenResponse | Failure:
        interaction = self._tape._begun(request)
        opened = self._inner.send(request, deadline)
        if isinstance(opened, Failure):
            interaction.end = opened
            return opened
        interaction.reply = opened.reply
        return _Recorded(opened, interaction)

    def close(self) -> None:
        self._inner.close()


class _Recorded(OpenResponse):
    """A response that is noted while it is read."""

    __slots__ = ("_closed", "_inner", "_interaction")

    def __init__(self, inner: OpenResponse, interaction: Interaction) -> None:
        self.reply = inner.reply
        self._inner = inner
        self._interaction = interaction
        self._closed = False

    def read(self) -> bytes | Failure:
        chunk = self._inner.read()
        if not self._closed:
            _note(self._interaction, chunk)
        return chunk

    def close(self) -> None:
        self._closed = True
        self._inner.close()


class _Player:
    """Sends nothing, and answers as recorded."""

    __slots__ = ("_tape",)

    def __init__(self, tape: Cassette) -> None:
        self._tape = tape

    def send(self, request: Request, deadline: Deadline) -> OpenResponse | Failure:
        interaction = self._tape._answer(request)
        if interaction.reply is None:
            return _failed(interaction)
        return _Played(self._tape, interaction, interaction.reply)

    def close(self) -> None:
        """Do nothing: no connection is open."""


class _Played(OpenResponse):
    """A recorded response."""

    __slots__ = ("_playing",)

    def __init__(self, tape: Cassette, interaction: Interaction, reply: Reply) -> None:
        self.reply = reply
        self._playing = _Playing(tape, interaction)

    def read(self) -> bytes | Failure:
        return self._playing.next()

    def close(self) -> None:
        """Do nothing: no connection is open."""


class _Playing:
    """Where the reader of a recorded answer is."""

    __slots__ = ("_at", "_interaction", "_tape")

    def __init__(self, tape: Cassette, interaction: Interaction) -> None:
        self._tape = tape
        self._interaction = interaction
        self._at = 0

    def next(self) -> bytes | Failure:
        interaction = self._interaction
        while self._at < len(interaction.chunks):
            self._at += 1
            if interaction.chunks[self._at - 1]:
                return interaction.chunks[self._at - 1]
        if interaction.end == "closed":
            raise self._tape._read_on(interaction)
        return interaction.end if isinstance(interaction.end, Failure) else b""


def _failed(interaction: Interaction) -> Failure:
    assert isinstance(interaction.end, Failure)  # noqa: S101 - there is no answer without it
    return interaction.end


class _AsyncRecorder:
    """Sends by another sender, and notes what comes."""

    __slots__ = ("_inner", "_tape")

    def __init__(self, tape: Cassette, inner: AsyncSender) -> None:
        self._tape = tape
        self._inner = inner

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        interaction = self._tape._begun(request)
        opened = await self._inner.send(request, deadline)
        if isinstance(opened, Failure):
            interaction.end = opened
            return opened
        interaction.reply = opened.reply
        return _AsyncRecorded(opened, interaction)

    async def close(self) -> None:
        await self._inner.close()


class _AsyncRecorded(AsyncOpenResponse):
    """A response that is noted while it is read."""

    __slots__ = ("_closed", "_inner", "_interaction")

    def __init__(self, inner: AsyncOpenResponse, interaction: Interaction) -> None:
        self.reply = inner.reply
        self._inner = inner
        self._interaction = interaction
        self._closed = False

    async def read(self) -> bytes | Failure:
        chunk = await self._inner.read()
        if not self._closed:
            _note(self._interaction, chunk)
        return chunk

    async def close(self) -> None:
        self._closed = True
        await self._inner.close()


class _AsyncPlayer:
    """Sends nothing, and answers as recorded. Other tasks have their turn at each step."""

    __slots__ = ("_tape",)

    def __init__(self, tape: Cassette) -> None:
        self._tape = tape

    async def send(self, request: Request, deadline: Deadline) -> AsyncOpenResponse | Failure:
        await _turn()
        interaction = self._tape._answer(request)
        if interaction.reply is None:
            return _failed(interaction)
        return _AsyncPlayed(self._tape, interaction, interaction.reply)

    async def close(self) -> None:
        """Do nothing: no connection is open."""


class _AsyncPlayed(AsyncOpenResponse):
    """A recorded response."""

    __slots__ = ("_playing",)

    def __init__(self, tape: Cassette, interaction: Interaction, reply: Reply) -> None:
        self.reply = reply
        self._playing = _Playing(tape, interaction)

    async def read(self) -> bytes | Failure:
        await _turn()
        return self._playing.next()

    async def close(self) -> None:
        """Do nothing: no connection is open."""


async def _turn() -> None:
    """Let other tasks go on."""
    await _loops.sleep(0)
