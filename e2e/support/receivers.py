"""The receivers of examples/webhooks: installed as their README says, started, and sent what an independent signer signed."""

import base64
import fcntl
import hashlib
import hmac
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from . import processes
from .machine import ROOT, free_port
from .wait import until

EXAMPLES = ROOT / "examples" / "webhooks"
BUILD = Path(os.environ.get("AISTRALE_BUILD_DIR") or "/tmp/aistrale-build")
NEEDED = {
    "flask": ["python3"],
    "fastapi": ["python3"],
    "express": ["npm", "node"],
    "go": ["go"],
    "java": ["mvn"],
    "relay": ["python3"],
}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def commands(name: str) -> tuple[list[str], str]:
    """What the README of the examples says to install this one with, and to run it with."""
    readme = (EXAMPLES / "README.md").read_text()
    block = re.search(rf"^## {name}\n.*?^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert block, f"examples/webhooks/README.md has no commands for {name}"
    *install, run = block[1].splitlines()
    return install, run


def java_home() -> str:
    return subprocess.run(
        [ROOT / "tools" / "java-home"], check=True, capture_output=True, text=True
    ).stdout.strip()


def environment() -> dict[str, str]:
    """The user's own, so that package managers know their caches, with the JDK that the tests run with first."""
    home = java_home()
    return {**os.environ, "JAVA_HOME": home, "PATH": f"{home}/bin:{os.environ['PATH']}"}


def installed(name: str) -> Path:
    """The folder of the example with all that it needs; made once for each state of its files."""
    for tool in NEEDED[name]:
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is not on this machine: `make setup` installs it, or says how")
    install, _ = commands(name)
    files = [path for path in sorted((EXAMPLES / name).iterdir()) if path.is_file()]
    known = hashlib.sha256("\n".join(install).encode())
    for path in files:
        known.update(path.name.encode() + b"\0" + path.read_bytes())
    folder = BUILD / "receivers" / f"{name}-{known.hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for path in files:
                shutil.copy(path, folder)
            for command in install:
                done = subprocess.run(
                    ["sh", "-ec", command],
                    cwd=folder,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=500,
                )
                assert done.returncode == 0, f"{name}: {command}\n{done.stdout}"
            (folder / "ready").touch()
    return folder


class Receiver:
    """One that runs."""

    def __init__(self, port: int, process: subprocess.Popen, out: Path, err: Path):
        self.url = f"http://127.0.0.1:{port}/hook"
        self.process = process
        self._out = out
        self._err = err
        self.http = httpx2.Client(trust_env=False, timeout=10)

    @property
    def printed(self) -> list[str]:
        return self._out.read_text().splitlines()

    @property
    def log(self) -> str:
        return self._err.read_text(errors="replace")

    def is_up(self) -> bool:
        if (code := self.process.poll()) is not None:
            raise AssertionError(f"the receiver ended with {code}:\n{self.log}")
        try:
            return self.http.post(self.url, content=b"{}").status_code == 400
        except httpx2.TransportError:
            return False

    def send(self, body: bytes, headers: dict[str, str]) -> int:
        headers = {"content-type": "application/json", **headers}
        return self.http.post(self.url, content=body, headers=headers).status_code

    def wait_for(self, line: str) -> None:
        try:
            until(f"the line {line!r}", lambda: line in self.printed)
        except AssertionError as late:
            raise AssertionError(f"{late}; printed: {self.printed}; log:\n{self.log}") from None


@contextmanager
def running(name: str, folder: Path, secret: str = SECRET, **more: str) -> Iterator[Receiver]:
    """The example on a free port, for as long as the block runs; its outputs stand in `folder`."""
    home = installed(name)
    port = free_port()
    _, run = commands(name)
    assert "3000" in run, run
    out, err = folder / f"{name}.out", folder / f"{name}.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            ["sh", "-ec", "exec env " + run.replace("3000", str(port))],
            cwd=home,
            env={
                "PATH": environment()["PATH"],
                "HOME": str(folder),
                "LANG": "C.UTF-8",
                "WEBHOOK_SECRET": secret,
                **more,
            },
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=processes.end_with_the_tests,
            start_new_session=True,
        )
    receiver = Receiver(port, process, out, err)
    try:
        yield receiver
    finally:
        receiver.http.close()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(timeout=10)


@contextmanager
def receiving(name: str, folder: Path, secret: str = SECRET, **more: str) -> Iterator[Receiver]:
    """The same, once it answers."""
    with running(name, folder, secret, **more) as receiver:
        until(f"an answer of {name}", receiver.is_up, seconds=60)
        yield receiver


def signature(body: bytes, webhook_id: str, timestamp: str, secret: str = SECRET) -> str:
    """Standard Webhooks' `v1`, from its text and Python's own HMAC."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = webhook_id.encode() + b"." + timestamp.encode() + b"." + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def signed(body: bytes, webhook_id: str, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """The three headers of a request that was signed so many seconds ago."""
    timestamp = str(int(time.time()) - age)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(body, webhook_id, timestamp, secret),
    }
