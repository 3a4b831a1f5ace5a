"""A stream whose connection is lost goes on; one that nobody reads any more is ended."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale import _core, _farewells, _operations
from aistrale._ambient import Ambient
from aistrale._steps import Emit, Failure, Read, Reply, Send, Wait
from aistrale._streaming import Accumulator, streamed

from .conftest import KEY, Flavour
from .fake_server import (
    INFERENCE,
    Answer,
    FakeServer,
    Got,
    event,
    hang,
    inference,
    problem,
    reply,
    sse,
    sse_head,
)

PIECES = ("Once ", "upon é ", "🙂 a\r\n ", "time")
TEXT = "".join(PIECES)
EVENTS = [
    *(event("delta", {"text": text}, n) for n, text in enumerate(PIECES, 1)),
    event("completed", inference(TEXT), len(PIECES) + 1),
]
EVENTS[1] = b": keep-alive\n\n" + EVENTS[1]
WHOLE = sse_head() + b"".join(EVENTS)
LACKS_NOTHING = len(WHOLE) - 2
"""Cut after so many bytes, only the blank line of the last event is missing."""

CANCEL = f"/api/v1/inferences/{INFERENCE}/cancel"
CANCEL_BY_KEY = "/api/v1/inferences/cancel"
SOON = {"headers": {"retry_after_ms": "1"}}
GONE = problem(409, "conflict", "It is gone.", headers={"x_should_retry": "false"})


def seen(got: Got) -> int:
    return int(got.headers.get("last-event-id", 0))


def rest(cut: int | None = None) -> Answer:
    """As the server does: what comes behind the last event that was seen, or its first bytes."""

    def answer(connection: socket.socket, got: Got) -> bool:
        connection.sendall((sse_head() + b"".join(EVENTS[seen(got) :]))[:cut])
        return False

    return answer


def cut_after(count: int, *more: bytes) -> Answer:
    """So many events, and then the connection ends."""
    return sse(*EVENTS[:count], *more, end="eof")


def with_naps(url: str, naps: list[float], **arguments: Any) -> aistrale.Aistrale:
    ambient = Ambient(chance=lambda: 0.0, sleep=naps.append)
    return aistrale.Aistrale(api_url=url, api_key=KEY, _ambient=ambient, **arguments)


def interrupted(naps: list[float], *script: Answer, **options: Any) -> tuple[Any, FakeServer]:
    """Read a stream that is to be interrupted, and return the error and the server."""
    with FakeServer(*script) as server, with_naps(server.url, naps) as client:
        with pytest.raises(aistrale.StreamInterruptedError) as raised:
            client.stream("x", **options).final()
        return raised.value, server


def soon(condition: Callable[[], object]) -> bool:
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return bool(condition())


# ── going on ─────────────────────────────────────────────────────────────────────────────────────


def test_a_connection_that_is_cut_at_any_byte_gives_the_same_text(naps: list[float]) -> None:
    for cut in range(len(WHOLE)):
        with FakeServer(rest(cut), rest()) as server, with_naps(server.url, naps) as client:
            with client.stream("x") as stream:
                events = list(stream)
                assert stream.text == TEXT, cut
        assert [type(each) for each in events[:-1]] == [aistrale.TextDelta] * len(PIECES), cut
        assert [each.id for each in events] == ["1", "2", "3", "4", "5"], cut
        assert events[-1].inference.text == TEXT  # type: ignore[union-attr]
        assert len(server.requests) == (2 if cut < LACKS_NOTHING else 1), cut
        assert len({got.headers["idempotency-key"] for got in server.requests}) == 1
        assert len({got.body for got in server.requests}) == 1
        assert "last-event-id" not in server.requests[0].headers
        assert server.cancelled == []


def test_a_connection_that_is_cut_at_any_byte_gives_the_same_text_under_asyncio() -> None:
    tries: Counter[str] = Counter()

    def answer(connection: socket.socket, got: Got) -> bool:
        cut = int(got.json["prompt"])
        tries[got.json["prompt"]] += 1
        return rest(cut if tries[got.json["prompt"]] == 1 else None)(connection, got)

    async def read(client: aistrale.AsyncAistrale, cut: int) -> None:
        async with client.stream(str(cut)) as stream:
            texts = [each.text async for each in stream if isinstance(each, aistrale.TextDelta)]
        assert texts == [*PIECES], cut

    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            for start in range(0, len(WHOLE), 400):
                cuts = range(start, min(start + 400, len(WHOLE)))
                await asyncio.gather(*[read(client, cut) for cut in cuts])

    with FakeServer(forever=answer) as server:
        asyncio.run(main(server.url))
    assert tries == {str(n): 2 if n < LACKS_NOTHING else 1 for n in range(len(WHOLE))}


class Wire:
    """A server and its connections without any: cut where the script says, in chunks of any size.

    `broken`: whether a cut is a broken connection, else it is the end of the stream.
    """

    def __init__(self, cuts: list[tuple[int, bool]], chunk: int) -> None:
        self.cuts = [*cuts]
        self.chunk = chunk
        self.left = b""
        self.end: bytes | Failure = b""
        self.asked: list[str | None] = []

    def send(self, headers: dict[str, str]) -> Reply | Failure:
        last = headers.get("last-event-id")
        self.asked.append(last)
        whole = b"".join(EVENTS[int(last or 0) :])
        cut, broken = self.cuts.pop(0) if self.cuts else (len(whole), False)
        self.left = whole[:cut]
        self.end = Failure("lost", "cut") if broken else b""
        head = {"content-type": "text/event-stream", "x-aistrale-inference-id": INFERENCE}
        return Reply(200, head)

    def read(self) -> bytes | Failure:
        if not self.left:
            return self.end
        chunk, self.left = self.left[: self.chunk], self.left[self.chunk :]
        return chunk


def play(wire: Wire) -> list[Any]:
    """Carry a stream's steps out on that wire, and return its events."""
    core = _core.make(
        api_url="http://a.example",
        api_key=KEY,
        model=None,
        provider=None,
        profile=None,
        timeout=aistrale.NO_TIMEOUT,
        max_retries=1000,
        headers=None,
        workspace=None,
        ambient=Ambient(),
    )
    operation = _operations.infer("x", {}, core.settings, core.ambient, stream=True)
    steps = streamed(core.call(operation), operation, Accumulator())
    events: list[Any] = []
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return events
        answer = None
        if isinstance(step, Send):
            answer = wire.send(dict(step.request.headers))
        elif isinstance(step, Read):
            answer = wire.read()
        elif isinstance(step, Emit):
            events.append(step.event)
        else:
            assert not isinstance(step, Wait) or 0 <= step.seconds <= 8


