"""Answers as they came, told to `on_response=`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import aistrale
from aistrale import RawResponse
from aistrale._ambient import Ambient

from .conftest import KEY, Flavour
from .fake_server import (
    INFERENCE,
    FakeServer,
    cut_body,
    event,
    inference,
    plain,
    problem,
    reply,
    reset,
    sse,
    story,
)
from .test_events import envelope
from .test_prompts import PROMPT, VERSION

Use = Callable[[Any], Any]


def told(flavour: Flavour, url: str, use: Use, **client: Any) -> list[RawResponse]:
    """Return what a client's listener is told while it is used; errors of the package pass."""
    heard: list[RawResponse] = []
    with contextlib.suppress(aistrale.AistraleError):
        flavour.call(url, use, on_response=heard.append, **client)
    return heard


def short(responses: list[RawResponse]) -> list[tuple[int, int, bytes | None]]:
    return [(each.attempt, each.status, each.body) for each in responses]


def test_an_answer_as_it_came(flavour: Flavour) -> None:
    with FakeServer(reply(inference("Hi"), x_Odd="Yes")) as server:
        (heard,) = told(flavour, server.url, lambda client: client.run("hi"))
    assert (heard.method, heard.path, heard.status) == ("POST", "/api/v1/inferences", 200)
    assert heard.request_id == "req_1"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["x-odd"] == "Yes"
    assert heard.body is not None
    assert json.loads(heard.body)["text"] == "Hi"
    assert heard.attempt == 1
    assert 0 < heard.elapsed_ms < 5000
    assert pickle.loads(pickle.dumps(heard)) == heard


def test_every_attempt_is_told_of(flavour: Flavour) -> None:
    """A connection without an answer is none of the server's answers, and counts."""
    script = [
        problem(429, "rate_limited", headers={"retry_after_ms": "1"}),
        reset,
        plain(503, b"<html>"),
        reply(PROMPT),
    ]
    with FakeServer(*script) as server:
        heard = told(flavour, server.url, lambda client: client.prompts.get("a"), max_retries=3)
    assert [(each.attempt, each.status) for each in heard] == [(1, 429), (3, 503), (4, 200)]
    assert heard[1].body == b"<html>"
    assert heard[0].body is not None
    assert json.loads(heard[0].body)["code"] == "rate_limited"


def test_an_error_is_told_of_before_it_is_raised(flavour: Flavour) -> None:
    with FakeServer(plain(404), reply({}, 204)) as server:
        heard = told(flavour, server.url, lambda client: client.prompts.get("a"))
        assert short(heard) == [(1, 404, b"")]
        heard = told(flavour, server.url, lambda client: client.tokens.remove("tok_1"))
        assert short(heard) == [(1, 204, b"")]


def test_a_body_that_breaks_off_is_none(flavour: Flavour) -> None:
    with FakeServer(cut_body, reply(PROMPT)) as server:
        heard = told(flavour, server.url, lambda client: client.prompts.get("a"))
    assert [(each.attempt, each.status, each.body is None) for each in heard] == [
        (1, 200, True),
        (2, 200, False),
    ]


def test_the_pages_of_a_list(flavour: Flavour) -> None:
    heard: list[str] = []
    pages = [
        reply({"data": [PROMPT], "next_cursor": "c"}),
        reply({"data": [PROMPT], "next_cursor": None}),
    ]

    def use(client: Any) -> Any:
        listing = client.prompts.list(on_response=lambda each: heard.append(each.path))
        if flavour.name == "sync":
            return list(listing)

        async def read() -> None:
            _ = [each async for each in listing]

        return read()

    with FakeServer(*pages) as server:
        flavour.call(server.url, use)
    assert heard == ["/api/v1/prompts", "/api/v1/prompts?cursor=c"]


@pytest.mark.parametrize("given", ["client", "call"])
def test_a_stream_is_told_of_at_its_head(flavour: Flavour, given: str) -> None:
    """Of each of its connections, and of errors with their bodies."""
    script = [
        problem(429, "rate_limited", headers={"retry_after_ms": "1"}),
        sse(event("delta", {"text": "a"}, 1), end="reset"),
        sse(
            event("delta", {"text": "b"}, 2),
            event("completed", inference("ab"), 3),
            identity=INFERENCE,
        ),
    ]
    heard: list[RawResponse] = []
    at = {"client": {"on_response": heard.append}} if given == "client" else {}
    more = {"on_response": heard.append} if given == "call" else {}
    with FakeServer(*script) as server:
        streamed = flavour.stream(server.url, **at, **more)
    assert streamed.texts == ["a", "b"]
    assert [(each.attempt, each.status) for each in heard] == [(1, 429), (2, 200), (3, 200)]
    assert heard[0].body is not None
    assert heard[1].body is heard[2].body is None
    assert heard[1].headers["x-aistrale-inference-id"] == INFERENCE


