"""Webhooks: how many a second, what they cost, how soon they come, and what they add to a call."""

import base64
import json
import math
import os
import sqlite3
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from .api import Api
from .load import NATIVE, Kind, Load, Target
from .measures import Bound, Measures
from .postgres import Postgres
from .processes import BINARIES, ROOT, Failure, Gateway, Process

KEY = "an-operator-key-of-the-benchmark"
SETTINGS = {
    "AISTRALE_ADMIN_KEY": KEY,
    "AISTRALE_WEBHOOKS_ALLOWED_TARGETS": "127.0.0.1",
    "AISTRALE_WEBHOOKS_ALLOW_HTTP": "true",
}
SAMPLE = ROOT / "contract" / "events" / "inference.completed.json"
SEVERAL, HANGING = 10, 20
RATE = Bound(least=1000, aim=2500)
CPU = Bound(most=1.0)
LATENCY = {"p50": Bound(most=5), "p99": Bound(most=15)}
ADDED = Bound(most=1.0)
IDLE = Bound(most=1.0)
LIVE = Kind(path=NATIVE, rate=50, timed=True)
CALLS = Kind(path=NATIVE, rate=100)
NAMES = {1: "one webhook", SEVERAL: f"{SEVERAL} webhooks"}


class Receiver(Process):
    """bench/gateway/receive: verifies, notes, and answers at once, or never."""

    def __init__(self, folder: Path):
        self.secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        command = [str(BINARIES / "receive"), "-secret", self.secret]
        super().__init__(command, folder / "receive.log", {"PATH": os.environ["PATH"]}, pipe=True)
        assert self.popen.stdout is not None
        self.url = self.popen.stdout.readline().decode().strip()
        if not self.url:
            raise Failure(f"the receiver did not start:\n{self.log_path.read_text()}")
        self.forgotten = 0

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = json.loads(self._get("/stats"))
        return stats

    def arrivals(self) -> dict[str, int]:
        """When an inference's first event came, in nanoseconds since 1970."""
        times: dict[str, int] = {}
        for line in self._get("/arrivals").splitlines():
            _, _, inference, at = line.split(" ")
            times.setdefault(inference, int(at))
        return times

    def forget(self) -> None:
        """Begins again at none; those so far are counted in `forgotten`."""
        self.forgotten += self.stats()["requests"]
        urllib.request.urlopen(f"{self.url}/forget", b"", timeout=30).close()

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            text: str = answer.read().decode()
            return text


