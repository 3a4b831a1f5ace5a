"""Finding the processes that belong to one machine of the tests, by the data folder in their environment."""

import ctypes
import os
import signal
import sys
from pathlib import Path

from .machine import Machine
from .wait import until


def end_with_the_tests() -> None:
    """Run in a new process before its program: when the tests themselves are killed, so is it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG of prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


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
