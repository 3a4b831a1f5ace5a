"""Webhooks and events against a real server: what is sent is received, verified, and the same.

The server must let webhooks go to http://127.0.0.1 (`webhooks.allowed_targets`, `allow_http`).
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

import aistrale

from .test_real_money import Cutting
from .test_real_server import MODEL, PROVIDER, eventually


class Receiver:
    """Takes webhooks on a port of its own, and notes what came. `status` is what it answers."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, Any]] = []
        self.status = 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.came.append((body, self.headers))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def events(self, *secrets: str | None) -> list[aistrale.Event]:
        """Return what came, verified by one of these secrets."""
        known = [secret for secret in secrets if secret is not None]
        return [aistrale.webhooks.unwrap(body, headers, known) for body, headers in self.came]


@pytest.fixture
def client() -> Iterator[aistrale.Aistrale]:
    with aistrale.Aistrale() as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def team() -> str:
    """A label that no other test's inferences have."""
    return uuid.uuid4().hex


def run(client: aistrale.Aistrale, team: str) -> str:
    return client.run("Hello", model=MODEL, provider=PROVIDER, metadata={"team": team}).id


def test_a_webhooks_life(client: aistrale.Aistrale, receiver: Receiver) -> None:
    made = client.webhooks.create(
        receiver.url,
        ["inference.failed", "prompt.updated"],
        name="e2e",
        filter={"metadata": {"team": "search"}},
        headers={"x-mine": "a secret of the receiver's"},
        enabled=False,
    )
    assert (made.secret or "").startswith("whsec_")
    assert made.headers == (aistrale.WebhookHeader(name="x-mine"),)
    assert made.filter == aistrale.WebhookFilter(metadata={"team": "search"})
    seen = client.webhooks.get(made.id)
    assert (seen.secret, seen.enabled, seen.disabled_reason) == (None, False, "manual")
    assert made.id in {each.id for each in client.webhooks.list(limit=1)}
    changed = client.webhooks.update(
        made.id, name=None, filter=None, headers=None, events="*", enabled=True
    )
    assert (changed.name, changed.filter, changed.headers) == (None, None, ())
    assert (changed.events, changed.enabled) == (("*",), True)
    client.webhooks.delete(made.id)
    with pytest.raises(aistrale.NotFoundError):
        client.webhooks.get(made.id)
    with pytest.raises(aistrale.BadRequestError) as raised:
        client.webhooks.create("https://169.254.169.254/latest", ["sun.risen"], name="")
    pointers = {each["pointer"] for each in raised.value.errors}
    assert {"/url", "/name"} <= pointers
    assert any(pointer.startswith("/events") for pointer in pointers)


def test_what_happens_arrives_once_and_is_what_the_stream_tells(
    client: aistrale.Aistrale, receiver: Receiver, team: str
) -> None:
    hook = client.webhooks.create(
        receiver.url, ["inference.completed"], filter={"metadata": {"team": team}}
    )
    with client.events.stream(event_types=["inference.completed"]) as stream:
        told: list[aistrale.Event] = []
        listening = threading.Thread(target=lambda: told.extend(stream))
        listening.start()
        eventually(lambda: stream.last_event_id)  # it is there, before anything happens
        run(client, "another")
        identity = run(client, team)
        eventually(lambda: receiver.came)
        eventually(lambda: len(told) >= 2)
        stream.close()
        listening.join(5)
    (event,) = receiver.events(hook.secret)
    assert isinstance(event.data, aistrale.InferenceCompleted)
    assert (event.data.inference_id, event.data.metadata) == (identity, {"team": team})
    assert event.test is False
    assert event in told
    eventually(lambda: status_of(client, hook.id) == ["delivered"])
    (delivery,) = client.webhooks.deliveries.list(hook.id, status="delivered", last="1h")
    whole = client.webhooks.deliveries.get(delivery.id)
    assert whole.payload == event
    assert [(each.number, each.response_code) for each in whole.attempts] == [(1, 204)]
    assert client.webhooks.deliveries.retry(delivery.id).status == "pending"
    eventually(lambda: len(receiver.came) == 2)
    assert receiver.events(hook.secret) == [event, event]
    client.webhooks.delete(hook.id)


def status_of(client: aistrale.Aistrale, webhook_id: str) -> list[str]:
    return [each.status for each in client.webhooks.deliveries.list(webhook_id)]


