"""Telemetry by the command line: filtered, summed up, watched, exported, deleted."""

import csv
import io
import json
import os
import signal
import subprocess
from decimal import Decimal

import pytest

from support.api import Api
from support.emulator import TOKENS
from support.machine import LAUNCHER, Machine
from support.server import serving
from support.wait import until


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    """A machine with a server, and a token of the emulated OpenAI."""
    machine = Machine(tmp_path_factory.mktemp("telemetry"), **emulator.settings("openai"))
    with serving(machine):
        api(machine).add_token("openai", TOKENS["openai"])
        yield machine


def api(machine: Machine) -> Api:
    return Api(machine.url, machine.api_key())


def run(machine: Machine, mark: str, **more) -> dict:
    return api(machine).answer(
        **{"prompt": "Hi", "model": "openai/gpt-4o", "session_id": mark, **more}
    )


def said(machine: Machine, *arguments: str, **more: str) -> str:
    done = machine.aistrale(*arguments, **more)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def test_view_takes_every_filter(home, mark):
    one = run(home, mark, metadata={"team": "a=b", "user": "u1"})
    run(home, mark, metadata={"team": "c"})
    view = ("telemetry", "view", "--json", "--session", mark)

    def ids(*more: str) -> list[str]:
        return [record["id"] for record in json.loads(said(home, *view, *more))["data"]]

    assert len(ids()) == 2
    key = api(home).get("/api/v1/whoami").json()["api_key_id"]
    client = api(home).record(one["id"])["client"]
    for filters in [
        ("--metadata", "team=a=b"),
        ("--metadata", "team=a=b", "--metadata", "user=u1", "--api-key-id", key),
        ("--metadata", "user=u1", "-p", "openai", "-m", one["model"], "--status", "completed"),
        ("--metadata", "user=u1", "-q", "GPT-4", "--last", "1h"),
        *([("--metadata", "user=u1", "--client", client)] if client else []),
    ]:
        assert ids(*filters) == [one["id"]], filters
    assert ids("-q", "no such text") == []
    assert ids("--status", "failed") == []


def test_summary_counts_what_was_asked(home, mark):
    for _ in range(3):
        answer = run(home, mark)
    cost = api(home).record(answer["id"])["cost_usd"]
    asked = ("telemetry", "summary", "--session", mark, "--last", "24h")
    summary = json.loads(said(home, *asked, "-g", "model", "--json"), parse_float=Decimal)
    [group] = summary["groups"]
    assert (group["group"], group["count"], group["errors"]) == ({"model": "gpt-4o"}, 3, 0)
    assert group["cost_usd"] == 3 * cost
    table = said(
        home, *asked, "-g", "model,status", "--interval", "1h", AISTRALE_OUTPUT="table"
    )
    assert "gpt-4o" in table and "completed" in table and "Total: 3 inferences" in table


def test_tail_prints_what_ends_and_ends_with_ctrl_c(home, mark):
    tail = subprocess.Popen(
        [str(LAUNCHER), "telemetry", "tail", "--session", mark, "--json"],
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        os.set_blocking(tail.stdout.fileno(), False)
        seen: list[str] = []
        asked: list[str] = []

        def arrived() -> bool:
            # One more question as long as nobody listened yet.
            if not seen:
                asked.append(run(home, mark)["id"])
            seen.extend((tail.stdout.read() or b"").decode().splitlines())
            return bool(seen)

        until("a record in the tail", arrived, 60)
        assert json.loads(seen[0])["id"] in asked
    finally:
        tail.send_signal(signal.SIGINT)
        assert tail.wait(timeout=20) == 130
        tail.stdout.close()
        tail.stderr.close()


def test_exports_as_lines_and_as_csv(home, mark, tmp_path):
    ids = {run(home, mark)["id"] for _ in range(3)}
    lines = said(home, "telemetry", "export", "--session", mark).splitlines()
    assert {json.loads(line)["id"] for line in lines} == ids
    file = tmp_path / "out.csv"
    said(home, "telemetry", "export", "--session", mark, "--format", "csv", "-o", str(file))
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert {row["id"] for row in rows} == ids
    assert list(tmp_path.iterdir()) == [file], "nothing else is left behind"
    nothing = home.aistrale("telemetry", "export", "--format", "xml", "-o", str(tmp_path / "x"))
    assert nothing.returncode == 2
    assert list(tmp_path.iterdir()) == [file]


def test_an_end_user_is_deleted_only_when_that_is_meant(home, mark):
    run(home, mark, metadata={"user": mark})
    kept = run(home, mark, metadata={"user": "another"})["id"]
    asked = home.aistrale("telemetry", "delete", "--user", mark, stdin="y\n")
    assert asked.returncode == 2 and "--yes" in asked.stderr
    done = said(home, "telemetry", "delete", "--user", mark, "--yes")
    assert done == "Deleted 1 inference and 0 spans.\n"
    assert [record["id"] for record in api(home).telemetry(session_id=mark)] == [kept]
    [entry] = json.loads(
        said(home, "audit", "list", "--action", "telemetry.user_deleted", "--json", "--limit", "1")
    )["data"]
    assert mark not in json.dumps(entry)


def test_traces_are_trees(home, mark):
    times = {"started_at": "2026-11-01T12:00:00Z", "ended_at": "2026-11-01T12:00:01Z"}
    root = {"trace_id": mark, "span_id": "a", "name": "agent", "kind": "agent", **times}
    step = {**root, "span_id": "b", "parent_span_id": "a", "name": "search", "kind": "tool"}
    answer = api(home).post("/api/v1/telemetry/spans", {"spans": [root, step]})
    assert answer.status_code == 200, answer.text
    run(home, mark, trace_id=mark, parent_span_id="b")
    assert mark in said(home, "traces", "list")
    shown = said(home, "traces", "view", mark, AISTRALE_OUTPUT="table")
    assert "\nagent " in shown and "\n· search " in shown and "Total: 1 inference," in shown
    detail = json.loads(said(home, "traces", "view", mark, "--json"))
    assert [span["name"] for span in detail["spans"]] == ["agent", "search"]
    assert home.aistrale("traces", "view", f"{mark}-absent").returncode == 4
