"""Spans, made by OpenTelemetry's own SDK and kept in memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

import aistrale
from aistrale._ambient import Ambient

from .conftest import KEY, Flavour
from .fake_server import (
    FakeServer,
    event,
    hang,
    inference,
    plain,
    problem,
    reply,
    reset,
    sse,
    story,
)
from .test_resume import EVENTS

WHOLE = {
    "model": "gpt-4o-2024",
    "provider": "gemini",
    "finish_reason": "tool_calls",
    "session_id": "ses_1",
    "usage": {
        "input_tokens": 9,
        "output_tokens": 2,
        "cached_input_tokens": 3,
        "cache_write_input_tokens": None,
        "reasoning_tokens": 1,
        "total_tokens": 11,
    },
    "cost_usd": 0.0000425,
    "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    ],
    "attempts": [{"provider": "openai", "outcome": "failed"}, {"provider": "gemini"}],
}


class Exported(InMemorySpanExporter):
    """What was exported, since the last time."""

    def __init__(self) -> None:
        super().__init__()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self))

    def spans(self) -> list[ReadableSpan]:
        found = list(self.get_finished_spans())
        self.clear()
        return found

    def one(self) -> ReadableSpan:
        (span,) = self.spans()
        return span


@pytest.fixture
def exported() -> Iterator[Exported]:
    """Spans of all clients."""
    exporter = Exported()
    aistrale.otel.instrument(exporter.provider)
    yield exporter
    aistrale.otel.uninstrument()
    exporter.provider.shutdown()


def about(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def traceparent(span: ReadableSpan) -> str:
    """The header by which the server hangs its record below this span."""
    ids = span.context
    return f"00-{trace.format_trace_id(ids.trace_id)}-{trace.format_span_id(ids.span_id)}-01"


def test_an_inference_is_a_span(flavour: Flavour, exported: Exported) -> None:
    with FakeServer(reply(inference("secret answer", **WHOLE))) as server:
        flavour.run(
            server.url,
            "secret question",
            model="openai/gpt-4o",
            temperature=0.5,
            top_p=0.9,
            max_output_tokens=7,
            stop="END",
            seed=3,
            session_id="ses_1",
            system="secret orders",
            response_format={"type": "json_object"},
        )
        (got,) = server.requests
    span = exported.one()
    assert (span.name, span.kind) == ("chat gpt-4o", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert about(span) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 7,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.seed": 3,
        "gen_ai.output.type": "json",
        "gen_ai.conversation.id": "ses_1",
        "gen_ai.response.id": inference()["id"],
        "gen_ai.response.model": "gpt-4o-2024",
        "gen_ai.response.finish_reasons": ("tool_calls",),
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 2,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "aistrale.tool_calls": 1,
        "aistrale.attempts": 2,
        "aistrale.cost_usd": 0.0000425,
    }
    assert "secret" not in span.to_json()
    assert got.headers["traceparent"] == traceparent(span)
    assert got.json["prompt"] == "secret question"
    assert span.instrumentation_scope.name == "aistrale"
    assert span.instrumentation_scope.version == aistrale.__version__
    assert span.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.41.1"


def test_it_hangs_in_the_callers_trace(flavour: Flavour, exported: Exported) -> None:
    tracer = exported.provider.get_tracer("mine")
    with FakeServer(forever=reply(inference())) as server:
        with tracer.start_as_current_span("my work") as mine:
            flavour.run(server.url)
        flavour.run(server.url, trace_id="a" * 32)
        flavour.run(server.url)
        flavour.run(server.url, extra_headers={"Traceparent": f"00-{'b' * 32}-{'c' * 16}-00"})
        requests = server.requests
    ours, parent, other, alone, by_hand = exported.spans()
    assert parent.name == "my work"
    assert ours.parent == mine.get_span_context()
    assert ours.context.trace_id == parent.context.trace_id
    assert other.parent is alone.parent is by_hand.parent is None
    assert [got.headers.get("traceparent") for got in requests] == [
        traceparent(ours),
        None,
        traceparent(alone),
        f"00-{'b' * 32}-{'c' * 16}-00",
    ]
    assert requests[1].json["trace_id"] == "a" * 32


def test_what_is_asked_is_the_same_with_and_without_spans(
    flavour: Flavour, exported: Exported
) -> None:
    """The server knows a request that comes again by its body, byte by byte."""
    options: Any = {"idempotency_key": "order-7", "metadata": {"é": "ü"}}
    with FakeServer(forever=reply(inference())) as server:
        for _ in range(2):
            flavour.run(server.url, **options)
        aistrale.otel.uninstrument()
        flavour.run(server.url, **options)
        first, again, without = server.requests
    assert first.body == again.body == without.body
    assert {got.headers["idempotency-key"] for got in server.requests} == {"order-7"}
    assert first.headers["traceparent"] != again.headers["traceparent"]
    assert "traceparent" not in without.headers


def test_a_trace_that_is_not_sampled_is_handed_on_so(flavour: Flavour) -> None:
    quiet = TracerProvider(sampler=ALWAYS_OFF)
    with FakeServer(reply(inference())) as server:
        flavour.run(server.url, client={"tracer_provider": quiet})
        assert server.requests[0].headers["traceparent"].endswith("-00")


def test_a_streams_span_has_the_time_to_its_first_piece(
    flavour: Flavour, exported: Exported
) -> None:
    with FakeServer(sse(*story("a", "b"), pause=0.4)) as server:
        flavour.stream(server.url, model="gpt-4o", provider="azure-openai")
        (got,) = server.requests
    span = exported.one()
    assert got.headers["traceparent"] == traceparent(span)
    assert span.name == "chat gpt-4o"
    found = about(span)
    assert found["gen_ai.request.stream"] is True
    assert found["gen_ai.response.id"] == inference()["id"]
    whole = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
    assert 0 < found["gen_ai.response.time_to_first_chunk"] < whole - 0.5
    assert "aistrale.stream.left" not in found


def test_a_stream_whose_reader_stops_at_its_last_event_is_complete(exported: Exported) -> None:
    with FakeServer(sse(*story("a"))) as server:
        for each in aistrale.Aistrale(api_url=server.url, api_key=KEY).stream("hi"):
            if isinstance(each, aistrale.Completed):
                break
        assert "gen_ai.response.id" in about(exported.one())


def test_retries_are_events(exported: Exported, ambient: Ambient) -> None:
    busy = problem(503, "overloaded", headers={"retry_after": "1"})
    with FakeServer(busy, problem(429, "rate_limited"), reply(inference())) as server:
        client = aistrale.Aistrale(api_url=server.url, api_key=KEY, _ambient=ambient)
        with client:
            client.run("hi")
    span = exported.one()
    assert [(each.name, dict(each.attributes or {})) for each in span.events] == [
        (
            "aistrale.retry",
            {
                "aistrale.retry.number": 1,
                "aistrale.retry.wait_seconds": 1.0,
                "http.response.status_code": 503,
            },
        ),
        (
            "aistrale.retry",
            {
                "aistrale.retry.number": 2,
                "aistrale.retry.wait_seconds": 1.0,
                "http.response.status_code": 429,
            },
        ),
    ]
    assert about(span)["aistrale.retries"] == 2
    assert span.status.status_code is StatusCode.UNSET


def test_a_stream_that_goes_on_after_a_cut_is_one_span(
    flavour: Flavour, exported: Exported
) -> None:
    with FakeServer(sse(*EVENTS[:2], end="reset"), sse(*EVENTS[2:])) as server:
        assert flavour.stream(server.url).completed
        assert len(server.requests) == 2
        headers = {got.headers["traceparent"] for got in server.requests}
    span = exported.one()
    assert headers == {traceparent(span)}
    (retry,) = span.events
    assert (retry.attributes or {})["error.type"] == "lost"
    assert about(span)["aistrale.retries"] == 1


def test_errors(flavour: Flavour, exported: Exported) -> None:
    refused = problem(422, "no_provider", "Run aistrale tokens add.")
    failed = problem(502, "provider_error", "It failed.", provider="mistral")
    with FakeServer(refused, failed, failed, reset) as server:
        for options in ({}, {"max_retries": 0}, {"max_retries": 0, "stream": True}):
            stream = options.pop("stream", False)
            if stream:
                assert flavour.stream(server.url, **options).error
            else:
                with pytest.raises(aistrale.APIStatusError):
                    flavour.run(server.url, **options)
        with pytest.raises(aistrale.APIConnectionError):
            flavour.run(server.url, max_retries=0)
    with pytest.raises(aistrale.APIConnectionError):
        flavour.run(server.url, max_retries=0)
    spans = exported.spans()
    assert [about(span)["error.type"] for span in spans] == [
        "no_provider",
        "provider_error",
        "provider_error",
        "APIConnectionError",
        "APIConnectionError",
    ]
    assert {span.status.status_code for span in spans} == {StatusCode.ERROR}
    assert "Run aistrale tokens add." in str(spans[0].status.description)
    assert about(spans[0])["http.response.status_code"] == 422
    assert about(spans[1])["gen_ai.provider.name"] == "mistral_ai"
    assert not any(KEY in span.to_json() for span in spans)


def test_no_span_has_what_a_provider_or_a_proxy_says(flavour: Flavour, exported: Exported) -> None:
    """Their words may quote what was asked."""
    said = "gpt-4o does not take 'my secret question'."
    of_provider: dict[str, Any] = {"provider": "openai", "upstream_status": 400}
    failed = {"status": 502, "code": "provider_error", "detail": said, **of_provider}
    script = [
        problem(400, "provider_rejected", said, **of_provider),
        plain(502, said.encode(), content_type="text/html"),
        sse(event("error", failed)),
        sse(*story("a", "b")[:1], end="eof"),
        problem(400, "provider_rejected", said, **of_provider),
    ]
    with FakeServer(*script) as server:
        for _ in range(2):
            with pytest.raises(aistrale.APIStatusError) as raised:
                flavour.run(server.url, max_retries=0)
            assert "secret question" in str(raised.value.body)
        assert "secret question" in str(flavour.stream(server.url, max_retries=0).error)
        assert "secret question" in str(flavour.stream(server.url, max_retries=1).error)
    spans = exported.spans()
    assert not any("secret" in span.to_json() for span in spans)
    assert [span.status.description for span in spans] == [
        "provider_rejected (400; openai said 400)",
        str(raised.value),
        "provider_error (502; openai said 400)",
        "The stream ended before its last event: provider_rejected (400; openai said 400)",
    ]


class Broken(SpanProcessor):
    """Fails where spans begin, or where they end."""

    def __init__(self, where: str) -> None:
        self._where = where

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if self._where == "start":
            raise RuntimeError("no room")

    def on_end(self, span: Any) -> None:
        if self._where == "end":
            raise RuntimeError("no room")


@pytest.mark.parametrize("where", ["start", "end"])
def test_a_tracer_that_fails_ends_no_call(
    flavour: Flavour, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer that was paid is not lost to somebody's exporter."""
    provider = TracerProvider()
    provider.add_span_processor(Broken(where))
    with FakeServer(reply(inference("Hi.")), sse(*story("Hi."))) as server:
        client: Any = {"tracer_provider": provider}
        assert flavour.run(server.url, client=client).text == "Hi."
        streamed = flavour.stream(server.url, client=client)
        assert streamed.completed is not None
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", "OpenTelemetry failed, and the call goes on without: RuntimeError: no room")
    ] * 2


