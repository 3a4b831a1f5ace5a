"""Other loops than asyncio's, and spans, with a real server."""

from __future__ import annotations

import os
import uuid

import pytest
import trio
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import aistrale

from .test_real_server import MODEL, PROVIDER, eventually

SLOW = os.environ.get("AISTRALE_E2E_SLOW_MODEL")


def test_trio() -> None:
    async def main() -> None:
        async with aistrale.AsyncAistrale(model=MODEL, provider=PROVIDER) as client:
            assert (await client.whoami()).workspace_id
            async with client.stream("Hello, world!") as stream:
                pieces = [piece async for piece in stream.text_deltas()]
            assert "".join(pieces) == stream.text == str(await stream.final()) != ""
            session = client.session()
            first = await session.run("Hello")
            assert first.session_id == session.session_id
            listed = [item.id async for item in client.telemetry.list(session_id=first.session_id)]
            assert listed == [first.id]

    trio.run(main)


@pytest.mark.skipif(not SLOW, reason="set AISTRALE_E2E_SLOW_MODEL")
def test_a_scope_of_trios_ends_the_inference_at_the_server() -> None:
    found: list[str | None] = []

    async def main() -> None:
        async with aistrale.AsyncAistrale(provider=PROVIDER) as client:
            stream = client.stream("say: " + "word " * 300, model=SLOW)
            with trio.move_on_after(0.7) as scope:
                async with stream:
                    async for _ in stream:
                        pass
            assert scope.cancelled_caught
            found.append(stream.inference_id)

    trio.run(main)
    with aistrale.Aistrale() as client:
        eventually(lambda: client.inferences.get(str(found[0])).status == "cancelled")


@pytest.mark.parametrize("streamed", [False, True])
def test_the_servers_record_hangs_in_the_callers_trace(streamed: bool) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with (
        aistrale.Aistrale(tracer_provider=provider, model=MODEL, provider=PROVIDER) as client,
        provider.get_tracer("mine").start_as_current_span("my work") as mine,
    ):
        answer = client.stream("Hello").final() if streamed else client.run("Hello")
        record = client.inferences.get(answer.id)
        ours, *_ = exporter.get_finished_spans()
        assert record.trace_id == trace.format_trace_id(mine.get_span_context().trace_id)
        assert record.parent_span_id == trace.format_span_id(ours.context.span_id)
        assert ours.parent == mine.get_span_context()
        assert (ours.attributes or {})["gen_ai.response.id"] == answer.id
        found = client.telemetry.trace(str(record.trace_id))
        assert [each.id for each in found.inferences] == [answer.id]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_key_that_comes_again_is_one_inference_with_spans_too(streamed: bool) -> None:
    """A job that runs twice, in a program that is traced: its answer is replayed, and paid once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    key = f"order-{uuid.uuid4()}"
    aistrale.otel.instrument(provider)
    try:
        with aistrale.Aistrale(model=MODEL, provider=PROVIDER) as client:
            answers = [
                client.stream("Hello", idempotency_key=key).final()
                if streamed
                else client.run("Hello", idempotency_key=key)
                for _ in range(2)
            ]
            first, second = exporter.get_finished_spans()
            record = client.inferences.get(answers[0].id)
    finally:
        aistrale.otel.uninstrument()
    assert answers[0].id == answers[1].id
    assert first.context.trace_id != second.context.trace_id
    assert record.trace_id == trace.format_trace_id(first.context.trace_id)
    assert record.parent_span_id == trace.format_span_id(first.context.span_id)
