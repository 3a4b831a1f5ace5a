"""The guide to the command line, run as it stands; its table of exit codes, code by code; its links."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support import guide
from support.api import Api
from support.emulator import TOKENS
from support.machine import LAUNCHER, ROOT, Machine
from support.server import serving

DOCS = ROOT / "docs" / "cli"
CODES = [int(code) for code in re.findall(r"^\| (\d+) \|", (DOCS / "README.md").read_text(), re.M)]


@pytest.fixture(scope="module")
def home(tmp_path_factory, own_emulator):
    machine = Machine(tmp_path_factory.mktemp("cli-docs"), **own_emulator.settings("openai"))
    with serving(machine):
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        yield machine


def test_the_guide(machine, own_emulator):
    with serving(machine):
        guide.run("cli/README.md", machine, own_emulator)


def test_every_link_leads_somewhere():
    pages = [*DOCS.glob("*.md"), *(DOCS / "reference").glob("*.md")]
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def budget(home: Machine) -> subprocess.CompletedProcess[str]:
    api = Api(home.url, home.api_key())
    made = api.post(
        "/api/v1/budgets",
        {
            "name": "spent",
            "limit_usd": 0.000000001,
            "period": "hour",
            "action": "block",
            "scope": {"type": "metadata", "key": "spent", "value": "yes"},
        },
    )
    assert made.status_code == 201, made.text
    return home.aistrale("run", "-m", "openai/gpt-4o", "--metadata", "spent=yes", "hi")


def interrupted(home: Machine) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        [str(LAUNCHER), "telemetry", "tail"],
        env=home.environment(),
        cwd=home.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as tail:
        time.sleep(1.5)
        os.killpg(tail.pid, signal.SIGINT)
        out, err = tail.communicate(timeout=15)
    return subprocess.CompletedProcess([], tail.returncode, out, err)


def batch(home: Machine) -> subprocess.CompletedProcess[str]:
    lines = [{"prompt": "hi", "model": model} for model in ("openai/gpt-4o", "openai/gpt-4o+error-400")]
    file = home.folder / "some.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return home.aistrale("batch", str(file), "-o", str(home.folder / "answers.jsonl"))


def unread(home: Machine) -> subprocess.CompletedProcess[str]:
    file = home.folder / "many.txt"
    file.write_text("hi\n" * 300)
    command = [str(LAUNCHER), "batch", str(file), "-m", "openai/gpt-4o", "-o", "-"]
    with subprocess.Popen(
        command, env=home.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        done.stdout.readline()
        done.stdout.close()
        return subprocess.CompletedProcess([], done.wait(60), "", done.stderr.read())


EACH = {
    0: lambda home: home.aistrale("whoami"),
    1: lambda home: home.aistrale("models", "list", "-o", "/nonexistent/x.json"),
    2: lambda home: home.aistrale("models", "list", "--limitt", "1"),
    3: lambda home: home.aistrale("whoami", AISTRALE_API_KEY="ais_wrong"),
    4: lambda home: home.aistrale("prompts", "get", "absent"),
    5: budget,
    6: lambda home: home.aistrale("run", "-m", "openai/gpt-4o+error-400", "hi"),
    7: lambda home: home.aistrale("whoami", AISTRALE_API_URL="http://192.0.2.1:1"),
    8: batch,
    130: interrupted,
    141: unread,
}


def test_the_table_has_every_code():
    assert list(EACH) == CODES


@pytest.mark.parametrize("code", EACH)
def test_each_exit_code_is_the_real_programs(home, code):
    done = EACH[code](home)
    assert done.returncode == code, done.stderr
    assert "Exception" not in done.stderr and "\tat " not in done.stderr
    if code not in (0, 8, 130, 141):
        assert done.stdout == "" and done.stderr.startswith("aistrale: ")


def test_a_stack_trace_is_for_who_asks(home):
    done = home.aistrale("prompts", "get", "absent", "--debug")
    assert done.returncode == 4 and "\tat com.aistrale" in done.stderr


def test_prompts_are_pulled_and_pushed(home, tmp_path: Path):
    folder = tmp_path / "prompts"
    for name in ("one", "two"):
        assert home.aistrale("prompts", "create", name, f"Say {name}.").returncode == 0
    dry = home.aistrale("prompts", "pull", str(folder), "--dry-run")
    assert dry.stdout == "one: new\ntwo: new\n" and not folder.exists()
    assert home.aistrale("prompts", "pull", str(folder)).stdout == "one: new\ntwo: new\n"
    again = home.aistrale("prompts", "pull", str(folder), "--dry-run")
    assert again.stdout == "one: unchanged\ntwo: unchanged\n"
    assert again.stderr == "Nothing would change.\n"

    (folder / "one.prompt").write_text("Say one more.\n")
    (folder / "three.prompt").write_text("Say three.\n")
    dry = home.aistrale("prompts", "push", str(folder), "--dry-run")
    assert dry.stdout == "one: changed\nthree: new\ntwo: unchanged\n"
    assert home.aistrale("prompts", "get", "three").returncode == 4, "nothing was sent"
    pulled = home.aistrale("prompts", "pull", str(folder), "--dry-run").stdout
    assert pulled == "one: changed\ntwo: unchanged\nthree: only here\n"
    pushed = home.aistrale("prompts", "push", str(folder), "--label", "staging").stdout
    assert pushed == (
        "one: changed, version 2, staging put there\n"
        "three: new, version 1, staging put there\n"
        "two: unchanged, version 1, staging put there\n"
    )
    quiet = home.aistrale("prompts", "push", str(folder), "--label", "staging").stdout
    assert quiet == "".join(f"{each}: unchanged, version {n}\n" for each, n in zip(("one", "three", "two"), (2, 1, 1), strict=True))
    (folder / "two.prompt").write_text("---\nnonsense: [\n---\n")
    broken = home.aistrale("prompts", "push", str(folder))
    assert broken.returncode == 2 and "two: " in broken.stderr
    assert "one: unchanged" in broken.stdout and "three: unchanged" in broken.stdout
