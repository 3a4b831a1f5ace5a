"""Programs of the examples: a service that runs while a test talks to it, and a browser that does."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import processes
from .machine import Machine
from .wait import until


@contextmanager
def running(
    machine: Machine, command: Sequence[str | Path], is_up: Callable[[str], bool], **settings: str
) -> Iterator[Path]:
    """Runs a service until the end of the block; yields its log once `is_up`, given what it logged, says so."""
    log = machine.folder / "service.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=machine.folder,
            env=machine.environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.end_with_the_tests,
        )

    def has_come_up() -> bool:
        assert process.poll() is None, log.read_text()
        return is_up(log.read_text())

    try:
        until("the service", has_come_up, seconds=30)
        yield log
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def seen_by_a_browser(
    machine: Machine, program: str, chromium: str, url: str, picture: str, seconds: float
) -> Any:
    """Runs a program of node's that drives a browser, and returns the JSON that it printed."""
    (machine.folder / "talk.mjs").write_text(program)
    done = subprocess.run(
        ["node", "talk.mjs", chromium, url, machine.folder / picture],
        cwd=machine.folder,
        env=machine.environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    log = machine.folder / "service.log"
    assert done.returncode == 0, f"{done.stderr}\n{log.read_text() if log.exists() else ''}"
    return json.loads(done.stdout)
