"""Several nodes on one PostgreSQL: killed, stopped, and cut off from it under load."""

import random
import threading
import time
from collections import Counter

import httpx2
import pytest

from support.api import Api
from support.emulator import TOKENS
from support.machine import Machine
from support.postgres import postgres
from support.server import Server, serving
from support.wait import until
from test_durability import KINDS, Load, check, check_interrupted, kill_at_an_answer

KEY = "an-operator-key-of-these-tests"
GONE_SECONDS = 30


@pytest.fixture(scope="module")
def database():
    with postgres() as server:
        yield server


@pytest.fixture
def settings(database, emulator):
    return {**database.settings(), **emulator.settings("openai"), "AISTRALE_ADMIN_KEY": KEY}


@pytest.fixture
def other(tmp_path):
    return Machine(tmp_path / "other")


def add_token(server: Server) -> None:
    Api(server.url, KEY).add_token("openai", TOKENS["openai"])


def statuses(server: Server) -> dict[str, str]:
    """Every record by its id; the same one twice is a failure."""
    records = Api(server.url, KEY).telemetry(limit=200)
    ids = Counter(record["id"] for record in records)
    assert [id for id, count in ids.items() if count > 1] == []
    return {record["id"]: record["status"] for record in records}


@pytest.mark.timeout(300)
def test_a_killed_node_loses_nothing_answered_and_the_other_names_what_ran(
    machine, other, database, settings
):
    with serving(machine, **settings) as one, serving(other, **settings) as two:
        add_token(one)
        assert len(database.rows("SELECT id FROM node")) == 2
        loads = [Load(one.url, KEY), Load(two.url, KEY)]
        hanging = threading.Thread(
            target=ask_and_be_cut,
            args=(one.url, {"prompt": "x", "model": "openai/gpt-4o+fault-hang"}),
        )
        hanging.start()
        until("it runs", lambda: "running" in statuses(two).values())
        time.sleep(2)
        one.kill()
        time.sleep(2)
        for load in loads:
            load.end()
        hanging.join(20)
        assert loads[0].answered and loads[1].answered
        answered = loads[0].answered | loads[1].answered

        found = statuses(two)
        assert {id: found.get(id) for id in answered if found.get(id) != "completed"} == {}
        until(
            "no row of the dead node runs",
            lambda: "running" not in statuses(two).values(),
            seconds=GONE_SECONDS + 15,
        )
        found = statuses(two)
        assert set(found.values()) == {"completed", "interrupted"}
        for record in Api(two.url, KEY).telemetry(status="interrupted", limit=200):
            check_interrupted(record)
        assert len(database.rows("SELECT id FROM node")) == 1
    assert database.rows("SELECT id FROM node") == [], "a graceful stop leaves no row"
    twice = (
        "SELECT data::json ->> 'inference_id' FROM event WHERE type LIKE 'inference.%'"
        " GROUP BY 1 HAVING count(*) > 1"
    )
    assert database.rows(twice) == [], "each inference ends once"
    assert database.rows("SELECT count(*) FROM event WHERE type LIKE 'inference.%'") != ["0"]


def ask_and_be_cut(url: str, request: dict) -> None:
    with pytest.raises(httpx2.TransportError):
        Api(url, KEY).run(**request)


class Asking:
    """Clients that go on through failures, and note what they were answered."""

    def __init__(self, url: str, clients: int = 8):
        self.answered: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0
        self._url = url
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number % 2 == 0,), daemon=True)
            for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def _ask(self, native: bool) -> None:
        api = Api(self._url, KEY, timeout=60)
        while not self._stop.is_set():
            begin = time.monotonic()
            if native:
                answer = api.run(prompt="hello", model="openai/gpt-4o")
            else:
                message = {"role": "user", "content": "hello"}
                answer = api.post(
                    "/v1/chat/completions", {"model": "openai/gpt-4o", "messages": [message]}
                )
            self.slowest = max(self.slowest, time.monotonic() - begin)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.answered.add(answer.headers["x-aistrale-inference-id"])
            else:
                assert int(answer.headers["retry-after"]) >= 1, answer.text
                time.sleep(0.05)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(70)
            assert not thread.is_alive(), "a client hangs"