@given(
    cuts=st.lists(st.tuples(st.integers(0, len(WHOLE)), st.booleans()), max_size=40),
    chunk=st.integers(1, 2000),
)
def test_any_split_of_a_stream_gives_the_same_text(
    cuts: list[tuple[int, bool]], chunk: int
) -> None:
    wire = Wire(cuts, chunk)
    events = play(wire)
    assert [each.text for each in events[:-1]] == [*PIECES]
    assert events[-1].inference.text == TEXT
    asked = [int(last or 0) for last in wire.asked]
    assert asked == sorted(asked)


def test_it_comes_back_for_what_is_behind_the_last_whole_event(flavour: Flavour) -> None:
    with FakeServer(cut_after(2, EVENTS[2][:-1]), rest()) as server:
        came = flavour.stream(server.url)
    assert came.texts == [*PIECES]
    assert server.requests[1].headers["last-event-id"] == "2"


def test_an_event_without_its_blank_line_is_not_taken_for_another(naps: list[float]) -> None:
    """Its id comes after its data, and is cut: 1 instead of 12."""
    odd = b'event: delta\ndata: {"text": "upon \xc3\xa9 "}\nid: 12'
    script = (sse(EVENTS[0], odd[:-1], end="bare"), rest())
    with FakeServer(*script) as server, with_naps(server.url, naps) as client:
        stream = client.stream("x")
        assert stream.final().text == stream.text == TEXT
        assert server.requests[1].headers["last-event-id"] == "1"


def test_what_comes_again_is_passed_over(naps: list[float]) -> None:
    script = (cut_after(2), sse(*EVENTS))
    with FakeServer(*script) as server, with_naps(server.url, naps) as client:
        stream = client.stream("x")
        assert stream.final().text == stream.text == TEXT


