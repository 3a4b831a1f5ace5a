"""A person at `aistrale chat`: keys are pressed, and what the terminal was told to show is read."""

import fcntl
import os
import re
import struct
import termios

from .machine import Machine
from .terminal import Terminal

ESCAPES = re.compile(r"\x1b\[[0-9;?>=]*[a-zA-Z]|\x1b[=>]|\x1b\][^\x07]*\x07|\r")
ENTER, TAB, UP, CTRL_C, CTRL_D, CTRL_Z, ALT_ENTER = (
    "\r",
    "\t",
    "\x1bOA",
    "\x03",
    "\x04",
    "\x1a",
    "\x1b\r",
)
PROMPT = "\x1b[?2004h"
"""What is sent when a line can be typed: from here on pasted text is told apart."""


class Chat(Terminal):
    controls = True

    def __init__(self, machine: Machine, *arguments: str, **settings):
        super().__init__(machine, *(arguments or ("chat",)), **settings)
        self.resize(80)
        self._read_to = 0

    def resize(self, columns: int, rows: int = 24) -> None:
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, *keys: str) -> None:
        os.write(self._end, "".join(keys).encode())

    def paste(self, text: str) -> None:
        self.press(f"\x1b[200~{text}\x1b[201~")

    def await_prompt(self) -> str:
        """Waits until a line can be typed, and returns what was shown since the last time."""
        end = self._find(PROMPT)
        shown = self.screen[self._read_to : end]
        self._read_to = end
        return ESCAPES.sub("", shown)

    def ask(self, question: str) -> str:
        """Types a line, and returns the words that were shown until the next can be typed."""
        self.press(question, ENTER)
        return " ".join(self.await_prompt().split())

    def await_text(self, text: str) -> None:
        """Waits until that is shown, after what was read before."""
        self._find(text)

    def _find(self, text: str) -> int:
        while (found := self.screen.find(text, self._read_to)) < 0:
            before = len(self.screen)
            self.read_more(text)
            assert len(self.screen) > before
        return found + len(text)

    def leave(self) -> str:
        """Ctrl-D, and the last that was shown."""
        self.press(CTRL_D)
        assert self.exit_code() == 0, self.screen
        return ESCAPES.sub("", self.screen[self._read_to :])
