"""Money and routing against a real server: asked again, gone on with, ended, limited, refused.

AISTRALE_E2E_SLOW_MODEL names a model that answers piece by piece for a second or two, and
AISTRALE_E2E_FAILING_MODEL one for which the provider answers 5xx.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Self
from urllib.parse import urlsplit

import pytest

import aistrale

from .test_real_server import MODEL, PROVIDER, eventually

SLOW = os.environ.get("AISTRALE_E2E_SLOW_MODEL", "")
FAILING = os.environ.get("AISTRALE_E2E_FAILING_MODEL", "")

needs_slow = pytest.mark.skipif(not SLOW, reason="set AISTRALE_E2E_SLOW_MODEL")
needs_failing = pytest.mark.skipif(not FAILING, reason="set AISTRALE_E2E_FAILING_MODEL")

PROMPT = "Tell me a story of some length, please: " + "grüße 🙂 " * 8


class Cutting:
    """A proxy that cuts its connections: each after so many bytes of the answer, None for never."""

    def __init__(self, *cuts: int | None) -> None:
        self._cuts = [*cuts]
        self._lock = threading.Lock()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                cut = self._cuts.pop(0) if self._cuts else None
            threading.Thread(target=self._carry, args=(client, cut), daemon=True).start()

    def _carry(self, client: socket.socket, cut: int | None) -> None:
        server = urlsplit(os.environ["AISTRALE_API_URL"])
        with client, socket.create_connection((server.hostname, server.port or 80)) as upstream:
            threading.Thread(target=self._up, args=(client, upstream), daemon=True).start()
            with contextlib.suppress(OSError):
                while data := upstream.recv(4096):
                    client.sendall(data if cut is None else data[:cut])
                    if cut is not None:
                        cut -= len(data)
                        if cut <= 0:
                            break
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _up(self, client: socket.socket, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(4096):
                upstream.sendall(data)
            upstream.shutdown(socket.SHUT_WR)


@pytest.fixture
def client() -> Iterator[aistrale.Aistrale]:
    with aistrale.Aistrale() as client:
        yield client


@pytest.fixture
def team() -> str:
    """A label that no other test's inferences have."""
    return uuid.uuid4().hex


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_is_the_same_answer(client: aistrale.Aistrale, team: str) -> None:
    asked = {"model": MODEL, "provider": PROVIDER, "metadata": {"team": team}}
    first = client.run("Hello", idempotency_key=team, **asked)  # type: ignore[arg-type]
    second = client.run("Hello", idempotency_key=team, **asked)  # type: ignore[arg-type]
    assert second == first
    with pytest.raises(aistrale.ConflictError) as raised:
        client.run("Goodbye", idempotency_key=team, **asked)  # type: ignore[arg-type]
    assert raised.value.code == "idempotency_mismatch"
    assert len(list(client.telemetry.list(last="1h", metadata={"team": team}))) == 1


def test_a_stream_that_is_asked_for_again_is_the_same(client: aistrale.Aistrale) -> None:
    key = uuid.uuid4().hex
    first = client.stream(PROMPT, model=MODEL, provider=PROVIDER, idempotency_key=key)
    second = client.stream(PROMPT, model=MODEL, provider=PROVIDER, idempotency_key=key)
    assert list(first) == list(second)
    assert first.inference_id == second.inference_id


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_stream_that_is_cut_goes_on(
    client: aistrale.Aistrale, team: str, share: float, how: str
) -> None:
    """Wherever its connection is cut: before its head, in its midst, in its last event."""
    whole = client.stream(PROMPT, model=MODEL, provider=PROVIDER)
    length = sum(len(str(event)) for event in whole) + 900
    cut = int(length * share)
    with Cutting(cut, cut, None) as proxy:
        if how == "sync":
            with aistrale.Aistrale(api_url=proxy.url) as through:
                stream = through.stream(
                    PROMPT, model=MODEL, provider=PROVIDER, metadata={"team": team}
                )
                text, answer = "".join(stream.text_deltas()), stream.final()
        else:
            text, answer = asyncio.run(_cut_async(proxy.url, team))
    assert text == answer.text == whole.text
    (record,) = client.telemetry.list(last="1h", metadata={"team": team})
    assert (record.id, record.status, record.cost_usd) == (answer.id, "completed", answer.cost_usd)