class Store:
    """The gateway's tables, of which a backlog is made and in which the attempts are counted."""

    def __init__(self, gateway: Gateway, database: Postgres | None):
        self._file = gateway.data / "aistrale.db"
        self._database = database

    def count(self, what: str) -> int:
        query = f"SELECT count(*) FROM {what}"
        if self._database is not None:
            return int(self._database.column(query)[0])
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=30)) as found:
            return int(found.execute(query).fetchone()[0])

    def insert(self, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
        if self._database is not None:
            self._database.insert(table, columns, rows)
            return
        places = ", ".join("?" for _ in columns.split(","))
        with closing(sqlite3.connect(self._file, timeout=30)) as database, database:
            database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


class Hooks:
    """One webhook, ten, and twenty whose receiver never answers; each group is switched on for its measurement."""

    def __init__(self, gateway: Gateway, database: Postgres | None, receiver: Receiver):
        self._gateway = gateway
        self._receiver = receiver
        self._api = Api(gateway)
        self._store = Store(gateway, database)
        self._workspace: str = self._api.call("GET", "/api/v1/whoami")["workspace"]["id"]
        self._one = self._make("ok", 1)
        self._several = self._make("ok", SEVERAL)
        self._hanging = self._make("hang", HANGING)

    def _make(self, kind: str, count: int) -> list[str]:
        return [
            self._api.call(
                "POST",
                "/api/v1/webhooks",
                {
                    "url": f"{self._receiver.url}/{kind}/{count}-{number}",
                    "events": ["inference.completed"],
                    "secret": self._receiver.secret,
                    "enabled": False,
                },
            )["id"]
            for number in range(count)
        ]

    def _switch(self, ids: list[str], on: bool) -> None:
        for id in ids:
            self._api.call("POST", f"/api/v1/webhooks/{id}", {"enabled": on})

    def warm_up(self, load: Load, seconds: float, events: int) -> None:
        load.send(Target.of(self._gateway), Kind(path=NATIVE), seconds)
        load.send(Target.of(self._gateway), CALLS, 1)
        self._backlog(self._one, events)
        self._backlog(self._several, events // SEVERAL)

    def idle(self, seconds: float, measures: Measures) -> None:
        """With ten webhooks that have nothing to do, and with none that is on."""
        measures.add("idle without webhooks: CPU", "%", self._idle(seconds))
        self._switch(self._several, True)
        measures.add(f"idle with {SEVERAL} webhooks: CPU", "%", self._idle(seconds), IDLE)
        self._switch(self._several, False)

    def _idle(self, seconds: float) -> float:
        time.sleep(2)
        before = self._gateway.cpu()
        time.sleep(seconds)
        return (self._gateway.cpu() - before) / seconds * 100

    def round(self, load: Load, measures: Measures, events: int, seconds: float) -> None:
        for group in (self._one, self._several):
            name = f"backlog, {NAMES[len(group)]}"
            result = self._backlog(group, events // len(group))
            measures.add(f"{name}: deliveries/s", "1/s", result["per_second"], RATE)
            measures.add(f"{name}: CPU s per 1,000 deliveries", "s", result["cpu"], CPU)
            measures.add(f"{name}: receiver's CPU s per 1,000", "s", result["receiver"])
        self._added(load, measures, seconds)
        self._latency(load, measures, seconds, "50 events/s", [])
        beside = f"50 events/s beside {HANGING} hanging endpoints"
        self._latency(load, measures, seconds, beside, self._hanging)

    def _backlog(self, group: list[str], events: int) -> dict[str, float]:
        """So many events at once to each of these webhooks: from the first arrival to the last row."""
        expected = (events + 1) * len(group)
        rows = self._events(events)
        self._switch(group, True)
        self._receiver.forget()
        receiver = self._receiver.stats()["cpu"]
        before = self._gateway.cpu()
        self._store.insert("event", "id, workspace_id, type, timestamp, data", rows)
        # what comes to the table past the server wakes nobody; this does
        self._api.call("POST", "/api/v1/inferences", {"prompt": "wake", "provider": "demo"})
        stats = self._until_came(expected)
        self._until_settled()
        end = time.time_ns()
        cpu = self._gateway.cpu() - before
        self._switch(group, False)
        if stats["requests"] != expected:
            raise Failure(f"{stats['requests']} requests came of {expected} deliveries")
        return {
            "per_second": expected / ((end - stats["first"]) / 1e9),
            "cpu": cpu * 1000 / expected,
            "receiver": (stats["cpu"] - receiver) * 1000 / expected,
        }

    def _events(self, count: int) -> list[tuple[object, ...]]:
        sample = json.loads(SAMPLE.read_text())["examples"][0]["data"]
        now = time.time_ns() // 1_000_000
        rows: list[tuple[object, ...]] = []
        for _ in range(count):
            id = new_id(now)
            data = json.dumps({**sample, "inference_id": f"inf_{id}"}, separators=(",", ":"))
            rows.append((f"evt_{id}", self._workspace, "inference.completed", now, data))
        return rows

    def _until_came(self, expected: int) -> dict[str, Any]:
        end = time.monotonic() + 120
        while (stats := self._receiver.stats())["distinct"] < expected:
            if time.monotonic() > end or stats["refused"]:
                raise Failure(f"of {expected} deliveries there came: {json.dumps(stats)}")
            time.sleep(0.05)
        return stats

    def _until_settled(self) -> None:
        end = time.monotonic() + 60
        hanging = ", ".join(f"'{id}'" for id in self._hanging)
        pending = f"webhook_delivery WHERE status = 'pending' AND webhook_id NOT IN ({hanging})"
        while (count := self._store.count(pending)) > 0:
            if time.monotonic() > end:
                raise Failure(f"{count} deliveries came and are still pending")
            time.sleep(0.02)

    def _added(self, load: Load, measures: Measures, seconds: float) -> None:
        """What a call takes with a webhook that hears of it, and without."""
        target = Target.of(self._gateway)
        without = load.send(target, CALLS, seconds)
        self._switch(self._one, True)
        beside = load.send(target, CALLS, seconds)
        self._until_settled()
        self._switch(self._one, False)
        for quantile, bound in (("p50", ADDED), ("p99", None)):
            added = beside[quantile] - without[quantile]
            measures.add(f"100 calls/s: a webhook adds, {quantile}", "ms", added, bound)

    def _latency(
        self, load: Load, measures: Measures, seconds: float, name: str, neighbours: list[str]
    ) -> None:
        """From the moment in which the call's answer is whole to the arrival; 0 where that is earlier."""
        self._receiver.forget()
        self._switch([*self._one, *neighbours], True)
        before = load.times().keys()
        load.send(Target.of(self._gateway), LIVE, seconds)
        accepted = {id: at for id, at in load.times().items() if id not in before}
        stats = self._until_came(len(accepted))
        if neighbours and stats["hanging"] < len(neighbours):
            raise Failure(f"only {stats['hanging']} requests hang at {len(neighbours)} endpoints")
        self._switch([*self._one, *neighbours], False)
        came = self._receiver.arrivals()
        missing = accepted.keys() - came.keys()
        if missing:
            raise Failure(f"{len(missing)} of {len(accepted)} events did not come")
        took = sorted(max(0, came[id] - at) / 1e6 for id, at in accepted.items())
        for quantile, bound in LATENCY.items():
            share = int(quantile[1:]) / 100
            value = took[max(1, math.ceil(share * len(took))) - 1]
            measures.add(f"{name}: accepted to received, {quantile}", "ms", value, bound)

    def check(self) -> str:
        """Holds the rows to what came: one attempt for each request that was answered, and no delivery without one."""
        self._until_settled()
        came = self._receiver.forgotten + self._receiver.stats()["requests"]
        delivered = self._store.count("webhook_delivery WHERE status = 'delivered'")
        attempts = self._store.count("webhook_attempt WHERE error IS NULL")
        of_their_own = self._store.count(
            "webhook_delivery d JOIN webhook_attempt a ON a.delivery_id = d.id"
            " WHERE d.status = 'delivered' AND a.error IS NULL AND a.number = d.attempt_count"
        )
        if not came == delivered == attempts == of_their_own:
            raise Failure(
                f"{came} requests were answered; {delivered} deliveries are delivered, with"
                f" {attempts} attempts, of which {of_their_own} stand at their delivery"
            )
        return f"{came:,} arrived, and each has its delivery and its attempt"


ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(time_ms: int) -> str:
    """As the server makes them, without the prefix: a UUIDv7 in Crockford's base32."""
    random = int.from_bytes(os.urandom(10)) & ~(0xF << 76) & ~(0x3 << 62)
    number = (time_ms << 80) | (0x7 << 76) | (0x2 << 62) | random
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
