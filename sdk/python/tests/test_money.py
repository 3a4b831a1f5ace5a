"""Budgets, limits, and what an answer says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale._ambient import Ambient
from aistrale._limits import rate_limits

from .conftest import KEY, Flavour
from .fake_server import FakeServer, event, inference, plain, problem, reply, sse, story

BUDGET: dict[str, Any] = {
    "id": "bud_1",
    "name": "search team",
    "scope": {"type": "metadata", "key": "team", "value": "search"},
    "period": "of_the_future",
    "limit_usd": 200,
    "thresholds": [50, 80, 100],
    "action": "block",
    "created_at": "2026-10-20T09:00:00.000Z",
    "updated_at": "2026-10-21T09:00:00.000Z",
    "current": {
        "period_start": "2026-11-01T00:00:00.000Z",
        "period_end": None,
        "spent_usd": 112.403250001,
        "reserved_usd": 0.0124,
        "remaining_usd": 87.584349999,
        "unpriced_inferences": 2,
        "crossings": [
            {
                "threshold_percent": 50,
                "crossed_at": "2026-11-19T14:02:11.000Z",
                "spent_usd": 100.0021,
            }
        ],
    },
}
TEAM = {"type": "metadata", "key": "team", "value": "search"}


def test_a_budget_is_made_to_the_last_decimal(flavour: Flavour) -> None:
    with FakeServer(reply({**BUDGET, "later": 1}, 201)) as server:
        made = flavour.call(
            server.url,
            lambda client: client.budgets.create(
                "search team",
                scope=TEAM,
                period="month",
                limit_usd=Decimal("200000.000000001"),
                thresholds=(50, 80),
                action="block",
            ),
        )
    (got,) = server.requests
    assert (got.method, got.path) == ("POST", "/api/v1/budgets")
    assert got.body == (
        b'{"name":"search team","scope":{"type":"metadata","key":"team","value":"search"},'
        b'"period":"month","limit_usd":200000.000000001,"thresholds":[50,80],"action":"block"}'
    )
    assert made == aistrale.Budget(
        id="bud_1",
        name="search team",
        scope=aistrale.BudgetScope(**TEAM),
        period="of_the_future",
        limit_usd=Decimal(200),
        thresholds=(50, 80, 100),
        action="block",
        created_at=datetime(2026, 10, 20, 9, tzinfo=UTC),
        updated_at=datetime(2026, 10, 21, 9, tzinfo=UTC),
        current=aistrale.BudgetState(
            period_start=datetime(2026, 11, 1, tzinfo=UTC),
            period_end=None,
            spent_usd=Decimal("112.403250001"),
            reserved_usd=Decimal("0.0124"),
            remaining_usd=Decimal("87.584349999"),
            unpriced_inferences=2,
            crossings=(
                aistrale.BudgetCrossing(
                    threshold_percent=50,
                    crossed_at=datetime(2026, 11, 19, 14, 2, 11, tzinfo=UTC),
                    spent_usd=Decimal("100.0021"),
                ),
            ),
        ),
        extra={"later": 1},
    )


def test_budgets_are_listed_read_changed_and_deleted(flavour: Flavour) -> None:
    def sync(client: Any) -> Any:
        found = list(client.budgets.list(limit=1))
        return found, client.budgets.get("bud_1"), change(client), client.budgets.delete("bud_1")

    async def asynchronous(client: Any) -> Any:
        found = [each async for each in client.budgets.list(limit=1)]
        one, changed = await client.budgets.get("bud_1"), await change(client)
        return found, one, changed, await client.budgets.delete("bud_1")

    def change(client: Any) -> Any:
        return client.budgets.update("bud_1", limit_usd=Decimal("250.50"), name="b")

    script = [
        reply({"data": [BUDGET], "next_cursor": "c"}),
        reply({"data": [], "next_cursor": None}),
        reply(BUDGET),
        reply(BUDGET),
        plain(204),
    ]
    with FakeServer(*script) as server:
        found, one, changed, deleted = flavour.call(
            server.url, sync if flavour.name == "sync" else asynchronous
        )
    assert found == [one] == [changed]
    assert deleted is None
    assert [(got.method, got.path) for got in server.requests] == [
        ("GET", "/api/v1/budgets?limit=1"),
        ("GET", "/api/v1/budgets?limit=1&cursor=c"),
        ("GET", "/api/v1/budgets/bud_1"),
        ("POST", "/api/v1/budgets/bud_1"),
        ("DELETE", "/api/v1/budgets/bud_1"),
    ]
    assert server.requests[3].body == b'{"name":"b","limit_usd":250.50}'


@pytest.mark.parametrize(
    ("scope", "sent"),
    [
        (aistrale.BudgetScope(type="workspace"), {"type": "workspace"}),
        (
            aistrale.BudgetScope(type="api_key", api_key_id="key_1"),
            {"type": "api_key", "api_key_id": "key_1"},
        ),
        (
            aistrale.BudgetScope(type="model", model="openai/m"),
            {"type": "model", "model": "openai/m"},
        ),
        (aistrale.BudgetScope(**TEAM), TEAM),
    ],
)
def test_every_scope(scope: aistrale.BudgetScope, sent: dict[str, Any]) -> None:
    with (
        FakeServer(reply(BUDGET, 201)) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        client.budgets.create("a", scope=scope, period="day", limit_usd=1)
    assert server.requests[0].json["scope"] == sent


def test_a_limit_is_sent_with_every_digit(flavour: Flavour) -> None:
    """A float has 17 of them; a limit may have 18."""
    with FakeServer(reply(BUDGET)) as server:
        flavour.call(
            server.url,
            lambda client: client.budgets.update(
                "bud_1", limit_usd=Decimal("999999999.123456789"), thresholds=[50], name="Büdget \n"
            ),
        )
    assert server.requests[0].body == (
        b'{"name":"B\\u00fcdget \\n","limit_usd":999999999.123456789,"thresholds":[50]}'
    )


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        (Decimal("NaN"), ValueError, "NaN is no number that JSON has"),
        (Decimal("-Infinity"), ValueError, "-Infinity is no number that JSON has"),
        ({"a": Decimal(1), "b": float("inf")}, ValueError, "inf is no number that JSON has"),
        (float("nan"), ValueError, "not JSON compliant"),
        ([Decimal(1), b"x"], TypeError, "bytes cannot be written as JSON"),
        (b"x", TypeError, "bytes cannot be written as JSON"),
    ],
)
def test_what_json_cannot_carry_is_told_before_anything_is_sent(
    value: Any, error: type[Exception], says: str
) -> None:
    with FakeServer() as server, aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
        with pytest.raises(error, match=says):
            client.budgets.update("bud_1", limit_usd=value)
        assert server.requests == []


def test_what_is_no_option_is_told_before_anything_is_sent() -> None:
    with FakeServer() as server, aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
        with pytest.raises(TypeError, match="no option 'limt_usd'; did you mean limit_usd?"):
            client.budgets.update("bud_1", limt_usd=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'scope'"):
            client.budgets.create("a", period="day", limit_usd=1)  # type: ignore[call-arg]
        assert server.requests == []


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_number_is_sent_with_the_digits_that_it_has(amount: Decimal) -> None:
    from aistrale._options import json_bytes

    sent = json_bytes({"amount": amount, "beside": [1.5, True, None, "x", amount]}).decode()
    read = json.loads(sent, parse_float=Decimal, parse_int=Decimal)
    assert str(read["amount"]) == str(read["beside"][4]) == str(amount or abs(amount))
    assert read["beside"][:4] == [1.5, True, None, "x"]


def test_a_keys_limits_are_set_taken_away_and_shown(flavour: Flavour) -> None:
    key = {"id": "key_1", "requests_per_minute": 600, "tokens_per_minute": None}
    me = {"workspace_id": "ws_1", "requests_per_minute": None, "tokens_per_minute": 90000}
    with FakeServer(reply(key), reply(key), reply(me)) as server:
        limited = flavour.call(
            server.url, lambda client: client.api_keys.update("key_1", requests_per_minute=600)
        )
        flavour.call(
            server.url,
            lambda client: client.api_keys.update(
                "key_1", requests_per_minute=None, tokens_per_minute=None
            ),
        )
        who = flavour.call(server.url, lambda client: client.whoami())
    assert (limited.requests_per_minute, limited.tokens_per_minute) == (600, None)
    assert (who.requests_per_minute, who.tokens_per_minute) == (None, 90000)
    assert server.requests[0].json == {"requests_per_minute": 600}
    assert server.requests[1].json == {"requests_per_minute": None, "tokens_per_minute": None}


LIMITS = {
    "retry_after_ms": "1",
    "x_ratelimit_limit_requests": "60",
    "x_ratelimit_remaining_requests": "0",
    "x_ratelimit_reset_requests": "1m0.5s",
    "x_ratelimit_limit_tokens": "90000",
}


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (402, "budget_exceeded")])
def test_a_limited_key_is_told_its_limits(flavour: Flavour, status: int, code: str) -> None:
    with FakeServer(forever=problem(status, code, headers=LIMITS)) as server:
        with pytest.raises(aistrale.APIStatusError) as raised:
            flavour.run(server.url)
    assert type(raised.value) in (aistrale.RateLimitError, aistrale.BudgetExceededError)
    assert raised.value.retry_after == 0.001
    assert raised.value.limits == aistrale.RateLimits(
        aistrale.RateLimit(60, 0, 60.5), aistrale.RateLimit(90000)
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("850ms", 0.85),
        ("1.2s", 1.2),
        ("0s", 0.0),
        ("1m0s", 60.0),
        ("2m", 120.0),
        ("10m1.005s", 601.005),
        ("soon", None),
        ("", None),
        ("-1s", None),
        ("s", None),
        ("1h", None),
        ("1.s", None),
        ("٣s", None),
    ],
)
def test_a_reset_is_read_as_openai_writes_it(text: str, seconds: float | None) -> None:
    headers = {"x-ratelimit-limit-tokens": "5", "x-ratelimit-reset-tokens": text}
    assert rate_limits(headers) == aistrale.RateLimits(None, aistrale.RateLimit(5, None, seconds))


@given(st.text(), st.text(), st.text())
def test_no_limit_is_too_strange_to_read(limit: str, remaining: str, reset: str) -> None:
    found = rate_limits(
        {
            "x-ratelimit-limit-requests": limit,
            "x-ratelimit-remaining-requests": remaining,
            "x-ratelimit-reset-requests": reset,
        }
    )
    assert found is None or found.requests is not None


def test_an_answer_without_limits_has_none(flavour: Flavour) -> None:
    answer = problem(400, "invalid_request", headers={"x_ratelimit_remaining_tokens": "5"})
    with FakeServer(answer) as server:
        with pytest.raises(aistrale.BadRequestError) as raised:
            flavour.run(server.url)
    assert raised.value.limits is None


@pytest.mark.parametrize("stream", [False, True])
def test_a_budget_that_may_have_room_soon_is_asked_again_when_it_says(
    stream: bool, naps: list[float], ambient: Ambient
) -> None:
    """What running inferences have put aside is given back when they end."""
    full = problem(402, "budget_exceeded", headers={"x_should_retry": "true", "retry_after": "1"})
    good = sse(*story("x")) if stream else reply(inference("x"))
    with (
        FakeServer(full, good) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY, _ambient=ambient) as client,
    ):
        answer = client.stream("hi").final() if stream else client.run("hi")
    assert answer.text == "x"
    assert naps == [1.0]
    assert len({got.headers["idempotency-key"] for got in server.requests}) == 1
    assert len(server.requests) == 2


def test_a_budget_that_is_spent_is_not_asked_again(flavour: Flavour) -> None:
    spent = problem(402, "budget_exceeded", headers={"x_should_retry": "false"})
    with FakeServer(spent) as server:
        with pytest.raises(aistrale.BudgetExceededError) as raised:
            flavour.run(server.url)
    assert raised.value.retry_after is None
    assert len(server.requests) == 1


def test_a_budget_that_is_spent_ends_a_stream_before_it_begins(flavour: Flavour) -> None:
    body = {"code": "budget_exceeded", "status": 402, "detail": "Spent."}
    with FakeServer(sse(event("error", body))) as server:
        came = flavour.stream(server.url)
        assert server.cancelled == []
    assert type(came.error) is aistrale.BudgetExceededError
    assert len(server.requests) == 1
