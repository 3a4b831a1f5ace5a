"""A provider that fails, hangs, drips or is not there: nobody waits past the deadline, and circuits open and close."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from support.api import Api, check_problem
from support.at_once import at_once
from support.emulator import MODELS, TOKENS, echo
from support.nodes import workspace
from support.wait import until

MODEL = "openai/gpt-4o"
FALLBACK = f"anthropic/{MODELS['anthropic']}"
LATE_SECONDS = 1.0
"""How much later than the deadline an answer may be here, where client, server and emulator share a busy machine."""


@pytest.fixture
def api(nodes):
    """A workspace of the test's own: its circuits are nobody else's."""
    return workspace(nodes.one, "openai", "anthropic").on(nodes.one)


def timed(api: Api, **request) -> tuple[float, object]:
    begin = time.monotonic()
    response = api.run(**request)
    return time.monotonic() - begin, response


def outcomes(record: dict) -> list[tuple[str, str]]:
    return [(attempt["provider"], attempt["outcome"]) for attempt in record["attempts"]]


def test_half_of_all_calls_fail_and_everybody_is_answered_in_time(api, scripted, mark):
    scripted.script("openai", {"status": 500, "chance": 0.5, "seed": 7, "times": 1_000_000})
    body = {"model": MODEL, "fallbacks": [FALLBACK], "prompt": mark, "timeout_ms": 8000}

    answers = at_once([lambda: [timed(api, **body) for _ in range(8)] for _ in range(8)])

    answers = [answer for client in answers for answer in client]
    assert Counter(response.status_code for _, response in answers) == {200: 64}
    assert max(seconds for seconds, _ in answers) < 8
    records = [api.record(response.json()["id"]) for _, response in answers]
    for record in records:
        assert record["status"] == "completed" and outcomes(record)[-1][1] == "completed", record
        assert (record["provider"], "completed") == outcomes(record)[-1]
    asked = Counter(
        (attempt["provider"], attempt["upstream_status"])
        for record in records
        for attempt in record["attempts"]
        if attempt["upstream_status"] is not None
    )
    upstream = Counter((entry["provider"], entry["status"]) for entry in scripted.requests(mark))
    assert asked == upstream, "every call upstream is an attempt of a record, and no other is"
    assert upstream["openai", 500] > 0


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_provider_that_hangs_meets_the_deadline_of_all_attempts(api, scripted, mark, stream):
    scripted.script("openai", {"hang": True, "times": 10})
    seconds, response = timed(api, model=MODEL, prompt=mark, timeout_ms=1500, stream=stream)
    check_problem(response, 504, "provider_timeout")
    assert 1.5 <= seconds < 1.5 + LATE_SECONDS
    assert len(scripted.requests(mark)) == 1, "a timeout is not asked for twice"
    until("the call is given up", lambda: scripted.request(mark)["client_disconnected"])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_provider_that_hangs_leaves_its_fallback_half_of_the_time(api, scripted, mark, stream):
    scripted.script("openai", {"hang": True})
    scripted.script("anthropic", {"delay_ms": 200})
    body = {"model": MODEL, "fallbacks": [FALLBACK], "prompt": mark, "timeout_ms": 2000}
    seconds, response = timed(api, **body, stream=stream)
    assert response.status_code == 200
    assert 1.0 <= seconds < 2.0, "half of the time, then the fallback"
    record = api.record(response.headers["x-aistrale-inference-id"])
    assert outcomes(record) == [("openai", "provider_timeout"), ("anthropic", "completed")]
    assert response.headers["x-aistrale-provider"] == record["provider"] == "anthropic"


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_one_byte_a_second_meets_the_deadline(api, scripted, mark, stream):
    scripted.script("openai", {"drip_ms": 1000, "piece_bytes": 1})
    seconds, response = timed(api, model=MODEL, prompt=mark, timeout_ms=2500, stream=stream)
    check_problem(response, 504, "provider_timeout")
    assert 2.5 <= seconds < 2.5 + LATE_SECONDS
    until("the call is given up", lambda: scripted.request(mark)["client_disconnected"])


@pytest.mark.parametrize("fault", [{"drop": True}, {"cut_after_chunks": 0}, {"empty_body": True}])
def test_what_breaks_off_before_the_first_byte_is_asked_again(api, scripted, mark, fault):
    scripted.script("openai", fault)
    response = api.run(model=MODEL, prompt=mark, stream=True)
    assert response.status_code == 200 and "event: completed" in response.text
    assert len(scripted.requests(mark)) == 2


def test_what_breaks_off_after_the_first_byte_is_never_asked_again(api, scripted, mark):
    scripted.script("openai", {"cut_after_chunks": 5})
    events = api.events(model=MODEL, fallbacks=[FALLBACK], prompt=f"write 30 words {mark}")
    assert [event.name for event in events] == ["delta"] * (len(events) - 1) + ["error"]
    assert len(events) > 1
    assert events[-1].data["code"] == "provider_failed"
    assert [entry["provider"] for entry in scripted.requests(mark)] == ["openai"]


def test_a_short_retry_after_is_waited_for_and_a_long_one_is_not(api, scripted, mark):
    scripted.script("openai", {"status": 429, "retry_after": 1})
    seconds, response = timed(api, model=MODEL, prompt=mark, fallbacks=[FALLBACK])
    assert (response.status_code, response.headers["x-aistrale-provider"]) == (200, "openai")
    assert 1.0 <= seconds < 4
    scripted.script("openai", {"status": 429, "retry_after": 60})
    seconds, response = timed(api, model=MODEL, prompt=mark, fallbacks=[FALLBACK])
    assert (response.status_code, response.headers["x-aistrale-provider"]) == (200, "anthropic")
    assert seconds < 1
    scripted.script("openai", {"status": 429, "retry_after": 60})
    seconds, response = timed(api, model=MODEL, prompt=mark)
    check_problem(response, 429, "provider_rate_limited")
    assert response.headers["retry-after"] == "60" and seconds < 1


def test_a_refused_connection_goes_to_the_fallback_and_comes_back(
    api, scripted, mark, own_emulator, openai_port
):
    time.sleep(1.1)  # a connection that rests for a second is looked at before it is used again
    own_emulator.close_port(openai_port)
    try:
        seconds, response = timed(api, model=MODEL, prompt=mark)
        check_problem(response, 503, "provider_unavailable")
        record = api.record(response.headers["x-aistrale-inference-id"])
        assert outcomes(record) == [("openai", "provider_unavailable")] * 3
        assert seconds < 5
        response = api.run(model=MODEL, prompt=mark, fallbacks=[FALLBACK])
        assert (response.status_code, response.headers["x-aistrale-provider"]) == (200, "anthropic")
        assert [entry["provider"] for entry in scripted.requests(mark)] == ["anthropic"]
    finally:
        own_emulator.open_port(openai_port)
    fresh = api.answer(model="openai/gpt-4o-mini", prompt=mark)
    assert fresh["provider"] == "openai"


def test_a_refused_token_is_set_aside_and_nobody_notices(nodes, scripted, mark):
    api = workspace(nodes.one).on(nodes.one)
    good = api.add_token("openai", TOKENS["openai"])
    bad = api.add_token("openai", "sk-proj-second-0123456789")
    refused = {"status": 401, "key": "sk-proj-second-0123456789", "times": 1000}
    scripted.script("openai", refused)
    for _ in range(12):
        assert api.answer(model=MODEL, prompt=mark)["text"] == echo(mark, "gpt-4o")
    statuses = Counter(entry["status"] for entry in scripted.requests(mark))
    assert statuses == {200: 12, 401: 1}, "it was tried once"
    listed = {token["id"]: token for token in api.get("/api/v1/tokens").json()["data"]}
    assert listed[good["id"]]["status"] == "active"
    assert listed[bad["id"]]["status"] == "set_aside"
    assert listed[bad["id"]]["set_aside_at"] and listed[bad["id"]]["set_aside_reason"]
    assert "second" not in listed[bad["id"]]["set_aside_reason"]
    assert api.get("/api/v1/providers/openai").json()["tokens"] == {"active": 1, "set_aside": 1}
    replaced = api.post(f"/api/v1/tokens/{bad['id']}", {"token": "sk-proj-third-0123456789"})
    assert replaced.json()["status"] == "active"


# ── circuits ──

WINDOW_MS = 60_000
OPEN_SECONDS = 30


def provider_events(nodes, workspace_id: str, model: str) -> Counter:
    rows = nodes.database.rows(
        f"SELECT type FROM event WHERE workspace_id = '{workspace_id}'"
        f" AND type LIKE 'provider.%' AND data::json ->> 'model' = '{model}'"
    )
    return Counter(row[0] for row in rows)


def circuits(api: Api) -> dict[str, dict]:
    health = api.get("/api/v1/providers/openai").json()["health"]
    return {circuit["model"]: circuit for circuit in health["circuits"]}


def seconds_until_retry(circuit: dict) -> float:
    return (datetime.fromisoformat(circuit["retry_at"]) - datetime.now(UTC)).total_seconds()


@pytest.mark.timeout(180)
def test_circuits_open_are_half_open_and_close_as_documented(nodes, scripted, mark, request):
    """Of two models that fail one heals: its probe closes the circuit; the other's doubles the wait."""
    mine = workspace(nodes.one, "openai", "anthropic")
    one, two = (mine.on(node) for node in nodes.nodes)
    heals, stays = "gpt-4o", "gpt-4.1"
    for model in (heals, stays):
        scripted.script("openai", {"status": 500, "model": model, "times": 1_000_000})

    def upstream(model: str) -> int:
        return sum(entry["model"] == model for entry in scripted.requests(mark))

    # Three calls, then two: the fifth opens it.
    for model in (heals, stays):
        check_problem(one.run(model=f"openai/{model}", prompt=mark), 502, "provider_failed")
        assert upstream(model) == 3
        one.run(model=f"openai/{model}", prompt=mark)
        assert upstream(model) == 5
        assert provider_events(nodes, mine.id, model) == {"provider.failed": 1}
    opened = time.monotonic()

    # Open: no call, and a fallback at once.
    refused = one.run(model=f"openai/{heals}", prompt=mark)
    check_problem(refused, 503, "provider_unavailable")
    assert OPEN_SECONDS - 10 <= int(refused.headers["retry-after"]) <= OPEN_SECONDS
    answer = one.answer(model=f"openai/{heals}", prompt=mark, fallbacks=[FALLBACK])
    assert answer["provider"] == "anthropic"
    assert [attempt["provider"] for attempt in answer["attempts"]] == ["openai", "anthropic"]
    assert answer["attempts"][0]["upstream_status"] is None
    assert upstream(heals) == 5
    now = circuits(one)
    assert {model: circuit["state"] for model, circuit in now.items()} == {
        heals: "open",
        stays: "open",
    }
    assert OPEN_SECONDS - 10 < seconds_until_retry(now[heals]) <= OPEN_SECONDS
    health = one.get("/api/v1/providers/openai").json()["health"]
    assert (health["window_ms"], health["last_failure"]["upstream_status"]) == (WINDOW_MS, 500)

    # Each node has circuits of its own; the event is one for all.
    for _ in range(2):
        two.run(model=f"openai/{heals}", prompt=mark)
    assert circuits(two)[heals]["state"] == "open"
    assert provider_events(nodes, mine.id, heals) == {"provider.failed": 1}
    opened_on_two = time.monotonic()

    scripted.forget_scripts()
    scripted.script("openai", {"status": 500, "model": stays, "times": 1_000_000})
    before = upstream(heals), upstream(stays)
    time.sleep(max(0.0, opened + OPEN_SECONDS - 3 - time.monotonic()))
    check_problem(one.run(model=f"openai/{heals}", prompt=mark), 503, "provider_unavailable")
    assert (upstream(heals), upstream(stays)) == before
    time.sleep(max(0.0, opened + OPEN_SECONDS + 1 - time.monotonic()))

    # One probe: it closes the circuit of the one, and the other's stays open twice as long.
    check_problem(one.run(model=f"openai/{stays}", prompt=mark), 502, "provider_failed")
    assert upstream(stays) == before[1] + 1, "a probe is one call"
    assert 2 * OPEN_SECONDS - 10 < seconds_until_retry(circuits(one)[stays]) <= 2 * OPEN_SECONDS
    assert one.answer(model=f"openai/{heals}", prompt=mark)["provider"] == "openai"
    assert heals not in circuits(one)
    assert one.answer(model=f"openai/{heals}", prompt=mark)["provider"] == "openai"
    time.sleep(max(0.0, opened_on_two + OPEN_SECONDS + 1 - time.monotonic()))
    assert two.answer(model=f"openai/{heals}", prompt=mark)["provider"] == "openai"
    assert provider_events(nodes, mine.id, heals) == {"provider.failed": 1, "provider.recovered": 1}
    assert provider_events(nodes, mine.id, stays) == {"provider.failed": 1}

    if request.config.getoption("--torture"):
        scripted.forget_scripts()
        time.sleep(2 * OPEN_SECONDS + 1)
        assert one.answer(model=f"openai/{stays}", prompt=mark)["provider"] == "openai"
        assert provider_events(nodes, mine.id, stays) == {
            "provider.failed": 1,
            "provider.recovered": 1,
        }
