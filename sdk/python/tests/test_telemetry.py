from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import aistrale

from .conftest import Flavour
from .fake_server import FakeServer, problem, reply, reset
from .test_resources import record

WHEN = "2026-11-25T08:30:00.000Z"
AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)

SUMMARY = {
    "since": "2026-11-24T08:30:00.000Z",
    "until": WHEN,
    "groups": [
        {
            "group": {"model": "gpt-4o", "metadata.team": None},
            "bucket_start": WHEN,
            "count": 120,
            "errors": 1,
            "latency_ms": {"p50": 410, "p95": 1200, "p99": 2100},
            "time_to_first_token_ms": {"p50": None, "p95": None, "p99": None},
            "input_tokens": 10240,
            "output_tokens": 4096,
            "cost_usd": 0.0665,
            "cost_unknown": 1,
        }
    ],
    "truncated": True,
}

SPAN = {
    "trace_id": "t1",
    "span_id": "s1",
    "parent_span_id": None,
    "name": "answer",
    "kind": "chain",
    "started_at": WHEN,
    "ended_at": "2026-11-25T08:30:01.500Z",
    "duration_ms": 1500,
    "status": "ok",
    "error_message": None,
    "attributes": {"framework": "langchain", "share": 0.5},
    "input": {"question": "?"},
    "output": None,
    "inference_id": None,
    "session_id": "ses_1",
}

TRACE = {
    "trace_id": "t1",
    "name": "answer",
    "started_at": WHEN,
    "ended_at": "2026-11-25T08:30:01.500Z",
    "duration_ms": 1500,
    "span_count": 1,
    "error_count": 0,
    "session_id": "ses_1",
    "cost_usd": 0.1,
    "input_tokens": 9,
    "output_tokens": 2,
}

THE_SPAN = aistrale.Span(
    trace_id="t1",
    span_id="s1",
    name="answer",
    kind="chain",
    started_at=AT,
    ended_at=AT + timedelta(seconds=1.5),
    duration_ms=1500,
    attributes={"framework": "langchain", "share": 0.5},
    input={"question": "?"},
    session_id="ses_1",
)


def collect(flavour: Flavour, url: str, use: Callable[[Any], Any]) -> list[Any]:
    """Return all that an iterable of the client's gives."""

    def sync(client: Any) -> Any:
        return list(use(client))

    async def asynchronous(client: Any) -> Any:
        return [item async for item in use(client)]

    found: list[Any] = flavour.call(url, sync if flavour.name == "sync" else asynchronous)
    return found


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({"session_id": "ses_1", "api_key_id": "key_1"}, "session_id=ses_1&api_key_id=key_1"),
        ({"client": "python/1.0", "q": "a b&c"}, "client=python%2F1.0&q=a%20b%26c"),
        ({"prompt": "greeting@3"}, "prompt=greeting%403"),
        ({"prompt": aistrale.PromptUse(name="a", version=2)}, "prompt=a%402"),
        (
            {"metadata": {"team": "x y", "a/b": "1"}, "limit": 7},
            "metadata.team=x%20y&metadata.a%2Fb=1&limit=7",
        ),
        ({"last": timedelta(minutes=90), "cursor": "c"}, "last=90m&cursor=c"),
        ({"last": timedelta(days=7)}, "last=7d"),
        ({"last": timedelta(milliseconds=3)}, "last=1s"),
    ],
)
def test_every_filter(flavour: Flavour, filters: dict[str, Any], query: str) -> None:
    with FakeServer(reply({"data": [], "next_cursor": None})) as server:
        assert collect(flavour, server.url, lambda c: c.telemetry.list(**filters)) == []
    assert server.requests[0].path == f"/api/v1/telemetry?{query}"


