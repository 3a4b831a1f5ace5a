"""A command run at a terminal of its own: what is typed, and all that stands on the screen afterwards."""

import codecs
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

from .machine import LAUNCHER, Machine


class Terminal:
    controls = False
    """Whether keys such as Ctrl-C are signals, as they are where the terminal belongs to the command."""

    def __init__(
        self, machine: Machine, *arguments: str, launcher: Path = LAUNCHER, **settings: str
    ):
        self.screen = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._end, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [str(launcher), *arguments],
            env=machine.environment(**{"TERM": "xterm", **settings}),
            cwd=machine.folder,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            # as a shell in the foreground starts it, also when these tests run in the background
            preexec_fn=self._as_a_shell_does,
        )
        os.close(terminal)

    def _as_a_shell_does(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if self.controls:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, text: str | None, seconds: float = 30) -> str:
        """Reads until `text` stands on the screen, or, for None, until the command has ended."""
        end = time.monotonic() + seconds
        while text is None or text not in self.screen:
            if not self.read_more(text, max(0, end - time.monotonic())):
                break
        return self.screen

    def read_more(self, text: str | None, seconds: float = 30) -> bool:
        """Reads what comes next, for somebody who waits for `text`; false where the command has ended."""
        if not select.select([self._end], [], [], seconds)[0]:
            raise AssertionError(f"waited for {text!r} in vain; the screen:\n{self.screen}")
        try:
            read = os.read(self._end, 4096)
        except OSError:
            read = b""  # Linux: the last process of the terminal has gone
        if not read and text is not None:
            raise AssertionError(f"ended before {text!r}; the screen:\n{self.screen}")
        self.screen += self._decoder.decode(read)
        return bool(read)

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
