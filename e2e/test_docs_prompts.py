"""The guide to prompts, run as it stands: every command in order, and what it shows is what comes."""

import json
import re
import subprocess

import pytest

from support.emulator import TOKENS
from support.machine import ROOT, Machine
from support.server import serving

GUIDE = (ROOT / "docs" / "prompts.md").read_text()
USUAL = "http://127.0.0.1:16000"
BLOCKS = re.findall(r"^```(sh|json)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    machine = Machine(tmp_path_factory.mktemp("prompts"), **emulator.settings())
    with serving(machine):
        done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=TOKENS["openai"])
        assert done.returncode == 0, done.stderr
        yield machine


def run(machine: Machine, block: str) -> str:
    command = block.replace(USUAL, machine.url).replace("curl ", "curl -sS --fail-with-body ")
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=machine.folder,
        env=machine.environment(AISTRALE_API_KEY=machine.api_key()),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def answers(output: str) -> list[dict]:
    """The JSON objects that a block's commands print one after the other."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while at < len(output):
        one, at = decoder.raw_decode(output, at)
        found.append(one)
    return found


def test_the_guide_does_what_it_says(home):
    said = []
    for language, block in BLOCKS:
        if language == "sh":
            said.append(answers(run(home, block)))
        else:
            shown = json.loads(block)
            assert {name: said[-1][-1][name] for name in shown} == shown
    made, ran, rendered, moved, back, described, file, folder = said

    assert "emulated" in ran[0]["text"]
    assert ran[0]["prompt"] == {"name": "greeting", "version": 1}
    assert rendered[0]["settings"]["model"] == "openai/gpt-4o"
    labels = [answer.get("labels") for answer in moved]
    assert labels == [{"production": 1}, [], None, {"production": 2}]
    assert moved[2]["unified"].startswith("--- greeting@1\n+++ greeting@2\n")
    assert back[0]["labels"] == {"production": 1} and back[0]["revision"] == 5
    assert described[0]["description"] == "How we greet"
    assert file[0]["version"] == 3
    assert file[0]["text"] == "Say hello to {{who}} in one {{kind}} sentence."
    assert folder[0]["messages"] == [
        {"role": "system", "content": 'You are {{tone}}. Answer as {"text": "…"}.'},
        {"role": "user", "content": "Say goodbye to {{who}}."},
    ]
    again = run(home, BLOCKS[-1][1])
    assert answers(again) == folder, "the same files make no versions"
