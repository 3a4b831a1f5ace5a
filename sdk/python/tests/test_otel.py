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
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import aistrale
from aistrale._ambient import Ambient

from .conftest import KEY, Flavour
from .fake_server import FakeServer, event, hang, inference, problem, reply, reset, sse, story
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
        body = server.requests[0].json
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
    assert body["trace_id"] == trace.format_trace_id(span.context.trace_id)
    assert body["parent_span_id"] == trace.format_span_id(span.context.span_id)
    assert body["prompt"] == "secret question"
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
        bodies = [got.json for got in server.requests]
    ours, parent, other, alone = exported.spans()
    assert parent.name == "my work"
    assert ours.parent == mine.get_span_context()
    assert bodies[0]["trace_id"] == trace.format_trace_id(parent.context.trace_id)
    assert (bodies[1]["trace_id"], "parent_span_id" in bodies[1]) == ("a" * 32, False)
    assert other.parent is alone.parent is None
    assert bodies[2]["trace_id"] == trace.format_trace_id(alone.context.trace_id)


def test_a_streams_span_has_the_time_to_its_first_piece(
    flavour: Flavour, exported: Exported
) -> None:
    with FakeServer(sse(*story("a", "b"), pause=0.4)) as server:
        flavour.stream(server.url, model="gpt-4o", provider="azure-openai")
        assert server.requests[0].json["parent_span_id"]
    span = exported.one()
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
        assert len({got.json["parent_span_id"] for got in server.requests}) == 1
    span = exported.one()
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
        assert "trace_id" not in server.requests[-1].json


def test_a_program_without_an_sdk_sends_no_ids(flavour: Flavour) -> None:
    """The API alone makes no spans; where a trace is current all the same, it is handed on."""
    with FakeServer(forever=reply(inference())) as server:
        provider = trace.NoOpTracerProvider()
        flavour.run(server.url, client={"tracer_provider": provider})
        assert "trace_id" not in server.requests[0].json


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
