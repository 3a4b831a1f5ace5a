"""Other people's programs that call models, in the versions that the tests know, installed once and outside the checkout."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

BUILD = Path(os.environ.get("AISTRALE_BUILD_DIR") or "/tmp/aistrale-build")

NODE = {"@anthropic-ai/sdk": "1.14.0"}
AGENT = {"@anthropic-ai/claude-code": "2.1.332"}
OPENAI_CLI = "openai==1.109.1"  # the last line of versions that brings the command


def _installed(name: str, what: object, install) -> Path:
    folder = BUILD / f"{name}-{hashlib.sha256(repr(what).encode()).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:  # one at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            folder.mkdir(exist_ok=True)
            install(folder)
            (folder / "ready").touch()
    return folder


def _run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"


def _npm(folder: Path, packages: dict[str, str]) -> None:
    described = {"private": True, "type": "module", "dependencies": packages}
    (folder / "package.json").write_text(json.dumps(described))
    _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)


def node_clients() -> Path:
    """A folder in which Node finds the official client of Anthropic."""
    return _installed("node-clients", NODE, lambda folder: _npm(folder, NODE))


def coding_agent() -> Path:
    """A coding agent that speaks Anthropic's format: the command `claude`."""
    folder = _installed("coding-agent", AGENT, lambda folder: _npm(folder, AGENT))
    return folder / "node_modules" / ".bin" / "claude"


def openai_cli() -> Path:
    """The command `openai`."""

    def install(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
        pip = (folder / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", OPENAI_CLI)
        _run(*pip, cwd=folder)

    return _installed("openai-cli", OPENAI_CLI, install) / "venv" / "bin" / "openai"
