from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, plain, problem, reply
from .test_telemetry import collect

WHEN = "2026-11-25T08:30:00.000Z"
AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)

WEBHOOK: dict[str, Any] = {
    "id": "wh_1",
    "name": "alerts",
    "url": "https://hooks.example.com/a",
    "events": ["inference.failed", "of.the.future"],
    "filter": {"metadata": {"team": "search"}},
    "include_content": True,
    "headers": [{"name": "authorization"}],
    "enabled": False,
    "disabled_reason": "of_the_future",
    "failing_since": WHEN,
    "previous_secret_expires_at": WHEN,
    "created_at": WHEN,
    "updated_at": WHEN,
    "later": 1,
}

THE_WEBHOOK = aistrale.Webhook(
    id="wh_1",
    name="alerts",
    url="https://hooks.example.com/a",
    events=("inference.failed", "of.the.future"),
    filter=aistrale.WebhookFilter(metadata={"team": "search"}),
    include_content=True,
    headers=(aistrale.WebhookHeader(name="authorization"),),
    enabled=False,
    disabled_reason="of_the_future",
    failing_since=AT,
    previous_secret_expires_at=AT,
    created_at=AT,
    updated_at=AT,
    extra={"later": 1},
)

DELIVERY: dict[str, Any] = {
    "id": "dlv_1",
    "webhook_id": "wh_1",
    "event_id": "evt_1",
    "event_type": "prompt.updated",
    "status": "of_the_future",
    "attempt_count": 2,
    "next_attempt_at": WHEN,
    "response_code": 503,
    "error": "http_status",
    "created_at": WHEN,
    "delivered_at": None,
}

WHOLE: dict[str, Any] = {
    **DELIVERY,
    "delivered_at": WHEN,
    "attempts": [
        {
            "number": 1,
            "started_at": WHEN,
            "latency_ms": 37,
            "response_code": None,
            "error": "of_the_future",
            "response_body": None,
        },
        {
            "number": 3,
            "started_at": WHEN,
            "latency_ms": 12,
            "response_code": 204,
            "error": None,
            "response_body": "Grüße",
        },
    ],
    "payload": {
        "id": "evt_1",
        "type": "prompt.updated",
        "timestamp": WHEN,
        "workspace_id": "ws_1",
        "data": {
            "name": "greeting",
            "version": 3,
            "labels": [],
            "change": "deleted",
            "updated_by": "key_1",
        },
    },
}

THE_DELIVERY = aistrale.WebhookDelivery(
    id="dlv_1",
    webhook_id="wh_1",
    event_id="evt_1",
    event_type="prompt.updated",
    status="of_the_future",
    attempt_count=2,
    next_attempt_at=AT,
    response_code=503,
    error="http_status",
    created_at=AT,
)


def test_a_webhook_is_made_and_its_secret_is_shown_once_and_printed_never(flavour: Flavour) -> None:
    with FakeServer(reply({**WEBHOOK, "secret": "whsec_abc"}, 201)) as server:
        made = flavour.call(
            server.url,
            lambda client: client.webhooks.create(
                "https://hooks.example.com/a",
                "inference.failed",
                name="alerts",
                filter=aistrale.WebhookFilter(metadata={"team": "search"}),
                include_content=True,
                headers={"authorization": "Bearer x"},
                secret="whsec_abc",
                enabled=False,
            ),
        )
    (got,) = server.requests
    assert (got.method, got.path) == ("POST", "/api/v1/webhooks")
    assert got.json == {
        "url": "https://hooks.example.com/a",
        "events": ["inference.failed"],
        "name": "alerts",
        "filter": {"metadata": {"team": "search"}},
        "include_content": True,
        "headers": {"authorization": "Bearer x"},
        "enabled": False,
        "secret": "whsec_abc",
    }
    assert made.secret == "whsec_abc"
    assert "whsec" not in repr(made)


def test_webhooks_are_listed_read_changed_and_deleted(flavour: Flavour) -> None:
    def change(client: Any) -> Any:
        return client.webhooks.update("wh_1", name=None, filter=None, headers=None, events=["*"])

    def sync(client: Any) -> Any:
        found = list(client.webhooks.list(limit=1))
        return found, client.webhooks.get("wh_1"), change(client), client.webhooks.delete("wh_1")

    async def asynchronous(client: Any) -> Any:
        found = [each async for each in client.webhooks.list(limit=1)]
        one, changed = await client.webhooks.get("wh_1"), await change(client)
        return found, one, changed, await client.webhooks.delete("wh_1")

    bare = {"id": "wh_1", "name": None, "url": "https://hooks.example.com/…", "filter": None}
    script = [
        reply({"data": [WEBHOOK], "next_cursor": "c"}),
        reply({"data": [], "next_cursor": None}),
        reply(WEBHOOK),
        reply(bare),
        plain(204),
    ]
    with FakeServer(*script) as server:
        found, one, changed, deleted = flavour.call(
            server.url, sync if flavour.name == "sync" else asynchronous
        )
    assert found == [one] == [THE_WEBHOOK]
    assert changed == aistrale.Webhook(id="wh_1", url="https://hooks.example.com/…")
    assert deleted is None
    assert [(got.method, got.path) for got in server.requests] == [
        ("GET", "/api/v1/webhooks?limit=1"),
        ("GET", "/api/v1/webhooks?limit=1&cursor=c"),
        ("GET", "/api/v1/webhooks/wh_1"),
        ("POST", "/api/v1/webhooks/wh_1"),
        ("DELETE", "/api/v1/webhooks/wh_1"),
    ]
    assert server.requests[3].json == {
        "name": None,
        "filter": None,
        "headers": None,
        "events": ["*"],
    }


