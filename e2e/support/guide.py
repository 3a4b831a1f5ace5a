"""A guide that is run: its commands in one shell, from top to bottom, and what it shows held to what came of them.

What a block of `text` shows came of the block of `sh` before it, both outputs as a terminal has them. A comment
`<!-- emulator: {"provider": …, "behaviours": […]} -->` is told to the provider emulator at its place.
AISTRALE_E2E_WRITE_GUIDES=1 writes what came into the guide, instead of comparing it.
"""

import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass

from .emulator import Emulator
from .machine import ROOT, Machine

USUAL = "http://127.0.0.1:16000"
EMULATOR = "http://127.0.0.1:16100"
PARTS = re.compile(
    r"^<!-- emulator: (?P<told>\{.*?\}) -->$|^```(?P<kind>sh|text)\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MARK = "\x1e"
CHANGING = [
    (re.compile(r"\b(inf|bud|tok|key|ws|wh|dlv|evt)_[0-9a-z]{26}\b"), r"\1_…"),
    (re.compile(r'"latency_ms":\d+'), '"latency_ms":N'),
    (re.compile(r"\bid: \d+-\d+\b"), "id: POSITION"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"), "TIME"),
    (re.compile(r"\b\d+ ms\b|\b\d+\.\d s\b"), "N ms"),
    (re.compile(r"\bin \d\d? s\b"), "in N s"),
    (re.compile(r"\brequest req_\w+|\breq_\w+"), "request"),
    (re.compile(r"[ \t]+"), " "),
]


@dataclass(frozen=True)
class Shown:
    """A block of commands, what the guide shows of it (None: nothing), and what came."""

    commands: str
    shown: str | None
    came: str


def alike(text: str) -> list[str]:
    """The lines without what is another one each time, and without the widths that follow from it."""
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return [line.strip() for line in text.strip().splitlines()]


def saved(name: str, file: str, machine: Machine) -> str:
    """Saves the program that docs/NAME says to save as this file, and returns it."""
    found = re.search(
        rf"`{re.escape(file)}`:\n\n```\w+\n(.*?)^```$",
        (ROOT / "docs" / name).read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert found, f"{name} shows no {file}"
    (machine.folder / file).write_text(found[1])
    return found[1]


def run(
    name: str,
    machine: Machine,
    emulator: Emulator,
    instead: dict[str, str] | None = None,
    **settings: str,
) -> list[Shown]:
    """Runs docs/NAME; fails at the first command that fails, and where the guide shows something else than came.

    What stands in the guide as a key of `instead` is run as its value, and shown as the guide has it.
    """
    instead = {**(instead or {}), USUAL: machine.url}
    path = ROOT / "docs" / name
    guide = path.read_text()
    parts = list(PARTS.finditer(guide))
    script = ["exec 2>&1", "set -eu"]
    for part in parts:
        if part["told"]:
            told = shlex.quote(json.dumps(json.loads(part["told"])))
            script.append(f"curl -sSf -o /dev/null -d {told} {emulator.url}/_emulator/script")
        elif part["kind"] == "sh":
            block = part["block"]
            for usual, here in instead.items():
                block = block.replace(usual, here)
            script.append(f"printf '{MARK}'")
            script.append(block.replace("./aistrale", str(ROOT / "aistrale")))
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)],
        cwd=machine.folder,
        env=machine.environment(AISTRALE_API_KEY=machine.api_key(), **settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, f"{name}: exit {done.returncode} after:\n{done.stdout}"
    said = done.stdout.replace(emulator.url, EMULATOR)
    for usual, here in instead.items():
        said = said.replace(here, usual)
    came = iter(said.split(MARK)[1:])

    found: list[Shown] = []
    written, end = "", 0
    for part in parts:
        written += guide[end : part.start()]
        end = part.end()
        if part["kind"] == "text":
            last = found[-1]
            assert last.shown is None, f"{name}: two outputs of one block:\n{part['block']}"
            found[-1] = Shown(last.commands, part["block"], last.came)
            written += f"```text\n{last.came.strip()}\n```"
        else:
            written += part[0]
            if part["kind"] == "sh":
                found.append(Shown(part["block"], None, next(came)))
    if os.environ.get("AISTRALE_E2E_WRITE_GUIDES"):
        path.write_text(written + guide[end:])
        return found
    for block in found:
        if block.shown is not None:
            what = f"{name}:\n{block.commands}\nbrought:\n{block.came}"
            assert alike(block.came) == alike(block.shown), what
    return found