def test_a_record_keeps_what_it_belongs_to_and_what_was_said(flavour: Flavour) -> None:
    content = {
        "messages": [{"role": "user", "content": "hi"}],
        "message": {"role": "assistant", "content": None, "refusal": "No."},
    }
    whole = record(
        "inf_1",
        prompt={"name": "greeting", "version": 3},
        trace_id="t1",
        parent_span_id="s1",
        content=content,
    )
    with FakeServer(reply(whole), reply(record("inf_2", content=None))) as server:
        found = flavour.call(server.url, lambda client: client.inferences.get("inf_1"))
        bare = flavour.call(server.url, lambda client: client.inferences.get("inf_2"))
    assert found.prompt == aistrale.PromptUse(name="greeting", version=3)
    assert (found.trace_id, found.parent_span_id) == ("t1", "s1")
    assert found.content == aistrale.RecordedContent(
        messages=(aistrale.Message(role="user", content="hi"),),
        message=aistrale.Message(role="assistant", extra={"refusal": "No."}),
    )
    assert found.content.message.to_dict() == content["message"]
    assert (bare.prompt, bare.trace_id, bare.content, bare.extra) == (None, None, None, {})


def test_summary(flavour: Flavour) -> None:
    text = reply(SUMMARY)
    asked = {"group_by": ["model", "metadata.team"], "interval": timedelta(hours=1), "last": "24h"}
    with FakeServer(text) as server:
        found = flavour.call(server.url, lambda client: client.telemetry.summary(**asked))
    assert server.requests[0].path == (
        "/api/v1/telemetry/summary?last=24h&group_by=model%2Cmetadata.team&interval=1h"
    )
    (group,) = found.groups
    assert group == aistrale.SummaryGroup(
        group={"model": "gpt-4o", "metadata.team": None},
        bucket_start=AT,
        count=120,
        errors=1,
        latency_ms=aistrale.Percentiles(p50=410, p95=1200, p99=2100),
        input_tokens=10240,
        output_tokens=4096,
        cost_usd=Decimal("0.0665"),
        cost_unknown=1,
    )
    assert (found.since, found.until, found.truncated) == (AT - timedelta(days=1), AT, True)


def test_money_is_exact_to_the_last_nano_dollar(flavour: Flavour) -> None:
    written = b'{"groups":[{"group":{},"count":1,"cost_usd":12345678901.000000001}]}'

    def answer(connection: Any, got: Any) -> bool:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        connection.sendall(head + b"%d\r\n\r\n" % len(written) + written)
        return True

    with FakeServer(answer) as server:
        found = flavour.call(server.url, lambda client: client.telemetry.summary())
    assert found.groups[0].cost_usd == Decimal("12345678901.000000001")


def test_spans(flavour: Flavour) -> None:
    spans = [
        THE_SPAN,
        {"trace_id": "t1", "span_id": "s2", "started_at": AT, "later": True},
    ]
    with FakeServer(reply({"accepted": 2})) as server:
        accepted = flavour.call(server.url, lambda client: client.telemetry.add_spans(spans))
    assert accepted == 2
    (got,) = server.requests
    assert (got.method, got.path) == ("POST", "/api/v1/telemetry/spans")
    first, second = got.json["spans"]
    assert first == {
        "trace_id": "t1",
        "span_id": "s1",
        "name": "answer",
        "kind": "chain",
        "started_at": "2026-11-25T08:30:00+00:00",
        "ended_at": "2026-11-25T08:30:01.500000+00:00",
        "status": "ok",
        "attributes": {"framework": "langchain", "share": 0.5},
        "input": {"question": "?"},
        "session_id": "ses_1",
    }
    assert second == {
        "trace_id": "t1",
        "span_id": "s2",
        "started_at": "2026-11-25T08:30:00+00:00",
        "later": True,
    }


def test_many_spans_go_in_several_requests(flavour: Flavour) -> None:
    """A span that arrives twice is one span, so a lost request is sent again."""
    spans = ({"trace_id": "t", "span_id": f"s{n}"} for n in range(2001))
    script = [reply({"accepted": 1000}), reset, reply({"accepted": 1000}), reply({"accepted": 1})]
    with FakeServer(*script) as server:
        accepted = flavour.call(server.url, lambda client: client.telemetry.add_spans(spans))
    assert accepted == 2001
    sent = [got.json["spans"] for got in server.requests]
    assert [len(each) for each in sent] == [1000, 1000, 1000, 1]
    assert (sent[0][0]["span_id"], sent[3][0]["span_id"]) == ("s0", "s2000")


