"""Finding the processes that belong to one machine of the tests, by the data folder in their environment."""

import os
import signal
from pathlib import Path

from .machine import Machine
from .wait import until


def of(machine: Machine) -> list[int]:
    mark = f"AISTRALE_DATA_DIR={machine.data}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue  # ended meanwhile
    return found


def end(machine: Machine) -> None:
    """Ends, by pid, what a command of this machine left running in the background."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in of(machine):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        try:
            until("no process is left", lambda: not of(machine), seconds=10)
            return
        except AssertionError:
            continue
    raise AssertionError(f"processes that do not end: {of(machine)}")