async def _cut_async(url: str, team: str) -> tuple[str, aistrale.Inference]:
    async with aistrale.AsyncAistrale(api_url=url) as through:
        async with through.stream(
            PROMPT, model=MODEL, provider=PROVIDER, metadata={"team": team}
        ) as stream:
            text = "".join([piece async for piece in stream.text_deltas()])
            return text, await stream.final()


@needs_slow
def test_a_stream_that_is_cut_while_the_model_speaks_goes_on_live(
    client: aistrale.Aistrale, team: str
) -> None:
    with Cutting(1200, 1200, 1200, None) as proxy, aistrale.Aistrale(api_url=proxy.url) as through:
        stream = through.stream(PROMPT, model=SLOW, provider=PROVIDER, metadata={"team": team})
        text, answer = "".join(stream.text_deltas()), stream.final()
        assert proxy.connections >= 3
    assert text == answer.text != ""
    assert len(list(client.telemetry.list(last="1h", metadata={"team": team}))) == 1


# ── ended ────────────────────────────────────────────────────────────────────────────────────────


@needs_slow
@pytest.mark.parametrize("how", ["close", "cancelled task", "timeout"])
def test_leaving_a_stream_ends_its_inference(client: aistrale.Aistrale, how: str) -> None:
    if how == "close":
        with client.stream(PROMPT, model=SLOW, provider=PROVIDER) as stream:
            next(iter(stream))
        identity = stream.inference_id
    elif how == "timeout":
        late = client.stream(PROMPT, model=SLOW, provider=PROVIDER, timeout=0.7)
        with pytest.raises(aistrale.APITimeoutError):
            late.final()
        identity = late.inference_id
    else:
        identity = asyncio.run(_cancelled())
    assert identity is not None
    eventually(lambda: client.inferences.get(identity).status == "cancelled")


async def _cancelled() -> str | None:
    async with aistrale.AsyncAistrale() as client:
        stream = client.stream(PROMPT, model=SLOW, provider=PROVIDER)
        task = asyncio.create_task(stream.final())
        while not stream.text:
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    return stream.inference_id


@needs_slow
def test_an_inference_is_cancelled_from_elsewhere(client: aistrale.Aistrale) -> None:
    stream = client.stream(PROMPT, model=SLOW, provider=PROVIDER)
    next(iter(stream))
    assert stream.inference_id is not None
    record = client.inferences.cancel(stream.inference_id)
    assert record.status in ("cancelled", "running")
    with pytest.raises(aistrale.CancelledError):
        stream.final()
    assert client.inferences.cancel(stream.inference_id).status == "cancelled"


def test_what_has_ended_stays_as_it_ended(client: aistrale.Aistrale) -> None:
    answer = client.run("Hello", model=MODEL, provider=PROVIDER)
    assert client.inferences.cancel(answer.id).status == "completed"
    with pytest.raises(aistrale.NotFoundError):
        client.inferences.cancel("inf_00000000000000000000000000")


# ── limited ──────────────────────────────────────────────────────────────────────────────────────


def test_a_budget_counts_blocks_and_is_changed(client: aistrale.Aistrale, team: str) -> None:
    budget = client.budgets.create(
        "e2e",
        scope=aistrale.BudgetScope(type="metadata", key="team", value=team),
        period="day",
        limit_usd=Decimal("1000.000000001"),
        thresholds=[50, 100],
        action="block",
    )
    try:
        assert (budget.limit_usd, budget.thresholds) == (Decimal("1000.000000001"), (50, 100))
        answer = client.run("Hello", model=MODEL, provider=PROVIDER, metadata={"team": team})
        now = client.budgets.get(budget.id).current
        assert now.spent_usd == answer.cost_usd
        assert (now.reserved_usd, now.crossings) == (0, ())
        lowered = client.budgets.update(budget.id, limit_usd=Decimal("0.000000002"), name="low")
        assert [each.threshold_percent for each in lowered.current.crossings] == [50, 100]
        with pytest.raises(aistrale.BudgetExceededError, match="low") as raised:
            client.run("Hello", model=MODEL, provider=PROVIDER, metadata={"team": team})
        assert (raised.value.code, raised.value.retry_after) == ("budget_exceeded", None)
        with pytest.raises(aistrale.BudgetExceededError):
            client.stream("Hello", model=MODEL, provider=PROVIDER, metadata={"team": team}).final()
        assert budget.id in {each.id for each in client.budgets.list(limit=1)}
    finally:
        client.budgets.delete(budget.id)
    with pytest.raises(aistrale.NotFoundError):
        client.budgets.get(budget.id)


