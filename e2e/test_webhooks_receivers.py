"""Receivers that misbehave, and what may be done to a webhook while deliveries are on their way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from support.api import Api, check_problem
from support.hooks import (
    HELLO,
    Hook,
    Producer,
    changed,
    created,
    deleted,
    deliveries,
    delivery,
    hook,
    new_secret,
    resident_mib,
    the_delivery,
)
from support.machine import Machine, free_port
from support.receiver import HOST, OPENED, Receiver, canary, check, receiving
from support.server import Server, serving
from support.wait import until

KEY = "an-operator-key-of-these-tests"
DEADLINE_MS = 15_000
LATE_MS = 5_000
"""How late a busy machine may be."""
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Shared:
    """A server for the module; each test has a workspace of its own, and paths of its own at its receiver."""

    server: Server

    def api(self) -> Api:
        operator = Api(self.server.url, KEY)
        made = operator.post("/api/v1/workspaces", {"name": f"test {free_port()} {time.time()}"})
        assert made.status_code == 201, made.text
        within = {"x-aistrale-workspace": made.json()["id"]}
        key = operator.post("/api/v1/api-keys", {"name": "x", "role": "admin"}, headers=within)
        assert key.status_code == 201, key.text
        return Api(self.server.url, key.json()["key"])


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Shared]:
    machine = Machine(tmp_path_factory.mktemp("webhooks"))
    with serving(machine, **OPENED, AISTRALE_ADMIN_KEY=KEY) as server:
        yield Shared(server)


@pytest.fixture
def api(shared) -> Api:
    return shared.api()


def fire(api: Api) -> str:
    """One `inference.completed`."""
    response = api.run(**HELLO)
    assert response.status_code == 200, response.text
    return response.json()["id"]


# What the receiver does at a path: status, code and error of the delivery after its first attempt.
CASES = {
    "/ok/plain": ("delivered", 204, None),
    "/status/500/broken": ("pending", 500, "http_status"),
    "/status/404/nowhere": ("pending", 404, "http_status"),
    "/status/429/busy?retry-after=7": ("pending", 429, "http_status"),
    "/status/503/away?retry-after=3600": ("pending", 503, "http_status"),
    "/status/410/gone": ("failed", 410, "gone"),
    "/endless/body": ("delivered", 200, None),
    "/gzip/bomb": ("delivered", 200, None),
    "/reset/connection": ("pending", None, "connection_lost"),
    "/closed/connection": ("pending", None, "connection_lost"),
    "/hang/silent": ("pending", None, "timeout"),
    "/loris/head": ("pending", None, "timeout"),
    "/drip/body": ("delivered", 200, None),  # its status was there; it may not hold up more than the deadline
}


@pytest.mark.timeout(120)
def test_each_way_to_misbehave_is_one_attempt_of_its_class(api, receiver, note):
    hooks = {}
    for url in CASES:
        path, question, query = url.partition("?")
        hooks[url] = hook(api, receiver, path, query=question + query)
    odd = {
        f"http://{HOST}:{free_port()}/refused": ("pending", None, "connection_refused"),
        "https://nothing.invalid/dead": ("pending", None, "dns"),
        f"https://{receiver.origin.removeprefix('http://')}/not-tls": ("pending", None, "tls"),
    }
    ids = {url: one.id for url, one in hooks.items()}
    for url in odd:
        ids[url] = created(api, {"url": url, "events": ["inference.completed"]})["id"]
    fire(api)

    slow = [url for url in ids if url.startswith(("/hang", "/loris", "/drip"))]
    quick = [url for url in ids if url not in slow]
    seen = {url: the_delivery(api, ids[url], attempts=1) for url in quick + slow}

    for url, (status, code, error) in {**CASES, **odd}.items():
        one, first = seen[url], seen[url]["attempts"][0]
        assert (first["number"], first["response_code"], first["error"]) == (1, code, error), url
        assert first["latency_ms"] <= DEADLINE_MS + LATE_MS, url
        if one["attempt_count"] == 1:
            assert (one["status"], one["response_code"], one["error"]) == (status, code, error), url
            assert (one["next_attempt_at"] is not None) == (status == "pending"), url
        if code in (404, 429, 500, 503):
            assert first["response_body"] == "x" * 16 * 1024, url
    for url in slow:
        assert seen[url]["attempts"][0]["latency_ms"] >= DEADLINE_MS - 500, url
    for url, one in hooks.items():
        came = [arrival for arrival in receiver.arrivals() if arrival.path == one.path]
        check(came)
        assert len(came) == len(delivery(api, seen[url]["id"])["attempts"]) or url in slow, url
    gone = api.object(f"/api/v1/webhooks/{hooks['/status/410/gone'].id}")
    assert (gone["enabled"], gone["disabled_reason"]) == (False, "gone")
    usual = ids["/status/500/broken"], ids["/reset/connection"]
    for webhook in usual:
        assert gap(api, webhook) == pytest.approx(RETRY_SECONDS, abs=0.2 * RETRY_SECONDS + 1)
    asked = ids["/status/429/busy?retry-after=7"]
    assert gap(api, asked) == pytest.approx(7, abs=1.5)
    held = gap(api, ids["/status/503/away?retry-after=3600"])
    assert RETRY_SECONDS < held <= 2 * 1.2 * RETRY_SECONDS + 1
    note(
        "the longest attempt",
        f"{max(one['attempts'][0]['latency_ms'] for one in seen.values())} ms",
    )


def gap(api: Api, webhook: str) -> float:
    """Seconds between the end of the first attempt and the begin of the second, done or due."""
    [only] = deliveries(api, webhook)
    attempts = delivery(api, only["id"])["attempts"]
    end = seconds(attempts[0]["started_at"]) + attempts[0]["latency_ms"] / 1000
    return (
        seconds(attempts[1]["started_at"] if len(attempts) > 1 else only["next_attempt_at"]) - end
    )


def seconds(time_text: str) -> float:
    return datetime.fromisoformat(time_text).timestamp()


@pytest.mark.timeout(120)
def test_answers_without_an_end_cost_no_memory(shared, api, receiver, note):
    """Together they would be far beyond what the server has."""
    paths = [f"/endless/{number}" for number in range(3)] + ["/gzip/1", "/gzip/2"]
    hooks = [hook(api, receiver, path) for path in paths]
    ask(api, 10)
    for one in hooks:
        settled(api, one, 10)
    before = resident_mib(shared.server)
    ask(api, 60)
    for one in hooks:
        settled(api, one, 70)
    after = resident_mib(shared.server)
    note("resident memory before and after 300 such answers", f"{before:.0f} → {after:.0f} MiB")
    assert after - before < 100


def ask(api: Api, count: int) -> None:
    for _ in range(count):
        fire(api)


def settled(api: Api, one: Hook, count: int) -> None:
    def all_came() -> bool:
        return len(deliveries(api, one.id, status="delivered")) == count

    until(f"{count} deliveries to {one.path}", all_came, 60)


def test_a_webhook_that_is_gone_is_told_to_the_others(api, receiver):
    watching = hook(api, receiver, "/ok/watching", events=("webhook.disabled",))
    gone = hook(api, receiver, "/status/410/told")
    fire(api)
    [told] = receiver.wait_for(watching.path)
    check([told])
    assert (told.data["webhook_id"], told.data["reason"]) == (gone.id, "gone")
    assert told.data["response_code"] == 410
    assert told.data["url"] == f"{receiver.origin}/…", "its path may be a credential"
    fire(api)
    time.sleep(1)
    assert len(receiver.arrivals(gone.path)) == 1, "what is disabled is sent nothing"
    assert len(deliveries(api, gone.id)) == 1


@pytest.mark.parametrize(
    ("end", "path"), [("disabled", "/hang/pending"), ("deleted", "/status/500/pending")]
)
@pytest.mark.timeout(120)
def test_what_is_pending_ends_as_failed_with_the_reason(api, receiver, end, path):
    path = f"{path}-{end}"
    mine = hook(api, receiver, path)
    beside = hook(api, receiver, f"/ok{path}")
    ask(api, 12)
    receiver.wait_for(path, 8)
    if end == "disabled":
        assert changed(api, mine.id, enabled=False)["disabled_reason"] == "manual"
    else:
        deleted(api, mine.id)
        assert api.get(f"/api/v1/webhooks/{mine.id}").status_code == 404

    def ends() -> set[tuple]:
        found = deliveries(api, mine.id)
        assert len(found) == 12
        return {(one["status"], one["error"], one["next_attempt_at"]) for one in found}

    until("all have ended", lambda: "pending" not in {status for status, *_ in ends()}, 40)
    assert ends() == {("failed", f"webhook_{end}", None)}
    came = len(receiver.arrivals(path))
    fire(api)
    receiver.wait_for(beside.path, 13)
    time.sleep(1)
    assert len(receiver.arrivals(path)) == came
    retried = api.post(f"/api/v1/webhook-deliveries/{deliveries(api, mine.id)[0]['id']}/retry")
    check_problem(retried, 409, "conflict")


@pytest.mark.timeout(120)
def test_a_secret_is_rotated_under_load_and_every_arrival_verifies(shared, api, receiver):
    mine = hook(api, receiver, "/ok/rotated")
    key = api.http.headers["authorization"].removeprefix("Bearer ")
    producer = Producer(shared.server.url, key, rate=40, threads=4)
    old = mine.secret
    for _ in range(3):
        producer.wait_for(20)
        new = new_secret()
        receiver.trust(mine.path, old, new)
        answer = api.post(f"/api/v1/webhooks/{mine.id}/rotate-secret", {"secret": new})
        assert (answer.status_code, answer.json()["secret"]) == (200, new), answer.text
        assert answer.json()["previous_secret_expires_at"] is not None
        rotated = time.time()
        producer.wait_for(60)
        later = until(
            "what came later", lambda since=rotated: came_since(receiver, mine, since + 1)
        )
        assert all(one.verified == [0, 1] for one in later), "both sign for a day"
        old = new
    producer.end()
    until("all came", lambda: len(receiver.arrivals(mine.path)) >= len(producer.accepted))
    check(receiver.arrivals(mine.path))
    answer = api.post(f"/api/v1/webhooks/{mine.id}/rotate-secret", {})
    made = answer.json()["secret"]
    assert answer.status_code == 200 and made.startswith("whsec_") and made != old
    receiver.trust(mine.path, made)
    fire(api)
    last = receiver.wait_for(mine.path, len(producer.accepted) + 1)[-1]
    assert last.verified == [0]


def came_since(receiver: Receiver, mine: Hook, when: float) -> list:
    return [one for one in receiver.arrivals(mine.path) if one.at >= when]


CLOSED = (
    "http://{}",
    "https://{}",
    "http://localhost:{1}",
    "https://[::1]:{1}",
    "https://2130706433:{1}",
)


def test_nobody_is_reached_who_is_not_allowed(machine, tmp_path):
    """Neither at creation, nor by a webhook that was made while it was allowed, nor by a redirect."""
    with canary() as bird:
        place = f"{HOST}:{bird.port}"
        own = {"AISTRALE_ADMIN_KEY": KEY}
        with serving(machine, **own, **OPENED) as server:
            api = Api(server.url, KEY)
            with receiving(tmp_path / "redirecting") as receiver:
                turned = hook(api, receiver, "/redirect/x", query=f"?to=http://{place}/")
                fire(api)
                [attempt] = the_delivery(api, turned.id, attempts=1)["attempts"][:1]
                assert (attempt["error"], attempt["response_code"]) == ("redirect", 302)
                deleted(api, turned.id)
            body = {"url": f"http://{place}/hook", "events": ["inference.completed"]}
            allowed = created(api, {**body, "enabled": False})["id"]
        with serving(machine, **own) as server:
            api = Api(server.url, KEY)
            for form in CLOSED:
                url = form.format(place, bird.port) + "/hook"
                refused = api.post("/api/v1/webhooks", {**body, "url": url})
                problem = check_problem(refused, 400, "invalid_request")
                assert [error["pointer"] for error in problem["errors"]] == ["/url"], url
            changed(api, allowed, enabled=True)
            fire(api)
            blocked = the_delivery(api, allowed, attempts=1)
            assert (blocked["status"], blocked["error"]) == ("failed", "target_blocked")
            assert (blocked["next_attempt_at"], blocked["response_code"]) == (None, None)
            assert HOST not in str(blocked["attempts"])
        bird.check()
