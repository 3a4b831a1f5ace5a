from __future__ import annotations

import asyncio
import socket
import threading
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale._ambient import Ambient
from aistrale._retry import LONGEST_RETRY_AFTER, Trouble, delay, retry_after

from .conftest import KEY, Flavour
from .fake_server import (
    FakeServer,
    cut_body,
    hang_up,
    inference,
    plain,
    problem,
    receive,
    reply,
    reset,
)

SOON = {"headers": {"retry_after_ms": "1"}}
ALWAYS = {"headers": {"retry_after_ms": "1", "x_should_retry": "true"}}
NEVER = {"headers": {"retry_after_ms": "1", "x_should_retry": "false"}}


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (problem(429, "rate_limited", **SOON), True),
        (problem(429, "provider_rate_limited", **SOON), True),
        (problem(503, "overloaded", **SOON), True),
        (problem(503, "database_unavailable", **SOON), True),
        (problem(503, "overloaded"), False),
        (problem(503, "provider_unavailable", **SOON), False),
        (plain(503, b"<html>", retry_after_ms="1"), False),
        (problem(500, "internal", **SOON), False),
        (problem(502, "provider_failed", **SOON), False),
        (problem(504, "provider_timeout", **SOON), False),
        (problem(409, "conflict", **SOON), False),
        (problem(408, "later", **SOON), False),
        (problem(400, "invalid_request", **SOON), False),
        (problem(502, "provider_failed", **ALWAYS), True),
        (problem(409, "interrupted", **ALWAYS), True),
        (problem(429, "rate_limited", **NEVER), False),
        (reset, False),
        (hang_up, False),
        (cut_body, False),
    ],
)
def test_an_inference_is_only_sent_again_when_nothing_can_have_been_paid(
    flavour: Flavour, failure: object, again: bool
) -> None:
    with FakeServer(failure, reply(inference("second"))) as server:  # type: ignore[arg-type]
        if again:
            assert flavour.run(server.url).text == "second"
        else:
            with pytest.raises(aistrale.APIError):
                flavour.run(server.url)
    assert len(server.requests) == (2 if again else 1)
    assert len({got.headers["idempotency-key"] for got in server.requests}) == 1
    assert len({got.body for got in server.requests}) == 1


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        *[(problem(status, "x", **SOON), True) for status in (408, 409, 429, 500, 502, 503, 599)],
        *[(problem(status, "x", **SOON), False) for status in (400, 401, 404, 422)],
        (problem(500, "internal", **NEVER), False),
        (problem(404, "not_found", **ALWAYS), True),
        (reset, True),
        (hang_up, True),
        (cut_body, True),
    ],
)
def test_what_only_reads_is_sent_again_on_any_passing_fault(
    failure: object, again: bool, ambient: Ambient
) -> None:
    good = reply({"status": "ok", "version": "0.1.0"})
    with (
        FakeServer(failure, good) as server,  # type: ignore[arg-type]
        aistrale.Aistrale(api_url=server.url, api_key=KEY, _ambient=ambient) as client,
    ):
        if again:
            assert client.health() == aistrale.Health(status="ok", version="0.1.0")
        else:
            with pytest.raises(aistrale.APIError):
                client.health()
    assert len(server.requests) == (2 if again else 1)


