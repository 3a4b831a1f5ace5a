"""Aliases, models, providers and their tokens: who is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aistrale

from .conftest import Flavour
from .fake_server import FakeServer, inference, plain, reply
from .test_resources import TOKEN, record

ALIAS = {
    "name": "fast",
    "model": "openai/m",
    "fallbacks": ["anthropic/n"],
    "created_at": "2026-11-20T09:00:00.000Z",
    "updated_at": "2026-11-25T08:30:00.000Z",
}
SET_ASIDE = {
    **TOKEN,
    "weight": 3,
    "status": "set_aside",
    "set_aside_at": "2026-11-25T08:30:00.000Z",
    "set_aside_reason": "OpenAI answered 401",
}
PROVIDER: dict[str, Any] = {
    "name": "openai",
    "title": "OpenAI",
    "base_url": "https://api.openai.com/v1",
    "credential": "token",
    "credential_env": "OPENAI_API_KEY",
    "default_model": "gpt-4o",
    "health": {
        "status": "degraded",
        "failure_rate": 0.5,
        "window_ms": 60000,
        "calls": 12,
        "last_failure": {
            "at": "2026-11-25T08:30:00.000Z",
            "code": "provider_failed",
            "message": "It broke.",
            "upstream_status": 500,
        },
        "circuits": [
            {
                "model": "gpt-4o",
                "state": "open",
                "opened_at": "2026-11-25T08:30:00.000Z",
                "retry_at": "2026-11-25T08:30:30.000Z",
                "reason": "6 of 12 calls failed",
            }
        ],
    },
    "tokens": {"active": 1, "set_aside": 2},
}
MODEL = {
    "id": "openai/m",
    "provider": "openai",
    "model": "m",
    "context_window": 128000,
    "max_output_tokens": None,
    "input_usd_per_million_tokens": 2.5,
    "output_usd_per_million_tokens": 10,
    "cached_input_usd_per_million_tokens": None,
    "available": True,
}
THEN = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


def test_aliases_are_listed_read_set_and_deleted(flavour: Flavour) -> None:
    script = [
        reply({"data": [ALIAS], "next_cursor": None}),
        reply(ALIAS),
        reply(ALIAS),
        reply({**ALIAS, "fallbacks": []}),
        plain(204),
    ]
    with FakeServer(*script) as server:
        (listed,) = flavour.call(server.url, lambda client: client.aliases.list())
        one = flavour.call(server.url, lambda client: client.aliases.get("fast"))
        flavour.call(
            server.url,
            lambda client: client.aliases.set("fast", "openai/m", fallbacks=("anthropic/n",)),
        )
        alone = flavour.call(server.url, lambda client: client.aliases.set("fast", "openai/m"))
        gone = flavour.call(server.url, lambda client: client.aliases.delete("fast"))
    assert listed == one
    assert one == aistrale.Alias(
        name="fast",
        model="openai/m",
        fallbacks=("anthropic/n",),
        created_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        updated_at=THEN,
    )
    assert (alone.fallbacks, gone) == ((), None)
    assert [(got.method, got.path) for got in server.requests] == [
        ("GET", "/api/v1/aliases"),
        ("GET", "/api/v1/aliases/fast"),
        ("PUT", "/api/v1/aliases/fast"),
        ("PUT", "/api/v1/aliases/fast"),
        ("DELETE", "/api/v1/aliases/fast"),
    ]
    assert server.requests[2].json == {"model": "openai/m", "fallbacks": ["anthropic/n"]}
    assert server.requests[3].json == {"model": "openai/m", "fallbacks": []}


def test_the_catalogue_says_what_models_cost(flavour: Flavour) -> None:
    def sync(client: Any) -> Any:
        return list(client.models.list(provider="openai"))

    async def asynchronous(client: Any) -> Any:
        return [each async for each in client.models.list(provider="openai")]

    with FakeServer(reply({"data": [MODEL], "next_cursor": None})) as server:
        (model,) = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert server.requests[0].path == "/api/v1/models?provider=openai"
    assert model == aistrale.CatalogueModel(
        id="openai/m",
        provider="openai",
        model="m",
        context_window=128000,
        input_usd_per_million_tokens=Decimal("2.5"),
        output_usd_per_million_tokens=Decimal(10),
        available=True,
    )


def test_a_provider_says_how_it_has_been_answering(flavour: Flavour) -> None:
    well = {**PROVIDER["health"], "failure_rate": None, "last_failure": None, "circuits": []}
    with FakeServer(reply(PROVIDER), reply({**PROVIDER, "health": well})) as server:
        provider = flavour.call(server.url, lambda client: client.provider("openai"))
        healthy = flavour.call(server.url, lambda client: client.provider("openai")).health
    assert server.requests[0].path == "/api/v1/providers/openai"
    assert provider.tokens == aistrale.ProviderTokens(active=1, set_aside=2)
    assert provider.health == aistrale.ProviderHealth(
        status="degraded",
        failure_rate=0.5,
        window_ms=60000,
        calls=12,
        last_failure=aistrale.ProviderLastFailure(
            code="provider_failed", message="It broke.", at=THEN, upstream_status=500
        ),
        circuits=(
            aistrale.ProviderCircuit(
                model="gpt-4o",
                state="open",
                opened_at=THEN,
                retry_at=datetime(2026, 11, 25, 8, 30, 30, tzinfo=UTC),
                reason="6 of 12 calls failed",
            ),
        ),
    )
    assert (healthy.failure_rate, healthy.last_failure, healthy.circuits) == (None, None, ())


def test_a_token_has_a_weight_and_may_be_set_aside(flavour: Flavour) -> None:
    with FakeServer(reply(SET_ASIDE, 201), reply(SET_ASIDE), reply(SET_ASIDE)) as server:
        token = flavour.call(
            server.url, lambda client: client.tokens.add("openai", "sk-1", weight=3)
        )
        flavour.call(server.url, lambda client: client.tokens.update("tok_1", name=None, weight=1))
        flavour.call(server.url, lambda client: client.tokens.update("tok_1", token="sk-2"))
    assert (token.weight, token.status, token.set_aside_at) == (3, "set_aside", THEN)
    assert token.set_aside_reason == "OpenAI answered 401"
    assert [got.json for got in server.requests] == [
        {"provider": "openai", "token": "sk-1", "weight": 3},
        {"name": None, "weight": 1},
        {"token": "sk-2"},
    ]


def test_fallbacks_are_asked_for_and_attempts_say_who_was(flavour: Flavour) -> None:
    tried = [
        {
            "provider": "openai",
            "model": "m",
            "outcome": "provider_failed",
            "latency_ms": 4,
            "token_id": "tok_1",
            "upstream_status": 500,
        },
        {"provider": "anthropic", "model": "n", "outcome": "completed", "latency_ms": 9},
    ]
    with FakeServer(reply(inference(attempts=tried))) as server:
        answer = flavour.run(server.url, model="openai/m", fallbacks=("anthropic/n", "fast"))
    assert server.requests[0].json["fallbacks"] == ["anthropic/n", "fast"]
    assert [each.token_id for each in answer.attempts] == ["tok_1", None]
    assert [each.upstream_status for each in answer.attempts] == [500, None]


def test_an_inference_is_cancelled_by_its_id(flavour: Flavour) -> None:
    with FakeServer(reply(record("inf_1", status="cancelled"))) as server:
        found = flavour.call(server.url, lambda client: client.inferences.cancel("inf_1"))
    (got,) = server.requests
    assert (got.method, got.path, got.body) == ("POST", "/api/v1/inferences/inf_1/cancel", b"")
    assert found.status == "cancelled"
