"""Streams whose connection is lost: resumed on the same node and on another they are byte for byte the unbroken one."""

import json
import threading
import time
import uuid

import httpx2
import pytest
from support.api import Api, check_problem
from support.nodes import workspace
from support.streams import Read, read
from support.wait import until

MODEL = "openai/gpt-4o"
NATIVE, CHAT = "/api/v1/inferences", "/v1/chat/completions"
INFERENCE = "x-aistrale-inference-id"
WORDS = 40
TEXT = " ".join(f"word{number}" for number in range(1, WORDS + 1)) + "."


def request(mark: str, **more) -> dict:
    return {"model": MODEL, "prompt": f"write {WORDS} words {mark}", "stream": True, **more}


def new_key() -> dict[str, str]:
    return {"idempotency-key": uuid.uuid4().hex}


def text(got: Read) -> str:
    """What the deltas say together."""
    said = []
    for event in got.events:
        lines = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
        if lines["event"] == "delta":
            said.append(json.loads(lines["data"]).get("text", ""))
    return "".join(said)


def number(event: bytes) -> str:
    return next(line[4:] for line in event.decode().split("\n") if line.startswith("id: "))


def check_whole(got: Read, first: int = 1) -> None:
    assert got.status == 200
    assert [int(number(event)) for event in got.events] == list(
        range(first, first + len(got.events))
    )
    assert got.last().startswith(b"event: completed\n")
    assert text(got) == TEXT


@pytest.fixture
def mine(nodes):
    return workspace(nodes.one, "openai")


# Broken after this many events, and resumed on which node, while it runs or when it has ended.
BREAKS = [
    (1, 0, "running"), (1, 1, "running"), (17, 0, "running"), (17, 1, "running"),
    (1, 0, "ended"), (17, 1, "ended"), (WORDS, 1, "ended"),
]  # fmt: skip


@pytest.mark.parametrize("after, node, when", BREAKS)
def test_broken_and_resumed_it_is_byte_for_byte_the_unbroken_one(
    nodes, mine, scripted, mark, after, node, when
):
    scripted.script("openai", {"drip_ms": 30})
    key, body = new_key(), request(mark, resumable=True)
    begun = read(mine.on(nodes.one), NATIVE, body, key, most=after)
    assert (begun.status, len(begun.events)) == (200, after)
    api = mine.on(nodes.nodes[node])
    if when == "ended":
        until("it has ended", lambda: api.record(begun.headers[INFERENCE])["status"] == "completed")
    rest = read(api, NATIVE, body, {**key, "last-event-id": number(begun.last())})

    assert (rest.status, rest.headers["idempotency-replayed"]) == (200, "true")
    assert rest.headers[INFERENCE] == begun.headers[INFERENCE]
    joined = Read(200, {}, begun.events + rest.events)
    check_whole(joined)
    for other in nodes.nodes:
        whole = read(mine.on(other), NATIVE, body, key)
        assert whole.bytes == joined.bytes
    unbroken = read(api, NATIVE, request(mark), new_key())
    check_whole(unbroken)
    assert unbroken.events[:-1] == joined.events[:-1], "all but the ids and times of the last"
    assert len(scripted.requests(mark)) == 2, "the broken one was asked for once, the other once"
    record = api.record(begun.headers[INFERENCE])
    assert (record["status"], record["finish_reason"]) == ("completed", "stop")


def test_a_second_reader_on_the_same_node_follows_live(nodes, mine, scripted, mark):
    scripted.script("openai", {"drip_ms": 60})
    key, body = new_key(), request(mark, resumable=True)
    readers: list[Read] = []
    first = threading.Thread(
        target=lambda: readers.append(read(mine.on(nodes.one), NATIVE, body, key))
    )
    first.start()
    scripted.wait_for(mark)
    until("it speaks", lambda: scripted.request(mark)["chunks"] >= 5)
    beginning = read(mine.on(nodes.one), NATIVE, body, key, most=3)
    assert scripted.request(mark)["ending"] == "running", "it did not wait for the end"
    first.join(30)
    check_whole(readers[0])
    assert beginning.bytes == b"".join(readers[0].events[:3])


