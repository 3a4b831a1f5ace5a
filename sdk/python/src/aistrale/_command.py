"""The `aistrale` command, where a program of the user's needs it: named, or installed with this."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path


def named() -> list[str] | None:
    """Return what `AISTRALE_COMMAND` names, a path or a shell's line; None when it is not set."""
    given = os.environ.get("AISTRALE_COMMAND")
    if not given:
        return None
    return [given] if Path(given).exists() else shlex.split(given)


def installed() -> list[str] | None:
    """Return the command of the package `aistrale_cli`, None when it is not installed."""
    if find_spec("aistrale_cli") is None:
        return None
    return [sys.executable, "-m", "aistrale_cli"]
