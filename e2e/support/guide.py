"""A guide that is run: its commands and programs in one shell, from top to bottom, and what it shows held to what came of them.

What a block of `text` shows came of the block of `sh`, `python` or `ts` before it, both outputs as a terminal has them. A
block behind "`NAME`:" is a file of that name, which is saved and not run. A comment
`<!-- emulator: {"provider": …, "behaviours": […]} -->` is told to the provider emulator at its place; a behaviour of
OpenAI's may be `{"calls": [[FUNCTION, {ARGUMENTS}], …]}`, with `"stream": true` for a stream.
AISTRALE_E2E_WRITE_GUIDES=1 writes what came into the guide, instead of comparing it.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .emulator import Emulator
from .machine import ROOT, Machine

USUAL = "http://127.0.0.1:16000"
EMULATOR = "http://127.0.0.1:16100"
PARTS = re.compile(
    r"^<!-- emulator: (?P<told>\{.*?\}) -->$"
    r"|(?:`(?P<file>[\w/.-]+\.\w+)`:\n\n)?^```(?P<kind>\w+)\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MARK = "\x1e"
CHANGING = [
    (re.compile(r"\b(inf|bud|tok|key|ws|wh|dlv|evt|ses)_[0-9a-z]{26}\b"), r"\1_…"),
    (re.compile(r"\bais_\w+"), "ais_…"),
    (re.compile(r'"latency_ms":\d+|\blatency_ms=\d+'), "latency_ms: N"),
    (re.compile(r"\bid: \d+-\d+\b"), "id: POSITION"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b\d+ ms\b|\b\d+\.\d+ s\b"), "N ms"),
    (re.compile(r"\bin \d\d? s\b|\bin \d+\.\d+s\b"), "in N s"),
    (re.compile(r"\brequest req_\w+|\breq_\w+"), "request"),
    (re.compile(r"[ \t]+"), " "),
]


@dataclass(frozen=True)
class Shown:
    """A block of commands or a program, what the guide shows of it (None: nothing), and what came."""

    commands: str
    shown: str | None
    came: str


def behaviour(told: dict) -> dict:
    """What the emulator is told: calls of functions are the body of an answer."""
    if "calls" not in told:
        return told
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(told["calls"], 1)
    ]
    stream = told.get("stream", False)
    if stream:
        calls = [{"index": index, **call} for index, call in enumerate(calls)]
    answer = {
        "id": "chatcmpl-guide",
        "object": "chat.completion.chunk" if stream else "chat.completion",
        "created": 1790000000,
        "model": "gpt-4o",
        "usage": {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100},
    }
    said = {"role": "assistant", "content": None, "tool_calls": calls}
    choice = {"index": 0, "delta" if stream else "message": said, "finish_reason": "tool_calls"}
    answer["choices"] = [choice]
    if not stream:
        return {"body": answer}
    body = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n"
    return {"body": body, "headers": {"content-type": "text/event-stream"}}


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
    python: Path = Path(sys.executable),
    modules: Path | None = None,
    api_key: str | None = None,
    **settings: str,
) -> list[Shown]:
    """Runs docs/NAME; fails at the first command that fails, and where the guide shows something else than came.

    What stands in the guide as a key of `instead` is run as its value, and shown as the guide has it. `python` runs the
    programs, and is the first on the commands' PATH; those in TypeScript are run by Node without their types, with `modules`
    as their node_modules. The API key is that of the machine's profile unless given.
    """
    instead = {USUAL: machine.url, **(instead or {})}
    path = ROOT / "docs" / name
    guide = path.read_text()
    parts = list(PARTS.finditer(guide))
    script = ["exec 2>&1", "set -eu"]
    programs = 0

    def here(block: str) -> str:
        for usual, value in instead.items():
            block = block.replace(usual, value)
        return block

    for part in parts:
        if part["told"]:
            told = json.loads(part["told"])
            told["behaviours"] = [behaviour(each) for each in told["behaviours"]]
            told = shlex.quote(json.dumps(told))
            script.append(f"curl -sSf -o /dev/null -d {told} {emulator.url}/_emulator/script")
        elif part["file"]:
            file = machine.folder / part["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(here(part["block"]))
        elif part["kind"] == "sh":
            script.append(f"printf '{MARK}'")
            script.append(here(part["block"]).replace("./aistrale", str(ROOT / "aistrale")))
        elif part["kind"] == "python":
            programs += 1
            program = machine.folder / f"program{programs}.py"
            program.write_text(here(part["block"]))
            script.append(f"printf '{MARK}'")
            script.append(f"python -W error {program.name}")
        elif part["kind"] == "ts":
            programs += 1
            program = machine.folder / f"program{programs}.mts"
            program.write_text(here(part["block"]))
            script.append(
                f"esbuild --log-level=error --format=esm --outfile={program.stem}.mjs {program.name}"
            )
            script.append(f"printf '{MARK}'")
            script.append(f"node --throw-deprecation {program.stem}.mjs")
    path_of_programs = f"{python.parent}:{os.environ['PATH']}"
    if modules:
        (machine.folder / "node_modules").symlink_to(modules)
        path_of_programs = f"{modules}/.bin:{path_of_programs}"
    with subprocess.Popen(
        ["sh", "-c", "\n".join(script)],
        cwd=machine.folder,
        env=machine.environment(
            AISTRALE_API_KEY=api_key or machine.api_key(),
            PATH=path_of_programs,
            AISTRALE_OUTPUT="table",  # what a terminal shows
            **settings,
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            said, _ = shell.communicate(timeout=240)
        finally:  # what the guide left running, and all of it where it failed
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, f"{name}: exit {shell.returncode} after:\n{said}"
    said = said.replace(emulator.url, EMULATOR)
    for usual, value in instead.items():
        said = said.replace(value, usual)
    came = iter(said.split(MARK)[1:])

    found: list[Shown] = []
    written, end = "", 0
    for part in parts:
        written += guide[end : part.start()]
        end = part.end()
        if part["kind"] == "text" and not part["file"]:
            last = found[-1]
            assert last.shown is None, f"{name}: two outputs of one block:\n{part['block']}"
            found[-1] = Shown(last.commands, part["block"], last.came)
            written += f"```text\n{last.came.strip()}\n```"
        else:
            written += part[0]
            if part["kind"] in ("sh", "python", "ts") and not part["file"]:
                found.append(Shown(part["block"], None, next(came)))
    if os.environ.get("AISTRALE_E2E_WRITE_GUIDES"):
        path.write_text(written + guide[end:])
        return found
    for block in found:
        if block.shown is not None:
            what = f"{name}:\n{block.commands}\nbrought:\n{block.came}"
            assert alike(block.came) == alike(block.shown), what
    return found