def test_what_is_missing_is_never_passed_over(naps: list[float]) -> None:
    error, _ = interrupted(naps, cut_after(1), sse(*EVENTS[2:]))
    assert "left out what came after 1" in str(error)
    assert error.text == PIECES[0]


@pytest.mark.parametrize("other", [sse(*EVENTS[1:], identity="inf_2"), reply(inference(TEXT))])
def test_a_new_answer_is_never_put_behind_an_old_one(naps: list[float], other: Answer) -> None:
    error, server = interrupted(naps, cut_after(1), other)
    assert "the server began another answer" in str(error)
    assert (error.text, error.inference_id) == (PIECES[0], INFERENCE)
    assert soon(lambda: [got.path for got in server.cancelled] == [CANCEL])


def test_what_cannot_be_gone_on_with_is_interrupted_with_what_arrived(flavour: Flavour) -> None:
    with FakeServer(cut_after(2), GONE) as server:
        came = flavour.stream(server.url)
        assert soon(lambda: [got.path for got in server.cancelled] == [CANCEL])
    assert type(came.error) is aistrale.StreamInterruptedError
    assert came.error.text == came.stream.text == PIECES[0] + PIECES[1]
    assert came.error.inference_id == came.stream.inference_id == INFERENCE
    assert type(came.error.__cause__) is aistrale.ConflictError
    assert "It is gone." in str(came.error)
    assert len(server.requests) == 2


def test_without_ids_there_is_nothing_to_go_on_with(naps: list[float]) -> None:
    error, server = interrupted(naps, sse(b'event: delta\ndata: {"text":"a"}\n\n', end="eof"))
    assert error.text == "a"
    assert len(server.requests) == 1


def test_whoever_gave_the_key_can_come_back_with_it(flavour: Flavour) -> None:
    with FakeServer(cut_after(2), GONE, rest()) as server:
        came = flavour.stream(server.url, idempotency_key="mine")
        assert type(came.error) is aistrale.StreamInterruptedError
        time.sleep(0.2)
        assert server.cancelled == []
        assert flavour.stream(server.url, idempotency_key="mine").completed.text == TEXT
    assert {got.headers["idempotency-key"] for got in server.requests} == {"mine"}


def test_a_server_that_starts_again_is_waited_for(naps: list[float]) -> None:
    """To ask for the rest costs nothing, so that any passing fault is tried again."""
    later = problem(503, "overloaded", headers={"retry_after": "3"})
    script = (cut_after(1), later, problem(500, "internal"), rest())
    with FakeServer(*script) as server, with_naps(server.url, naps, max_retries=3) as client:
        assert client.stream("x").final().text == TEXT
    assert naps == [0.5, 3.0, 2.0]


def test_progress_begins_the_retries_anew(naps: list[float]) -> None:
    def one(connection: socket.socket, got: Got) -> bool:
        connection.sendall(sse_head() + EVENTS[seen(got)])
        return False

    with FakeServer(forever=one) as server, with_naps(server.url, naps) as client:
        assert client.stream("x").final().text == TEXT
    assert naps == [0.5] * 4


def test_without_progress_the_retries_end(naps: list[float]) -> None:
    error, server = interrupted(naps, cut_after(1), cut_after(0), cut_after(0), rest())
    assert error.text == PIECES[0]
    assert len(server.requests) == 3
    assert naps == [0.5, 1.0]


def test_one_deadline_covers_all_connections(flavour: Flavour) -> None:
    with FakeServer(cut_after(1), forever=hang) as server:
        began = time.monotonic()
        came = flavour.stream(server.url, timeout=1.2)
        took = time.monotonic() - began
    assert type(came.error) is aistrale.APITimeoutError
    assert came.stream.text == PIECES[0]
    assert 1 < took < 2
    assert len(server.requests) == 2


def test_an_error_of_the_answer_is_not_come_back_for(flavour: Flavour) -> None:
    body = {"code": "provider_failed", "status": 502, "detail": "Broke."}
    with FakeServer(cut_after(1), sse(event("error", body, 2))) as server:
        came = flavour.stream(server.url)
        time.sleep(0.2)
    assert type(came.error) is aistrale.ProviderError
    assert came.stream.text == PIECES[0]
    assert (len(server.requests), server.cancelled) == (2, [])