def test_a_stream_that_comes_in_one_piece_has_its_body(flavour: Flavour) -> None:
    heard: list[RawResponse] = []
    with FakeServer(reply(inference("Hi"))) as server:
        streamed = flavour.stream(server.url, on_response=heard.append)
    assert streamed.completed is not None
    assert [json.loads(each.body or b"")["text"] for each in heard] == ["Hi"]


def test_live_feeds_and_exports(flavour: Flavour) -> None:
    script = [
        plain(503, b"busy"),
        sse(event("webhook.test", envelope(1)), end="reset"),
        sse(event("webhook.test", envelope(2), 2), end="hang"),
        plain(200, b"{}\n", content_type="application/x-ndjson"),
    ]
    heard: list[RawResponse] = []

    def use(client: Any) -> Any:
        feed = client.events.stream()
        export = client.telemetry.export()
        if flavour.name == "sync":
            with feed:
                next(feed)
                next(feed)
            return list(export)

        async def read() -> None:
            async with feed:
                await anext(feed)
                await anext(feed)
            _ = [each async for each in export]

        return read()

    with FakeServer(*script) as server:
        flavour.call(server.url, use, on_response=heard.append)
    assert short(heard) == [(1, 503, b"busy"), (2, 200, None), (3, 200, None), (1, 200, None)]
    assert heard[1].path.startswith("/api/v1/events/stream")


def test_the_calls_own_takes_the_clients_place(flavour: Flavour) -> None:
    heard: list[str] = []
    with FakeServer(forever=reply(PROMPT)) as server:

        def use(client: Any) -> Any:
            return client.prompts.get("a", on_response=lambda _: heard.append("call"))

        flavour.call(server.url, use, on_response=lambda _: heard.append("client"))
        assert heard == ["call"]
        flavour.call(
            server.url,
            lambda client: client.prompts.get("a", on_response=None),
            on_response=lambda _: heard.append("client"),
        )
    assert heard == ["call", "client"]


def test_a_session_tells_of_its_turns_and_renderings(flavour: Flavour) -> None:
    heard: list[str] = []
    rendered = {"name": "a", "version": 1, "messages": [{"role": "user", "content": "x"}]}
    with FakeServer(reply(rendered), reply(inference("y"))) as server:

        def use(client: Any) -> Any:
            session = client.session(
                prompt_ref="a", on_response=lambda each: heard.append(each.path)
            )
            return session.run("z")

        flavour.call(server.url, use)
    assert heard == ["/api/v1/prompts/a/render", "/api/v1/inferences"]


def test_what_it_raises_ends_the_call(flavour: Flavour) -> None:
    """As it is; nothing is tried again, and the connection is fit for the next call."""

    class OddError(Exception):
        pass

    def refuse(response: RawResponse) -> None:
        raise OddError(response.status)

    with FakeServer(plain(503), reply(PROMPT)) as server:

        def sync(client: Any) -> Any:
            with pytest.raises(OddError, match="503"):
                client.prompts.get("a", on_response=refuse)
            return client.prompts.get("a")

        async def asynchronous(client: Any) -> Any:
            with pytest.raises(OddError, match="503"):
                await client.prompts.get("a", on_response=refuse)
            return await client.prompts.get("a")

        found = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
        assert found.name == "greeting"
        assert (len(server.requests), server.connections) == (2, 1)


def test_what_it_raises_ends_a_stream_and_its_inference(flavour: Flavour) -> None:
    def refuse(_: RawResponse) -> None:
        raise KeyError("no")

    with FakeServer(sse(*story("a", "b"), end="hang")) as server:
        with pytest.raises(KeyError):
            flavour.stream(server.url, on_response=refuse)
        assert [got.path for got in server.cancelled] == [f"/api/v1/inferences/{INFERENCE}/cancel"]
        assert server.requests[0].gone.wait(5)


