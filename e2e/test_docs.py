"""What the documentation shows is what happens: its commands and programs, run as they stand there."""

import json
import os
import re
import subprocess
import sys

import pytest

from support.emulator import TOKENS
from support.machine import ROOT, Machine
from support.server import serving

README = (ROOT / "README.md").read_text()
ACCESS = (ROOT / "docs/access.md").read_text()
USUAL = "http://127.0.0.1:16000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The lines of the shell blocks, a continued one as a whole, without comments."""
    joined = "".join(blocks("sh")).replace("\\\n", " ")
    return [re.sub(r"\s+#.*", "", line) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def home(tmp_path_factory, emulator):
    """A machine whose providers are emulated, with a server that has a token of each but OpenAI's."""
    machine = Machine(tmp_path_factory.mktemp("readme"), **emulator.settings())
    with serving(machine):
        for provider, token in TOKENS.items():
            if provider != "openai":
                done = machine.aistrale("tokens", "add", "--provider", provider, stdin=token)
                assert done.returncode == 0, done.stderr
        yield machine


def shell(machine: Machine, command: str, stdin: str = "") -> str:
    environment = machine.environment(
        AISTRALE_API_KEY=machine.api_key(),
        AISTRALE_OUTPUT="table",  # what a terminal shows
    )
    done = subprocess.run(
        ["sh", "-ec", command.replace(USUAL, machine.url)],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def test_the_commands_of_the_readme_do_what_it_says(home):
    asked = commands()
    assert asked[-1].startswith("curl ") and "make test" in asked
    for command in asked:
        if command == "make test":
            continue  # the one who runs this test
        out = shell(home, command, stdin=TOKENS["openai"] if "tokens add" in command else "")
        if "run " in command or command.startswith("curl"):
            assert "emulated" in out, (command, out)
    shown = shell(home, "./aistrale telemetry view --last 24h")
    assert "openai/gpt-4o" in shown and "completed" in shown


def test_the_programs_of_the_readme_run(home):
    programs = blocks("python")
    assert len(programs) == 2
    for program in programs:
        source = f"api_key = {home.api_key()!r}\n" + program.replace(USUAL, home.url)
        if "OpenAI(" in program:
            source += "\nprint(answer.choices[0].message.content)\n"
        environment = home.environment(PYTHONPATH=str(ROOT / "sdk/python/src"))
        environment["AISTRALE_API_URL"] = home.url
        done = subprocess.run(
            [sys.executable, "-c", source],
            env=environment,
            cwd=home.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (program, done.stderr)
        assert "emulated" in done.stdout, (program, done.stdout)


def test_every_link_of_the_readme_leads_somewhere():
    targets = [target for target in re.findall(r"\]\(([^)#]+)", README) if "://" not in target]
    assert len(targets) > 10
    assert [target for target in targets if not os.path.exists(ROOT / target)] == []


def test_the_index_leads_to_every_guide_and_only_to_what_is_there():
    docs = ROOT / "docs"
    targets = re.findall(r"\]\(([^)#]+)", (docs / "README.md").read_text())
    assert [target for target in targets if not os.path.exists(docs / target)] == []
    guides = {path.name for path in docs.glob("*.md")} - {"README.md"}
    assert {target for target in targets if "/" not in target} - {"adr"} == guides


def test_the_commands_of_the_access_guide_do_what_it_says(tmp_path):
    """A fresh server; what the guide says to keep of an answer ("Keep `id` as `WORKSPACE`") is kept for the next."""
    machine = Machine(tmp_path, AISTRALE_ADMIN_KEY="an-operator-key-that-nobody-guesses")
    kept: dict[str, str] = {}
    counted = 0
    with serving(machine):
        for block, text in re.findall(r"^```sh\n(.*?)^```\n(.*?)(?=^```|\Z)", ACCESS, re.M | re.S):
            answer: dict = {}
            for line in block.replace("\\\n", " ").splitlines():
                command, _, status = line.partition(" # ")
                out = subprocess.run(
                    ["sh", "-euc", command.replace(USUAL, machine.url)],
                    env=machine.environment(**kept),
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                assert out.returncode == 0, (command, out.stderr)
                answer = json.loads(out.stdout or "{}")
                refused = answer["status"] if "code" in answer else None
                assert refused == (int(status) if status else None), (line, answer)
                counted += 1
            for field, name in re.findall(r"`(\w+)` as `([A-Z_]+)`", text):
                kept[name] = answer[field]
    assert list(kept) == [
        *("WORKSPACE", "ADMIN_KEY", "WEBSITE_KEY", "WEBSITE_ID", "JOB_KEY", "JOB_ID"),
    ]
    assert counted == 19