def test_a_run_goes_on_only_when_it_is_asked_to(flavour: Flavour) -> None:
    with FakeServer(rest(10), reply(inference("kept"))) as server:
        assert flavour.run(server.url, resumable=True).text == "kept"
        first, second = server.requests
    assert first.json == {"prompt": "hi", "resumable": True}
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    with FakeServer(rest(10)) as server:
        with pytest.raises(aistrale.APIConnectionError):
            flavour.run(server.url)
    assert server.requests[0].json == {"prompt": "hi"}
    assert len(server.requests) == 1


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────


def leave(flavour: Flavour, url: str, **options: Any) -> Any:
    """Read one event, and leave."""

    def sync(client: Any) -> Any:
        with client.stream("x", **options) as stream:
            next(stream)
        stream.close()
        return stream

    async def asynchronous(client: Any) -> Any:
        async with client.stream("x", **options) as stream:
            await anext(stream)
        await stream.close()
        return stream

    return flavour.call(url, sync if flavour.name == "sync" else asynchronous)


def test_leaving_early_ends_the_inference(flavour: Flavour) -> None:
    with FakeServer(sse(*EVENTS[:2], end="hang")) as server:
        stream = leave(flavour, server.url, idempotency_key="mine", workspace="ws_1")
        assert stream.inference_id == INFERENCE
        (got,) = server.cancelled
        assert server.requests[0].gone.wait(5)
    assert (got.method, got.path, got.body) == ("POST", CANCEL, b"")
    assert got.headers["content-length"] == "0"
    assert got.headers["authorization"] == f"Bearer {KEY}"
    assert got.headers["x-aistrale-workspace"] == "ws_1"
    assert {"content-type", "idempotency-key", "last-event-id"}.isdisjoint(got.headers)


def test_leaving_what_ends_with_its_connection_tells_nobody(flavour: Flavour) -> None:
    with FakeServer(sse(*EVENTS[:2], end="hang")) as server:
        leave(flavour, server.url, resumable=False)
        assert server.requests[0].gone.wait(5)
        assert server.cancelled == []


def test_leaving_at_the_end_tells_nobody(flavour: Flavour) -> None:
    with FakeServer(sse(*EVENTS)) as server:
        assert flavour.stream(server.url).completed.text == TEXT
        assert server.cancelled == []