@pytest.fixture
def step(request):
    """Every event in the long form."""
    return 1 if request.config.getoption("--torture") else 7


def test_resumed_again_and_again_from_the_two_nodes_in_turns(nodes, mine, scripted, mark, step):
    scripted.script("openai", {"drip_ms": 5})
    key, body = new_key(), request(mark, resumable=True)
    got = read(mine.on(nodes.one), NATIVE, body, key, most=1)
    inference = got.headers[INFERENCE]
    until("it has ended", lambda: mine.on(nodes.one).record(inference)["status"] == "completed")
    whole = read(mine.on(nodes.one), NATIVE, body, key)
    check_whole(whole)
    apis = [mine.on(node) for node in nodes.nodes]
    for seen in range(1, len(whole.events), step):
        rest = read(apis[seen % 2], NATIVE, body, {**key, "last-event-id": str(seen)})
        assert rest.bytes == b"".join(whole.events[seen:])
    nothing = read(apis[1], NATIVE, body, {**key, "last-event-id": str(len(whole.events))})
    assert (nothing.status, nothing.bytes) == (200, b"")


def test_a_failed_stream_is_kept_with_its_error(nodes, mine, scripted, mark):
    """What was said before it broke off is not said again in other words."""
    scripted.script("openai", {"cut_after_chunks": 9})
    key, body = new_key(), request(mark)
    broken = read(mine.on(nodes.one), NATIVE, body, key)
    assert broken.last().startswith(b"event: error\n") and len(broken.events) > 2
    again = read(mine.on(nodes.two), NATIVE, body, key)
    assert (again.bytes, again.headers["idempotency-replayed"]) == (broken.bytes, "true")
    assert len(scripted.requests(mark)) == 1


def test_without_resumable_it_ends_with_its_connection_and_the_retry_runs(
    nodes, mine, scripted, mark
):
    scripted.script("openai", {"drip_ms": 100})
    key, body = new_key(), request(mark)
    begun = read(mine.on(nodes.one), NATIVE, body, key, most=3)
    api = mine.on(nodes.two)
    until("it is cancelled", lambda: api.record(begun.headers[INFERENCE])["status"] == "cancelled")
    assert scripted.request(mark)["ending"] == "client_disconnected"
    gone = api.post(NATIVE, body, headers={**key, "last-event-id": "3"})
    check_problem(gone, 409, "conflict")
    retried = read(api, NATIVE, body, key)
    check_whole(retried, first=int(number(retried.events[0])))
    assert int(number(retried.events[0])) > int(number(begun.last())), "it is another stream"
    assert "idempotency-replayed" not in retried.headers
    assert len(scripted.requests(mark)) == 2


def test_on_the_openai_route_a_whole_stream_is_replayed_from_any_event(nodes, mine, scripted, mark):
    body = {
        "model": MODEL,
        "stream": True,
        "messages": [{"role": "user", "content": f"write {WORDS} words {mark}"}],
    }
    key = new_key()
    whole = read(mine.on(nodes.one), CHAT, body, key)
    assert whole.last().endswith(b"data: [DONE]\n\n")
    assert read(mine.on(nodes.two), CHAT, body, key).bytes == whole.bytes
    rest = read(mine.on(nodes.two), CHAT, body, {**key, "last-event-id": "11"})
    assert rest.bytes == b"".join(whole.events[11:])
    assert len(scripted.requests(mark)) == 1


@pytest.mark.parametrize("path", [NATIVE, CHAT])
def test_what_cannot_be_resumed_is_said_and_nothing_is_run(nodes, mine, scripted, mark, path):
    words = (
        {"prompt": mark} if path == NATIVE else {"messages": [{"role": "user", "content": mark}]}
    )
    body = {"model": MODEL, "stream": True, **words}
    api = mine.on(nodes.one)
    refused = api.post(path, body, headers={"last-event-id": "1"})
    assert refused.status_code == 400, "there is no key to find it by"
    assert api.post(path, body, headers={**new_key(), "last-event-id": "x"}).status_code == 400
    assert api.post(path, body, headers={**new_key(), "last-event-id": "1"}).status_code == 409
    assert scripted.requests(mark) == []
    key = new_key()
    whole = read(api, path, body, key)
    beyond = {**key, "last-event-id": str(len(whole.events) + 1)}
    assert api.post(path, body, headers=beyond).status_code == 409
    assert len(scripted.requests(mark)) == 1


