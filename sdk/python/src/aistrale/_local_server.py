"""The local server that comes with the distribution `aistrale`: started when nobody answers.

Only the module's functions do this, for a URL of this machine, with the command that the package
`aistrale_cli` brought (or `AISTRALE_COMMAND` names). `AISTRALE_AUTOSTART=0` turns it off. It
goes on when the program ends; `aistrale stop` ends it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from . import _command
from ._errors import APIConnectionError, APITimeoutError
from ._http_common import is_this_machine

_OFF = frozenset({"0", "false", "no", "off"})
_PATIENCE = 60.0
"""Seconds. The command itself gives up sooner, in better words."""
_REST = 5.0
"""Seconds after a start that failed in which it is not tried again: the next would fail too."""

_failed: dict[str, tuple[float, str]] = {}
"""By URL: when a start failed last, and what was said."""


def is_possible(url: str) -> bool:
    """Return whether a server could be started for the URL. Looks at nothing but names."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.path or not is_this_machine(parts.hostname or ""):
        return False
    if os.environ.get("AISTRALE_AUTOSTART", "").strip().lower() in _OFF:
        return False
    return (_command.named() or _command.installed()) is not None


def is_needed(url: str) -> bool:
    """Return whether there is a server to be started: it is possible, and nobody answers there."""
    if not is_possible(url):
        return False
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1):
            return False
    except OSError:
        return True


def start(url: str, patience: float | None = None) -> None:
    """Start it, and return when it answers, within so many seconds.

    APIConnectionError, in the command's words, if it cannot be started; APITimeoutError when it
    takes longer than the patience.
    """
    command = _command.named() or _command.installed() or []
    since, why = _failed.get(url, (-_REST, ""))
    if time.monotonic() - since < _REST:
        raise _cannot(url, command, why)
    seconds = min(_PATIENCE, patience or _PATIENCE)
    try:
        done, said = _run(command, url, seconds)
    except subprocess.TimeoutExpired:
        raise APITimeoutError(
            f"Timed out: no server answers at {url}, and the one that was started was not ready "
            f"within {seconds:g} s. Give a longer timeout=, or start it before: "
            "`aistrale start`.",
            url=url,
        ) from None
    except OSError as cause:
        done, said = -1, str(cause)
    if done != 0:
        _failed[url] = (time.monotonic(), said)
        raise _cannot(url, command, said)


def _run(command: list[str], url: str, seconds: float) -> tuple[int, str]:
    with TemporaryFile() as said:  # no pipe: what it leaves running may hold on to that
        done = subprocess.run(  # noqa: S603 - the command that the user installed
            [*command, "start"],
            env={**os.environ, "AISTRALE_API_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            timeout=seconds,
            check=False,
        )
        said.seek(0)
        return done.returncode, said.read().decode("utf-8", "replace").strip()


def _cannot(url: str, command: list[str], why: str) -> APIConnectionError:
    return APIConnectionError(
        f"No server answers at {url}, and `{' '.join([*command, 'start'])}` could not start one: "
        f"{why}",
        url=url,
        sent=False,
    )
