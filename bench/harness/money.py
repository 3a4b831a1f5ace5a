"""Budgets, limits, routing and idempotency, all of them on for every call, and their sums at the end."""

import json
import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from .api import Api
from .load import NATIVE, Kind, Load, Target
from .measures import Bound, Measures
from .plan import STREAMS_PER_SECOND, Plan, Step
from .postgres import Postgres
from .processes import AT_ONCE, BROKEN, DRIP, SLOW, SLOW_MS, Failure, Gateway

PLAN = Plan(
    closed=(
        Step("64 connections, 0 ms", Kind(keyed=True), 1, 4),
        Step(f"64 connections, {SLOW_MS} ms", Kind(model=SLOW, keyed=True), 1, 4),
        Step("64 connections, 0 ms, native", Kind(path=NATIVE, keyed=True), 0, 3),
        Step(
            f"64 connections, {SLOW_MS} ms, native", Kind(model=SLOW, path=NATIVE, keyed=True), 0, 3
        ),
    ),
    open=(
        Step("100 calls/s", Kind(rate=100, keyed=True), 4, 4),
        Step("500 calls/s", Kind(rate=500, keyed=True), 2, 3),
        Step("100 calls/s, native", Kind(path=NATIVE, rate=100, keyed=True), 0, 4),
    ),
    streams=(
        Step(
            "50 streams/s, native",
            Kind(model=DRIP, path=NATIVE, stream=True, rate=STREAMS_PER_SECOND, keyed=True),
            3,
            3,
        ),
    ),
    cpu=Bound(most=0.40, aim=0.28),
    calls=None,
    added={"p50": Bound(most=1.5), "p99": Bound(most=4.0)},
    first_byte={"p50": None, "p99": None},
)
KEY = "an-operator-key-of-the-benchmark"
OPEN_CIRCUIT = Bound(most=1.0)
REFUSED = Kind(model=BROKEN, rate=100, status=503)
HEALTHY = Kind(rate=100, keyed=True)
BEHIND_OPEN = Kind(model="behind-an-open-circuit", rate=100, keyed=True)
PRICED = (AT_ONCE, SLOW, DRIP, BROKEN)


def prices(folder: Path) -> dict[str, str]:
    """The setting that gives the mock's models prices of which no sum is round."""
    file = folder / "prices.json"
    rates = {"input": 0.137, "output": 0.593, "cached_input": 0.071}
    file.write_text(
        json.dumps(
            {
                "models": [
                    {
                        "provider": "openai",
                        "id": model,
                        "context_window": 128000,
                        "max_output_tokens": 16384,
                        "reasoning": False,
                        "usd_per_million_tokens": rates,
                        "source": "https://example.com/bench",
                        "date": "2026-01-01",
                    }
                    for model in PRICED
                ]
            }
        )
    )
    return {"AISTRALE_PRICING_FILE": str(file)}


class Account:
    """A workspace in which all is on: two budgets that block, a limited key, aliases, two tokens."""

    def __init__(self, gateway: Gateway):
        self._api = Api(gateway)
        for number, weight in enumerate((3, 1)):
            token = {"provider": "openai", "token": f"sk-bench-{number}", "weight": weight}
            self._api.call("POST", "/api/v1/tokens", token)
        limits = {"requests_per_minute": 1_000_000, "tokens_per_minute": 1_000_000_000}
        key = self._api.call(
            "POST", "/api/v1/api-keys", {"name": "bench", "role": "member", **limits}
        )
        self.target = Target(gateway.url, gateway.pid, key["key"])
        for model in (AT_ONCE, SLOW, DRIP):
            alias = {"model": f"openai/{model}", "fallbacks": [f"openai/{AT_ONCE}"]}
            self._api.call("PUT", f"/api/v1/aliases/{model}", alias)
        alias = {"model": f"openai/{BROKEN}", "fallbacks": [f"openai/{AT_ONCE}"]}
        self._api.call("PUT", f"/api/v1/aliases/{BEHIND_OPEN.model}", alias)
        for scope in ({"type": "workspace"}, {"type": "api_key", "api_key_id": key["id"]}):
            budget = {"name": scope["type"], "scope": scope, "period": "total"}
            self._api.call(
                "POST", "/api/v1/budgets", budget | {"limit_usd": 1_000_000, "action": "block"}
            )

    def open_circuit(self, load: Load, measures: Measures, scale: float) -> None:
        """What a provider costs that is not asked for the time being: before a fallback, and alone."""
        self._wait_until_refused()
        healthy = load.send(self.target, HEALTHY, 2 * scale)
        behind = load.send(self.target, BEHIND_OPEN, 2 * scale)
        added = behind["p50"] - healthy["p50"]
        measures.add("fallback of an open circuit, 100 calls/s: added p50", "ms", added, OPEN_CIRCUIT)
        self._wait_until_refused()
        refused = load.send(self.target, REFUSED, 2 * scale)
        measures.add("refusal by an open circuit, 100 calls/s: whole p50", "ms", refused["p50"])
        measures.add("refusal by an open circuit, 100 calls/s: whole p99", "ms", refused["p99"])

    def _wait_until_refused(self) -> None:
        """Asks a model that always fails until it is not asked any more, for long enough to measure."""
        body = {"model": f"openai/{BROKEN}", "prompt": "Hello"}
        end = time.monotonic() + 60
        while time.monotonic() < end:
            status, headers, _ = self._api.ask("POST", NATIVE, body)
            seconds = int(headers.get("retry-after") or 0)
            if status == 503 and seconds >= 5:
                return
            time.sleep(min(seconds, 5) if status == 503 else 0.05)
        raise Failure("the circuit of a model that always answers 500 did not open")

    def check(self, spent_by_rows: Decimal) -> str:
        """Holds the budgets to what the rows cost, and tells it."""
        budgets = self._api.call("GET", "/api/v1/budgets")["data"]
        if len(budgets) != 2 or spent_by_rows == 0:
            raise Failure(f"{len(budgets)} budgets, and rows that cost {spent_by_rows} USD")
        for budget in budgets:
            now = budget["current"]
            if now["spent_usd"] != spent_by_rows or now["reserved_usd"] != 0:
                raise Failure(
                    f"the rows cost {spent_by_rows} USD; the budget '{budget['name']}' has spent"
                    f" {now['spent_usd']} and reserved {now['reserved_usd']}"
                )
        return f"both have spent {spent_by_rows} USD, exactly what the rows cost, and nothing is reserved"


COSTS = "SELECT coalesce(sum(cost_nano_usd), 0) FROM inference"


def spent(database: Path) -> Decimal:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return usd(connection.execute(COSTS).fetchone()[0])


def spent_on(database: Postgres) -> Decimal:
    return usd(database.column(COSTS)[0])


def usd(nano: int | str) -> Decimal:
    return Decimal(nano).scaleb(-9)
