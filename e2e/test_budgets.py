"""Budgets under load, over two nodes, and over kill -9: what is spent is what the records say, and no more than the limit."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import httpx2
import openai
import pytest
from support.api import Api, check_problem
from support.at_once import at_once
from support.emulator import TOKENS
from support.machine import Machine
from support.nodes import workspace
from support.server import Server, serving
from support.wait import until

MODEL = "openai/gpt-4o"
CLIENTS = 500
OUTPUT = 100
INPUT_USD, OUTPUT_USD = Decimal("2.5") / 1_000_000, Decimal(10) / 1_000_000


def request(mark: str) -> dict:
    """Of which the cost is known beforehand: its answer is cut off at its most tokens."""
    return {"model": MODEL, "prompt": f"write 500 words {mark}", "max_output_tokens": OUTPUT}


def cost(mark: str) -> Decimal:
    """As the emulator counts: four characters a token, and 4 for the message."""
    prompt = request(mark)["prompt"]
    return (4 + -(-len(prompt) // 4)) * INPUT_USD + OUTPUT * OUTPUT_USD


def make_budget(api: Api, limit: Decimal, action: str = "block", **more) -> str:
    body = {
        "name": f"{action} {limit}",
        "scope": {"type": "workspace"},
        "period": "total",
        "limit_usd": float(limit),
        "action": action,
        **more,
    }
    response = api.post("/api/v1/budgets", body)
    assert response.status_code == 201, response.text
    return response.json()["id"]


def state(api: Api, budget: str) -> dict:
    return api.object(f"/api/v1/budgets/{budget}")["current"]


def recorded(api: Api) -> Decimal:
    """What all records of the workspace cost together."""
    return sum(
        (
            record["cost_usd"]
            for record in api.telemetry(limit=200)
            if record["cost_usd"] is not None
        ),
        Decimal(0),
    )


@dataclass
class Customer:
    """A client that asks again where it is told to, and nowhere else."""

    answers: list[tuple[int, str | None]]

    @staticmethod
    def ask(api: Api, body: dict) -> "Customer":
        answers = []
        while True:
            response = api.post("/api/v1/inferences", body)
            retry = response.headers.get("x-should-retry")
            answers.append((response.status_code, retry))
            if response.status_code != 402 or retry != "true":
                return Customer(answers)
            time.sleep(int(response.headers["retry-after"]))

    @property
    def last(self) -> tuple[int, str | None]:
        return self.answers[-1]


def test_500_concurrent_runs_on_two_nodes_end_within_one_runs_cost_of_the_limit(
    nodes, scripted, mark
):
    mine = workspace(nodes.one, "openai")
    one, two = (mine.on(node) for node in nodes.nodes)
    each = cost(mark)
    limit = each * Decimal("99.5")
    blocking = make_budget(one, limit, thresholds=[50, 90, 100])
    alerting = make_budget(two, each * 10, "alert", thresholds=[100, 500])
    scripted.script("openai", {"delay_ms": 200, "times": 10 * CLIENTS})

    customers = at_once(
        [
            lambda api=(one, two)[number % 2]: Customer.ask(api, request(mark))
            for number in range(CLIENTS)
        ]
    )

    ends = Counter(customer.last for customer in customers)
    assert set(ends) == {(200, None), (402, "false")}, ends
    assert ends[200, None] == 99, "as many as the limit has room for, and all of these"
    spent = recorded(one)
    assert spent == 99 * each
    assert Decimal(0) <= limit - spent < each
    assert len(scripted.requests(mark)) == 99, "whoever was refused reached no provider"
    for api in (one, two):
        now = state(api, blocking)
        assert (now["spent_usd"], now["reserved_usd"]) == (spent, 0)
        assert now["remaining_usd"] == limit - spent
        assert [crossing["threshold_percent"] for crossing in now["crossings"]] == [50, 90]
        assert state(api, alerting)["spent_usd"] == spent
    for budget, thresholds in ((blocking, ["50", "90"]), (alerting, ["100", "500"])):
        assert crossings(nodes, budget) == [[percent, "1"] for percent in thresholds]
        assert events(nodes, budget) == [[percent, "1"] for percent in thresholds]
    assert nodes.database.rows("SELECT * FROM budget_reservation") == []


def crossings(nodes, budget: str) -> list[list[str]]:
    return nodes.database.rows(
        "SELECT threshold_percent, count(*) FROM budget_crossing"
        f" WHERE budget_id = '{budget}' GROUP BY 1 ORDER BY 1"
    )


def events(nodes, budget: str) -> list[list[str]]:
    return nodes.database.rows(
        "SELECT (data::json ->> 'threshold_percent')::int, count(*) FROM event"
        " WHERE type = 'cost.threshold_exceeded'"
        f" AND data::json ->> 'budget_id' = '{budget}' GROUP BY 1 ORDER BY 1"
    )


def on(path: str, mark: str) -> dict:
    if path == "/api/v1/inferences":
        return request(mark)
    return {
        "model": MODEL,
        "messages": [{"role": "user", "content": request(mark)["prompt"]}],
        "max_tokens": OUTPUT,
    }


@pytest.mark.parametrize(
    "path, stream", [("/api/v1/inferences", False), ("/v1/chat/completions", True)]
)
def test_a_refusal_says_whether_waiting_helps(nodes, scripted, mark, path, stream):
    """While only a reservation stands in the way it does, on the other node too; when all is spent, not."""
    mine = workspace(nodes.one, "openai")
    one, two = (mine.on(node) for node in nodes.nodes)
    budget = make_budget(one, cost(mark) * Decimal("1.5"))
    scripted.script("openai", {"delay_ms": 2500})
    body = {**on(path, mark), "stream": stream}
    first: list[httpx2.Response] = []
    running = threading.Thread(target=lambda: first.append(one.post(path, body)))
    running.start()
    scripted.wait_for(mark)

    held = two.post(path, body)
    assert (held.status_code, held.headers["x-should-retry"]) == (402, "true"), held.text
    assert held.headers["retry-after"] == "1"
    reserved = state(two, budget)
    assert cost(mark) <= reserved["reserved_usd"] <= cost(mark) * Decimal("1.5")
    assert reserved["spent_usd"] == 0
    running.join(20)
    assert first[0].status_code == 200

    spent = two.post(path, body)
    assert (spent.status_code, spent.headers["x-should-retry"]) == (402, "false"), spent.text
    assert "retry-after" not in spent.headers
    assert f"block {cost(mark) * Decimal('1.5')}" in spent.text, "it names the budget"
    assert state(two, budget)["reserved_usd"] == 0
    assert state(two, budget)["spent_usd"] == cost(mark) == recorded(two)
    assert len(scripted.requests(mark)) == 1


def test_openais_client_retries_a_402_only_where_it_is_told_to(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    make_budget(mine.on(nodes.one), cost(mark) * Decimal("2.5"))
    scripted.script("openai", {"delay_ms": 700, "times": 3})
    seen: list[tuple[int, str | None]] = []

    def note(response: httpx2.Response) -> None:
        seen.append((response.status_code, response.headers.get("x-should-retry")))

    http = httpx2.Client(trust_env=False, event_hooks={"response": [note]})
    with openai.OpenAI(
        base_url=f"{nodes.one.url}/v1", api_key=mine.key, max_retries=4, http_client=http
    ) as client:

        def ask() -> None:
            client.chat.completions.create(**on("/v1/chat/completions", mark))

        running = [threading.Thread(target=ask) for _ in range(2)]
        for thread in running:
            thread.start()
        until("both run", lambda: len(scripted.requests(mark)) == 2)
        with pytest.raises(openai.APIStatusError) as refused:
            ask()
        for thread in running:
            thread.join(20)
    assert refused.value.status_code == 402
    refusals = [retry for status, retry in seen if status == 402]
    assert refusals[-1] == "false" and refusals.count("false") == 1, seen
    assert set(refusals[:-1]) == {"true"}, "it waited for the two that ran, and asked again"
    assert len(scripted.requests(mark)) == 2


def test_what_fails_or_is_left_gives_back(nodes, scripted, mark):
    mine = workspace(nodes.one, "openai")
    api = mine.on(nodes.one)
    budget = make_budget(api, cost(mark) * Decimal("1.5"))
    scripted.script("openai", {"status": 400, "containing": mark})
    assert api.run(**request(mark)).status_code == 400
    assert (state(api, budget)["spent_usd"], state(api, budget)["reserved_usd"]) == (0, 0)
    scripted.script("openai", {"hang": True, "containing": mark})
    assert api.run(**request(mark), timeout_ms=300).status_code == 504
    assert (state(api, budget)["spent_usd"], state(api, budget)["reserved_usd"]) == (0, 0)
    scripted.script("openai", {"drip_ms": 50, "containing": mark})
    with api.streaming(**request(mark)) as response:
        next(response.iter_raw())
    until("the cut stream is settled", lambda: state(api, budget)["spent_usd"] > 0)
    assert state(api, budget)["reserved_usd"] == 0
    assert state(api, budget)["spent_usd"] == recorded(api) < cost(mark)


@pytest.mark.parametrize("limit", [-1, 0, 1e-10, 1_000_000_001, 1e300, "12", None, True])
def test_a_limit_that_means_nothing_is_a_400_that_points_at_it(nodes, limit):
    api = workspace(nodes.one).on(nodes.one)
    body = {"name": "x", "scope": {"type": "workspace"}, "period": "day", "limit_usd": limit}
    problem = check_problem(api.post("/api/v1/budgets", body), 400, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == ["/limit_usd"]
    assert api.get("/api/v1/budgets").json()["data"] == []


@pytest.mark.timeout(300)
def test_kill_9_between_reservation_and_settlement_gives_the_reservation_back(
    machine, own_emulator, mark, request
):
    """On SQLite, where the next start knows at once that the process before it is dead."""
    kills = 10 if request.config.getoption("--torture") else 1
    settings = own_emulator.settings("openai")
    with serving(machine, **settings) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        budget = make_budget(api, Decimal(1))
    own_emulator.forget_scripts()
    own_emulator.script("openai", {"hang": True, "chance": 0.2, "seed": 3, "times": 1_000_000})
    for _ in range(kills):
        with serving(machine, **settings) as server:
            api = Api(server.url, machine.api_key())
            load = [
                threading.Thread(target=ask_until_cut, args=(server, machine.api_key(), mark))
                for _ in range(8)
            ]
            for thread in load:
                thread.start()
            until("some were answered and some run", lambda: is_under_way(state(api, budget), mark))
            server.kill()
            for thread in load:
                thread.join(20)
        with serving(machine, **settings) as server:
            api = Api(server.url, machine.api_key())
            now = state(api, budget)
            assert now["reserved_usd"] == 0
            assert now["spent_usd"] == recorded(api) > 0
            assert api.telemetry(status="running") == []


def is_under_way(now: dict, mark: str) -> bool:
    return now["spent_usd"] > 0 and now["reserved_usd"] >= 3 * cost(mark)


def ask_until_cut(server: Server, key: str, mark: str) -> None:
    api = Api(server.url, key)
    try:
        while True:
            api.answer(**request(mark))
    except httpx2.TransportError:
        return


@pytest.mark.timeout(900)
def test_killed_nodes_leave_nothing_reserved_and_sums_that_are_the_records(
    tmp_path, nodes, scripted, mark, request
):
    """The long form only: a dead node is known after half a minute."""
    if not request.config.getoption("--torture"):
        pytest.skip("with --torture: each kill takes the other node half a minute to know")
    mine = workspace(nodes.one, "openai")
    api = mine.on(nodes.one)
    budget = make_budget(api, Decimal(10))
    scripted.script("openai", {"hang": True, "chance": 0.1, "seed": 3, "times": 1_000_000})
    for kill in range(3):
        with serving(Machine(tmp_path / f"third-{kill}"), **nodes.settings) as third:
            load = [
                threading.Thread(target=ask_until_cut, args=(third, mine.key, mark))
                for _ in range(8)
            ]
            for thread in load:
                thread.start()
            until("some were answered and some run", lambda: is_under_way(state(api, budget), mark))
            third.kill()
            for thread in load:
                thread.join(20)
        until(
            "the dead node's reservations are given back",
            lambda: state(api, budget)["reserved_usd"] == 0,
            seconds=60,
        )
        assert state(api, budget)["spent_usd"] == recorded(api) > 0
        assert api.telemetry(status="running") == []
