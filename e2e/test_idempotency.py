"""The same request again: at once on two nodes, after a kill -9, after a restart. No provider is asked twice for an answer."""

import threading
import time
import uuid

import httpx2
import pytest
from support.api import Api, check_problem
from support.at_once import at_once
from support.emulator import TOKENS, echo
from support.machine import Machine
from support.nodes import workspace
from support.server import Server, serving
from support.streams import read
from test_budgets import make_budget, recorded, state

MODEL = "openai/gpt-4o"
NATIVE, CHAT = "/api/v1/inferences", "/v1/chat/completions"
PATHS = {NATIVE: "native", CHAT: "openai"}
INFERENCE = "x-aistrale-inference-id"
REPLAYED = "idempotency-replayed"
GONE_SECONDS = 30


def body(path: str, mark: str, stream: bool = False, model: str = MODEL) -> dict:
    words = (
        {"prompt": mark} if path == NATIVE else {"messages": [{"role": "user", "content": mark}]}
    )
    return {**words, "model": model, "stream": stream}


def new_key() -> dict[str, str]:
    return {"idempotency-key": f"key {uuid.uuid4()}"}


def ask(api: Api, path: str, mark: str, key: dict[str, str], **more) -> httpx2.Response:
    return api.post(path, {**body(path, mark), **more}, headers=key)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("path", PATHS, ids=PATHS.values())
def test_retries_at_once_on_two_nodes_call_the_provider_once(nodes, scripted, mark, path, stream):
    mine = workspace(nodes.one, "openai")
    apis = [mine.on(node) for node in nodes.nodes]
    scripted.script("openai", {"delay_ms": 700})
    key = new_key()

    answers = at_once(
        [
            lambda api=apis[number % 2]: (
                read(api, path, body(path, mark, stream), key)
                if stream
                else ask(api, path, mark, key)
            )
            for number in range(4)
        ]
    )

    assert [answer.status if stream else answer.status_code for answer in answers] == [200] * 4
    assert len(scripted.requests(mark)) == 1
    [record] = apis[0].telemetry()
    assert {answer.headers[INFERENCE] for answer in answers} == {record["id"]}
    assert {answer.headers["x-aistrale-provider"] for answer in answers} == {"openai"}
    bodies = {answer.bytes if stream else answer.content for answer in answers}
    assert len(bodies) == 1, "byte for byte the same"
    assert echo(mark, "gpt-4o").split()[-1].encode() in bodies.pop()
    replayed = [answer.headers.get(REPLAYED) for answer in answers]
    assert sorted(replayed, key=str) == [None, "true", "true", "true"]

    again = ask(apis[1], path, mark, key, stream=stream)
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
    assert again.headers[INFERENCE] == record["id"]
    assert len(scripted.requests(mark)) == 1
    if not stream:
        assert again.headers["x-aistrale-cost-usd"] == answers[0].headers["x-aistrale-cost-usd"]


def test_a_key_is_of_its_body_its_path_and_its_workspace(nodes, scripted, mark):
    mine, other = (workspace(nodes.one, "openai") for _ in range(2))
    api, key = mine.on(nodes.two), new_key()
    first = ask(api, NATIVE, mark, key)
    assert first.status_code == 200
    changed = ask(mine.on(nodes.one), NATIVE, mark, key, temperature=0.5)
    check_problem(changed, 409, "idempotency_mismatch")
    assert ask(api, CHAT, mark, key).headers[INFERENCE] != first.headers[INFERENCE]
    elsewhere = ask(other.on(nodes.two), NATIVE, mark, key)
    assert elsewhere.status_code == 200 and REPLAYED not in elsewhere.headers
    assert len(scripted.requests(mark)) == 3
    assert len(api.telemetry()) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "ünicode", "a\tb"])
@pytest.mark.parametrize("path", PATHS, ids=PATHS.values())
def test_a_key_of_other_characters_is_a_400(nodes, scripted, mark, path, key):
    api = workspace(nodes.one, "openai").on(nodes.one)
    response = api.post(path, body(path, mark), headers=[(b"idempotency-key", key.encode("utf-8"))])
    assert response.status_code == 400, response.text
    assert scripted.requests(mark) == []