def test_a_call_that_is_cancelled(exported: Exported) -> None:
    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            for call in (client.run("hi"), client.stream("hi").final()):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(call, 0.2)

    with FakeServer(hang, sse(*EVENTS[:1], end="hang")) as server:
        asyncio.run(main(server.url))
    spans = exported.spans()
    assert [about(span)["error.type"] for span in spans] == ["CancelledError"] * 2
    assert [span.status.description for span in spans] == [None, None]


def test_a_stream_that_is_left_is_no_error(flavour: Flavour, exported: Exported) -> None:
    def sync(client: Any) -> None:
        with client.stream("hi") as stream:
            next(stream)

    async def asynchronous(client: Any) -> None:
        async with client.stream("hi") as stream:
            await anext(stream)

    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    span = exported.one()
    assert about(span)["aistrale.stream.left"] is True
    assert span.status.status_code is StatusCode.UNSET


def test_a_stream_that_nobody_closes_ends_its_span_too(exported: Exported) -> None:
    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        client = aistrale.Aistrale(api_url=server.url, api_key=KEY)
        next(client.stream("hi"))
        assert about(exported.one())["aistrale.stream.left"] is True
        client.close()


def test_a_stream_that_another_thread_closes_has_one_span(exported: Exported) -> None:
    with FakeServer(sse(*EVENTS[:1], end="hang")) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
            stream = client.stream("hi")
            next(stream)
            threading.Timer(0.1, stream.close).start()
            with pytest.raises(aistrale.StreamInterruptedError):
                stream.final()
    assert about(exported.one())["aistrale.stream.left"] is True