def test_a_secret_that_is_replaced_signs_for_a_day(
    client: aistrale.Aistrale, receiver: Receiver
) -> None:
    hook = client.webhooks.create(receiver.url, "*")
    turned = client.webhooks.rotate_secret(hook.id)
    assert turned.secret != hook.secret
    left = (turned.previous_secret_expires_at or datetime.now(UTC)) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24, minutes=1)
    tried = client.webhooks.test(hook.id)
    assert (tried.status, tried.attempts[0].response_code) == ("delivered", 204)
    for secret in (hook.secret, turned.secret):
        (event,) = receiver.events(secret)
        assert (event.type, event.test) == ("webhook.test", True)
    with pytest.raises(aistrale.WebhookVerificationError):
        receiver.events("whsec_" + "A" * 32)
    client.webhooks.delete(hook.id)


@pytest.mark.parametrize("kind", ["inference.completed", "prompt.updated", "webhook.disabled"])
def test_a_webhook_that_fails_says_how(
    client: aistrale.Aistrale, receiver: Receiver, kind: str
) -> None:
    hook = client.webhooks.create(receiver.url, "*", enabled=False)
    receiver.status = 503
    tried = client.webhooks.test(hook.id, kind)
    assert (tried.status, tried.error, tried.response_code) == ("failed", "http_status", 503)
    (event,) = receiver.events(hook.secret)
    assert (event.type, event.test) == (kind, True)
    assert not isinstance(event.data, dict)
    client.webhooks.delete(hook.id)


def test_what_failed_is_recovered(client: aistrale.Aistrale, receiver: Receiver, team: str) -> None:
    receiver.status = 500
    begun = datetime.now(UTC) - timedelta(minutes=1)
    hook = client.webhooks.create(
        receiver.url, ["inference.completed"], filter={"metadata": {"team": team}}
    )
    run(client, team)
    eventually(lambda: receiver.came)
    client.webhooks.update(hook.id, enabled=False)
    eventually(lambda: status_of(client, hook.id) == ["failed"])
    (failed,) = client.webhooks.deliveries.list(hook.id)
    assert failed.error == "webhook_disabled"
    with pytest.raises(aistrale.ConflictError):
        client.webhooks.recover(hook.id, begun)
    receiver.status = 204
    client.webhooks.update(hook.id, enabled=True)
    assert client.webhooks.recover(hook.id, begun) == 1
    eventually(lambda: status_of(client, hook.id) == ["delivered"])
    assert len({event.id for event in receiver.events(hook.secret)}) == 1
    client.webhooks.delete(hook.id)


@pytest.mark.parametrize("cut", [600, 1200])
def test_a_stream_of_events_that_is_cut_misses_nothing(client: aistrale.Aistrale, cut: int) -> None:
    """Sample events, over a proxy that cuts the first connections after so many bytes."""
    told: list[str] = []
    with Cutting(cut, cut, cut, None) as proxy, aistrale.Aistrale(api_url=proxy.url) as watcher:
        with watcher.events.stream(
            on_disconnect=lambda _: told.append("lost"), on_reconnect=lambda: told.append("again")
        ) as stream:
            got: list[str] = []
            listening = threading.Thread(target=lambda: got.extend(each.id for each in stream))
            listening.start()
            eventually(lambda: stream.last_event_id)
            made = [client.events.test("webhook.test").id for _ in range(12)]
            eventually(lambda: made[-1] in got)
            stream.close()
            listening.join(5)
    assert [each for each in got if each in made] == made
    assert told[:2] == ["lost", "again"]
    assert set(told) == {"lost", "again"}


def test_types_and_the_asynchronous_stream(client: aistrale.Aistrale) -> None:
    types = client.events.types()
    assert {"inference.completed", "webhook.test"} <= {each.type for each in types}
    assert all(each.schema and each.description for each in types)

    async def main() -> None:
        async with aistrale.AsyncAistrale() as other:
            stream = other.events.stream(event_types=["webhook.test"])

            waiting = asyncio.ensure_future(anext(stream))
            while stream.last_event_id is None and not waiting.done():
                await asyncio.sleep(0.02)
            made = await other.events.test("webhook.test")
            assert await asyncio.wait_for(waiting, 10) == made
            place = stream.last_event_id
            await stream.close()
            later = await other.events.test("webhook.test")
            behind = other.events.stream(last_event_id=place, event_types="webhook.test")
            async with behind:
                assert await asyncio.wait_for(anext(behind), 10) == later
            with pytest.raises(aistrale.BadRequestError):
                await anext(other.events.stream(last_event_id="nonsense"))

    asyncio.run(main())
