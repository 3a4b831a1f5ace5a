"""The Python SDK as its users have it: installed into a virtual environment, beside what their programs need."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .machine import ROOT

SDK = ROOT / "sdk" / "python"
BUILD = Path(os.environ.get("AISTRALE_BUILD_DIR") or "/tmp/aistrale-build")


def _pip(python: Path, *arguments: str | Path) -> None:
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"pip install {arguments}:\n{done.stdout}"


def python_with_sdk(requirements: Path) -> Path:
    """The interpreter of an environment with these requirements and this checkout's SDK, made once for each state of both.

    The SDK is the checkout's, instead of the one that the requirements name, and so are its files: a change of them needs no
    new environment.
    """
    known = hashlib.sha256(f"{sys.version} {SDK}".encode())
    for file in (requirements, SDK / "pyproject.toml", ROOT / "VERSION"):
        known.update(file.read_bytes())
    folder = BUILD / f"python-docs-{known.hexdigest()[:16]}"
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            others = [
                line
                for line in requirements.read_text().splitlines()
                if not line.startswith("aistrale-client")
            ]
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
                file.write("\n".join(others))
                file.flush()
                _pip(python, "-r", file.name, "-e", SDK)
            (folder / "ready").touch()
    return python
