from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, plain, reply

TOKEN = {
    "id": "tok_1",
    "provider": "openai",
    "name": None,
    "last_four": "cdef",
    "created_at": "2026-11-23T16:00:00.000Z",
}


def record(identity: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "status": "completed",
        "created_at": "2026-11-23T16:00:00.000Z",
        "completed_at": "2026-11-23T16:00:01.000Z",
        "provider": "openai",
        "model": "gpt-4o",
        "requested_model": "openai/gpt-4o",
        "session_id": None,
        "api_key_id": "key_1",
        "client": "python/0.1.0",
        "streamed": True,
        "finish_reason": "stop",
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        "cost_usd": 0.1,
        "cost_source": "reported",
        "latency_ms": 1000,
        "time_to_first_token_ms": 100,
        "attempts": [],
        "error": None,
        "metadata": {"team": "x"},
        **changes,
    }


def test_tokens(flavour: Flavour) -> None:
    script = [
        reply(TOKEN, 201),
        reply({"data": [TOKEN], "next_cursor": None}),
        reply({**TOKEN, "last_four": "9999"}),
        plain(204),
    ]
    with FakeServer(*script) as server:
        added = flavour.call(server.url, lambda c: c.tokens.add("openai", "sk-abcdef", name="team"))
        listed = flavour.call(server.url, lambda client: client.tokens.list())
        replaced = flavour.call(server.url, lambda c: c.tokens.replace("tok_1", "sk-9999"))
        removed = flavour.call(server.url, lambda client: client.tokens.remove("tok/1"))
    assert (
        added
        == listed[0]
        == aistrale.Token(
            id="tok_1",
            provider="openai",
            last_four="cdef",
            created_at=datetime(2026, 11, 23, 16, tzinfo=UTC),
        )
    )
    assert (replaced.last_four, removed) == ("9999", None)
    assert [(got.method, got.path) for got in server.requests] == [
        ("POST", "/api/v1/tokens"),
        ("GET", "/api/v1/tokens"),
        ("POST", "/api/v1/tokens/tok_1"),
        ("DELETE", "/api/v1/tokens/tok%2F1"),
    ]
    sent = [got.json if got.body else None for got in server.requests]
    assert sent[0] == {"provider": "openai", "token": "sk-abcdef", "name": "team"}
    assert sent[2] == {"token": "sk-9999"}


def collect(flavour: Flavour, url: str, **filters: Any) -> list[aistrale.InferenceRecord]:
    def sync(client: Any) -> Any:
        return list(client.telemetry.list(**filters))

    async def asynchronous(client: Any) -> Any:
        return [item async for item in client.telemetry.list(**filters)]

    found: list[aistrale.InferenceRecord] = flavour.call(
        url, sync if flavour.name == "sync" else asynchronous
    )
    return found


def test_telemetry_is_paged_also_over_an_empty_page(flavour: Flavour) -> None:
    script = [
        reply({"data": [record("inf_3"), record("inf_2")], "next_cursor": "a b&c"}),
        reply({"data": [], "next_cursor": "d"}),
        reply({"data": [record("inf_1", later=1)], "next_cursor": None}),
    ]
    with FakeServer(*script) as server:
        found = collect(flavour, server.url, last="24h", provider="openai", limit=2, model=None)
    assert [item.id for item in found] == ["inf_3", "inf_2", "inf_1"]
    assert found[0].cost_usd == Decimal("0.1")
    assert found[0].completed_at == datetime(2026, 11, 23, 16, 0, 1, tzinfo=UTC)
    assert (found[0].metadata, found[2].extra) == ({"team": "x"}, {"later": 1})
    base = "/api/v1/telemetry?last=24h&provider=openai&limit=2"
    assert [got.path for got in server.requests] == [
        base,
        base + "&cursor=a%20b%26c",
        base + "&cursor=d",
    ]


