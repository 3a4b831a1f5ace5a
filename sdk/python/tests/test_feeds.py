"""Exports and live streams: what is read while it comes."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
import time
from typing import Any

import pytest

import aistrale
from aistrale import _feeding
from aistrale._ambient import Ambient

from .conftest import KEY, Flavour
from .fake_server import (
    Answer,
    FakeServer,
    drip,
    event,
    hang_up,
    plain,
    problem,
    reply,
    reset,
    sse,
)
from .test_resources import record

LINES = [
    json.dumps(record(f"inf_{n}", metadata={"said": "tïme 🙂"}), ensure_ascii=False) + "\n"
    for n in range(3)
]


def export(*pieces: bytes, end: str = "whole") -> Answer:
    """An export, sent piece by piece; see `sse` for its ends."""

    def answer(connection: Any, got: Any) -> bool:
        return sse(*pieces, end=end)(_Renamed(connection), got)

    return answer


class _Renamed:
    """A connection that says another content type."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def sendall(self, data: bytes) -> None:
        self._connection.sendall(
            data.replace(b"text/event-stream; charset=utf-8", b"application/x-ndjson")
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Fed:
    """What came of a feed, and how it ended."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.error: Any = None
        self.last_event_id: str | None = None


def read(flavour: Flavour, url: str, use: Any, most: int | None = None, **client: Any) -> Fed:
    """Read a feed to its end, its error, or so many items."""
    fed = Fed()

    def sync(client: Any) -> None:
        with use(client) as feed:
            try:
                for item in feed:
                    fed.items.append(item)
                    fed.last_event_id = feed.last_event_id
                    if len(fed.items) == most:
                        return
            except aistrale.AistraleError as error:
                fed.error = error

    async def asynchronous(client: Any) -> None:
        async with use(client) as feed:
            try:
                async for item in feed:
                    fed.items.append(item)
                    fed.last_event_id = feed.last_event_id
                    if len(fed.items) == most:
                        return
            except aistrale.AistraleError as error:
                fed.error = error

    flavour.call(url, sync if flavour.name == "sync" else asynchronous, **client)
    return fed


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_an_export_is_lines_whatever_the_chunks(flavour: Flavour, size: int) -> None:
    with FakeServer(export(*drip([line.encode() for line in LINES], size))) as server:
        fed = read(flavour, server.url, lambda c: c.telemetry.export(provider="openai"))
    assert (fed.items, fed.error) == (LINES, None)
    (got,) = server.requests
    assert got.path == "/api/v1/telemetry/export?format=jsonl&provider=openai"
    assert got.headers["accept"] == "application/x-ndjson"


def test_csv_of_several_lines_a_row_is_read_by_python(flavour: Flavour) -> None:
    text = 'id,error\r\ninf_1,"it\r\nbroke, ""twice"""\r\ninf_2,\r\n'
    with FakeServer(plain(200, text.encode(), content_type="text/csv")) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export("csv"))
    assert list(csv.DictReader(fed.items)) == [
        {"id": "inf_1", "error": 'it\r\nbroke, "twice"'},
        {"id": "inf_2", "error": ""},
    ]
    assert server.requests[0].headers["accept"] == "text/csv"


@pytest.mark.parametrize("end", ["eof", "reset"])
def test_an_export_that_is_cut_is_never_a_whole_one(flavour: Flavour, end: str) -> None:
    with FakeServer(export(LINES[0].encode(), b'{"id":', end=end)) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export())
    assert fed.items in ([], LINES[:1])  # a reset may overtake what was sent before it
    if end == "eof":
        assert fed.items == LINES[:1]
        assert isinstance(fed.error, aistrale.StreamInterruptedError)
        assert "1 items came; they are not all of it" in str(fed.error)
    assert fed.error is not None


def test_an_end_without_a_length_counts_only_at_the_end_of_a_line(flavour: Flavour) -> None:
    with FakeServer(
        export(LINES[0].encode(), b'{"id":', end="bare"), export(LINES[0].encode(), end="bare")
    ) as server:
        cut = read(flavour, server.url, lambda client: client.telemetry.export())
        whole = read(flavour, server.url, lambda client: client.telemetry.export())
    assert cut.items == whole.items == LINES[:1]
    assert "it ends in the middle of a line" in str(cut.error)
    assert whole.error is None


@pytest.mark.parametrize(
    "trouble",
    [
        reset,
        hang_up,
        problem(503, "database_unavailable"),
        export(end="eof"),
        export(LINES[0].encode()[:5], end="eof"),
    ],
)
def test_an_export_is_tried_again_before_its_first_line(flavour: Flavour, trouble: Answer) -> None:
    with FakeServer(trouble, export(LINES[0].encode())) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export())
    assert (fed.items, fed.error) == (LINES[:1], None)
    assert len(server.requests) == 2


