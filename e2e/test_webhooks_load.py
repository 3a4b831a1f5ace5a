"""Many deliveries at once: a long backlog, neighbours that hang, and a threshold that 500 runs cross."""

import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from support import backlog
from support.api import Api
from support.at_once import at_once
from support.hooks import HELLO, Hook, Producer, hook
from support.machine import Machine
from support.nodes import OPERATOR, emulated, pair, workspace
from support.postgres import postgres
from support.receiver import OPENED, Receiver, check
from support.server import Server, serving
from support.sqlite import Sqlite
from support.wait import until
from test_budgets import CLIENTS, cost, make_budget
from test_budgets import request as of_known_cost

START_SECONDS = 5
FIRST, LAST = 1_000, 5_000
"""The arrivals between which a rate is taken: not the first, as the virtual machine compiles while it begins."""


def settings(store) -> dict[str, str]:
    return {**OPENED, **store.settings(), "AISTRALE_ADMIN_KEY": OPERATOR}


def workspace_of(store) -> str:
    [[id]] = store.rows("SELECT DISTINCT workspace_id FROM webhook")
    return id


def first_event(machine: Machine, store, receiver: Receiver, *paths: str) -> list[Hook]:
    """Webhooks to these paths, of which the first has had one event, and no server any more."""
    with serving(machine, **settings(store)) as server:
        api = Api(server.url, OPERATOR)
        hooks = [hook(api, receiver, path) for path in paths]
        assert api.run(**HELLO).status_code == 200
        receiver.wait_for(hooks[0].path)
    return hooks


def started(machine: Machine, store) -> tuple[Server, float]:
    begin = time.monotonic()
    server = Server(machine, **settings(store))
    try:
        server.wait_until_ready()
    except BaseException:
        server.end()
        raise
    return server, time.monotonic() - begin


def rate(receiver: Receiver, path: str, before: int) -> float:
    """Arrivals a second of the backlog that is worked off now."""
    came = receiver.wait_for(path, before + LAST, seconds=90)[before:]
    return (LAST - FIRST) / (came[LAST - 1].at - came[FIRST - 1].at)


def latencies(producer: Producer, receiver: Receiver, path: str) -> list[float]:
    """Milliseconds from the answer to the arrival, of each that was accepted, sorted."""

    def all_came() -> dict[str, float] | None:
        at = {one.data["inference_id"]: one.at for one in reversed(receiver.arrivals(path))}
        return at if producer.accepted.keys() <= at.keys() else None

    at = until("all that was accepted", all_came, 60)
    return sorted(max(0.0, (at[id] - when) * 1000) for id, when in producer.accepted.items())