def test_leaving_from_another_thread_ends_the_inference_and_the_reader() -> None:
    sent = threading.Event()
    with (
        FakeServer(sse(*EVENTS[:1], end="hang", on_sent=sent)) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        stream = client.stream("hi")

        def close_soon() -> None:
            sent.wait(5)
            time.sleep(0.05)
            stream.close()

        threading.Thread(target=close_soon).start()
        with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
            stream.final()
        assert soon(lambda: len(server.cancelled) == 1)
        assert len(server.requests) == 1


def test_leaving_while_it_waits_to_go_on(naps: list[float]) -> None:
    with FakeServer(cut_after(1), rest()) as server:
        ambient = Ambient(chance=lambda: 0.0, sleep=lambda _: stream.close())
        client = aistrale.Aistrale(api_url=server.url, api_key=KEY, _ambient=ambient)
        stream = client.stream("x")
        with client, pytest.raises(aistrale.StreamInterruptedError, match="it was closed"):
            stream.final()
        assert len(server.requests) == 1
        assert len(server.cancelled) == 1


def test_a_cancelled_task_ends_the_inference() -> None:
    async def main(server: FakeServer) -> None:
        async with aistrale.AsyncAistrale(api_url=server.url, api_key=KEY) as client:
            stream = client.stream("hi", idempotency_key="mine")

            async def read() -> None:
                async for _ in stream:
                    pass

            task = asyncio.create_task(read())
            while not stream.text:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [got.path for got in server.cancelled] == [CANCEL]

    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        asyncio.run(main(server))


def test_a_task_that_is_cancelled_before_the_answer_begins_ends_the_inference() -> None:
    """Its name comes with the answer's head, and so a moment later."""
    begin = threading.Event()

    def late(connection: socket.socket, got: Got) -> bool:
        begin.wait(5)
        return sse(*EVENTS[:1], end="hang")(connection, got)

    async def main(server: FakeServer) -> None:
        async with aistrale.AsyncAistrale(api_url=server.url, api_key=KEY) as client:
            task = asyncio.create_task(client.stream("hi", idempotency_key="mine").final())
            while not server.requests:
                await asyncio.sleep(0.01)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - began < 0.5
            begin.set()
            assert await asyncio.to_thread(soon, lambda: server.cancelled)
            assert [got.path for got in server.cancelled] == [CANCEL]
            assert await asyncio.to_thread(server.requests[0].gone.wait, 5)

    with FakeServer(late) as server:
        asyncio.run(main(server))
    assert len(server.requests) == 1


def by_its_key(server: FakeServer) -> bool:
    """Whether its one request was cancelled by its key, once."""
    (request,) = server.requests
    cancelled = [(got.path, got.headers["idempotency-key"]) for got in server.cancelled]
    return cancelled == [(CANCEL_BY_KEY, request.headers["idempotency-key"])]


def test_a_program_that_ends_before_the_answer_begins_ends_the_inference() -> None:
    async def main(server: FakeServer) -> None:
        client = aistrale.AsyncAistrale(api_url=server.url, api_key=KEY)
        reading = asyncio.create_task(client.stream("hi").final())
        while not server.requests:
            await asyncio.sleep(0.01)
        assert not reading.done()

    with FakeServer(hang) as server:
        asyncio.run(main(server))
        assert by_its_key(server)
        assert server.requests[0].gone.wait(5)


FAR_AWAY = """
import asyncio, sys, time, aistrale, httpcore2
from httpcore2._backends.auto import AutoBackend

connections = 0
blocking, asynchronous = httpcore2.SyncBackend.connect_tcp, AutoBackend.connect_tcp

def is_far():
    global connections
    connections += 1
    return 0.4 if connections > 1 else 0

def connect(*given, **named):
    time.sleep(is_far())
    return blocking(*given, **named)

async def connect_async(*given, **named):
    await sleep(is_far())
    return await asynchronous(*given, **named)

httpcore2.SyncBackend.connect_tcp, AutoBackend.connect_tcp = connect, connect_async
sleep = asyncio.sleep
options = {"api_url": sys.argv[1], "api_key": "k", "timeout": 0.5}
"""


@pytest.mark.parametrize(
    "program",
    [
        "list(aistrale.Aistrale(**options).stream('hi'))",
        "with aistrale.Aistrale(**options) as client: list(client.stream('hi'))",
        "asyncio.run(aistrale.AsyncAistrale(**options).stream('hi').final())",
        """
async def main():
    async with aistrale.AsyncAistrale(**options) as client:
        await client.stream('hi').final()

asyncio.run(main())
""",
        """
import trio

sleep = trio.sleep

async def main():
    async with aistrale.AsyncAistrale(**options) as client:
        await client.stream('hi').final()

trio.run(main)
""",
    ],
    ids=["left", "closed", "asyncio left", "asyncio closed", "trio closed"],
)
def test_a_program_that_ends_with_its_timeout_still_tells_a_server_far_away(program: str) -> None:
    with FakeServer(hang) as server:
        command = [sys.executable, "-c", FAR_AWAY + program, server.url]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
        assert "APITimeoutError: Timed out" in ended.stderr, ended.stderr
        assert soon(lambda: by_its_key(server)), [got.path for got in server.cancelled]


def test_a_signals_handler_closes_the_client_while_a_farewell_begins() -> None:
    """A handler of SIGTERM does so: in the same thread, in the midst of what that does."""
    program = """
import threading

start = threading.Thread.start

def interrupted(thread):
    start(thread)
    if thread.name == "aistrale-farewell":
        client.close()

threading.Thread.start = interrupted
client = aistrale.Aistrale(**options)
list(client.stream('hi'))
"""
    with FakeServer(hang) as server:
        command = [sys.executable, "-c", FAR_AWAY + program, server.url]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
        assert "APITimeoutError: Timed out" in ended.stderr, ended.stderr
        assert soon(lambda: by_its_key(server))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 brought eager tasks")
def test_a_farewell_that_is_said_before_its_task_is_known() -> None:
    said: list[str] = []

    async def words() -> None:
        said.append("farewell")

    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        sender = object()
        await _farewells.say_async(sender, words, 1)
        await _farewells.heard_async(sender)

    asyncio.run(main())
    assert said == ["farewell"]
    assert not _farewells._tasks


INTERRUPTED = """
import signal, sys, aistrale
# A suite that runs in a shell's background ignores it, and a program that is started there does.
signal.signal(signal.SIGINT, signal.default_int_handler)
with aistrale.Aistrale(api_url=sys.argv[1], api_key="k") as client:
    for event in client.stream("hi"):
        pass
"""


def test_ctrl_c_before_the_answer_begins_ends_the_inference() -> None:
    with FakeServer(hang) as server:
        program = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED, server.url], stderr=subprocess.PIPE
        )
        assert soon(lambda: server.requests)
        time.sleep(0.1)
        program.send_signal(signal.SIGINT)
        said = program.communicate(timeout=10)[1]
        assert said.endswith(b"KeyboardInterrupt\n")
        assert by_its_key(server)


