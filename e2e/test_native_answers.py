"""The native API's answers: every field of a plain one, of a stream, and of their records."""

import re
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from support.api import events_of
from support.emulator import MODELS, UNPRICED, echo, tokens

ANSWER = {
    "id", "text", "message", "tool_calls", "model", "provider", "finish_reason", "usage", "cost_usd", "cost_source",
    "latency_ms", "time_to_first_token_ms", "attempts", "prompt", "session_id", "created_at",
}  # fmt: skip
RECORD = {
    "id", "status", "created_at", "completed_at", "provider", "model", "requested_model", "prompt", "session_id",
    "trace_id", "parent_span_id", "api_key_id", "client", "streamed", "finish_reason", "usage", "cost_usd", "cost_source", "latency_ms", "time_to_first_token_ms",
    "attempts", "error", "metadata", "content",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
# Dollars for a million input and output tokens, from the providers' public price lists.
PRICES = {"openai": ("2.50", "10.00"), "anthropic": ("3.00", "15.00"), "gemini": ("0.10", "0.40")}


def usage(input_tokens: int, output_tokens: int) -> dict:
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }


@pytest.mark.parametrize("provider", MODELS)
def test_every_field_of_a_plain_answer(api, provider):
    model = MODELS[provider]
    answer = api.answer(prompt="Hello", model=f"{provider}/{model}")
    assert set(answer) == ANSWER
    assert answer["text"] == echo("Hello", model)
    assert answer["message"] == {"role": "assistant", "content": answer["text"]}
    assert (answer["tool_calls"], answer["finish_reason"]) == ([], "stop")
    assert (answer["provider"], answer["model"], answer["session_id"]) == (provider, model, None)
    assert answer["usage"] | usage(6, tokens(answer["text"])) == answer["usage"]
    assert set(answer["usage"]) == {
        "input_tokens", "output_tokens", "cached_input_tokens", "cache_write_input_tokens", "reasoning_tokens", "total_tokens",
    }  # fmt: skip
    assert TIME.fullmatch(answer["created_at"])
    assert type(answer["latency_ms"]) is int and answer["time_to_first_token_ms"] is None
    [attempt] = answer["attempts"]
    assert set(attempt) == {
        "provider", "model", "outcome", "latency_ms", "token_id", "upstream_status",
    }  # fmt: skip
    assert (attempt["provider"], attempt["model"]) == (provider, model)
    assert (attempt["outcome"], attempt["upstream_status"]) == ("completed", 200)


@pytest.mark.parametrize("provider", PRICES)
def test_the_cost_is_exact(api, provider):
    answer = api.answer(prompt="Hello", model=f"{provider}/{MODELS[provider]}")
    per_input, per_output = (Decimal(price) / 1_000_000 for price in PRICES[provider])
    assert answer["cost_usd"] == 6 * per_input + tokens(answer["text"]) * per_output
    assert answer["cost_source"] == "reported"
    assert api.record(answer["id"])["cost_usd"] == answer["cost_usd"]


def test_an_unknown_price_is_null_and_never_0(api):
    answer = api.answer(prompt="Hello", model=f"openai/{UNPRICED}")
    assert (answer["cost_usd"], answer["cost_source"]) == (None, None)
    assert answer["usage"]["input_tokens"] == 6


def test_without_usage_there_is_no_cost(api, emulator):
    emulator.script("openai", {"no_usage": True})
    answer = api.answer(prompt="Hello", model="openai/gpt-4o")
    assert (answer["usage"], answer["cost_usd"], answer["cost_source"]) == (None, None, None)


def test_an_id_is_a_prefix_and_a_uuid_of_version_7(api):
    before = time.time()
    first, second = (api.answer(prompt="Hello", model="openai/gpt-4o") for _ in range(2))
    assert re.fullmatch(f"inf_[{CROCKFORD}]{{26}}", first["id"])
    number = 0
    for letter in first["id"].removeprefix("inf_"):
        number = number * 32 + CROCKFORD.index(letter)
    assert (number >> 76 & 0xF, number >> 62 & 0b11) == (7, 0b10)  # version and variant, RFC 9562
    made = (number >> 80) / 1000
    assert before - 1 <= made <= time.time() + 1
    assert abs(datetime.fromisoformat(first["created_at"]).timestamp() - made) < 5
    assert first["id"] < second["id"]