def test_a_session_is_a_conversation(flavour: Flavour, exported: Exported) -> None:
    def sync(client: Any) -> None:
        session = client.session(session_id="ses_mine")
        session.run("hi")
        session.stream("hi").final()

    async def asynchronous(client: Any) -> None:
        session = client.session(session_id="ses_mine")
        await session.run("hi")
        await session.stream("hi").final()

    answer = inference("hi", session_id=None)
    with FakeServer(reply(answer), sse(event("completed", answer))) as server:
        flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    found = [about(span)["gen_ai.conversation.id"] for span in exported.spans()]
    assert found == ["ses_mine", "ses_mine"]


def test_a_prompt_of_the_server_and_a_model_that_nobody_chose(
    flavour: Flavour, exported: Exported
) -> None:
    with FakeServer(reply(inference(provider=None))) as server:
        flavour.run(server.url, None, prompt_ref="greeting@production")
    span = exported.one()
    assert span.name == "chat"
    assert about(span)["gen_ai.prompt.name"] == "greeting"
    assert about(span)["gen_ai.provider.name"] == "aistrale"


def test_only_inferences_are_spans(flavour: Flavour, exported: Exported) -> None:
    with FakeServer(reply({"status": "ok"}), reply(inference())) as server:
        flavour.call(server.url, lambda client: client.health())
        assert exported.spans() == []


