"""The guide to webhooks, run as it stands: a Flask receiver gets, verified, what happens on a server that is told it may call it."""

import re

import pytest

from support import guide, processes
from support.ci_host import GITHUB_TOKEN, ci_host
from support.emulator import TOKENS
from support.machine import ROOT, Machine, free_port
from test_webhook_receivers import example

EXAMPLES = ROOT / "examples" / "webhooks"
TOO_LONG = re.compile(r"inf_\w{26} failed: .*The prompt is too long")


@pytest.fixture
def host():
    with ci_host() as host:
        yield host


@pytest.fixture
def machine(tmp_path, own_emulator):
    """With a server that the first command starts, as a newcomer's does, and a token of OpenAI's."""
    machine = Machine(tmp_path, **own_emulator.settings("openai"))
    try:
        done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=TOKENS["openai"])
        assert done.returncode == 0, done.stderr
        yield machine
    finally:
        processes.end(machine)


@pytest.mark.timeout(300)
def test_webhooks(machine, own_emulator, host):
    receiver = guide.saved("webhooks.md", "receiver.py", machine)
    script = guide.saved("webhooks.md", "start-workflow.sh", machine)
    assert receiver == (EXAMPLES / "flask" / "receiver.py").read_text()
    assert script == (EXAMPLES / "exec" / "start-workflow.sh").read_text()
    port = free_port()
    blocks = guide.run(
        "webhooks.md",
        machine,
        own_emulator,
        instead={
            "127.0.0.1:3000": f"127.0.0.1:{port}",
            "--port 3000": f"--port {port}",
            "/3000/": f"/{port}/",
            "https://api.github.com": host.url,
        },
        GITHUB_TOKEN=GITHUB_TOKEN,
        GITHUB_REPOSITORY="acme/app",
    )
    came = [" ".join(block.came.split()) for block in blocks]
    (
        _,
        made,
        _,
        tested,
        crossed,
        rotated,
        pending,
        shown,
        retried,
        recovered,
        forwarded,
        started,
        stream,
    ) = came

    assert "Made wh_" in made and "cost.threshold_exceeded, inference.failed" in made
    assert re.fullmatch(r"Delivered dlv_\w+ \(webhook\.test\): answered 204, \d+ ms", tested)
    assert crossed == "search team: $0.00775 of $0.009 spent, 80 % crossed"
    assert "and the one before too until" in rotated
    assert pending.startswith("exit code 6 ")
    assert "inference.failed pending 2 nothing listens there" in pending
    assert shown.count("nothing listens there") == 3 and '"type":"inference.failed"' in shown
    assert retried.startswith("Due now: dlv_") and TOO_LONG.search(retried)
    assert "the webhook was disabled" in recovered
    assert "Due now: 1 that failed since" in recovered and TOO_LONG.search(recovered)
    assert re.search(r"cost\.threshold_exceeded evt_\w+ \(sample\) → 204 \d+ ms$", forwarded)
    assert re.fullmatch(r"started for evt_\w+", started)
    assert re.fullmatch(r"retry: 1000 : listening id: \d+-\d+", stream)
    (run,) = host.started
    event = run["client_payload"]["event"]
    assert run["event_type"] == "cost.threshold_exceeded" and event["test"] is True
    assert event["data"] == example("cost.threshold_exceeded")["data"]