def test_writing_calls_are_as_careful_as_inferences(ambient: Ambient) -> None:
    with (
        FakeServer(problem(500, "internal", **SOON), problem(500, "internal", **SOON)) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY, _ambient=ambient) as client,
    ):
        with pytest.raises(aistrale.InternalServerError):
            client.tokens.add("openai", "sk-x")
        with pytest.raises(aistrale.InternalServerError):
            client.tokens.remove("tok_1")
    assert len(server.requests) == 2


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_so_many_retries_and_no_more(flavour: Flavour, retries: int) -> None:
    with FakeServer(forever=problem(429, "rate_limited", **SOON)) as server:
        with pytest.raises(aistrale.RateLimitError):
            flavour.run(server.url, max_retries=retries)
    assert len(server.requests) == retries + 1


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ({}, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        ({"retry_after": "3"}, [3.0] * 6),
        ({"retry_after": "0"}, [0.0] * 6),
        ({"retry_after": "1.5"}, [1.5] * 6),
        ({"retry_after_ms": "250", "retry_after": "9"}, [0.25] * 6),
        ({"retry_after": "60"}, [60.0] * 6),
        ({"retry_after": "-5"}, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        ({"retry_after": "soon"}, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        ({"retry_after": "nan"}, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        ({"retry_after": formatdate(1000 + 7, usegmt=True)}, [7.0] * 6),
        ({"retry_after": formatdate(1000 - 7, usegmt=True)}, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        ({"retry_after": "61"}, []),
        ({"retry_after": "1e300"}, []),
        ({"retry_after": "inf"}, []),
        ({"retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"}, []),
    ],
)
def test_how_long_it_waits(header: dict[str, str], waited: list[float]) -> None:
    naps: list[float] = []
    still = Ambient(now=lambda: 1000.0, chance=lambda: 0.0, sleep=naps.append)
    with (
        FakeServer(forever=problem(429, "rate_limited", headers=header)) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY, max_retries=6, _ambient=still) as client,
        pytest.raises(aistrale.RateLimitError),
    ):
        client.run("hi")
    assert naps == waited


def test_a_wait_that_does_not_fit_the_deadline_is_not_begun(flavour: Flavour) -> None:
    with FakeServer(forever=problem(429, "rate_limited", headers={"retry_after": "30"})) as server:
        began = time.monotonic()
        with pytest.raises(aistrale.RateLimitError) as raised:
            flavour.run(server.url, timeout=5)
    assert time.monotonic() - began < 5
    assert raised.value.retry_after == 30
    assert len(server.requests) == 1


def test_one_deadline_covers_all_attempts(flavour: Flavour) -> None:
    slow = problem(429, "rate_limited", headers={"retry_after_ms": "150"}, after=0.1)
    with FakeServer(forever=slow) as server:
        began = time.monotonic()
        with pytest.raises(aistrale.APIError):
            flavour.run(server.url, timeout=0.6, max_retries=1000)
        took = time.monotonic() - began
    assert 2 <= len(server.requests) <= 4
    assert took < 5, "a thousand retries would have taken minutes"


def test_a_server_that_starts_a_moment_later_is_found(flavour: Flavour) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    answered = []

    def late() -> None:
        time.sleep(0.1)
        with socket.create_server(("127.0.0.1", port)) as listener:
            connection, _ = listener.accept()
            with connection:
                receive(connection)
                answered.append(True)
                connection.sendall(
                    b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"id":"inf_1","text":"here now"}'
                )

    thread = threading.Thread(target=late)
    thread.start()
    assert flavour.run(f"http://127.0.0.1:{port}").text == "here now"
    thread.join()
    assert answered == [True]


def test_the_asynchronous_client_does_not_block_the_loop_while_it_waits() -> None:
    async def main(url: str) -> int:
        ticks = 0
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            call = asyncio.create_task(client.run("hi"))
            while not call.done():
                await asyncio.sleep(0.01)
                ticks += 1
            await call
        return ticks

    wait = problem(429, "rate_limited", headers={"retry_after_ms": "200"})
    with FakeServer(wait, reply(inference())) as server:
        assert asyncio.run(main(server.url)) >= 5


troubles = st.builds(
    Trouble,
    st.one_of(st.integers(100, 599), st.sampled_from(["unreachable", "lost", "deadline"])),
    st.sampled_from([None, "overloaded", "internal"]),
    st.sampled_from([None, True, False]),
    st.one_of(st.none(), st.floats(allow_nan=False)),
)


@given(
    trouble=troubles,
    repeatable=st.booleans(),
    attempt=st.integers(0, 10_000),
    chance=st.floats(0, 1, exclude_max=True),
    remaining=st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_no_wait_is_negative_or_longer_than_it_may_be(
    trouble: Trouble, repeatable: bool, attempt: int, chance: float, remaining: float | None
) -> None:
    wait = delay(
        trouble, repeatable=repeatable, attempt=attempt, chance=chance, remaining=remaining
    )
    if wait is not None:
        assert 0 <= wait <= LONGEST_RETRY_AFTER
        assert remaining is None or wait < remaining
        assert trouble.status != "deadline"
        assert trouble.server_says is not False or isinstance(trouble.status, str)


@given(st.text(), st.text())
def test_no_retry_after_is_too_strange_to_read(seconds: str, millis: str) -> None:
    wait = retry_after({"retry-after": seconds, "retry-after-ms": millis}, 0.0)
    assert wait is None or isinstance(wait, float)