def test_a_secret_is_replaced(flavour: Flavour) -> None:
    new = {**WEBHOOK, "secret": "whsec_abc"}
    with FakeServer(reply(new), reply(new)) as server:
        made = flavour.call(server.url, lambda client: client.webhooks.rotate_secret("wh_1"))
        flavour.call(
            server.url, lambda client: client.webhooks.rotate_secret("wh_1", secret="whsec_abc")
        )
    assert made.secret == "whsec_abc"
    assert [(got.path, got.json) for got in server.requests] == [
        ("/api/v1/webhooks/wh_1/rotate-secret", {}),
        ("/api/v1/webhooks/wh_1/rotate-secret", {"secret": "whsec_abc"}),
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.webhooks.rotate_secret("wh_1"),
        lambda client: client.webhooks.test("wh_1"),
        lambda client: client.webhooks.deliveries.retry("dlv_1"),
        lambda client: client.events.test("webhook.test"),
    ],
)
def test_what_would_happen_twice_is_not_tried_again(flavour: Flavour, call: Any) -> None:
    """After a second rotation, the secret that still signs would be gone."""
    with FakeServer(forever=problem(500, "internal")) as server:
        with pytest.raises(aistrale.InternalServerError):
            flavour.call(server.url, call)
    assert len(server.requests) == 1


def test_a_webhook_is_tried_out(flavour: Flavour) -> None:
    with FakeServer(reply(WHOLE), reply(WHOLE)) as server:
        came = flavour.call(server.url, lambda client: client.webhooks.test("wh_1"))
        flavour.call(server.url, lambda client: client.webhooks.test("wh_1", "inference.failed"))
    assert [attempt.number for attempt in came.attempts] == [1, 3]
    assert [(got.path, got.json) for got in server.requests] == [
        ("/api/v1/webhooks/wh_1/test", {}),
        ("/api/v1/webhooks/wh_1/test", {"event_type": "inference.failed"}),
    ]


def test_what_failed_is_sent_again(flavour: Flavour) -> None:
    script = [reply({"recovered": 12}, 202), reply(DELIVERY, 202), problem(409, "conflict")]
    with FakeServer(*script) as server:
        count = flavour.call(server.url, lambda client: client.webhooks.recover("wh_1", AT))
        due = flavour.call(server.url, lambda client: client.webhooks.deliveries.retry("dlv_1"))
        with pytest.raises(aistrale.ConflictError):
            flavour.call(server.url, lambda client: client.webhooks.deliveries.retry("dlv_1"))
    assert count == 12
    assert due == THE_DELIVERY
    assert [(got.method, got.path, got.body) for got in server.requests] == [
        (
            "POST",
            "/api/v1/webhooks/wh_1/recover",
            b'{"since":"2026-11-25T08:30:00+00:00"}',
        ),
        ("POST", "/api/v1/webhook-deliveries/dlv_1/retry", b""),
        ("POST", "/api/v1/webhook-deliveries/dlv_1/retry", b""),
    ]


def test_deliveries_are_listed_and_read_with_their_attempts(flavour: Flavour) -> None:
    script = [
        reply({"data": [DELIVERY], "next_cursor": "c"}),
        reply({"data": [], "next_cursor": None}),
        reply(WHOLE),
    ]
    with FakeServer(*script) as server:
        found = collect(
            flavour,
            server.url,
            lambda client: client.webhooks.deliveries.list(
                "wh_1", status="failed", event_type="prompt.updated", last=timedelta(hours=1)
            ),
        )
        one = flavour.call(server.url, lambda client: client.webhooks.deliveries.get("dlv_1"))
    assert found == [THE_DELIVERY]
    query = "status=failed&event_type=prompt.updated&last=1h"
    assert [got.path for got in server.requests] == [
        f"/api/v1/webhooks/wh_1/deliveries?{query}",
        f"/api/v1/webhooks/wh_1/deliveries?{query}&cursor=c",
        "/api/v1/webhook-deliveries/dlv_1",
    ]
    assert one.delivered_at == AT
    assert one.attempts == (
        aistrale.WebhookAttempt(number=1, started_at=AT, latency_ms=37, error="of_the_future"),
        aistrale.WebhookAttempt(
            number=3, started_at=AT, latency_ms=12, response_code=204, response_body="Grüße"
        ),
    )
    assert one.payload.data == aistrale.PromptUpdated(
        name="greeting", version=3, change="deleted", updated_by="key_1"
    )


def test_what_is_no_option_and_no_id_is_told_before_anything_is_sent() -> None:
    with FakeServer() as server, aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
        with pytest.raises(TypeError, match="no option 'evnts'; did you mean events?"):
            client.webhooks.update("wh_1", evnts=["*"])  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="the webhook's id is empty"):
            client.webhooks.deliveries.list("")
        with pytest.raises(ValueError, match="the delivery's id is empty"):
            client.webhooks.deliveries.retry("")
        with pytest.raises(ValueError, match="since has no time zone"):
            client.webhooks.recover("wh_1", datetime(2026, 11, 25))
        assert server.requests == []
