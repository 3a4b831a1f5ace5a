"""One measurement: the load generator against one target for a while."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .processes import AT_ONCE, BINARIES, Failure, Gateway, Mock

CONNECTIONS = 64
OPEN_LOOP_CONNECTIONS = 256
CHAT = "/v1/chat/completions"
NATIVE = "/api/v1/inferences"
END = {CHAT: "[DONE]", NATIVE: '"created_at"'}
PROMPT = "Tell me a short story about a fox and a dog."


@dataclass(frozen=True)
class Target:
    """Where load goes. `pid` and `key` are the gateway's, and None for a direct call."""

    url: str
    pid: int | None = None
    key: str | None = None

    @staticmethod
    def direct(mock: Mock) -> "Target":
        return Target(mock.url)

    @staticmethod
    def of(gateway: Gateway) -> "Target":
        return Target(gateway.url, gateway.pid, gateway.key())


@dataclass(frozen=True)
class Kind:
    """What is sent: path, model, stream or not, at a rate or (0) as fast as 64 connections go."""

    model: str = AT_ONCE
    path: str = CHAT
    stream: bool = False
    rate: int = 0
    connections: int = CONNECTIONS
    keyed: bool = False  # an Idempotency-Key on each call, and the model by its alias
    status: int = 200
    timed: bool = False  # the time of each answer, too: Load.times

    def arguments(self) -> list[str]:
        connections = OPEN_LOOP_CONNECTIONS if self.rate else self.connections
        arguments = ["-c", str(connections), "-rate", str(self.rate), "-model", self.model]
        arguments += ["-status", str(self.status)]
        arguments += ["-keyed"] if self.keyed else []
        arguments += ["-times"] if self.timed else []
        if self.path == NATIVE:
            body = {
                "model": self.model if self.keyed else f"openai/{self.model}",
                "prompt": PROMPT,
                "max_output_tokens": 100,
                "temperature": 0.7,
            }
            body |= {"stream": True} if self.stream else {}
            arguments += ["-body", json.dumps(body)]
        elif self.stream:
            arguments += ["-stream"]
        if self.stream:
            arguments += ["-end", END[self.path]]
        return arguments


class Load:
    """Sends load and keeps the id of every answer that the gateway gave."""

    def __init__(self, mock: Mock, ids: Path):
        self._mock = mock
        self._ids = ids
        self.answered = 0

    def times(self) -> dict[str, int]:
        """When each answer of a timed kind was whole, by its id, in nanoseconds since 1970."""
        lines = (line.split() for line in self._lines())
        return {words[0]: int(words[1]) for words in lines if len(words) == 2}

    def send(self, target: Target, kind: Kind, seconds: float) -> dict[str, Any]:
        """The result, with the mock's CPU seconds. Anything but an answer of 200 is a failure."""
        return self.send_all([target], kind, seconds)[0]

    def send_all(self, targets: list[Target], kind: Kind, seconds: float) -> list[dict[str, Any]]:
        """The same to several targets at once; the mock's CPU seconds, of all, stand in the first result."""
        before = self._mock.stats()
        running = [
            self._start(target, kind, seconds, number) for number, target in enumerate(targets)
        ]
        results = [self._result(load, seconds) for load in running]
        after = self._mock.stats()
        for result in results:
            if (
                result["errors"]
                or result["unsent"]
                or set(result["statuses"]) != {str(kind.status)}
            ):
                raise Failure(f"the load did not get {kind.status} only: {json.dumps(result)}")
        asked = after["requests"] - before["requests"]
        answered = sum(result["ok"] for result in results) if kind.status == 200 else 0
        if asked != answered:
            raise Failure(
                f"{answered} calls were answered, and the upstream was asked {asked} times"
            )
        results[0]["mock_cpu"] = after["cpu"] - before["cpu"]
        if targets[0].key is not None:
            self.answered += answered
        return results

    def ids(self) -> list[str]:
        """The id of every answer."""
        return [line.split()[0] for line in self._lines()]

    def _lines(self) -> list[str]:
        files = [self._ids, *self._ids.parent.glob(f"{self._ids.name}.*")]
        return [line for file in files if file.exists() for line in file.read_text().splitlines()]

    def _start(
        self, target: Target, kind: Kind, seconds: float, number: int
    ) -> subprocess.Popen[str]:
        command = [
            str(BINARIES / "load"),
            "-url",
            target.url + kind.path,
            "-d",
            f"{seconds}s",
            *kind.arguments(),
        ]
        if target.key is not None:
            command += [
                "-H",
                f"Authorization: Bearer {target.key}",
                "-pid",
                str(target.pid),
                "-sink",
                # one file each, as two that append at once would mix their lines
                str(self._ids) if number == 0 else f"{self._ids}.{number}",
            ]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    @staticmethod
    def _result(load: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
        try:
            output, _ = load.communicate(timeout=seconds + 60)
        finally:
            load.kill()
            load.wait()
        if load.returncode != 0:
            raise Failure(f"the load generator ended with {load.returncode}")
        result: dict[str, Any] = json.loads(output)
        return result
