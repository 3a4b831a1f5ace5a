"""A server of a test's own, as a process: started, watched, stopped by its pid."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from . import processes
from .machine import LAUNCHER, Machine
from .wait import until


class Server:
    """`aistrale serve` on one machine. The process leads a group of its own, so nothing it starts outlives it."""

    def __init__(self, machine: Machine, *arguments: str, **settings: str):
        self.machine = machine
        self.url = machine.url
        self.log_file = (
            machine.folder / f"server-{len(list(machine.folder.glob('server-*.log')))}.log"
        )
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [str(LAUNCHER), "serve", *arguments],
                env=machine.environment(**settings),
                cwd=machine.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=processes.end_with_the_tests,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def wait_until_ready(self) -> "Server":
        until("an answer of /ready", self._is_ready, seconds=60)
        return self

    def _is_ready(self) -> bool:
        if (code := self.process.poll()) is not None:
            raise AssertionError(f"the server ended with {code}:\n{self.log}")
        try:
            return httpx2.get(f"{self.url}/ready", trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self._signal_group(signal.SIGKILL)
        self.process.wait(timeout=10)

    def pause(self) -> None:
        """SIGSTOP: it stands still with its connections open, as a machine that hangs."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_group(signal.SIGCONT)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 60) -> int:
        return self.process.wait(timeout=seconds)

    def end(self) -> None:
        """Whatever happened: afterwards no process of this server is left."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self._signal_group(signal.SIGKILL)
        self.process.wait(timeout=10)

    def is_gone(self) -> bool:
        """True when no process of the group is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def _signal_group(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass


@contextmanager
def serving(machine: Machine, *arguments: str, **settings: str) -> Iterator[Server]:
    server = Server(machine, *arguments, **settings)
    try:
        yield server.wait_until_ready()
    finally:
        server.end()
