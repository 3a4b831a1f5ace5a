"""The client against a real server whose provider `openai` is the emulator, as a user uses it.

AISTRALE_E2E_MODEL names the model (gpt-4o), AISTRALE_E2E_PROVIDER the provider (openai).
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable

import pytest

import aistrale

MODEL = os.environ.get("AISTRALE_E2E_MODEL", "gpt-4o")
PROVIDER = os.environ.get("AISTRALE_E2E_PROVIDER", "openai")


def eventually(what: Callable[[], object]) -> None:
    """Telemetry is durable before an answer leaves; a cut call's row may come a moment later."""
    until = time.monotonic() + 5
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    assert what()


def test_health_and_whoami() -> None:
    with aistrale.Aistrale() as client:
        assert client.health().status == "ok"
        me = client.whoami()
    assert me.workspace_id.startswith("ws_")
    assert me.api_key_id is not None


def test_providers_lists_the_emulated_one() -> None:
    with aistrale.Aistrale() as client:
        names = {provider.name: provider for provider in client.providers()}
    assert names[PROVIDER].credential in ("token", "environment", "not_needed")


def test_run_and_its_record() -> None:
    answer = aistrale.run("Hello, world!", model=MODEL, provider=PROVIDER, temperature=0.7)
    assert str(answer) == answer.text != ""
    assert re.fullmatch(r"inf_[0-9a-hjkmnp-tv-z]{26}", answer.id)
    assert (answer.provider, answer.finish_reason) == (PROVIDER, "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens is not None
    assert [attempt.outcome for attempt in answer.attempts] != []
    with aistrale.Aistrale() as client:
        record = client.inferences.get(answer.id)
        newest = next(iter(client.telemetry.list(last="24h", limit=1)))
    assert (record.status, record.streamed, record.error) == ("completed", False, None)
    assert record.client == f"python/{aistrale.__version__}"
    assert (record.usage, record.cost_usd) == (answer.usage, answer.cost_usd)
    assert newest.id == answer.id


def test_run_async_twice() -> None:
    for _ in range(2):
        answer = asyncio.run(aistrale.run_async("Hello", model=MODEL, provider=PROVIDER))
        assert answer.text != ""


def test_stream_and_its_record() -> None:
    with aistrale.stream("Tell me a story", model=MODEL, provider=PROVIDER) as stream:
        pieces = list(stream.text_deltas())
        answer = stream.final()
    assert "".join(pieces) == answer.text == stream.text != ""
    assert answer.time_to_first_token_ms is not None
    with aistrale.Aistrale() as client:
        record = client.inferences.get(answer.id)
    assert (record.status, record.streamed) == ("completed", True)


def test_stream_async() -> None:
    async def main() -> tuple[str, aistrale.Inference]:
        async with aistrale.stream_async("Hello", model=MODEL, provider=PROVIDER) as stream:
            text = "".join([piece async for piece in stream.text_deltas()])
            return text, await stream.final()

    text, answer = asyncio.run(main())
    assert text == answer.text != ""


def test_a_session_keeps_the_conversation() -> None:
    with aistrale.session(model=MODEL, provider=PROVIDER) as session:
        first = session.run("My name is Ada.")
        second = session.run("What is my name?")
        assert [message["role"] for message in session.messages] == ["user", "assistant"] * 2
    assert first.session_id == second.session_id == session.session_id
    assert first.usage is not None
    assert second.usage is not None
    assert (second.usage.input_tokens or 0) > (first.usage.input_tokens or 0)
    with aistrale.Aistrale() as client:
        records = list(client.telemetry.list(last="1h", limit=2))[:2]
    assert {record.session_id for record in records} == {session.session_id}


def test_a_bad_key() -> None:
    with aistrale.Aistrale(api_key="ais_wrong") as client:
        with pytest.raises(aistrale.AuthenticationError, match="came from the argument") as raised:
            client.run("hi")
    assert (raised.value.status, raised.value.code) == (401, "authentication_failed")
    assert raised.value.request_id
    assert "ais_wrong" not in str(raised.value)


def test_a_model_nobody_serves() -> None:
    with pytest.raises(aistrale.NoProviderError, match="tokens add") as raised:
        aistrale.run("hi", model="nobody/no-such-model")
    assert (raised.value.status, raised.value.code) == (422, "no_provider")


def test_a_field_that_is_wrong() -> None:
    with pytest.raises(aistrale.BadRequestError) as raised:
        aistrale.run("hi", model=MODEL, provider=PROVIDER, temperature="hot")  # type: ignore[arg-type]
    assert raised.value.code == "invalid_request"
    assert raised.value.errors[0]["pointer"] == "/temperature"


def test_an_empty_prompt() -> None:
    with pytest.raises(aistrale.BadRequestError):
        aistrale.run("", model=MODEL, provider=PROVIDER)


def test_an_inference_that_is_not_there() -> None:
    with aistrale.Aistrale() as client, pytest.raises(aistrale.NotFoundError):
        client.inferences.get("inf_00000000000000000000000000")


@pytest.mark.skipif(
    not os.environ.get("AISTRALE_E2E_FAILING_MODEL"),
    reason="set AISTRALE_E2E_FAILING_MODEL to a model for which the emulator answers 5xx",
)
def test_a_provider_that_fails() -> None:
    failing = os.environ["AISTRALE_E2E_FAILING_MODEL"]
    with pytest.raises(aistrale.ProviderError) as raised:
        aistrale.run("hi", model=failing, provider=PROVIDER, max_retries=0)
    assert raised.value.code == "provider_failed"
    assert raised.value.provider == PROVIDER
    with aistrale.Aistrale() as client:
        failed = next(iter(client.telemetry.list(last="1h", status="failed", limit=1)))
    assert failed.error is not None
    assert failed.error.code == "provider_failed"


def test_tokens_come_and_go_and_are_never_shown() -> None:
    with aistrale.Aistrale() as client:
        added = client.tokens.add("groq", "gsk-e2e-secret-1234", name="e2e")
        try:
            assert (added.provider, added.last_four) == ("groq", "1234")
            assert added.id in {token.id for token in client.tokens.list()}
            replaced = client.tokens.replace(added.id, "gsk-e2e-secret-5678")
            assert (replaced.id, replaced.last_four) == (added.id, "5678")
        finally:
            client.tokens.remove(added.id)
        assert added.id not in {token.id for token in client.tokens.list()}
        with pytest.raises(aistrale.NotFoundError):
            client.tokens.remove(added.id)


def test_paging_goes_over_every_record_once() -> None:
    for _ in range(3):
        aistrale.run("hi", model=MODEL, provider=PROVIDER)
    with aistrale.Aistrale() as client:
        all_at_once = [record.id for record in client.telemetry.list(last="24h", limit=200)]
        two_by_two = [record.id for record in client.telemetry.list(last="24h", limit=2)]
    assert two_by_two == all_at_once
    assert len(set(two_by_two)) == len(two_by_two) >= 3


def test_leaving_a_stream_is_recorded() -> None:
    with aistrale.Aistrale() as client:
        with client.stream("Tell me a very long story", model=MODEL, provider=PROVIDER) as stream:
            next(iter(stream))
        known = client.telemetry.list(last="1h", limit=1)
        eventually(lambda: next(iter(known)).status in ("cancelled", "completed"))
        assert next(iter(known)).streamed