def test_a_key_with_limits(client: aistrale.Aistrale) -> None:
    made = client.api_keys.create("limited", requests_per_minute=1, tokens_per_minute=100_000)
    try:
        with aistrale.Aistrale(api_key=made.key, max_retries=0) as limited:
            assert limited.whoami().requests_per_minute == 1
            limited.run("Hello", model=MODEL, provider=PROVIDER)
            with pytest.raises(aistrale.RateLimitError) as raised:
                limited.run("Hello", model=MODEL, provider=PROVIDER)
        assert (raised.value.code, raised.value.provider) == ("rate_limited", None)
        assert 0 < (raised.value.retry_after or 0) <= 60
        limits = raised.value.limits
        assert limits is not None
        assert limits.requests is not None
        assert (limits.requests.limit, limits.requests.remaining) == (1, 0)
        assert 0 < (limits.requests.reset_after or 0) <= 60
        assert limits.tokens is not None
        assert limits.tokens.limit == 100_000
        free = client.api_keys.update(made.id, requests_per_minute=None)
        assert (free.requests_per_minute, free.tokens_per_minute) == (None, 100_000)
    finally:
        client.api_keys.revoke(made.id)


# ── routed ───────────────────────────────────────────────────────────────────────────────────────


@needs_failing
@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback_answers(client: aistrale.Aistrale, stream: bool) -> None:
    asked: Callable[..., aistrale.Inference] = (
        (lambda *args, **more: client.stream(*args, **more).final()) if stream else client.run
    )
    # A model of its own each, for which no circuit opens.
    failing = f"{PROVIDER}/{FAILING}+delay-{1 + stream}ms"
    answer = asked("Hello", model=failing, fallbacks=[f"{PROVIDER}/{MODEL}"])
    assert answer.model == MODEL
    *failed, last = answer.attempts
    assert failed
    assert {each.outcome for each in failed} == {"provider_failed"}
    assert {each.upstream_status for each in failed} == {500}
    assert (last.outcome, last.model) == ("completed", MODEL)
    health = client.provider(PROVIDER).health
    assert health is not None
    assert health.status in ("degraded", "down")
    assert health.last_failure is not None
    assert health.last_failure.upstream_status == 500


def test_an_alias_is_set_run_and_deleted(client: aistrale.Aistrale) -> None:
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    made = client.aliases.set(
        name, f"{PROVIDER}/{MODEL}", fallbacks=["anthropic/claude-sonnet-4-5"]
    )
    try:
        assert made == client.aliases.get(name)
        assert made in client.aliases.list()
        answer = client.run("Hello", model=name)
        assert (answer.model, answer.provider) == (MODEL, PROVIDER)
        assert client.aliases.set(name, f"{PROVIDER}/{MODEL}").fallbacks == ()
    finally:
        client.aliases.delete(name)
    with pytest.raises(aistrale.NotFoundError):
        client.aliases.get(name)


def test_the_catalogue(client: aistrale.Aistrale) -> None:
    models = {each.id: each for each in client.models.list(provider=PROVIDER, limit=5)}
    known = models[f"{PROVIDER}/{MODEL}"]
    assert known.available
    assert known.input_usd_per_million_tokens is not None
    assert known.input_usd_per_million_tokens > 0
    assert {each.provider for each in models.values()} == {PROVIDER}


def test_tokens_share_the_calls(client: aistrale.Aistrale) -> None:
    added = client.tokens.add("groq", "gsk-e2e-secret-1234", weight=3)
    try:
        assert (added.weight, added.status, added.set_aside_at) == (3, "active", None)
        changed = client.tokens.update(added.id, weight=2, name="second")
        assert (changed.weight, changed.name, changed.last_four) == (2, "second", "1234")
        counted = client.provider("groq").tokens
        assert counted is not None
        assert (counted.active, counted.set_aside) == (1, 0)
    finally:
        client.tokens.remove(added.id)


def test_the_total_deadline_holds_whatever_the_server_may_take(client: aistrale.Aistrale) -> None:
    began = time.monotonic()
    with pytest.raises(aistrale.APITimeoutError):
        client.run(PROMPT, model=SLOW or MODEL, provider=PROVIDER, timeout=0.001, timeout_ms=60_000)
    assert time.monotonic() - began < 2