def test_resumable_needs_a_key(nodes, mine, scripted, mark):
    problem = check_problem(
        mine.on(nodes.one).post(NATIVE, request(mark, resumable=True)), 400, "invalid_request"
    )
    assert "Idempotency-Key" in json.dumps(problem)
    assert scripted.requests(mark) == []


# ── cancelling ──


def cancel(api: Api, inference_id: str) -> httpx2.Response:
    return api.post(f"/api/v1/inferences/{inference_id}/cancel")


@pytest.mark.parametrize("node", [0, 1], ids=["same node", "other node"])
def test_a_cancelled_stream_says_so_to_its_reader(nodes, mine, scripted, mark, node):
    scripted.script("openai", {"drip_ms": 100})
    read_so_far: list[Read] = []
    reader = threading.Thread(
        target=lambda: read_so_far.append(read(mine.on(nodes.one), NATIVE, request(mark)))
    )
    reader.start()
    scripted.wait_for(mark)
    until("it speaks", lambda: scripted.request(mark)["chunks"] >= 4)
    api = mine.on(nodes.nodes[node])
    [running] = api.telemetry(status="running")

    begin = time.monotonic()
    answer = cancel(api, running["id"])
    assert answer.status_code == 200 and answer.json()["id"] == running["id"]
    reader.join(10)
    assert time.monotonic() - begin < 2

    last = read_so_far[0].last()
    assert last.startswith(b"event: error\n") and b'"code":"cancelled"' in last
    until("the record says it", lambda: api.record(running["id"])["status"] == "cancelled")
    record = api.record(running["id"])
    assert (record["error"]["code"], record["cost_source"]) == ("cancelled", "estimated")
    until("the provider is left", lambda: scripted.request(mark)["client_disconnected"])
    assert cancel(api, running["id"]).json()["status"] == "cancelled", "again it is the same"


@pytest.mark.parametrize("node", [0, 1], ids=["same node", "other node"])
def test_a_cancelled_call_is_a_409_for_who_waits(nodes, mine, scripted, mark, node):
    scripted.script("openai", {"hang": True})
    answers: list[httpx2.Response] = []
    waiting = threading.Thread(
        target=lambda: answers.append(mine.on(nodes.one).run(model=MODEL, prompt=mark))
    )
    waiting.start()
    scripted.wait_for(mark)
    api = mine.on(nodes.nodes[node])
    [running] = api.telemetry(status="running")
    assert cancel(api, running["id"]).status_code == 200
    waiting.join(10)
    check_problem(answers[0], 409, "cancelled")
    assert api.record(running["id"])["status"] == "cancelled"


def test_cancelling_a_resumable_one_that_nobody_reads(nodes, mine, scripted, mark):
    scripted.script("openai", {"drip_ms": 200})
    key, body = new_key(), request(mark, resumable=True)
    begun = read(mine.on(nodes.one), NATIVE, body, key, most=3)
    api = mine.on(nodes.two)
    time.sleep(0.5)
    assert api.record(begun.headers[INFERENCE])["status"] == "running", "it goes on alone"
    assert cancel(api, begun.headers[INFERENCE]).status_code == 200
    until("it ended", lambda: api.record(begun.headers[INFERENCE])["status"] == "cancelled")
    until("the provider is left", lambda: scripted.request(mark)["client_disconnected"])
    rest = read(api, NATIVE, body, {**key, "last-event-id": "3"})
    assert rest.last().startswith(b"event: error\n") and b'"code":"cancelled"' in rest.last()


def test_what_has_ended_stays_as_it_ended(nodes, mine, scripted, mark):
    api = mine.on(nodes.two)
    done = mine.on(nodes.one).answer(model=MODEL, prompt=mark)
    answer = cancel(api, done["id"])
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    check_problem(cancel(api, "inf_00000000000000000000000000"), 404, "not_found")
