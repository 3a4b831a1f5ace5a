"""A command run at a terminal of its own: what is typed, and all that stands on the screen afterwards."""

import os
import pty
import select
import signal
import subprocess
import time

from .machine import LAUNCHER, Machine


class Terminal:
    def __init__(self, machine: Machine, *arguments: str, **settings: str):
        self.screen = ""
        self._end, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [str(LAUNCHER), *arguments],
            env=machine.environment(**{"TERM": "xterm", **settings}),
            cwd=machine.folder,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            # as a shell in the foreground starts it, also when these tests run in the background
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(terminal)

    def read_until(self, text: str | None, seconds: float = 30) -> str:
        """Reads until `text` stands on the screen, or, for None, until the command has ended."""
        end = time.monotonic() + seconds
        while text is None or text not in self.screen:
            if not select.select([self._end], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"waited for {text!r} in vain; the screen:\n{self.screen}")
            try:
                read = os.read(self._end, 4096)
            except OSError:
                read = b""  # Linux: the last process of the terminal has gone
            if not read:
                if text is None:
                    break
                raise AssertionError(f"ended before {text!r}; the screen:\n{self.screen}")
            self.screen += read.decode(errors="replace")
        return self.screen

    def type(self, line: str) -> None:
        self.send(line + "\n")

    def send(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def exit_code(self) -> int:
        self.read_until(None)
        return self.process.wait(timeout=15)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
        os.close(self._end)