def p99(values: list[float]) -> float:
    return values[max(0, -(-len(values) * 99 // 100) - 1)]


def live(server: Server, per_second: float, count: int) -> Producer:
    producer = Producer(server.url, OPERATOR, per_second, threads=4)
    try:
        producer.wait_for(count)
    finally:
        producer.end()
    return producer


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_long_backlog_stands_in_nobodys_way(machine, receiver, request, note, where):
    torture = request.config.getoption("--torture")
    if where == "postgresql" and not torture:
        pytest.skip("with --torture: the short form is on SQLite")
    if where == "sqlite":
        backlogged(machine, Sqlite(machine), receiver, 1_000_000 if torture else 100_000, note)
    else:
        with postgres() as database:
            backlogged(machine, database, receiver, 1_000_000, note)


def backlogged(machine: Machine, store, receiver: Receiver, count: int, note: Callable) -> None:
    [mine] = first_event(machine, store, receiver, "/ok/backlog")

    def put(so_many: int, due_in_ms: int = -60_000) -> None:
        backlog.put(store, workspace_of(store), mine.id, so_many, 1, due_in_ms)
        backlog.is_fanned_out(store)

    put(LAST)
    server, _ = started(machine, store)
    try:
        alone = rate(receiver, mine.path, before=1)
        until("all is settled", lambda: pending(store) == 0)
    finally:
        server.end()

    put(count // 2)
    put(count - count // 2, due_in_ms=3_600_000)
    before = len(receiver.arrivals(mine.path))
    server, seconds = started(machine, store)
    try:
        behind = rate(receiver, mine.path, before)
        producer = live(server, per_second=20, count=60)
        took = latencies(producer, receiver, mine.path)
        left = pending(store) - count // 2
    finally:
        server.end()
    note("pending", f"{count:,}")
    note("start", f"{seconds:.1f} s")
    note("deliveries/s of a short and of a long backlog", f"{alone:.0f} and {behind:.0f}")
    note("live beside it, p50 and p99", f"{took[len(took) // 2]:.0f} and {p99(took):.0f} ms")
    assert left > 0, "the backlog was worked off before, so this showed nothing"
    assert seconds <= START_SECONDS
    assert behind >= 0.5 * alone
    assert p99(took) < 2_000


def pending(store) -> int:
    return int(store.rows("SELECT count(*) FROM webhook_delivery WHERE status = 'pending'")[0][0])


@pytest.mark.timeout(600)
def test_neighbours_that_hang_delay_nobody(machine, receiver, request, note):
    torture = request.config.getoption("--torture")
    hanging, each, events = (20, 5_000, 500) if torture else (5, 200, 120)
    store = Sqlite(machine)
    paths = [f"/hang/{number}" for number in range(hanging)]
    [fast] = first_event(machine, store, receiver, "/ok/fast")
    server, _ = started(machine, store)
    try:
        live(server, per_second=20, count=40)  # the virtual machine compiles
        alone = latencies(live(server, 20, events), receiver, fast.path)
        api = Api(server.url, OPERATOR)
        slow = [hook(api, receiver, path) for path in paths]
    finally:
        server.end()
    for one in slow:
        backlog.put(store, workspace_of(store), one.id, each)
    backlog.is_fanned_out(store)
    server, _ = started(machine, store)
    try:
        until(
            "all of them hang", lambda: all(len(receiver.arrivals(path)) >= 8 for path in paths), 60
        )
        live(server, per_second=20, count=40)
        beside = latencies(live(server, 20, events), receiver, fast.path)
        assert all(len(receiver.arrivals(path)) < each for path in paths)
        assert pending(store) > 0.9 * hanging * each
    finally:
        server.kill()  # it would wait for what hangs
        server.end()
    note("hanging endpoints", f"{hanging} with {each:,} pending each")
    note(
        "p50 alone and beside them",
        f"{alone[len(alone) // 2]:.1f} and {beside[len(beside) // 2]:.1f} ms",
    )
    note("p99 alone and beside them", f"{p99(alone):.1f} and {p99(beside):.1f} ms")
    assert p99(beside) <= 2 * p99(alone) + 250


@pytest.mark.timeout(180)
def test_a_threshold_that_500_runs_cross_at_once_comes_once(
    tmp_path, own_emulator, openai_port, receiver, mark
):
    with pair(tmp_path / "nodes", {**emulated(own_emulator, openai_port), **OPENED}) as nodes:
        mine = workspace(nodes.one, "openai")
        one, two = (mine.on(node) for node in nodes.nodes)
        alarm = hook(one, receiver, "/ok/alarm", events=("cost.threshold_exceeded",))
        budget = make_budget(two, cost(mark) * Decimal(CLIENTS) / 2, "alert", thresholds=[100])
        own_emulator.script("openai", {"delay_ms": 200, "times": 10 * CLIENTS})
        answers = at_once(
            [
                lambda api=(one, two)[number % 2]: api.run(**of_known_cost(mark)).status_code
                for number in range(CLIENTS)
            ]
        )
        assert set(answers) == {200}
        receiver.wait_for(alarm.path)
        time.sleep(3)
        [told] = receiver.arrivals(alarm.path)
        check([told])
        assert told.envelope["type"] == "cost.threshold_exceeded"
        assert (told.data["budget_id"], told.data["threshold_percent"]) == (budget, 100)
        rows = nodes.database.rows("SELECT status, attempt_count FROM webhook_delivery")
        assert rows == [["delivered", "1"]]