def test_an_export_that_may_not_be(flavour: Flavour) -> None:
    with FakeServer(problem(403, "permission_denied", "An admin's key is needed.")) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export())
    assert isinstance(fed.error, aistrale.PermissionDeniedError)
    assert len(server.requests) == 1


def test_an_export_has_no_deadline_but_ones_own(flavour: Flavour) -> None:
    slow = export(*drip([line.encode() for line in LINES], 300), end="hang")
    with FakeServer(slow) as server:
        fed = read(
            flavour, server.url, lambda client: client.telemetry.export(timeout=0.3), timeout=0.001
        )
    assert isinstance(fed.error, aistrale.APITimeoutError)
    assert "within 0.3 s" in str(fed.error)


def test_the_readers_own_time_is_not_silence(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_feeding, "EXPORT_SILENCE", 0.2)
    with FakeServer(export(*[line.encode() for line in LINES])) as server:

        def sync(client: Any) -> list[str]:
            return [(item, time.sleep(0.3))[0] for item in client.telemetry.export()]

        async def asynchronous(client: Any) -> list[str]:
            found = []
            async for item in client.telemetry.export():
                found.append(item)
                await flavour.sleep(0.3)
            return found

        found = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert found == LINES


def test_an_export_that_falls_silent_is_cut(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_feeding, "EXPORT_SILENCE", 0.2)
    with FakeServer(export(LINES[0].encode(), end="hang")) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export())
    assert fed.items == LINES[:1]
    assert isinstance(fed.error, aistrale.StreamInterruptedError)
    assert "it kept silent for too long" in str(fed.error)


def test_leaving_an_export_ends_its_connection(flavour: Flavour) -> None:
    with FakeServer(export(*[line.encode() for line in LINES], end="hang")) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.export(), most=1)
        assert fed.items == LINES[:1]
        assert server.requests[0].gone.wait(5)


def ended(number: int) -> bytes:
    return event("inference", record(f"inf_{number}"), number)


def ids(fed: Fed) -> list[str]:
    return [item.id for item in fed.items]


@pytest.mark.parametrize("end", ["eof", "reset", "whole", "bare"])
def test_a_live_stream_goes_on_where_it_was_cut(flavour: Flavour, end: str) -> None:
    pieces = [b": hello\n\n", ended(7), b": ping\n\n", event("mood", {"calm": 1}, 8), ended(9)]
    with FakeServer(sse(*pieces, end=end, pause=0.02), sse(ended(10), end="hang")) as server:
        fed = read(
            flavour,
            server.url,
            lambda client: client.telemetry.stream(status="failed", metadata={"a": "b"}),
            most=3,
        )
        assert (ids(fed), fed.error) == (["inf_7", "inf_9", "inf_10"], None)
        assert fed.last_event_id == "10"
        first, second = server.requests
        assert first.path == second.path
        assert first.path == "/api/v1/telemetry/stream?status=failed&metadata.a=b"
        assert first.headers["accept"] == "text/event-stream"
        assert "last-event-id" not in first.headers
        assert second.headers["last-event-id"] == "9"
        assert second.gone.wait(5)


def test_a_live_stream_goes_on_where_another_ended(flavour: Flavour) -> None:
    script = [sse(end="eof"), sse(ended(6), end="eof"), sse(ended(7), end="hang")]
    with FakeServer(*script) as server:
        fed = read(
            flavour, server.url, lambda client: client.telemetry.stream(last_event_id="5"), most=2
        )
    assert ids(fed) == ["inf_6", "inf_7"]
    assert [got.headers["last-event-id"] for got in server.requests] == ["5", "5", "6"]


def test_an_id_alone_says_where_to_go_on_and_half_an_event_does_not(flavour: Flavour) -> None:
    begin = b"retry: 1000\n: listening\nid: 5\n\n"
    half = b'event: inference\nid: 6\ndata: {"id":'
    script = [sse(begin, half, end="eof", pause=0.02), sse(ended(6), end="hang")]
    with FakeServer(*script) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream(), most=1)
    assert ids(fed) == ["inf_6"]
    assert server.requests[1].headers["last-event-id"] == "5"


def test_a_server_that_does_not_come_back_is_an_error_in_the_end(ambient: Ambient) -> None:
    naps: list[float] = []
    patient = Ambient(chance=lambda: 0.0, sleep=naps.append)
    script = [sse(ended(1), end="eof"), *[hang_up] * 3]
    with FakeServer(*script) as server:
        fed = read(
            Flavour("sync"),
            server.url,
            lambda client: client.telemetry.stream(max_retries=3),
            _ambient=patient,
        )
    assert ids(fed) == ["inf_1"]
    assert isinstance(fed.error, aistrale.APIConnectionError)
    assert "Nothing was changed" in str(fed.error)
    assert naps == [0.5, 1.0, 2.0]