@pytest.mark.parametrize("provider", MODELS)
def test_every_event_of_a_stream(api, provider):
    model = MODELS[provider]
    events = api.events(prompt="Hello", model=f"{provider}/{model}")
    assert [event.name for event in events] == ["delta"] * (len(events) - 1) + ["completed"]
    ids = [event.id for event in events]
    assert ids == sorted(set(ids), key=int)
    answer = events[-1].data
    assert (
        "".join(event.data["text"] for event in events[:-1])
        == answer["text"]
        == echo("Hello", model)
    )
    assert len(events) > 3, "word by word, not at once"
    assert set(answer) == ANSWER
    assert 0 <= answer["time_to_first_token_ms"] <= answer["latency_ms"]
    assert answer["usage"] | usage(6, tokens(answer["text"])) == answer["usage"]
    record = api.record(answer["id"])
    assert (record["status"], record["streamed"], record["usage"]) == (
        "completed",
        True,
        answer["usage"],
    )


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_the_record_says_what_the_answer_said(api, stream):
    sent = {
        "prompt": "Hello",
        "model": "openai/gpt-4o",
        "session_id": "ses-of-mine",
        "metadata": {"team": "blue", "feature": "x/y"},
        "stream": stream,
    }
    headers = {"x-aistrale-client": "python/0.1.0"}
    with api.http.stream("POST", "/api/v1/inferences", json=sent, headers=headers) as response:
        inference_id = response.headers["x-aistrale-inference-id"]
        assert response.headers["x-aistrale-provider"] == "openai"
        assert ("x-aistrale-cost-usd" in response.headers) is not stream
        response.read()
    record = api.record(inference_id)
    assert set(record) == RECORD
    assert (record["status"], record["error"], record["finish_reason"]) == (
        "completed",
        None,
        "stop",
    )
    assert (record["provider"], record["model"], record["requested_model"]) == (
        "openai",
        "gpt-4o",
        "openai/gpt-4o",
    )
    assert (record["session_id"], record["metadata"]) == (
        "ses-of-mine",
        {"team": "blue", "feature": "x/y"},
    )
    assert (record["client"], record["streamed"]) == ("python/0.1.0", stream)
    assert record["api_key_id"] == api.get("/api/v1/whoami").json()["api_key_id"]
    assert TIME.fullmatch(record["created_at"]) and TIME.fullmatch(record["completed_at"])
    assert record["created_at"] <= record["completed_at"]


def test_model_and_provider_may_be_named_apart(api):
    answer = api.answer(prompt="Hello", provider="groq", model="openai/gpt-oss-120b")
    assert (answer["provider"], answer["model"]) == ("groq", "openai/gpt-oss-120b")


def test_the_workspaces_default_model_answers_when_none_is_named(api):
    default = api.get("/api/v1/whoami").json()["default_model"]
    assert default.startswith("openai/"), (
        "pinned when its first credential appeared"
    )
    answer = api.answer(prompt="Hello")
    assert f"{answer['provider']}/{answer['model']}" == default


@pytest.mark.parametrize("provider", MODELS)
def test_a_finish_for_want_of_tokens_is_length(api, provider):
    answer = api.answer(
        prompt="write 500 words", model=f"{provider}/{MODELS[provider]}", max_output_tokens=5
    )
    assert answer["finish_reason"] == "length"
    assert answer["usage"]["output_tokens"] == 5


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_a_refusal_is_content_filter(api, provider):
    answer = api.answer(prompt="trigger the content filter", model=f"{provider}/{MODELS[provider]}")
    assert answer["finish_reason"] == "content_filter"


def test_cached_tokens_are_told_and_cost_less(api, mark):
    prompt = f"{mark} " + "word " * 2_000
    first, second = (api.answer(prompt=prompt, model="openai/gpt-4o") for _ in range(2))
    assert first["usage"]["cached_input_tokens"] == 0
    assert second["usage"]["cached_input_tokens"] >= 1_024
    saved = (
        second["usage"]["cached_input_tokens"] * Decimal("1.25") / 1_000_000
    )  # 2.50 fresh, 1.25 cached
    assert first["cost_usd"] - second["cost_usd"] == saved


@pytest.mark.timeout(60)
def test_a_silent_model_is_bridged_by_keep_alives(api):
    """A comment every 5 s."""
    with api.streaming(prompt="Hello", model="openai/gpt-4o+fault-delay-12000ms") as response:
        names = [event.name for event in events_of(response.iter_lines())]
    assert names[:2] == [":", ":"]
    assert names.count(":") == 2
    assert names[-1] == "completed"


def test_telemetry_is_filtered_and_paged_newest_first(api, mark):
    began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids = [api.answer(prompt="Hello", model=f"openai/{UNPRICED}")["id"] for _ in range(5)]
    mine = {"provider": "openai", "model": UNPRICED, "status": "completed", "since": began}
    page = api.get("/api/v1/telemetry", **mine, limit=2).json()
    assert [record["id"] for record in page["data"]] == ids[:2:-1]
    assert isinstance(page["next_cursor"], str)
    assert [record["id"] for record in api.telemetry(**mine, limit=2)] == ids[::-1]
    assert api.telemetry(**mine | {"status": "failed"}) == []
    assert api.telemetry(**mine | {"provider": "groq"}) == []
    assert api.telemetry(model=UNPRICED, until=began, since="2026-01-01T00:00:00Z") == [
        record for record in api.telemetry(model=UNPRICED) if record["created_at"] < began
    ]
    assert [record["id"] for record in api.telemetry(last="1h", model=UNPRICED)][:5] == ids[::-1]
