"""The guide to the clients of OpenAI and Anthropic, run as it stands."""

from support import guide
from support.emulator import TOKENS
from support.machine import Machine
from support.server import serving


def test_clients(tmp_path, own_emulator):
    machine = Machine(tmp_path, **own_emulator.settings("openai"))
    with serving(machine):
        done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=TOKENS["openai"])
        assert done.returncode == 0, done.stderr
        [block] = guide.run("clients.md", machine, own_emulator)
    assert "http://127.0.0.1:16000/v1 http://127.0.0.1:16000" in block.came
    assert '"type":"message"' in block.came and "This is the emulated gpt-4o" in block.came