def test_a_client_with_a_provider_of_its_own(flavour: Flavour, exported: Exported) -> None:
    mine = Exported()
    with FakeServer(forever=reply(inference())) as server:
        flavour.run(server.url, client={"tracer_provider": mine.provider})
        assert (len(mine.spans()), exported.spans()) == (1, [])
        aistrale.otel.uninstrument()
        flavour.run(server.url, client={"tracer_provider": mine.provider})
        flavour.run(server.url)
        assert (len(mine.spans()), exported.spans()) == (1, [])
        assert "traceparent" not in server.requests[-1].headers


def test_a_program_without_an_sdk_sends_no_ids(flavour: Flavour) -> None:
    """The API alone makes no spans; where a trace is current all the same, it is handed on."""
    with FakeServer(forever=reply(inference())) as server:
        provider = trace.NoOpTracerProvider()
        flavour.run(server.url, client={"tracer_provider": provider})
        assert "traceparent" not in server.requests[0].headers


def test_nothing_is_imported_and_nothing_breaks_without_the_package() -> None:
    code = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
import aistrale, aistrale.otel
client = aistrale.Aistrale(api_url="http://127.0.0.1:9", max_retries=0)
try:
    client.run("hi")
except aistrale.APIConnectionError:
    pass
for attempt in (aistrale.otel.instrument, lambda: aistrale.Aistrale(tracer_provider=object())):
    try:
        attempt()
    except aistrale.ConfigurationError as error:
        print(error)
aistrale.otel.uninstrument()
print([name for name in sys.modules if "opentelemetry" in name or "_spans" in name])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    missing = "OpenTelemetry's API is not installed: pip install opentelemetry-api\n"
    assert found.stdout == missing * 2 + "[]\n"


def test_the_package_is_not_imported_before_it_is_wanted() -> None:
    code = """
import sys, aistrale
try:
    aistrale.Aistrale(api_url="http://127.0.0.1:9", max_retries=0).run("hi")
except aistrale.APIConnectionError:
    print(any("opentelemetry" in name for name in sys.modules))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