def test_no_spans_are_no_request(flavour: Flavour) -> None:
    with FakeServer() as server:
        assert flavour.call(server.url, lambda client: client.telemetry.add_spans([])) == 0
        assert server.requests == []


def test_traces(flavour: Flavour) -> None:
    script = [
        reply({"data": [TRACE], "next_cursor": "n"}),
        reply({"data": [{**TRACE, "trace_id": "t2", "name": None}], "next_cursor": None}),
        reply(
            {
                **TRACE,
                "spans": [SPAN],
                "inferences": [record("inf_1", trace_id="t1")],
                "next_cursor": "1.2",
            }
        ),
        reply({**TRACE, "spans": [], "inferences": [], "next_cursor": None}),
    ]
    with FakeServer(*script) as server:
        first, second = collect(
            flavour,
            server.url,
            lambda client: client.telemetry.traces(last="1h", session_id="ses_1", limit=1),
        )
        whole = flavour.call(server.url, lambda client: client.telemetry.trace("t/1"))
        rest = flavour.call(
            server.url, lambda client: client.telemetry.trace("t/1", limit=2, cursor="1.2")
        )
    assert [got.path for got in server.requests] == [
        "/api/v1/traces?last=1h&session_id=ses_1&limit=1",
        "/api/v1/traces?last=1h&session_id=ses_1&limit=1&cursor=n",
        "/api/v1/traces/t%2F1",
        "/api/v1/traces/t%2F1?limit=2&cursor=1.2",
    ]
    assert (first.name, first.duration_ms, first.span_count) == ("answer", 1500, 1)
    assert (first.cost_usd, first.spans, second.name) == (Decimal("0.1"), (), None)
    assert whole.spans == (THE_SPAN,)
    assert [item.id for item in whole.inferences] == ["inf_1"]
    assert (whole.next_cursor, rest.next_cursor, rest.spans) == ("1.2", None, ())


def test_a_users_data_is_deleted_once(flavour: Flavour) -> None:
    answer = reply({"deleted_inferences": 12, "deleted_spans": 40})
    with FakeServer(answer, reset, answer) as server:
        found = flavour.call(server.url, lambda client: client.telemetry.delete_user("ada"))
        with pytest.raises(aistrale.APIConnectionError):
            flavour.call(server.url, lambda client: client.telemetry.delete_user("ada"))
    assert found == aistrale.TelemetryDeletion(deleted_inferences=12, deleted_spans=40)
    got = server.requests[0]
    assert (got.path, got.json) == ("/api/v1/telemetry/deletions", {"user": "ada"})
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("use", "error", "says"),
    [
        (lambda c: c.telemetry.list(promt="a"), TypeError, "did you mean prompt?"),
        (lambda c: c.telemetry.summary(limit=5), TypeError, "no option 'limit'"),
        (lambda c: c.telemetry.stream(last="1h"), TypeError, "telemetry.stream has no option"),
        (lambda c: c.telemetry.export("csv", cursor="x"), TypeError, "no option 'cursor'"),
        (lambda c: c.telemetry.traces(model="m"), TypeError, "telemetry.traces has no option"),
        (lambda c: c.telemetry.trace(""), ValueError, "the trace id is empty"),
        (lambda c: c.telemetry.add_spans(["a"]), TypeError, "a span is a Span or a dict, not str"),
        (
            lambda c: c.telemetry.add_spans([{"started_at": datetime(2026, 1, 1)}]),
            ValueError,
            "started_at has no time zone",
        ),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    flavour: Flavour, use: Callable[[Any], Any], error: type[Exception], says: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(error, match=re.escape(says)):
            flavour.call(server.url, use)
        assert server.requests == []


def test_a_role_that_may_not(flavour: Flavour) -> None:
    with FakeServer(problem(403, "permission_denied", "An admin's key is needed.")) as server:
        with pytest.raises(aistrale.PermissionDeniedError, match="An admin's key is needed"):
            flavour.call(server.url, lambda client: client.telemetry.delete_user("ada"))


def test_the_modules_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(reply({"data": [record("inf_1")], "next_cursor": None})) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        assert [item.id for item in aistrale.telemetry.list(last="1h")] == ["inf_1"]