def test_a_live_stream_is_patient_unless_told_otherwise() -> None:
    naps: list[float] = []
    patient = Ambient(chance=lambda: 0.0, sleep=naps.append)
    with FakeServer(*[hang_up] * 11) as server:
        fed = read(
            Flavour("sync"), server.url, lambda client: client.telemetry.stream(), _ambient=patient
        )
        assert len(server.requests) == 11
    assert isinstance(fed.error, aistrale.APIConnectionError)
    assert naps == [0.5, 1, 2, 4, 8, 8, 8, 8, 8, 8]


def test_what_comes_begins_the_count_of_attempts_anew() -> None:
    naps: list[float] = []
    patient = Ambient(chance=lambda: 0.0, sleep=naps.append)
    script = [sse(ended(n), end="eof") for n in range(1, 5)]
    with FakeServer(*script, problem(401, "authentication_failed")) as server:
        fed = read(
            Flavour("sync"),
            server.url,
            lambda client: client.telemetry.stream(max_retries=1),
            _ambient=patient,
        )
    assert ids(fed) == ["inf_1", "inf_2", "inf_3", "inf_4"]
    assert isinstance(fed.error, aistrale.AuthenticationError)
    assert naps == [0.5] * 4


def test_a_live_stream_that_falls_silent_is_connected_again(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_feeding, "LIVE_SILENCE", 0.4)
    alive = sse(*[b": ping\n\n"] * 4, ended(1), end="hang", pause=0.1)
    with FakeServer(alive, sse(ended(2), end="hang")) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream(), most=2)
    assert (ids(fed), fed.error) == (["inf_1", "inf_2"], None)
    assert server.requests[1].headers["last-event-id"] == "1"


@pytest.mark.parametrize(
    ("code", "again"), [("overloaded", True), ("database_unavailable", True), ("internal", True)]
)
def test_an_error_of_the_stream_that_passes(flavour: Flavour, code: str, again: bool) -> None:
    error = {"status": 503, "code": code, "detail": "Later.", "retry_after_ms": 10}
    script = [sse(ended(1), event("error", error)), sse(ended(2), end="hang")]
    with FakeServer(*script) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream(), most=2)
    assert ids(fed) == ["inf_1", "inf_2"]


def test_an_error_of_the_stream_that_stays(flavour: Flavour) -> None:
    error = {"status": 401, "code": "authentication_failed", "detail": "Revoked."}
    with FakeServer(sse(ended(1), event("error", error))) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream())
    assert ids(fed) == ["inf_1"]
    assert isinstance(fed.error, aistrale.AuthenticationError)


def test_a_deadline_of_ones_own_ends_a_live_stream(flavour: Flavour) -> None:
    with FakeServer(sse(*[b": ping\n\n"] * 20, end="hang", pause=0.05)) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream(timeout=0.3))
    assert isinstance(fed.error, aistrale.APITimeoutError)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply({"data": []}), "not a stream of events"),
        (sse(b"event: inference\ndata: {\n\n"), "what no client can read, not JSON"),
        (sse(b"event: inference\ndata: {}\n\n"), "record.id is missing"),
    ],
)
def test_what_is_no_live_stream_is_an_error(flavour: Flavour, answer: Answer, says: str) -> None:
    with FakeServer(answer) as server:
        fed = read(flavour, server.url, lambda client: client.telemetry.stream())
    assert fed.items == []
    assert says in str(fed.error)


def test_closing_from_another_thread_ends_the_iteration() -> None:
    naps: list[float] = []
    with (
        FakeServer(forever=sse(ended(1), end="hang")) as server,
        aistrale.Aistrale(
            api_url=server.url, api_key=KEY, _ambient=Ambient(sleep=naps.append)
        ) as client,
    ):
        feed = client.telemetry.stream()
        assert next(feed).id == "inf_1"
        threading.Timer(0.2, feed.close).start()
        begun = time.monotonic()
        assert list(feed) == []
        assert time.monotonic() - begun < 3
        assert (len(server.requests), naps) == (1, [])
        assert repr(feed) == "<Feed closed, 1 items>"


def test_cancelling_a_task_ends_the_connection() -> None:
    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            task = asyncio.ensure_future(anext(client.telemetry.stream()))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.requests[0].gone.wait, 5)

    with FakeServer(sse(b": hello\n\n", end="hang")) as server:
        asyncio.run(main(server.url))


def test_nothing_is_sent_before_a_feed_is_read(flavour: Flavour) -> None:
    with FakeServer() as server:
        client = flavour.client(server.url)
        feed = client.telemetry.stream()
        client.telemetry.export()
        assert server.requests == []
        assert repr(feed).endswith("Feed open, 0 items>")
