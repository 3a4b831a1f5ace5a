"""The fault server: the provider emulator as a process, started once."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
JAR = ROOT / "emulator" / "target" / "aistrale-emulator.jar"


@contextlib.contextmanager
def emulating(*arguments: str) -> Iterator[str]:
    """Yield the URL of an emulator on a free port, for as long as the block runs."""
    if not JAR.exists():
        pytest.skip("the fault server is not built: run `make build` at the repository's root")
    kept = ("PATH", "HOME", "JAVA_HOME", "LANG", "TMPDIR", "AISTRALE_BUILD_DIR")
    process = subprocess.Popen(
        [str(ROOT / "aistrale"), "emulator", "--port", "0", *arguments],
        env={name: os.environ[name] for name in kept if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "listening on " in first, f"the emulator said {first!r}"
        yield first.split("listening on ")[1].strip()
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