def test_a_cursor_that_comes_twice_does_not_go_on_for_ever(flavour: Flavour) -> None:
    page = {"data": [record("inf_1")], "next_cursor": "x"}
    with FakeServer(forever=reply(page)) as server:
        with pytest.raises(aistrale.APIError, match="the cursor 'x' twice"):
            collect(flavour, server.url)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({"last": timedelta(hours=2)}, "last=2h"),
        ({"since": datetime(2026, 1, 2, tzinfo=UTC)}, "since=2026-01-02T00%3A00%3A00%2B00%3A00"),
        ({"until": "2026-01-02T00:00:00Z"}, "until=2026-01-02T00%3A00%3A00Z"),
        ({"status": "failed", "cursor": "c"}, "status=failed&cursor=c"),
    ],
)
def test_filters(flavour: Flavour, filters: dict[str, Any], query: str) -> None:
    with FakeServer(reply({"data": [], "next_cursor": None})) as server:
        assert collect(flavour, server.url, **filters) == []
    assert server.requests[0].path == f"/api/v1/telemetry?{query}"


def test_filters_that_are_wrong_are_told_before_anything_is_sent(flavour: Flavour) -> None:
    with FakeServer() as server:
        with pytest.raises(ValueError, match="since has no time zone"):
            collect(flavour, server.url, since=datetime(2026, 1, 2))
        with pytest.raises(TypeError, match="no option 'provder'; did you mean provider?"):
            collect(flavour, server.url, provder="x")
        assert server.requests == []


def test_pages_can_be_had_one_by_one() -> None:
    script = [
        reply({"data": [record("inf_2")], "next_cursor": "n"}),
        reply({"data": [record("inf_1")], "next_cursor": None}),
    ]
    with (
        FakeServer(*script) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        first, second = client.telemetry.list().pages()
    assert (first.next_cursor, second.next_cursor) == ("n", None)
    assert first.data[0].id == "inf_2"


def test_one_inference(flavour: Flavour) -> None:
    failed = {
        "code": "provider_failed",
        "message": "Broke.",
        "provider": "openai",
        "upstream_status": 500,
    }
    answer = reply(record("inf_1", status="failed", error=failed, cost_usd=None, usage=None))
    with FakeServer(answer) as server:
        found = flavour.call(server.url, lambda client: client.inferences.get("inf_1"))
    assert server.requests[0].path == "/api/v1/inferences/inf_1"
    assert (found.status, found.cost_usd, found.usage) == ("failed", None, None)
    assert found.error == aistrale.RecordedError(
        code="provider_failed", message="Broke.", provider="openai", upstream_status=500
    )


def test_whoami_providers_and_health(flavour: Flavour) -> None:
    mine = {"workspace_id": "ws_1", "workspace_name": "a", "api_key_id": "key_1"}
    openai = {
        "name": "openai",
        "base_url": "https://api.openai.com/v1",
        "credential": "environment",
        "credential_env": "OPENAI_API_KEY",
        "default_model": None,
    }
    script = [
        reply({**mine, "default_model": None}),
        reply({"data": [openai], "next_cursor": None}),
        reply({"status": "ok", "version": "0.1.0"}),
    ]
    with FakeServer(*script) as server:
        assert flavour.call(server.url, lambda c: c.whoami()) == aistrale.WhoAmI(**mine)
        providers = flavour.call(server.url, lambda client: client.providers())
        health = flavour.call(server.url, lambda client: client.health())
    assert providers == [aistrale.ProviderInfo(**openai)]
    assert health == aistrale.Health(status="ok", version="0.1.0")
    paths = [got.path for got in server.requests]
    assert paths == ["/api/v1/whoami", "/api/v1/providers", "/health"]


def test_an_empty_id_is_a_mistake_and_not_a_list(flavour: Flavour) -> None:
    with FakeServer() as server:
        with pytest.raises(ValueError, match="the inference id is empty"):
            flavour.call(server.url, lambda client: client.inferences.get(""))
        assert server.requests == []
