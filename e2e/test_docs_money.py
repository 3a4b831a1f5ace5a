"""The guides to budgets, failover, retries and resuming, run as they stand, against providers that fail when they are told to."""

import pytest

from support import guide
from support.emulator import TOKENS
from support.machine import Machine
from support.server import serving

SPARE = "gsk_e2esecretspare5t6u"


@pytest.fixture
def shown(tmp_path, own_emulator):
    """Runs a guide on a fresh server with a token of each provider that it names; returns what its blocks brought."""

    def run(name: str) -> list[str]:
        own_emulator.http.delete("/_emulator").raise_for_status()
        machine = Machine(tmp_path, **own_emulator.settings("openai", "anthropic", "groq"))
        with serving(machine):
            for provider in ("openai", "anthropic", "groq"):
                done = machine.aistrale(
                    "tokens", "add", "--provider", provider, stdin=TOKENS[provider]
                )
                assert done.returncode == 0, done.stderr
            blocks = guide.run(
                name, machine, own_emulator, GROQ_SPARE=SPARE, GROQ_TOKEN=TOKENS["groq"]
            )
        return [" ".join(block.came.split()) for block in blocks]

    return run


def test_budgets(shown):
    _, counted, refused, smaller, changed = shown("budgets.md")
    assert "$0.03 $0.0155" in counted and "51 % block" in counted
    assert "402 budget_exceeded" in refused and refused.endswith("exit code 5")
    assert "spent $0.02" in smaller and "crossed 50 %" in smaller
    assert "limit $0.10, period: week" in changed and "Deleted bud_" in changed


def test_failover(shown):
    fallen, alias, refused, set_aside, active = shown("failover.md")
    assert fallen.count("openai/gpt-4o provider_failed 500") == 3
    assert "anthropic/claude-sonnet-4-5 completed 200" in fallen
    assert alias.count("openai/gpt-4o provider_failed 500") == 2
    assert "groq/llama-3.3-70b-versatile completed 200" in alias
    assert "503 provider_unavailable" in refused and "exit code 6" in refused
    assert "circuit gpt-4o open" in refused
    assert "exit code 6" in set_aside and set_aside.count("set aside") == 1
    assert "set aside" not in active


def test_retries(shown):
    native, dropin = shown("retries.md")
    assert native.count("inf_") == 1 and "Total: 1 inference" in native
    assert (
        dropin == "HTTP/1.1 200 OK HTTP/1.1 200 OK idempotency-replayed: true HTTP/1.1 409 Conflict"
    )


def test_resuming(shown):
    begun, resumed, whole, *cancelled = shown("resuming.md")
    assert begun.startswith("event: delta id: 1 ") and begun.count("id: ") == 3
    assert resumed.startswith("event: delta id: 4 ") and resumed.count("id: ") == 2
    assert whole.startswith("30 ") and whole.count("inf_") == 1
    assert len(cancelled) == 2  # by the id, and by the key
    for said in cancelled:
        assert said.startswith("Cancelled inf_") and "409 cancelled" in said
        assert said.endswith("exit code 6")
