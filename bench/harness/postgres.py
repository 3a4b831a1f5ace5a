"""PostgreSQL beside SQLite, and two nodes beside one: what the 64 connections cost there."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from .load import NATIVE, Kind, Load, Target
from .measures import Bound, Measures
from .processes import ROOT, Failure, Gateway, Mock, free_port

MORE_THAN_SQLITE = Bound(most=0.15)
TWO_NODES = Bound(most=10)
MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
KINDS = (("0 ms", Kind()), ("0 ms, native", Kind(path=NATIVE)))


class Postgres:
    """Debian's PostgreSQL with its data in a temporary folder, as tools/postgres starts it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aistrale-bench-postgres-", dir="/tmp"))
        self._log = self._folder.with_suffix(".log")
        port = free_port()
        self._psql = ["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(port)]
        self._psql += ["-U", "aistrale", "-d", "postgres", "-c"]
        self.url = f"postgresql://aistrale:in-the-tests@127.0.0.1:{port}/postgres"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(ROOT / "tools" / "postgres"), str(self._folder), str(port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while self._query("SELECT 1").returncode != 0:
            if self._process.poll() is not None or time.monotonic() > end:
                raise Failure(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.1)

    def _query(self, sql: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PGPASSWORD": "in-the-tests"}
        return subprocess.run(
            [*self._psql, sql],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def insert(self, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
        """All of them in one transaction. No value may have a tab, a backslash or a new line."""
        lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        done = self._query(f"COPY {table} ({columns}) FROM STDIN", lines)
        if done.returncode != 0:
            raise Failure(f"PostgreSQL refused rows of `{table}`: {done.stderr}")

    def column(self, sql: str) -> list[str]:
        done = self._query(sql)
        if done.returncode != 0:
            raise Failure(f"PostgreSQL refused `{sql}`: {done.stderr}")
        return done.stdout.split()

    def settings(self) -> dict[str, str]:
        return {"AISTRALE_DATABASE_URL": self.url, "AISTRALE_MASTER_KEY": MASTER_KEY}

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._log.unlink(missing_ok=True)


class Nodes:
    """A gateway on SQLite, and two nodes on one PostgreSQL; one of these is measured alone, too."""

    def __init__(self, folder: Path, mock: Mock, database: Postgres, ends: ExitStack):
        settings = {"AISTRALE_ADMIN_KEY": "an-operator-key-of-the-benchmark"}
        self._sqlite = self._gateway(folder / "sqlite", mock, settings, ends)
        self._nodes = [
            self._gateway(folder / f"node-{n}", mock, settings | database.settings(), ends)
            for n in (1, 2)
        ]
        self.sqlite = Load(mock, folder / "sqlite-ids")
        self.postgres = Load(mock, folder / "postgres-ids")
        self.sqlite_file = self._sqlite.data / "aistrale.db"

    @staticmethod
    def _gateway(folder: Path, mock: Mock, settings: dict[str, str], ends: ExitStack) -> Gateway:
        gateway = Gateway(folder, mock.url, settings)
        ends.callback(gateway.end)
        gateway.first_answer()
        return gateway

    def warm_up(self, seconds: int) -> None:
        for kind in (Kind(), Kind(path=NATIVE)):
            self.sqlite.send(Target.of(self._sqlite), kind, seconds)
            for node in self._nodes:
                self.postgres.send(Target.of(node), kind, seconds)

    def round(self, measures: Measures, seconds: float) -> None:
        one, two = (Target.of(node) for node in self._nodes)
        for name, kind in KINDS:
            beside = self.sqlite.send(Target.of(self._sqlite), kind, seconds)
            alone = self.postgres.send(one, kind, seconds)
            half = replace(kind, connections=kind.connections // 2)
            both = self.postgres.send_all([one, two], half, seconds)
            self._add(measures, f"SQLite, 64 connections, {name}", [beside])
            self._add(measures, f"PostgreSQL, 64 connections, {name}", [alone])
            self._add(measures, f"PostgreSQL, two nodes, 32 connections each, {name}", both)
            more = cpu([alone]) - cpu([beside])
            measures.add(
                f"PostgreSQL, {name}: CPU s per 1,000 calls more than SQLite", "s", more,
                MORE_THAN_SQLITE,
            )  # fmt: skip
            percent = (cpu(both) / cpu([alone]) - 1) * 100
            measures.add(f"two nodes, {name}: CPU per call beside one", "% more", percent, TWO_NODES)

    @staticmethod
    def _add(measures: Measures, name: str, results: list[dict[str, Any]]) -> None:
        measures.add(f"{name}: CPU s per 1,000 calls", "s", cpu(results))
        measures.add(f"{name}: calls/s", "1/s", sum(result["per_second"] for result in results))
        for quantile in ("p50", "p99"):
            worst = max(result[quantile] for result in results)
            measures.add(f"{name}: {quantile}", "ms", worst)

    def end(self) -> None:
        for gateway in (self._sqlite, *self._nodes):
            gateway.end()


def cpu(results: list[dict[str, Any]]) -> float:
    """The servers' CPU seconds per 1,000 calls."""
    seconds: float = sum(result["server_cpu"] for result in results)
    return seconds * 1000 / sum(int(result["ok"]) for result in results)
