"""A receiver of webhooks as its users write one: it verifies with the official library, and notes all that came."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jsonschema import Draft202012Validator

from . import processes
from .machine import ROOT, free_port
from .wait import until

EVENTS = ROOT / "contract" / "events"
HOST = "127.0.0.1"

OPENED = {"AISTRALE_WEBHOOKS_ALLOWED_TARGETS": HOST, "AISTRALE_WEBHOOKS_ALLOW_HTTP": "true"}
"""The settings without which a server sends nothing to these receivers."""


@dataclass
class Arrival:
    """One request that came. `verified` are the numbers of the path's secrets that its signature is of."""

    at: float
    path: str
    headers: dict[str, str]
    verified: list[int]
    body: str

    @cached_property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @cached_property
    def envelope(self) -> dict:
        return json.loads(self.body)

    @property
    def data(self) -> dict:
        return self.envelope["data"]


class Receiver:
    def __init__(self, folder: Path):
        self._journal = folder / f"arrivals-{free_port()}.jsonl"
        self._read_to = 0
        self._arrivals: list[Arrival] = []
        self._trusted: dict[str, list[str]] = {}
        self._log = self._journal.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("receiving.py")), str(self._journal)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=processes.end_with_the_tests,
            )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().decode().strip()
        assert port, f"the receiver did not start: {self._log.read_text()}"
        self.origin = f"http://{HOST}:{port}"

    def url(self, path: str) -> str:
        return f"{self.origin}{path}"

    def trust(self, path: str, *secrets: str) -> None:
        """From now on what comes there is verified with these secrets."""
        self._trusted[path] = list(secrets)
        request = urllib.request.Request(
            self.url("/_secrets"), json.dumps(self._trusted).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=10).close()

    def arrivals(self, path: str | None = None) -> list[Arrival]:
        """All that came so far, at a path or anywhere, in its order."""
        assert self.process.poll() is None, f"the receiver ended: {self._log.read_text()}"
        with self._journal.open("rb") as journal:
            journal.seek(self._read_to)
            whole, newline, _ = journal.read().rpartition(b"\n")
        self._read_to += len(whole + newline)
        self._arrivals += [Arrival(**json.loads(line)) for line in whole.splitlines()]
        return [one for one in self._arrivals if path is None or one.path == path]

    def wait_for(self, path: str, count: int = 1, seconds: float = 30) -> list[Arrival]:
        """What came there, as soon as it is so many."""

        def enough() -> list[Arrival] | None:
            came = self.arrivals(path)
            return came if len(came) >= count else None

        return until(f"{count} arrivals at {path}", enough, seconds)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    folder.mkdir(parents=True, exist_ok=True)
    receiver = Receiver(folder)
    try:
        yield receiver
    finally:
        receiver.end()


@cache
def schema(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((EVENTS / f"{event_type}.json").read_text()))


def check(arrivals: Iterable[Arrival]) -> None:
    """What holds for everything that ever comes: signed, as the contract has it, the same each time."""
    bodies: dict[tuple[str, str], str] = {}
    for one in arrivals:
        assert one.verified, f"no known secret has signed {one}"
        again = (one.path, one.id)
        assert bodies.setdefault(again, one.body) == one.body, f"{one.id} came with two bodies"
    for (_, id), body in bodies.items():
        envelope = json.loads(body)
        assert envelope["id"] == id
        mistakes = [error.message for error in schema(envelope["type"]).iter_errors(envelope)]
        assert not mistakes, f"{envelope}: {mistakes}"


def lost(accepted: Iterable[str], arrivals: list[Arrival]) -> set[str]:
    """The inferences that were answered and of which nothing came."""
    came = {
        one.data["inference_id"]
        for one in arrivals
        if one.envelope["type"] == "inference.completed"
    }
    return set(accepted) - came


@dataclass(frozen=True)
class History:
    """What a producer was promised, held to what came at one path."""

    lost: set[str]
    duplicates: int
    unanswered: int
    """Events that came of inferences whose answer never did: begun, recorded, and cut."""

    @staticmethod
    def of(accepted: Iterable[str], arrivals: list[Arrival]) -> "History":
        """Each `inference.completed` is of one inference, and each inference has one."""
        check(arrivals)
        events: dict[str, str] = {}
        for one in arrivals:
            if one.envelope["type"] == "inference.completed":
                inference = one.data["inference_id"]
                known = events.setdefault(inference, one.id)
                assert known == one.id, f"{inference} has two events, {known} and {one.id}"
        promised = set(accepted)
        came = Counter(one.id for one in arrivals)
        return History(
            lost=promised - events.keys(),
            duplicates=came.total() - len(came),
            unanswered=len(events.keys() - promised),
        )


class Canary:
    """A socket that hears nothing unless somebody opens a connection to where nobody may."""

    def __init__(self) -> None:
        self.heard = 0
        self._socket = socket.create_server((HOST, 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.heard += 1
            connection.close()

    def check(self) -> None:
        """That it heard nobody, and would have."""
        time.sleep(0.2)
        assert self.heard == 0, f"{self.heard} connections to where nobody may go"
        socket.create_connection((HOST, self.port), timeout=5).close()
        until("the canary hears", lambda: self.heard == 1)
        self.heard = 0

    def end(self) -> None:
        self._socket.close()


@contextmanager
def canary() -> Iterator[Canary]:
    bird = Canary()
    try:
        yield bird
    finally:
        bird.end()
