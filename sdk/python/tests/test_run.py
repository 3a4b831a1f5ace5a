from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, inference, reply


def test_the_answer_prints_as_its_text_and_keeps_every_field(flavour: Flavour) -> None:
    with FakeServer(reply(inference("Hello there", later={"a": [1.5]}))) as server:
        answer = flavour.run(server.url)
    assert str(answer) == "Hello there"
    assert answer.id == "inf_01kb2m3n4p5q6r7s8t9v0w1x2y"
    assert answer.usage == aistrale.Usage(
        input_tokens=3,
        output_tokens=2,
        cached_input_tokens=0,
        cache_write_input_tokens=None,
        reasoning_tokens=0,
        total_tokens=5,
    )
    assert answer.cost_usd == Decimal("0.000012345")
    assert answer.created_at == datetime(2026, 11, 23, 16, 0, 0, 123000, UTC)
    assert answer.attempts == (
        aistrale.Attempt(provider="openai", model="gpt-4o", outcome="completed", latency_ms=12),
    )
    assert answer.time_to_first_token_ms is None
    assert answer.extra == {"later": {"a": [1.5]}}


def test_repr_says_what_matters_and_cuts_long_texts() -> None:
    with FakeServer(reply(inference("x" * 100))) as server:
        shown = repr(Flavour("sync").run(server.url))
    assert shown == (
        f"Inference(id='inf_01kb2m3n4p5q6r7s8t9v0w1x2y', text='{'x' * 80}…', model='gpt-4o', "
        "provider='openai', finish_reason='stop', input_tokens=3, output_tokens=2, "
        "cost_usd=0.000012345, latency_ms=12)"
    )


def test_what_goes_over_the_wire(flavour: Flavour) -> None:
    with FakeServer(reply(inference())) as server:
        flavour.run(
            server.url,
            "Hello",
            model="gpt-4",
            provider="openai",
            temperature=0.7,
            stop=("a", "b"),
            metadata={"team": "x"},
            seed=2**60,
            system=None,
            extra_headers={"X-Team": "blue"},
        )
    (got,) = server.requests
    assert (got.method, got.path) == ("POST", "/api/v1/inferences")
    assert got.json == {
        "prompt": "Hello",
        "model": "gpt-4",
        "provider": "openai",
        "temperature": 0.7,
        "stop": ["a", "b"],
        "metadata": {"team": "x"},
        "seed": 2**60,
    }
    assert got.headers["authorization"] == f"Bearer {KEY}"
    assert got.headers["x-aistrale-client"] == f"python/{aistrale.__version__}"
    assert got.headers["user-agent"].startswith(f"aistrale-python/{aistrale.__version__} (python ")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-team"] == "blue"
    uuid4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid4, got.headers["idempotency-key"])


def test_messages_instead_of_a_prompt(flavour: Flavour) -> None:
    said = aistrale.Message(
        role="assistant",
        tool_calls=(aistrale.ToolCall(id="call_1", name="add", arguments='{"a":1}'),),
    )
    result = {"role": "tool", "tool_call_id": "call_1", "content": "2"}
    with FakeServer(reply(inference())) as server:
        flavour.run(server.url, None, messages=[{"role": "user", "content": "1+1?"}, said, result])
    assert server.requests[0].json["messages"] == [
        {"role": "user", "content": "1+1?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a":1}'},
                }
            ],
        },
        result,
    ]


def test_every_call_has_a_key_of_its_own_unless_given(flavour: Flavour) -> None:
    with FakeServer(forever=reply(inference())) as server:
        flavour.run(server.url)
        flavour.run(server.url)
        flavour.run(server.url, idempotency_key="mine")
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


def test_connections_are_used_again() -> None:
    with (
        FakeServer(forever=reply(inference())) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
    ):
        for _ in range(5):
            client.run("hi")
        assert server.connections == 1


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"prompt": "a", "temprature": 1}, TypeError, "did you mean temperature?"),
        ({"prompt": None}, TypeError, "give a prompt, messages= or prompt_ref=, one of them"),
        ({"prompt": "a", "messages": []}, TypeError, "one of them"),
        ({"prompt": 5}, TypeError, "prompt is not a string: int"),
        ({"prompt": None, "messages": ["hi"]}, TypeError, "a Message or a dict, not str"),
        ({"prompt": "a", "timeout": 0}, ValueError, "not above 0 seconds: 0"),
        ({"prompt": "a", "timeout": float("nan")}, ValueError, "not above 0 seconds"),
        ({"prompt": "a", "timeout": "5"}, TypeError, "not a number of seconds: '5'"),
        ({"prompt": "a", "max_retries": -1}, ValueError, "max_retries is below 0: -1"),
        ({"prompt": "a", "idempotency_key": ""}, ValueError, "idempotency_key is empty, and would"),
        ({"prompt": "a", "temperature": float("inf")}, ValueError, "not JSON compliant"),
        ({"prompt": "a", "metadata": {"a": object()}}, TypeError, "object cannot be written"),
        ({"prompt": "a", "extra_headers": {"Host": "x"}}, ValueError, "'Host' is this package's"),
        ({"prompt": "a", "extra_headers": {"x": "a\nb"}}, ValueError, "the header 'x' has"),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    flavour: Flavour, arguments: dict[str, object], error: type[Exception], says: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(error, match=re.escape(says)):
            flavour.run(server.url, **arguments)  # type: ignore[arg-type]
        assert server.requests == []


def test_an_answer_from_a_later_server_is_still_read(flavour: Flavour) -> None:
    strange = inference(
        finish_reason="moderated_by_moon",
        cost_usd=None,
        usage=None,
        latency_ms=2**70,
        message={
            "role": "assistant",
            "content": [{"type": "hologram", "data": 0.5}],
            "thinking_blocks": [{"type": "daydream", "about": "sheep"}],
            "annotations": [],
        },
    )
    with FakeServer(reply(strange)) as server:
        answer = flavour.run(server.url)
    assert answer.finish_reason == "moderated_by_moon"
    assert (answer.cost_usd, answer.usage, answer.latency_ms) == (None, None, 2**70)
    assert answer.message.thinking_blocks[0].extra == {"about": "sheep"}
    assert answer.message.to_dict() == strange["message"]


def test_a_success_that_is_no_inference_is_an_error_with_its_status(flavour: Flavour) -> None:
    with (
        FakeServer(reply({"nothing": "of ours"})) as server,
        pytest.raises(aistrale.APIStatusError, match=r"inference\.id is missing") as raised,
    ):
        flavour.run(server.url)
    assert (raised.value.status, raised.value.code) == (200, None)
    assert len(server.requests) == 1


@pytest.mark.parametrize("base", ["", "/", "/gate/way", "/gate/way/"])
def test_the_url_may_have_a_path_and_a_slash(flavour: Flavour, base: str) -> None:
    with FakeServer(reply(inference())) as server:
        flavour.run(server.url + base)
    assert server.requests[0].path == base.rstrip("/") + "/api/v1/inferences"


def test_configured_model_and_provider_fill_in_without_contradicting() -> None:
    client = {"model": "m", "provider": "p"}
    flavour = Flavour("sync")
    with FakeServer(forever=reply(inference())) as server:
        flavour.run(server.url, client=client)
        flavour.run(server.url, model="other", client=client)
        flavour.run(server.url, model="q/other", client=client)
        flavour.run(server.url, provider="q", client=client)
    sent = [(got.json.get("model"), got.json.get("provider")) for got in server.requests]
    assert sent == [("m", "p"), ("other", "p"), ("q/other", None), (None, "q")]
