"""What was answered with a 2xx comes to the webhook, over all that a server can die of."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.api import Api
from support.hooks import Hook, Producer, hook
from support.machine import Machine
from support.nodes import OPERATOR, pair
from support.postgres import postgres
from support.receiver import OPENED, History, Receiver, lost
from support.server import Server, serving
from support.sqlite import Sqlite
from support.tmpfs import fill, small_disk
from support.wait import until

IN_FLIGHT = 8
"""Of one webhook and one node at a time: what a kill may send twice."""
IN_HAND = 128
"""Claimed ahead of that: what may be sent, and cannot be settled, while the database is away."""
LEASE_SECONDS = 60
SETTLED = "SELECT count(*) FROM webhook_delivery WHERE status = 'pending'"


@contextmanager
def kept(where: str, machine: Machine) -> Iterator[object]:
    """Where the data of that machine's server is."""
    if where == "sqlite":
        yield Sqlite(machine)
    else:
        with postgres() as database:
            yield database


def settings(store) -> dict[str, str]:
    return {**OPENED, **store.settings(), "AISTRALE_ADMIN_KEY": OPERATOR}


def a_hook(server: Server, receiver: Receiver, path: str = "/ok/all") -> Hook:
    return hook(Api(server.url, OPERATOR), receiver, path)


def nothing_is_lost(
    producer: Producer, receiver: Receiver, store, hook: Hook, seconds: float
) -> History:
    """Waits for all that was promised, then holds what came, and the rows, to it."""
    producer.end()
    assert producer.accepted, "nothing was accepted, so this shows nothing"

    def all_came() -> bool:
        return not lost(producer.accepted, receiver.arrivals(hook.path))

    try:
        until("all that was accepted", all_came, seconds)
    except AssertionError:
        pass  # the history says what is missing
    history = History.of(producer.accepted, receiver.arrivals(hook.path))
    assert history.lost == set(), f"{len(history.lost)} of {len(producer.accepted)}"
    until("all is settled", lambda: store.rows(SETTLED) == [["0"]], LEASE_SECONDS + 15)
    check_rows(store)
    return history


def check_rows(store) -> None:
    """Each delivery has arrived by one attempt of its own, and no attempt came from who had lost it."""
    assert store.rows("SELECT DISTINCT status FROM webhook_delivery") == [["delivered"]]
    arrived = (
        "SELECT d.id FROM webhook_delivery d LEFT JOIN webhook_attempt a"
        " ON a.delivery_id = d.id AND a.error IS NULL GROUP BY d.id HAVING count(a.number) <> 1"
    )
    assert store.rows(arrived) == []
    beyond = (
        "SELECT d.id FROM webhook_delivery d JOIN webhook_attempt a ON a.delivery_id = d.id"
        " WHERE a.number > d.attempt_count"
    )
    assert store.rows(beyond) == []
    twice = (
        "SELECT event_id FROM webhook_delivery GROUP BY event_id, webhook_id HAVING count(*) > 1"
    )
    assert store.rows(twice) == []


