from __future__ import annotations

import asyncio
import threading
import time

import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import (
    FakeServer,
    drip,
    event,
    hang,
    hang_up,
    inference,
    plain,
    problem,
    reply,
    sse,
    story,
)

PIECES = ("Once ", "upon ", "a tïme 🙂\nthere ", "was")


def test_events_come_as_they_were_sent(flavour: Flavour) -> None:
    with FakeServer(sse(*story(*PIECES))) as server:
        streamed = flavour.stream(server.url)
    assert streamed.error is None
    assert streamed.events[:2] == [
        aistrale.TextDelta("Once ", "0"),
        aistrale.TextDelta("upon ", "1"),
    ]
    assert streamed.texts == list(PIECES)
    assert streamed.completed.text == "".join(PIECES)
    assert streamed.completed.usage.output_tokens == 2
    (got,) = server.requests
    assert got.json == {"prompt": "hi", "resumable": True, "stream": True}
    assert got.headers["accept"] == "text/event-stream, application/json"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_line_ends_and_chunks_do_not_matter(flavour: Flavour, newline: str, size: int) -> None:
    whole = b"\xef\xbb\xbf: keep-alive" + (newline * 2).encode()
    for number, text in enumerate(PIECES):
        whole += event("delta", {"text": text}, number, newline) + f": ping{newline * 2}".encode()
    whole += event("completed", inference("".join(PIECES)), 9, newline)
    with FakeServer(sse(*drip([whole], size))) as server:
        streamed = flavour.stream(server.url)
    assert streamed.texts == list(PIECES)
    assert streamed.completed.text == "".join(PIECES)


def test_thinking_tool_calls_and_events_of_the_future(flavour: Flavour) -> None:
    first = {"index": 0, "id": "call_1", "name": "add", "arguments": ""}
    whole = [
        event("delta", {"thinking": "hm"}, 1),
        event("delta", {"tool_call": first}, 2),
        event("delta", {"tool_call": {"index": 0, "arguments": '{"a":1}'}}, 3),
        event("delta", {"smell": 0.5}, 4),
        event("weather", {"sun": True}, 5),
        event("completed", inference(""), 6),
    ]
    with FakeServer(sse(*whole)) as server:
        streamed = flavour.stream(server.url)
    assert streamed.events[:5] == [
        aistrale.ThinkingDelta("hm", "1"),
        aistrale.ToolCallDelta(0, "call_1", "add", "", "2"),
        aistrale.ToolCallDelta(0, None, None, '{"a":1}', "3"),
        aistrale.UnknownEvent("delta", {"smell": 0.5}, "4"),
        aistrale.UnknownEvent("weather", {"sun": True}, "5"),
    ]


@pytest.mark.parametrize("end", ["whole", "eof", "reset", "bare"])
def test_an_end_without_the_last_event_is_never_success(flavour: Flavour, end: str) -> None:
    call = {"index": 0, "id": "call_1", "name": "add", "arguments": '{"a'}
    sent = [
        event("delta", {"thinking": "hm"}),
        event("delta", {"text": "half an "}),
        event("delta", {"text": "answer"}),
        event("delta", {"tool_call": call}),
        b'event: completed\ndata: {"id": "inf_1", "text": "half',
    ]
    with FakeServer(sse(*sent, end=end, pause=0.02)) as server:
        streamed = flavour.stream(server.url, resumable=False)
    error = streamed.error
    assert type(error) is aistrale.StreamInterruptedError
    assert (error.text, error.thinking) == ("half an answer", "hm")
    assert error.tool_calls == (aistrale.ToolCall(id="call_1", name="add", arguments='{"a'),)
    assert streamed.stream.text == "half an answer"
    assert len(server.requests) == 1, "it may have been paid: not sent again"
    with pytest.raises(aistrale.StreamInterruptedError):
        if flavour.name == "sync":
            streamed.stream.final()
        else:
            asyncio.run(streamed.stream.final())


def test_a_last_event_without_its_blank_line_counts_when_it_is_whole(flavour: Flavour) -> None:
    *deltas, last = story("all", " of it")
    with FakeServer(sse(*deltas, last.rstrip(b"\n"), end="bare")) as server:
        assert flavour.stream(server.url).completed.text == "all of it"


def test_a_stream_that_breaks_before_its_first_event_is_not_paid_twice(flavour: Flavour) -> None:
    with FakeServer(sse(end="eof"), sse(*story("x"))) as server:
        error = flavour.stream(server.url, resumable=False).error
    assert type(error) is aistrale.StreamInterruptedError
    assert len(server.requests) == 1


def test_an_error_event_first_is_raised_as_its_status_would_be(flavour: Flavour) -> None:
    body = {"code": "no_provider", "status": 422, "detail": "Add one.", "request_id": "req_7"}
    with FakeServer(sse(event("error", body))) as server:
        error = flavour.stream(server.url).error
    assert type(error) is aistrale.NoProviderError
    assert (error.status, error.code, error.request_id) == (422, "no_provider", "req_7")
    assert str(error).startswith("Add one. (422 no_provider in the stream from ")