@pytest.mark.timeout(300)
def test_a_crashing_database_loses_nothing_answered_and_the_server_heals(machine, emulator):
    with postgres() as database:
        settings = {
            **database.settings(),
            **emulator.settings("openai"),
            "AISTRALE_ADMIN_KEY": KEY,
        }
        with serving(machine, **settings) as server:
            add_token(server)
            asking = Asking(server.url)
            for crash in range(4):
                before = asking.statuses[200]
                until("it answers", lambda seen=before: asking.statuses[200] > seen + 50)
                database.crash()
                if crash % 2:
                    time.sleep(1.5)  # long enough that everybody meets a database that is not there
                database.start()
                database.wait_until_ready()
            before = asking.statuses[200]
            until("it answers again", lambda: asking.statuses[200] > before + 100)
            asking.end()

            assert set(asking.statuses) == {200, 503}, asking.statuses
            assert asking.slowest < 20, "a call hung"
            found = statuses(server)
            assert {id: found.get(id) for id in asking.answered if found.get(id) != "completed"} == {}
            twice = (
                "SELECT data::json ->> 'inference_id' FROM event GROUP BY 1 HAVING count(*) > 1"
            )
            assert database.rows(twice) == []
            assert httpx2.get(f"{server.url}/ready", trust_env=False).status_code == 200
            assert "in-the-tests" not in server.log


def test_a_stopping_node_finishes_what_runs_and_leaves(machine, other, database, settings):
    with serving(machine, **settings) as one, serving(other, **settings) as two:
        add_token(one)
        answers: list[dict] = []
        running = threading.Thread(
            target=lambda: answers.append(
                Api(one.url, KEY).answer(prompt="x", model="openai/gpt-4o+fault-delay-3000ms")
            )
        )
        running.start()
        until("it runs", lambda: "running" in statuses(two).values())
        one.terminate()
        assert one.wait() == 0
        running.join(20)

        assert statuses(two)[answers[0]["id"]] == "completed"
        assert len(database.rows("SELECT id FROM node")) == 1


@pytest.mark.timeout(600)
def test_nothing_answered_is_lost_when_the_server_is_killed(machine, emulator, request):
    kills = 10 if request.config.getoption("--torture") else 2
    answered: set[str] = set()
    with postgres() as database:
        settings = {
            **database.settings(),
            **emulator.settings("openai"),
            "AISTRALE_ADMIN_KEY": KEY,
        }
        for kill in range(kills):
            with serving(machine, **settings) as server:
                add_token(server)
                load = Load(server.url, KEY)
                time.sleep(random.uniform(1.0, 2.0))
                last = kill_at_an_answer(server, KEY, KINDS[kill % len(KINDS)])
                load.end()
            assert load.answered, "the load did not get as far as an answer"
            answered |= load.answered | {last}
        with serving(machine, **settings) as server:
            until(
                "what ran is named",
                lambda: "running" not in statuses(server).values(),
                seconds=GONE_SECONDS + 15,
            )
            records = {
                record["id"]: record for record in Api(server.url, KEY).telemetry(limit=200)
            }
        check(records, answered)


def test_a_key_revoked_on_one_node_stops_on_the_other_within_two_seconds(
    machine, other, database, settings
):
    with serving(machine, **settings) as one, serving(other, **settings) as two:
        made = Api(one.url, KEY).post("/api/v1/api-keys", {"name": "short-lived"}).json()
        client = Api(two.url, made["key"])
        assert client.get("/api/v1/whoami").status_code == 200
        assert Api(one.url, KEY).http.delete(f"/api/v1/api-keys/{made['id']}").status_code == 204
        until("it stops", lambda: client.get("/api/v1/whoami").status_code == 401, seconds=2)


def test_without_a_master_key_it_does_not_start_and_says_how_to_make_one(machine, database):
    server = Server(machine, AISTRALE_DATABASE_URL=database.url)
    try:
        assert server.wait() == 2
        assert "openssl rand -base64 32" in server.log
        assert "in-the-tests" not in server.log
    finally:
        server.end()


def test_a_database_that_is_not_there_ends_the_start_with_its_place_and_no_password(
    machine, database
):
    url = database.url.replace(f":{database.port}/", ":1/")
    server = Server(machine, **{**database.settings(), "AISTRALE_DATABASE_URL": url})
    try:
        assert server.wait() == 1
        assert "postgresql://aistrale@127.0.0.1:1/postgres cannot be opened" in server.log
        assert "in-the-tests" not in server.log
    finally:
        server.end()
