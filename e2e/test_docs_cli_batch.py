"""docs/cli/batch.md, run as it stands: what it shows, and what it says of lines that are paid once."""

import json

from support import guide
from support.emulator import TOKENS
from support.machine import Machine
from support.server import serving


def test_batch(tmp_path, own_emulator):
    own_emulator.http.delete("/_emulator").raise_for_status()
    machine = Machine(tmp_path, **own_emulator.settings("openai"))
    with serving(machine):
        done = machine.aistrale("tokens", "add", "--provider", "openai", stdin=TOKENS["openai"])
        assert done.returncode == 0, done.stderr
        blocks = guide.run("cli/batch.md", machine, own_emulator)
    table, mixed, failed, cost, stopped = [block.came for block in blocks]
    assert [json.loads(line)["id"] for line in table.splitlines() if line[0] == "{"] == [
        "r1",
        "r2",
        "r3",
    ]
    assert "temprature" in mixed and "exit code 8" in mixed
    assert "exit code 8" in failed and failed.count("1 failed") == 1
    assert "exit code 5" in cost and "100 lines" not in cost
    assert stopped.split() == ["500", "500"], "as many inferences as answers"
    summary = json.loads((machine.folder / "summary.json").read_text())
    assert summary["answered"] + summary["answered_before"] == 500
    assert summary["answered_before"] >= 100
