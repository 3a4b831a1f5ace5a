"""The local server that comes with the distribution `aistrale`: started when nobody answers.

Only the module's functions do this, for a URL of this machine, with the command that the package
`aistrale_cli` brought (or `AISTRALE_COMMAND` names). `AISTRALE_AUTOSTART=0` turns it off. It
goes on when the program ends; `aistrale stop` ends it.
"""

from __future__ import annotations

import os
import socket
import subprocess
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from ._errors import APIConnectionError

_OFF = frozenset({"0", "false", "no", "off"})
_PATIENCE = 60.0
"""Seconds. The command itself gives up sooner, in better words."""


def command() -> str | None:
    """Return the command that starts the server; None where there is none, or it is turned off."""
    if os.environ.get("AISTRALE_AUTOSTART", "").strip().lower() in _OFF:
        return None
    named = os.environ.get("AISTRALE_COMMAND")
    if named:
        return named
    if find_spec("aistrale_cli") is None:
        return None
    return str(import_module("aistrale_cli").command())


def is_needed(url: str) -> bool:
    """Return whether there is a server to be started: a command for it, and nobody at the URL."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.path or not _is_here(parts.hostname or ""):
        return False
    if command() is None:
        return False
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1):
            return False
    except OSError:
        return True


def start(url: str) -> None:
    """Start it, and return when it answers. APIConnectionError, in its words, if it cannot."""
    program = command()
    if program is None:
        return
    environment = {**os.environ, "AISTRALE_API_URL": url}
    with TemporaryFile() as said:  # no pipe: what it leaves running may hold on to that
        try:
            done = subprocess.run(  # noqa: S603 - the command that the user installed
                [program, "start"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as cause:
            raise _failed(url, program, str(cause)) from None
        if done.returncode != 0:
            said.seek(0)
            raise _failed(url, program, said.read().decode("utf-8", "replace").strip())


def _failed(url: str, program: str, why: str) -> APIConnectionError:
    return APIConnectionError(
        f"No server answers at {url}, and `{program} start` could not start one: {why}",
        url=url,
        sent=False,
    )


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
