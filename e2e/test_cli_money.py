"""Budgets, limits, cancelling and the way out of them by the command line; what is shown to read stands in test_docs_money.py."""

import json
import signal
import uuid
from decimal import Decimal

import pytest

from support.api import Api
from support.machine import Machine
from support.server import Server
from support.terminal import Terminal
from support.wait import until

GPT = "openai/gpt-4o"


@pytest.fixture
def shared(gateway: Server) -> Machine:
    """The machine of the server that has tokens of all five providers."""
    return gateway.machine


def said(machine: Machine, *arguments: str, **more: str) -> str:
    done = machine.aistrale(*arguments, **more)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def test_a_budget_of_a_label_blocks_that_label_alone_and_is_exported(shared, tmp_path):
    team = uuid.uuid4().hex
    made = said(
        shared,
        *("budgets", "create", "--name", team, "--metadata", f"team={team}", "--period", "total"),
        *("--limit", "0.005", "--threshold", "1,100", "--block", "--json"),
    )
    budget = json.loads(made, parse_float=Decimal)
    assert budget["scope"] == {"type": "metadata", "key": "team", "value": team}
    assert (budget["limit_usd"], budget["action"]) == (Decimal("0.005"), "block")

    mine = ("run", "Hello", "--model", GPT, "--metadata", f"team={team}", "--json")
    first = json.loads(said(shared, *mine, "--max-output-tokens", "100"), parse_float=Decimal)
    refused = shared.aistrale(*mine)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert team in refused.stderr and "aistrale budgets list" in refused.stderr
    said(shared, "run", "Hello", "--model", GPT, "--metadata", "team=another")

    now = json.loads(said(shared, "budgets", "get", budget["id"], "--json"), parse_float=Decimal)
    assert now["current"]["spent_usd"] == first["cost_usd"] > 0
    assert now["current"]["reserved_usd"] == 0
    assert [each["threshold_percent"] for each in now["current"]["crossings"]] == [1]

    alias = f"a{team}"
    said(shared, "aliases", "set", alias, GPT, "--fallback", "groq/llama-3.3-70b-versatile")
    assert "gpt-4o" in said(shared, "run", "Hello", "-m", alias)
    said(shared, "export", str(tmp_path / "all"))
    lines = (tmp_path / "all/budgets.jsonl").read_text().splitlines()
    exported = [json.loads(line, parse_float=Decimal) for line in lines]
    assert [each for each in exported if each["name"] == team] == [now]
    assert f'"name":"{alias}"' in (tmp_path / "all/aliases.jsonl").read_text()

    said(shared, "aliases", "delete", alias)
    assert shared.aistrale("run", "Hello", "-m", alias).returncode == 2
    said(shared, "budgets", "delete", budget["id"])
    assert shared.aistrale("budgets", "get", budget["id"]).returncode == 4


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--limit", "0"), "limit_usd"),
        (("--limit=-1",), "limit_usd"),
        (("--limit", "1e12"), "limit_usd"),
        (("--limit", "0.0000000001"), "limit_usd"),
        (("--limit", "5", "--period", "year"), "period"),
        (("--limit", "5", "--threshold", "0"), "thresholds"),
        (("--limit", "5", "--threshold", "50", "--threshold", "50"), "thresholds"),
        (("--limit", "5", "--provider", "nobody"), "nobody"),
        (("--limit", "5", "--api-key-id", "key_nobody"), "key_nobody"),
    ],
)
def test_a_budget_that_cannot_be_is_refused_by_name(shared, options, named):
    done = shared.aistrale("budgets", "create", "--name", "x", *options)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert named in done.stderr


def test_a_key_with_limits_is_told_when_there_is_room_again(shared):
    key = said(shared, "keys", "create", "--name", "slow", "--requests-per-minute", "1").strip()
    mine = {"AISTRALE_API_KEY": key}
    assert "1 requests a minute" in said(shared, "whoami", AISTRALE_OUTPUT="table", **mine)
    said(shared, "run", "Hello", "--model", GPT, **mine)
    refused = Api(shared.url, key).run(prompt="Hello", model=GPT)
    assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 60
    listed = json.loads(said(shared, "keys", "list", "--json"))["data"]
    [own] = [each for each in listed if each["last_four"] == key[-4:]]
    assert (own["requests_per_minute"], own["tokens_per_minute"]) == (1, None)
    said(shared, "keys", "update", own["id"], "--unlimited-requests")
    until("the limit is gone", lambda: Api(shared.url, key).run(prompt="Hi", model=GPT).is_success)


@pytest.mark.parametrize(
    ("fault", "seen"), [("drip-50ms", "word3"), ("hang", None)], ids=["in mid-answer", "before it"]
)
def test_ctrl_c_cancels_the_inference_at_the_server(shared, emulator, mark, fault, seen):
    label = ("--metadata", f"mark={mark}")
    terminal = Terminal(
        shared, "run", f"write 300 words {mark}", "-m", f"{GPT}+fault-{fault}", *label
    )
    try:
        if seen:
            terminal.read_until(seen)
        emulator.wait_for(mark)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.exit_code() == 130
    finally:
        terminal.close()
    api = Api(shared.url, shared.api_key())
    [ended] = until(
        "its end",
        lambda: api.telemetry(**{"metadata.mark": mark, "status": "cancelled"}),
        seconds=10,
    )
    assert ended["error"]["code"] == "cancelled"
    until(
        "the provider is left",
        lambda: emulator.request(mark)["ending"] == "client_disconnected",
        seconds=10,
    )


def test_cancel_ends_what_runs_elsewhere_and_leaves_what_has_ended(shared, emulator, mark):
    terminal = Terminal(
        shared,
        *("run", f"write 300 words {mark}", "-m", f"{GPT}+fault-drip-50ms"),
        *("--metadata", f"mark={mark}"),
    )
    try:
        terminal.read_until("word3")
        [running] = Api(shared.url, shared.api_key()).telemetry(**{"metadata.mark": mark})
        assert running["status"] == "running"
        assert said(shared, "cancel", running["id"]) == f"Cancelled {running['id']}\n"
        assert terminal.exit_code() == 6
        assert "409 cancelled" in terminal.screen and "Somebody ended it" in terminal.screen
    finally:
        terminal.close()
    done = json.loads(said(shared, "run", "Hello", "--model", GPT, "--json"))["id"]
    assert said(shared, "cancel", done) == f"{done} had ended: it is completed.\n"
    nobody = "inf_" + 26 * "0"
    assert shared.aistrale("cancel", nobody).returncode == 4