def test_a_failure_is_not_kept_and_the_retry_asks_again(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    api, key = mine.on(nodes.one), new_key()
    scripted.script("openai", {"status": 500, "times": 3})
    check_problem(ask(api, NATIVE, mark, key), 502, "provider_failed")
    retried = ask(mine.on(nodes.two), NATIVE, mark, key)
    assert retried.status_code == 200 and REPLAYED not in retried.headers
    assert ask(api, NATIVE, mark, key).content == retried.content
    assert len(scripted.requests(mark)) == 4


def test_who_waits_for_one_that_fails_runs_it_instead(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    key = new_key()
    scripted.script("openai", {"delay_ms": 600, "status": 400})
    answers = at_once(
        [lambda api=api: ask(api, NATIVE, mark, key) for api in map(mine.on, nodes.nodes)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert len(scripted.requests(mark)) == 2


def test_a_replay_counts_for_no_budget_and_no_limit(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    admin, key = mine.on(nodes.one), new_key()
    made = admin.post("/api/v1/api-keys", {"name": "one call", "requests_per_minute": 1}).json()
    api = Api(nodes.two.url, made["key"])
    budget = make_budget(admin, 1)
    first = ask(api, NATIVE, mark, key)
    assert first.status_code == 200
    spent = state(admin, budget)["spent_usd"]
    assert spent == recorded(admin) > 0
    for _ in range(3):
        assert ask(api, NATIVE, mark, key).content == first.content
    assert state(admin, budget)["spent_usd"] == spent
    limited = ask(api, NATIVE, mark, new_key())
    check_problem(limited, 429, "rate_limited")
    assert int(limited.headers["retry-after"]) >= 1


def ask_in_vain(api: Api, mark: str, key: dict[str, str]) -> None:
    with pytest.raises(httpx2.TransportError):
        ask(api, NATIVE, mark, key)


@pytest.mark.timeout(180)
def test_a_killed_node_is_waited_for_no_longer_than_it_lives(tmp_path, nodes, scripted, mark):
    """The retry on another node runs as soon as the dead one is known to be dead, which also gives back what it reserved."""
    mine = workspace(nodes.one, "openai")
    api, key = mine.on(nodes.one, timeout=90), new_key()
    budget = make_budget(api, 1)
    scripted.script("openai", {"hang": True})
    with serving(Machine(tmp_path / "third"), **nodes.settings) as third:
        dying = threading.Thread(target=ask_in_vain, args=(mine.on(third), mark, key))
        dying.start()
        scripted.wait_for(mark)
        reserved = state(api, budget)["reserved_usd"]
        assert reserved > 0
        third.kill()
        dying.join(20)
    begin = time.monotonic()

    def patient(node: Server) -> Api:
        return mine.on(node, timeout=90)

    answers = at_once(
        [lambda api=api: ask(api, NATIVE, mark, key) for api in map(patient, nodes.nodes)]
    )

    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert time.monotonic() - begin < GONE_SECONDS + 15
    assert answers[0].content == answers[1].content
    assert len(scripted.requests(mark)) == 2, "the one that was cut, and the one that ran"
    records = api.telemetry()
    assert [record["status"] for record in records] == ["completed", "interrupted"]
    assert records[0]["id"] == answers[0].headers[INFERENCE]
    now = state(api, budget)
    assert (now["spent_usd"], now["reserved_usd"]) == (records[0]["cost_usd"], 0)
    assert ask(api, NATIVE, mark, key).headers[REPLAYED] == "true"


@pytest.mark.timeout(300)
def test_after_a_kill_what_was_answered_is_replayed_and_what_ran_is_run(
    machine, own_emulator, scripted, request
):
    """On SQLite, through several lives of one server."""
    kills = 10 if request.config.getoption("--torture") else 1
    settings = own_emulator.settings("openai")
    with serving(machine, **settings) as server:
        Api(server.url, machine.api_key()).add_token("openai", TOKENS["openai"])
    answered: dict[str, tuple[dict[str, str], bytes]] = {}
    for kill in range(kills):
        mark = f"mark-{uuid.uuid4().hex}"
        cut = new_key()
        with serving(machine, **settings) as server:
            api = Api(server.url, machine.api_key())
            key = new_key()
            answered[f"{mark}-answered"] = (key, ask(api, NATIVE, f"{mark}-answered", key).content)
            scripted.script("openai", {"hang": True})
            dying = threading.Thread(
                target=ask_in_vain, args=(Api(server.url, machine.api_key()), f"{mark}-cut", cut)
            )
            dying.start()
            scripted.wait_for(f"{mark}-cut")
            server.kill()
            dying.join(20)
        with serving(machine, **settings) as server:
            api = Api(server.url, machine.api_key())
            interrupted = api.telemetry(status="interrupted", limit=200)
            assert len(interrupted) == kill + 1
            retried = ask(api, NATIVE, f"{mark}-cut", cut)
            assert retried.status_code == 200 and REPLAYED not in retried.headers
            assert retried.headers[INFERENCE] not in {record["id"] for record in interrupted}
            assert len(scripted.requests(f"{mark}-cut")) == 2
            for name, (key, content) in answered.items():
                again = ask(api, NATIVE, name, key)
                assert (again.headers.get(REPLAYED), again.content) == ("true", content)
                assert len(scripted.requests(name)) == 1
            assert api.telemetry(status="running") == []
