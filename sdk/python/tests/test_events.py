"""The stream of events: what `test_feeds` does not ask of every live stream."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import aistrale
from aistrale._ambient import Ambient

from .conftest import KEY, Flavour
from .fake_server import FakeServer, event, hang_up, problem, reply, sse
from .test_feeds import Fed, read


def happened(number: int, kind: str = "webhook.test") -> bytes:
    return event(kind, envelope(number, kind), number)


def envelope(number: int, kind: str = "webhook.test") -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "type": kind,
        "timestamp": "2026-11-25T08:30:00.412Z",
        "workspace_id": "ws_1",
        "data": {"webhook_id": None, "message": "m"},
    }


def ids(fed: Fed) -> list[str]:
    return [item.id for item in fed.items]


class Told:
    """What a stream said of its connections."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.options: dict[str, Any] = {
            "on_disconnect": lambda error: self.all.append(type(error).__name__),
            "on_reconnect": lambda: self.all.append("again"),
        }


def test_it_goes_on_where_it_was_cut_and_says_so(flavour: Flavour) -> None:
    told = Told()
    script = [
        sse(b": listening\nid: 5\n\n", happened(6), end="eof", pause=0.02),
        problem(503, "overloaded", headers={"retry_after_ms": "1"}),
        sse(happened(7, "sun.risen"), happened(8), end="hang"),
    ]
    with FakeServer(*script) as server:
        fed = read(
            flavour,
            server.url,
            lambda client: client.events.stream(
                event_types=["webhook.test", "sun.risen"], last_event_id="4", **told.options
            ),
            most=3,
        )
    assert (ids(fed), fed.error) == (["evt_6", "evt_7", "evt_8"], None)
    assert fed.last_event_id == "8"
    assert fed.items[0].data == aistrale.WebhookTest(message="m")
    assert fed.items[1].data == {"webhook_id": None, "message": "m"}
    paths = {got.path for got in server.requests}
    assert paths == {"/api/v1/events/stream?event_types=webhook.test%2Csun.risen"}
    assert [got.headers["last-event-id"] for got in server.requests] == ["4", "6", "6"]
    assert told.all == ["APIConnectionError", "again"]


def test_it_goes_on_from_where_it_began_where_nothing_had_come(flavour: Flavour) -> None:
    begin = b"retry: 1000\n: listening\nid: 5\n\n"
    with FakeServer(sse(begin, end="eof", pause=0.02), sse(happened(6), end="hang")) as server:
        fed = read(flavour, server.url, lambda client: client.events.stream(), most=1)
    assert ids(fed) == ["evt_6"]
    assert server.requests[0].path == "/api/v1/events/stream"
    assert "last-event-id" not in server.requests[0].headers
    assert server.requests[1].headers["last-event-id"] == "5"


def test_a_server_that_does_not_come_back_is_an_error_in_the_end() -> None:
    naps: list[float] = []
    told = Told()
    patient = Ambient(chance=lambda: 0.0, sleep=naps.append)
    with FakeServer(sse(happened(1), end="eof"), *[hang_up] * 10) as server:
        fed = read(
            Flavour("sync"),
            server.url,
            lambda client: client.events.stream(**told.options),
            _ambient=patient,
        )
        assert len(server.requests) == 11
    assert isinstance(fed.error, aistrale.APIConnectionError)
    assert naps == [0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8]
    assert told.all == ["APIConnectionError"]


def test_nobody_is_told_where_there_was_nothing_to_lose_or_nothing_is_made_again() -> None:
    told = Told()
    patient = Ambient(chance=lambda: 0.0, sleep=lambda _: None)
    error = {"status": 401, "code": "authentication_failed", "detail": "Revoked."}
    with FakeServer(hang_up, sse(happened(1), event("error", error))) as server:
        fed = read(
            Flavour("sync"),
            server.url,
            lambda client: client.events.stream(**told.options),
            _ambient=patient,
        )
    assert ids(fed) == ["evt_1"]
    assert isinstance(fed.error, aistrale.AuthenticationError)
    assert told.all == []


def test_a_place_that_the_database_never_gave_is_refused(flavour: Flavour) -> None:
    with FakeServer(problem(400, "invalid_request")) as server:
        fed = read(flavour, server.url, lambda client: client.events.stream(last_event_id="x"))
    assert isinstance(fed.error, aistrale.BadRequestError)
    assert len(server.requests) == 1


def test_what_is_told_may_end_the_stream() -> None:
    def enough(error: aistrale.APIError) -> None:
        raise RuntimeError("enough")

    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            async with client.events.stream(on_disconnect=enough) as feed:
                assert (await anext(feed)).id == "evt_1"
                await anext(feed)

    with FakeServer(sse(happened(1), end="eof")) as server:
        with pytest.raises(RuntimeError, match="enough"):
            asyncio.run(main(server.url))
        assert len(server.requests) == 1


def test_a_sample_is_made_and_types_are_told(flavour: Flavour) -> None:
    kind = {"type": "webhook.test", "description": "d", "schema": {"type": "object"}}
    script = [
        reply({**envelope(1), "test": True}, 201),
        reply({"data": [kind], "next_cursor": None}),
    ]
    with FakeServer(*script) as server:
        made = flavour.call(server.url, lambda client: client.events.test("webhook.test"))
        types = flavour.call(server.url, lambda client: client.events.types())
    assert (made.id, made.test) == ("evt_1", True)
    assert server.requests[0].json == {"event_type": "webhook.test"}
    assert types == [
        aistrale.EventType(type="webhook.test", description="d", schema={"type": "object"})
    ]
    assert [got.path for got in server.requests] == [
        "/api/v1/events/test",
        "/api/v1/webhook-event-types",
    ]