def test_closing_from_another_thread_before_the_answer_begins_ends_the_inference() -> None:
    def until_cancelled(connection: socket.socket, got: Got) -> bool:
        soon(lambda: server.cancelled)
        return problem(409, "cancelled")(connection, got)

    with (
        FakeServer(until_cancelled) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        stream = client.stream("hi")

        def close_soon() -> None:
            soon(lambda: server.requests)
            stream.close()

        threading.Thread(target=close_soon).start()
        with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
            stream.final()
        assert by_its_key(server)


def test_leaving_from_another_thread_before_the_answer_begins_ends_the_inference() -> None:
    begin = threading.Event()

    def late(connection: socket.socket, got: Got) -> bool:
        begin.wait(5)
        return sse(*EVENTS[:1], end="hang")(connection, got)

    with (
        FakeServer(late) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        stream = client.stream("hi", idempotency_key="mine")

        def close_soon() -> None:
            soon(lambda: server.requests)
            stream.close()
            begin.set()

        threading.Thread(target=close_soon).start()
        with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
            stream.final()
        assert soon(lambda: [got.path for got in server.cancelled] == [CANCEL])


def test_a_call_that_runs_out_of_time_ends_its_inference(flavour: Flavour) -> None:
    with FakeServer(sse(*EVENTS[:1], end="hang"), sse(*EVENTS[:1], end="hang")) as server:
        came = flavour.stream(server.url, timeout=0.8)
        assert type(came.error) is aistrale.APITimeoutError
        assert came.stream.text == PIECES[0]
        assert soon(lambda: len(server.cancelled) == 1)
        flavour.stream(server.url, timeout=0.8, idempotency_key="mine")
        time.sleep(0.2)
        assert len(server.cancelled) == 1


def test_no_key_is_not_the_callers_however_it_is_said(flavour: Flavour) -> None:
    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        came = flavour.stream(server.url, timeout=0.8, idempotency_key=None)
        assert type(came.error) is aistrale.APITimeoutError
        assert soon(lambda: [got.path for got in server.cancelled] == [CANCEL])


def test_a_server_that_does_not_hear_is_not_waited_for_long(flavour: Flavour) -> None:
    class Deaf(FakeServer):
        def _serve(self, connection: socket.socket) -> None:
            if self.connections > 1:
                time.sleep(20)
            super()._serve(connection)

    with Deaf(sse(*EVENTS[:1], end="hang")) as server:
        began = time.monotonic()
        leave(flavour, server.url)
        assert 0.9 < time.monotonic() - began < 5
    with Deaf(sse(*EVENTS[:1], end="hang")) as server:
        began = time.monotonic()
        came = flavour.stream(server.url, timeout=0.8)
        assert came.ended - began < 1.5, "the deadline is what was asked for"
        assert 1.7 < time.monotonic() - began < 5, "its client is closed a second after that"
        assert type(came.error) is aistrale.APITimeoutError


def test_a_server_that_is_gone_is_no_error(flavour: Flavour) -> None:
    def one_answer(connection: socket.socket, got: Got) -> bool:
        server._listener.close()
        return sse(*EVENTS[:1], end="hang")(connection, got)

    with FakeServer(one_answer) as server:
        leave(flavour, server.url)
        server._listener = socket.create_server(("127.0.0.1", 0))