def tell(note, producer: Producer, history: History) -> None:
    note("accepted", len(producer.accepted))
    note("lost", len(history.lost))
    note("duplicates", history.duplicates)
    note("of inferences without an answer", history.unanswered)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_nothing_accepted_is_lost_when_the_server_is_killed(
    machine, receiver, request, note, where
):
    torture = request.config.getoption("--torture")
    if where == "postgresql" and not torture:
        pytest.skip("with --torture: the short form is the kill behind the database's crash")
    kills, rate = (20, 200) if torture else (3, 50)
    with kept(where, machine) as store:
        with serving(machine, **settings(store)) as server:
            mine = a_hook(server, receiver)
        producer = Producer(machine.url, OPERATOR, rate, threads=16)
        for _ in range(kills):
            with serving(machine, **settings(store)) as server:
                producer.wait_for(rate // 2)
                time.sleep(random.uniform(0, 1.5))
                server.kill()
        with serving(machine, **settings(store)):
            producer.wait_for(rate // 2)
            history = nothing_is_lost(producer, receiver, store, mine, LEASE_SECONDS + 15)
        tell(note, producer, history)
        assert producer.cut > 0, "no kill met a call"
        assert set(producer.statuses) <= {200, 503}, producer.statuses
        assert history.duplicates <= kills * IN_FLIGHT


@pytest.mark.timeout(600)
def test_a_crashing_database_and_a_kill_behind_it_lose_nothing_accepted(
    machine, receiver, request, note
):
    """The server heals by itself. Then it is killed, so that the leases of both are waited for but once."""
    torture = request.config.getoption("--torture")
    crashes, rate = (5, 200) if torture else (1, 50)
    with postgres() as database:
        with serving(machine, **settings(database)) as server:
            mine = a_hook(server, receiver)
            producer = Producer(machine.url, OPERATOR, rate, threads=16)
            for crash in range(crashes):
                producer.wait_for(rate)
                database.crash()
                if crash % 2 == 0:
                    time.sleep(1.5)  # long enough that everybody meets a database that is not there
                database.start()
                database.wait_until_ready()
            producer.wait_for(2 * rate)
            arrived = len(receiver.arrivals(mine.path))
            until("it delivers again", lambda: len(receiver.arrivals(mine.path)) > arrived, 60)
            assert producer.cut == 0, "the server itself was never away"
            assert server.process.poll() is None
            assert "in-the-tests" not in server.log
            server.kill()
        with serving(machine, **settings(database)):
            producer.wait_for(rate // 2)
            history = nothing_is_lost(producer, receiver, database, mine, LEASE_SECONDS + 15)
        tell(note, producer, history)
        note("answers", dict(producer.statuses))
        note("slowest answer", f"{producer.slowest:.1f} s")
        assert set(producer.statuses) <= {200, 503}, producer.statuses
        assert producer.slowest < 20, "a call hung"
        assert history.duplicates <= crashes * IN_HAND + IN_FLIGHT


@pytest.mark.timeout(300)
def test_one_of_two_nodes_is_killed_and_the_other_sends_what_it_had(tmp_path, receiver, note):
    with pair(tmp_path / "nodes", OPENED) as nodes:
        mine = a_hook(nodes.one, receiver, "/wait/150/killed")
        producer = Producer([node.url for node in nodes.nodes], OPERATOR, rate=60)
        receiver.wait_for(mine.path, 30)
        nodes.two.kill()
        producer.wait_for(30)
        history = nothing_is_lost(producer, receiver, nodes.database, mine, LEASE_SECONDS + 15)
        tell(note, producer, history)
        assert producer.cut > 0
        assert history.duplicates <= IN_FLIGHT


@pytest.mark.timeout(400)
def test_a_node_that_stood_still_past_its_lease_settles_nothing(tmp_path, receiver, request, note):
    """The long form only: a lease is of a minute."""
    if not request.config.getoption("--torture"):
        pytest.skip("with --torture: a lease is of a minute")
    with pair(tmp_path / "nodes", OPENED) as nodes:
        mine = a_hook(nodes.one, receiver, "/wait/300/stopped")
        producer = Producer([nodes.one.url], OPERATOR, rate=40)
        receiver.wait_for(mine.path, 20)
        nodes.two.pause()
        producer.wait_for(40)
        producer.end()
        until(
            "the other sends all",
            lambda: not lost(producer.accepted, receiver.arrivals(mine.path)),
            LEASE_SECONDS + 30,
        )
        until(
            "and settles it",
            lambda: nodes.database.rows(SETTLED) == [["0"]],
            LEASE_SECONDS + 30,
        )
        before = attempts(nodes.database)
        nodes.two.resume()
        time.sleep(10)
        assert attempts(nodes.database) == before, "what it had lost is not its own any more"
        nodes.two.wait_until_ready()
        history = nothing_is_lost(producer, receiver, nodes.database, mine, 30)
        tell(note, producer, history)
        assert history.duplicates <= 2 * IN_FLIGHT
        again = Producer([nodes.two.url], OPERATOR, rate=20)
        again.wait_for(20)
        nothing_is_lost(again, receiver, nodes.database, mine, 60)


def attempts(database) -> list[list[str]]:
    return database.rows("SELECT delivery_id, number, error FROM webhook_attempt ORDER BY 1, 2")


@pytest.mark.timeout(300)
def test_on_a_full_disk_nothing_is_accepted_that_would_not_come(machine, receiver, note):
    store = Sqlite(machine)
    with small_disk(machine.data, 64) as disk:
        with serving(machine, **settings(store)) as server:
            mine = a_hook(server, receiver)
            producer = Producer(machine.url, OPERATOR, rate=50)
            producer.wait_for(50)
            ballast = fill(disk)
            until("a refusal", lambda: producer.statuses[503] > 20, 60)
            time.sleep(2)
            ballast.unlink()
            producer.wait_for(100)
            history = nothing_is_lost(producer, receiver, store, mine, LEASE_SECONDS + 30)
            tell(note, producer, history)
            note("answers", dict(producer.statuses))
            assert set(producer.statuses) == {200, 503}, producer.statuses
            assert producer.cut == 0
        assert integrity(disk) == "ok"


def integrity(data: Path) -> str:
    with closing(sqlite3.connect(data / "aistrale.db")) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0]
