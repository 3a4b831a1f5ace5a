from __future__ import annotations

import asyncio
import gc
import threading

import pytest

import aistrale

from .conftest import KEY
from .fake_server import FakeServer, inference, plain, reply, sse, story


def test_run_async_under_asyncio_run_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are errors here: a connection left to the dead loop would fail this."""
    with FakeServer(forever=reply(inference("hi"))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        for _ in range(2):
            assert str(asyncio.run(aistrale.run_async("hi"))) == "hi"
            gc.collect()
        assert server.connections == 2
        assert server.requests[0].headers["idempotency-key"]


def test_connections_are_used_again_within_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        for _ in range(3):
            await aistrale.run_async("hi")
        async with aistrale.stream_async("hi") as stream:
            assert [piece async for piece in stream.text_deltas()] == ["a", "b"]
        await aistrale.run_async("hi")

    answers = [reply(inference())] * 3 + [sse(*story("a", "b")), reply(inference())]
    with FakeServer(*answers) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        asyncio.run(main())
        assert server.connections == 1


def test_one_client_in_loops_of_several_threads() -> None:
    texts = []
    with FakeServer(forever=reply(inference("hi"), 200, 0.01)) as server:
        client = aistrale.AsyncAistrale(api_url=server.url, api_key=KEY)

        async def main() -> None:
            answers = await asyncio.gather(*[client.run("hi") for _ in range(5)])
            texts.extend(str(answer) for answer in answers)

        threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == ["hi"] * 20


def test_a_hundred_at_a_time() -> None:
    async def main(url: str) -> list[aistrale.Inference]:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            return await asyncio.gather(*[client.run("hi") for _ in range(100)])

    with FakeServer(forever=reply(inference("hi"))) as server:
        assert {str(answer) for answer in asyncio.run(main(server.url))} == {"hi"}
        assert len(server.requests) == 100


def test_a_closed_client_connects_again() -> None:
    async def main(url: str) -> None:
        client = aistrale.AsyncAistrale(api_url=url, api_key=KEY)
        await client.run("hi")
        await client.close()
        await client.close()
        await client.run("hi")

    with FakeServer(forever=reply(inference())) as server:
        asyncio.run(main(server.url))
        assert server.connections == 2


def test_a_client_that_goes_out_of_scope_breaks_nothing() -> None:
    with FakeServer(forever=reply(inference("hi"))) as server:
        for _ in range(3):
            assert str(aistrale.Aistrale(api_url=server.url, api_key=KEY).run("hi")) == "hi"
            gc.collect()


def test_the_callers_own_timeout_is_a_timeout_of_the_caller() -> None:
    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            async with asyncio.timeout(0.05):
                await client.run("hi")

    with FakeServer(plain(200, b"{}", 0.5)) as server, pytest.raises(TimeoutError):
        asyncio.run(main(server.url))