def test_leaving_a_stream_is_not_told_of(flavour: Flavour) -> None:
    heard: list[str] = []

    def sync(client: Any) -> None:
        with client.stream("hi") as stream:
            next(stream)

    async def asynchronous(client: Any) -> None:
        async with client.stream("hi") as stream:
            await anext(stream)

    with FakeServer(sse(*story("a", "b")[:2], end="hang")) as server:
        use = sync if flavour.name == "sync" else asynchronous
        flavour.call(server.url, use, on_response=lambda each: heard.append(each.path))
        assert len(server.cancelled) == 1
    assert heard == ["/api/v1/inferences"]


def test_an_asynchronous_client_awaits_what_is_asynchronous() -> None:
    heard: list[str] = []

    async def listen(response: RawResponse) -> None:
        await asyncio.sleep(0)
        heard.append(f"{response.status} {response.attempt}")

    class Listener:
        async def __call__(self, response: RawResponse) -> None:
            await listen(response)

    flavour = Flavour("async")

    def disguised(response: RawResponse) -> object:
        return listen(response)

    with FakeServer(plain(503), reply(PROMPT), reply(PROMPT), sse(*story("a"))) as server:
        flavour.call(server.url, lambda client: client.prompts.get("a"), on_response=listen)
        flavour.call(server.url, lambda client: client.prompts.get("a", on_response=Listener()))
        flavour.stream(server.url, on_response=disguised)
    assert heard == ["503 1", "200 2", "200 1", "200 1"]


def test_a_blocking_client_says_that_it_cannot() -> None:
    """Before anything is sent, where that can be told."""

    async def listen(_: RawResponse) -> None:
        pass

    class Listener:
        async def __call__(self, _: RawResponse) -> None:
            pass

    def disguised(response: RawResponse) -> object:
        return listen(response)

    with FakeServer(reply(PROMPT)) as server:
        for each in (listen, Listener()):
            with pytest.raises(TypeError, match="a blocking client cannot await it"):
                aistrale.Aistrale(api_url=server.url, on_response=each)
        with aistrale.Aistrale(api_url=server.url) as client:
            with pytest.raises(TypeError, match="a blocking client cannot await it"):
                client.prompts.get("a", on_response=listen)
            with pytest.raises(TypeError, match="on_response is not a function: str"):
                client.prompts.get("a", on_response="print")  # type: ignore[arg-type]
            assert server.requests == []
            with pytest.raises(TypeError, match="a blocking client cannot await it"):
                client.prompts.get("a", on_response=disguised)


def test_the_time_is_that_of_one_attempt() -> None:
    """To the end of a body, to the head of a stream; waits between attempts are none of it."""
    now = [100.0]

    def nap(seconds: float) -> None:
        now[0] += 1000

    def clock() -> float:
        now[0] += 1
        return now[0]

    heard: list[RawResponse] = []
    with FakeServer(plain(503), reply(PROMPT)) as server:
        with aistrale.Aistrale(
            api_url=server.url,
            timeout=aistrale.NO_TIMEOUT,
            on_response=heard.append,
            _ambient=Ambient(monotonic=clock, sleep=nap),
        ) as client:
            client.prompts.get("a")
    assert [each.elapsed_ms for each in heard] == [1000, 1000]


def test_no_credential_is_in_it(flavour: Flavour) -> None:
    secret = "ais_of_somebody_else"
    with FakeServer(reply({"id": "key_1", "key": secret}, 201, set_cookie="a=b")) as server:
        (heard,) = told(
            flavour,
            server.url,
            lambda client: client.api_keys.create("a", extra_headers={"x-mine": "hunter2"}),
        )
    whole = "".join(str(getattr(heard, name)) for name in RawResponse.__slots__)
    assert KEY not in whole
    assert "hunter2" not in whole
    assert heard.headers["set-cookie"] == "a=b"
    assert repr(heard) == (
        "RawResponse(method='POST', path='/api/v1/api-keys', status=201, request_id='req_1', "
        f"attempt=1, elapsed_ms={heard.elapsed_ms!r})"
    )


def test_of_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[RawResponse] = []
    with FakeServer(reply(inference()), reply(VERSION)) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        aistrale.run("hi", on_response=heard.append)
        aistrale.prompts.get_version("greeting", 3, on_response=heard.append)
    assert [each.request_id for each in heard] == ["req_1", "req_1"]
