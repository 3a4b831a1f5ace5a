"""docs/leaving.md and the command lines of cli/README.md do what they say, run as they stand."""

import json
import re
import subprocess
import sys

import pytest

from support.machine import ROOT, Machine
from support.server import serving

LEAVING = (ROOT / "docs/leaving.md").read_text()
CLI = (ROOT / "cli/README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """For each shell block its lines, without comments."""
    found = []
    for block in blocks(text, "sh"):
        lines = [re.sub(r"\s{2,}#.*", "", line).strip() for line in block.splitlines()]
        found.append([line for line in lines if line])
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A machine with a server of which the demo provider answers, and a prompt."""
    machine = Machine(tmp_path_factory.mktemp("leaving"))
    with serving(machine):
        for _ in range(3):
            assert machine.aistrale("run", "Hi").returncode == 0
        yield machine


def shell(machine: Machine, command: str) -> str:
    """One line of a document, in the machine's folder; whichever way it names the program."""
    line = re.sub(r"^(\./)?aistrale ", f"{ROOT}/aistrale ", command)
    done = subprocess.run(
        ["sh", "-ec", line],
        cwd=machine.folder,
        env=machine.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def test_the_way_out_is_as_the_guide_says(home):
    made = home.aistrale("prompts", "create", "farewell", "Say goodbye to {{name}}.")
    assert made.returncode == 0, made.stderr
    for command in sum(commands(LEAVING), []):
        shell(home, command)
    everything = home.folder / "everything"
    assert json.loads((everything / "manifest.json").read_text())["complete"]
    for name in re.findall(r"^\| `([a-z.-]+)` ", LEAVING, re.MULTILINE):
        assert (everything / name).exists(), name
    assert (home.folder / "inferences.csv").exists()
    assert (home.folder / "prompts/farewell.prompt").exists()

    out = []
    for program in blocks(LEAVING, "python"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=home.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (program, done.stderr)
        out.append(done.stdout)
    assert "farewell Say goodbye to {{name}}." in out[0]
    assert "inferences.jsonl 3\n" in out[1]


def test_the_prompts_and_the_telemetry_of_the_command_lines_readme(home):
    _, _, prompts, money, telemetry, access = commands(CLI)[:6]
    assert prompts[0].startswith("aistrale prompts create") and "demo" in prompts[0]
    for command in prompts + money + telemetry + access:
        if "export everything" in command:
            command = command.replace("everything", "another")
        out = shell(home, command)
        if "keys create" in command:
            assert re.fullmatch(r"ais_\S+\n", out)