def test_an_error_event_first_is_tried_again_where_nothing_was_paid(flavour: Flavour) -> None:
    body = {"code": "rate_limited", "status": 429, "detail": "Slow.", "retry_after_ms": 1}
    with FakeServer(sse(event("error", body)), sse(*story("second"))) as server:
        assert flavour.stream(server.url).completed.text == "second"
    first, second = server.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_an_error_event_after_a_delta_is_raised_and_the_text_kept(flavour: Flavour) -> None:
    body = {"code": "provider_failed", "status": 502, "detail": "Broke.", "provider": "openai"}
    with FakeServer(sse(event("delta", {"text": "par"}), event("error", body))) as server:
        streamed = flavour.stream(server.url)
    assert type(streamed.error) is aistrale.ProviderError
    assert (streamed.error.provider, streamed.stream.text) == ("openai", "par")
    assert len(server.requests) == 1


def test_a_refusal_before_the_stream_is_typed_and_tried_again(flavour: Flavour) -> None:
    limit = problem(429, "rate_limited", headers={"retry_after_ms": "1"})
    with FakeServer(limit, sse(*story("ok"))) as server:
        assert flavour.stream(server.url).completed.text == "ok"
    with FakeServer(plain(502, b"<html>", content_type="text/html")) as server:
        assert type(flavour.stream(server.url).error) is aistrale.ProviderError
    with FakeServer(hang_up) as server:
        error = flavour.stream(server.url, resumable=False).error
    assert type(error) is aistrale.APIConnectionError


def test_an_answer_in_one_piece_is_a_stream_of_one_event(flavour: Flavour) -> None:
    with FakeServer(reply(inference("whole"))) as server:
        streamed = flavour.stream(server.url)
    assert [type(found) for found in streamed.events] == [aistrale.Completed]
    assert streamed.completed.text == "whole"


@pytest.mark.parametrize("garbage", [b"event: delta\ndata: {not json}\n\n", b"data: \xff\n\n"])
def test_garbage_is_no_success(flavour: Flavour, garbage: bytes) -> None:
    with FakeServer(sse(event("delta", {"text": "so far"}), garbage, *story("x"))) as server:
        error = flavour.stream(server.url).error
    assert type(error) is aistrale.StreamInterruptedError
    assert error.text == "so far"


def test_the_total_deadline_holds_for_a_dripping_stream(flavour: Flavour) -> None:
    drops = [event("delta", {"text": "."})] * 400
    with FakeServer(sse(*drops, pause=0.02)) as server:
        began = time.monotonic()
        streamed = flavour.stream(server.url, timeout=0.3)
        took = time.monotonic() - began
        assert type(streamed.error) is aistrale.APITimeoutError
        assert streamed.stream.text.startswith("..")
        assert took < 4, "to its end it would take 8 s"
        assert server.requests[0].gone.wait(5)


def test_the_total_deadline_holds_when_a_stream_falls_silent_late(flavour: Flavour) -> None:
    drops = [event("delta", {"text": "."})] * 5
    with FakeServer(sse(*drops, pause=0.1, end="hang")) as server:
        began = time.monotonic()
        streamed = flavour.stream(server.url, timeout=0.7)
        took = time.monotonic() - began
    assert type(streamed.error) is aistrale.APITimeoutError
    assert streamed.stream.text == "....."
    assert took < 1.1, "the deadline is the call's, and not counted again from the last byte"


def test_leaving_early_closes_the_connection_and_the_server_sees_it() -> None:
    with (
        FakeServer(sse(*story("a", "b")[:2], end="hang")) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        with client.stream("hi") as stream:
            assert next(stream.text_deltas()) == "a"
        assert server.requests[0].gone.wait(5)
        assert list(stream) == []
        with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
            stream.final()


def test_closing_from_another_thread_wakes_the_reader() -> None:
    sent = threading.Event()
    with (
        FakeServer(sse(*story("a")[:1], end="hang", on_sent=sent)) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        stream = client.stream("hi")

        def close_soon() -> None:
            sent.wait(5)
            time.sleep(0.05)
            stream.close()

        threading.Thread(target=close_soon).start()
        with pytest.raises(aistrale.StreamInterruptedError) as raised:
            for _ in stream:
                pass
        assert raised.value.text == "a"
        assert server.requests[0].gone.wait(5)


@pytest.mark.parametrize("what", ["run", "stream"])
def test_a_cancelled_task_closes_the_connection_and_the_server_sees_it(what: str) -> None:
    answer = hang if what == "run" else sse(*story("a")[:1], end="hang")

    async def main(server: FakeServer) -> None:
        async with aistrale.AsyncAistrale(api_url=server.url, api_key=KEY) as client:

            async def read() -> None:
                if what == "run":
                    await client.run("hi")
                async for _ in client.stream("hi"):
                    pass

            task = asyncio.create_task(read())
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.requests[0].gone.wait, 5)

    with FakeServer(answer) as server:
        asyncio.run(main(server))


def test_nothing_is_sent_before_the_first_event_is_asked_for() -> None:
    with (
        FakeServer() as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        stream = client.stream("hi")
        assert repr(stream) == "<Stream open, 0 characters>"
        stream.close()
        assert list(stream) == []
        assert server.connections == 0


def test_final_gives_the_whole_answer_and_the_connection_is_used_again() -> None:
    with (
        FakeServer(forever=sse(*story("a", "b"))) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        for _ in range(3):
            with client.stream("hi") as stream:
                assert stream.final() == stream.final()
                assert stream.text == str(stream.final()) == "ab"
        assert repr(stream) == "<Stream completed, 2 characters>"
        assert server.connections == 1
