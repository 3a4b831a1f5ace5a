"""Reading a million records: lists and summaries of the last day, and the export of all."""

import csv
import io
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from . import report
from .facts import facts, load_average, machine_name
from .measures import Bound, Measures
from .postgres import Postgres
from .processes import BENCH, Failure, Gateway, build_product
from .rows_of_telemetry import COLUMNS, rows

COUNT = 1_000_000

# How often each is asked. A summary that reads a million records takes seconds, and needs no thirty of them.
CALLS = {"a month": 30, "a day": 5}
TARGET = Bound(most=300)
LAST_DAY = {
    "list": "/telemetry?last=24h",
    "list, 200 rows": "/telemetry?last=24h&limit=200",
    "list, of a rare model": "/telemetry?last=24h&model=llama-3.3-70b&status=failed",
    "list, by metadata": "/telemetry?last=24h&metadata.user=user-17",
    "list, with a text that is nowhere": "/telemetry?last=24h&q=nowhere",
    "summary": "/telemetry/summary?last=24h",
    "summary by model": "/telemetry/summary?last=24h&group_by=model",
    "summary by model and status, by hour": "/telemetry/summary?last=24h&group_by=model,status&interval=1h",
    "summary by metadata": "/telemetry/summary?last=24h&group_by=metadata.team",
    "summary by session": "/telemetry/summary?last=24h&group_by=session_id",
}


def run(on_postgres: bool) -> None:
    """Prints the table, and writes it under results/."""
    version = build_product()
    measures = Measures()
    known = facts(version) | {"database": "PostgreSQL" if on_postgres else "SQLite"}
    known["load average before"] = load_average()
    for name, span in (("a month", timedelta(days=30)), ("a day", timedelta(hours=24))):
        with ExitStack() as ends:
            database = Postgres() if on_postgres else None
            if database is not None:
                ends.callback(database.end)
            folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="aistrale-bench-"))
            _measure(Path(folder) / "server", name, span, database, measures)
    known["load average after"] = load_average()
    print("\n".join(f"{name}: {value}" for name, value in known.items()))
    print("\n" + report.table(measures.all()))
    name = f"{machine_name()}-telemetry-{known['database'].lower()}"
    page = report.save(BENCH / "results", name, known, measures.all())
    print(f"written: {page.relative_to(BENCH.parent)}")


def _measure(
    place: Path, name: str, span: timedelta, database: Postgres | None, measures: Measures
) -> None:
    settings = None if database is None else database.settings()
    workspace = _made(place, settings)
    begin = time.monotonic()
    if database is None:
        _fill_sqlite(place / "data" / "aistrale.db", span, workspace)
    else:
        _fill_postgres(database, span, workspace)
    seconds = time.monotonic() - begin
    print(f"bench: {COUNT:,} records over {name}, written in {seconds:.0f} s", flush=True)
    gateway = Gateway(place, None, settings)
    try:
        gateway.first_answer()
        for query, path in LAST_DAY.items():
            if query == "summary by session" and name == "a day":
                continue  # more groups than a summary takes: it is refused
            label = f"{COUNT:,} over {name}: {query}"
            times = [_call(gateway, path) for _ in range(CALLS[name] + 1)][1:]  # the first is cold
            bound = TARGET if span > timedelta(days=1) else None
            measures.add(f"{label}, p50", "ms", statistics.median(times))
            measures.add(f"{label}, p95", "ms", sorted(times)[int(len(times) * 0.95)], bound)
            print(f"bench: {label}: {statistics.median(times):.0f} ms", flush=True)
        if span > timedelta(days=1):
            _export(gateway, measures)
    finally:
        gateway.end()


def _made(place: Path, settings: dict[str, str] | None) -> str:
    """The schema and the default workspace, made by the server itself."""
    gateway = Gateway(place, None, settings)
    try:
        gateway.first_answer()
        with urllib.request.urlopen(_request(gateway, "/whoami"), timeout=10) as answer:
            text = answer.read().decode()
        return "ws_" + text.split('"ws_', 1)[1].split('"', 1)[0]
    finally:
        gateway.end()


def _fill_sqlite(path: Path, span: timedelta, workspace: str) -> None:
    file = sqlite3.connect(path)
    marks = ", ".join("?" * len(COLUMNS.split(",")))
    file.execute("DELETE FROM inference")
    file.executemany(
        f"INSERT INTO inference ({COLUMNS}) VALUES ({marks})", rows(COUNT, span, workspace)
    )
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()


def _fill_postgres(database: Postgres, span: timedelta, workspace: str) -> None:
    database.column("DELETE FROM inference")
    copy = f"COPY inference ({COLUMNS}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    psql = subprocess.Popen(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c", copy],
        stdin=subprocess.PIPE,
        text=True,
    )
    assert psql.stdin is not None
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows(COUNT, span, workspace):
        writer.writerow(["\\N" if value is None else value for value in row])
        if buffer.tell() > 1 << 20:
            psql.stdin.write(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
    psql.stdin.write(buffer.getvalue())
    psql.stdin.close()
    if psql.wait() != 0:
        raise Failure("psql could not fill the database; it said above why.")
    database.column("VACUUM ANALYZE inference")


def _request(gateway: Gateway, path: str) -> urllib.request.Request:
    return urllib.request.Request(
        f"{gateway.url}/api/v1{path}", headers={"authorization": f"Bearer {gateway.key()}"}
    )


def _call(gateway: Gateway, path: str) -> float:
    """Milliseconds to the last byte."""
    begin = time.perf_counter()
    with urllib.request.urlopen(_request(gateway, path), timeout=60) as answer:
        answer.read()
    return (time.perf_counter() - begin) * 1000


def _export(gateway: Gateway, measures: Measures) -> None:
    before = gateway.memory()["now"]
    for form in ("jsonl", "csv"):
        lines = 0
        begin = time.perf_counter()
        with urllib.request.urlopen(_request(gateway, f"/telemetry/export?format={form}"), timeout=60) as answer:
            while piece := answer.read(1 << 20):
                lines += piece.count(b"\n")
        measures.add(f"export of all as {form}: records/s", "1/s", lines / (time.perf_counter() - begin))
        if lines < COUNT:
            raise Failure(f"the export had {lines} lines of {COUNT}")
    measures.add("resident memory before the exports", "MiB", before)
    measures.add("resident memory, peak", "MiB", gateway.memory()["peak"], Bound(most=350))
