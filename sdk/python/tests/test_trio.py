"""What only trio and anyio do: scopes that stay cancelled, runs that end, generators that are
watched. What every asynchronous client does is held by the tests with a `flavour`."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
import pytest
import trio

import aistrale
from aistrale import _loops

from .conftest import KEY
from .fake_server import FakeServer, Got, hang, inference, plain, reply, sse, story
from .test_resume import CANCEL, EVENTS, by_its_key, soon
from .test_routing import MODEL

Main = Callable[[FakeServer], Awaitable[None]]


@pytest.fixture(params=["trio", "anyio on trio", "anyio on asyncio", "anyio on uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Main, FakeServer], None]:
    """Run as the programs do that are not asyncio's."""

    def under(main: Main, server: FakeServer) -> None:
        if request.param == "trio":
            trio.run(main, server)
        elif request.param == "anyio on trio":
            anyio.run(main, server, backend="trio")
        else:
            options = {"use_uvloop": request.param == "anyio on uvloop"}
            anyio.run(main, server, backend="asyncio", backend_options=options)

    return under


def client(server: FakeServer, **arguments: Any) -> aistrale.AsyncAistrale:
    return aistrale.AsyncAistrale(api_url=server.url, api_key=KEY, **arguments)


def test_calls_streams_and_lists(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            assert str(await ours.run("hi")) == "hi"
            async with ours.stream("hi") as stream:
                assert [piece async for piece in stream.text_deltas()] == ["a", "b"]
            assert [model.model async for model in ours.models.list()] == [MODEL["model"]]
            session = ours.session()
            assert str(await session.run("hi")) == "hi"
            assert len(session.messages) == 2
        assert server.connections == 1

    page = {"data": [MODEL], "next_cursor": None}
    answers = [reply(inference("hi")), sse(*story("a", "b")), reply(page), reply(inference("hi"))]
    with FakeServer(*answers) as server:
        run(main, server)


def test_the_callers_scope_ends_a_call_and_its_connection(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            with anyio.move_on_after(0.2) as scope:
                await ours.run("hi")
            assert scope.cancelled_caught
            assert await anyio.to_thread.run_sync(server.requests[0].gone.wait, 5)
            assert str(await ours.run("hi")) == "hi"

    with FakeServer(hang, reply(inference("hi"))) as server:
        run(main, server)
    assert len(server.requests) == 2


def test_the_clients_own_timeout_is_told_from_the_callers(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with client(server, max_retries=0) as ours:
            with anyio.move_on_after(5) as scope, pytest.raises(aistrale.APITimeoutError):
                await ours.run("hi", timeout=0.1)
            assert not scope.cancelled_caught
            with anyio.move_on_after(0.1) as scope:
                await ours.run("hi", timeout=5)
            assert scope.cancelled_caught

    with FakeServer(forever=plain(200, b"{}", 0.5)) as server:
        run(main, server)


def test_a_scope_that_ends_a_stream_ends_the_inference_at_the_server(run: Any) -> None:
    """The program ends at once: the server has heard of it by then."""

    async def main(server: FakeServer) -> None:
        with anyio.CancelScope() as scope:
            async with client(server).stream("hi") as stream:
                async for _ in stream:
                    scope.cancel()
        assert [got.path for got in server.cancelled] == [CANCEL]

    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        run(main, server)
        assert server.requests[0].gone.wait(5)


def test_leaving_a_stream_in_a_cancelled_scope_ends_the_inference(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        with anyio.CancelScope() as scope:
            async with client(server).stream("hi") as stream:
                async for _ in stream:
                    scope.cancel()
                    break
        assert [got.path for got in server.cancelled] == [CANCEL]

    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        run(main, server)


def test_a_stream_that_is_left_before_the_answer_begins_is_ended_by_its_key(run: Any) -> None:
    """The program ends at once: the server has heard of it by then."""

    async def main(server: FakeServer) -> None:
        with anyio.move_on_after(0.3) as scope:
            async with client(server).stream("hi") as stream:
                await stream.final()
        assert scope.cancelled_caught
        assert by_its_key(server)

    with FakeServer(hang) as server:
        run(main, server)
        assert server.requests[0].gone.wait(5)


def test_a_call_that_is_cancelled_before_the_answer_begins_ends_the_inference(run: Any) -> None:
    """Its name comes with the answer's head, and so a moment later."""
    begin = threading.Event()

    def late(connection: socket.socket, got: Got) -> bool:
        begin.wait(5)
        return sse(*EVENTS[:1], end="hang")(connection, got)

    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            began = time.monotonic()
            with anyio.move_on_after(0.2):
                await ours.stream("hi", idempotency_key="mine").final()
            assert time.monotonic() - began < 2
            begin.set()
            assert await anyio.to_thread.run_sync(soon, lambda: server.cancelled)
            assert [got.path for got in server.cancelled] == [CANCEL]
            assert await anyio.to_thread.run_sync(server.requests[0].gone.wait, 5)

    with FakeServer(late) as server:
        run(main, server)


def test_a_bell_is_heard_from_other_threads(run: Any) -> None:
    bells = []

    async def main(_: FakeServer) -> None:
        bells.extend([_loops.bell(), _loops.bell()])
        bells[0].ring()
        await bells[0].wait()
        threading.Timer(0.05, bells[1].ring).start()
        with pytest.raises(TimeoutError):
            async with _loops.timeout(0.001):
                await bells[1].wait()
        await bells[1].wait()

    with FakeServer() as server:
        run(main, server)
    bells[0].ring()


def test_a_hundred_at_a_time(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        texts = []

        async def one() -> None:
            texts.append(str(await ours.run("hi")))

        async with client(server) as ours, anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)
        assert texts == ["hi"] * 100

    with FakeServer(forever=reply(inference("hi"))) as server:
        run(main, server)


def test_a_failure_in_a_group_ends_the_others(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            stream = ours.stream("hi")

            async def read() -> None:
                await stream.final()

            with pytest.raises(ExceptionGroup) as raised:
                async with anyio.create_task_group() as group:
                    group.start_soon(read)
                    while not stream.text:
                        await anyio.sleep(0.01)
                    await ours.whoami()
            (error,) = raised.value.exceptions
            assert type(error) is aistrale.AuthenticationError
        assert [got.path for got in server.cancelled] == [CANCEL]

    with FakeServer(sse(*EVENTS[:1], end="hang"), plain(401, b"{}")) as server:
        run(main, server)


def test_one_client_in_run_after_run() -> None:
    """Of trio and asyncio by turns: each run has its own connections, closed when it ends."""

    async def main() -> None:
        assert str(await ours.run("hi")) == "hi"
        assert str(await ours.run("hi")) == "hi"

    with FakeServer(forever=reply(inference("hi"))) as server:
        ours = client(server)
        for backend in ("trio", "asyncio", "trio", "asyncio"):
            anyio.run(main, backend=backend)
            gc.collect()
            assert soon(lambda: not server._open)
            assert ours._sender._by_loop == {}  # type: ignore[union-attr]
        assert server.connections == 4


def test_one_client_in_runs_of_several_threads() -> None:
    texts = []

    async def main() -> None:
        texts.append(str(await ours.run("hi")))

    with FakeServer(forever=reply(inference("hi"), 200, 0.05)) as server:
        ours = client(server)
        threads = [
            threading.Thread(target=anyio.run, args=(main,), kwargs={"backend": backend})
            for backend in ("trio", "asyncio") * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == ["hi"] * 6


def test_a_client_that_goes_out_of_scope_lets_go_of_its_connections(run: Any) -> None:
    """While the program runs on; warnings are errors here."""

    async def main(server: FakeServer) -> None:
        for _ in range(3):
            assert str(await client(server).run("hi")) == "hi"
            gc.collect()
        assert await anyio.to_thread.run_sync(soon, lambda: not server._open)

    with FakeServer(forever=reply(inference("hi"))) as server:
        run(main, server)
    gc.collect()


def test_iterators_that_are_left_are_nothing_to_warn_of(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            async for _ in ours.models.list():
                break
            async for _ in ours.models.list().pages():
                break
            async with ours.stream("hi") as stream:
                async for _ in stream.text_deltas():
                    break
            gc.collect()

    page = reply({"data": [MODEL, MODEL], "next_cursor": "more"})
    with FakeServer(page, page, sse(*story("a", "b"))) as server:
        run(main, server)


def test_no_task_is_left_behind() -> None:
    async def main(server: FakeServer) -> None:
        async with client(server) as ours:
            before = trio.lowlevel.current_statistics().tasks_living
            await ours.run("hi")
            async with ours.stream("hi") as stream:
                await anext(stream)
            with trio.move_on_after(0.1):
                await ours.stream("hi").final()
        with trio.fail_after(10):
            while trio.lowlevel.current_statistics().tasks_living != before:
                await trio.sleep(0.01)

    with FakeServer(reply(inference()), sse(*story("a")), sse(*EVENTS[:1], end="hang")) as server:
        trio.run(main, server)


def test_a_client_of_your_own(run: Any) -> None:
    async def main(server: FakeServer) -> None:
        async with httpx2.AsyncClient() as yours:
            ours = client(server, http_client=yours, max_retries=0)
            assert str(await ours.run("hi")) == "hi"
            with pytest.raises(aistrale.APITimeoutError):
                await ours.run("hi", timeout=0.1)
            async with ours.stream("hi") as stream:
                assert [piece async for piece in stream.text_deltas()] == ["a", "b"]

    answers = [reply(inference("hi")), plain(200, b"", 0.3), sse(*story("a", "b"))]
    with FakeServer(*answers) as server:
        run(main, server)


def test_trio_as_a_guest_of_asyncio_is_trio() -> None:
    import asyncio

    async def of_trio() -> str:
        return type(_loops.here()).__name__

    async def of_asyncio() -> list[str]:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()
        trio.lowlevel.start_guest_run(
            of_trio,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=lambda outcome: ended.set_result(outcome.unwrap()),
        )
        return [await ended, str(isinstance(_loops.here(), asyncio.AbstractEventLoop))]

    assert asyncio.run(of_asyncio()) == ["TrioToken", "True"]
