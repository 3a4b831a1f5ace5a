"""The processes of a run: built, started, asked for their memory, ended by their own ids."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
BINARIES = BENCH / "target" / "bin"
INHERITED = ("PATH", "JAVA_HOME", "LANG", "LC_ALL", "TMPDIR", "AISTRALE_SERVER_JAVA_OPTS")

# What the models of the mock upstream do; each goes through the same provider and the same code.
AT_ONCE, SLOW, DRIP, BROKEN = "gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-4.1-nano"
SLOW_MS, DRIP_MS = 50, 5


class Failure(Exception):
    """The run cannot go on; the message says why and what to do."""


def build_tools() -> None:
    """Compiles the mock upstream, the load generator and the receiver where they are missing or old."""
    if shutil.which("go") is None:
        raise Failure(
            "bench/run needs Go 1.22 or newer for its load generator: install it (https://go.dev/dl)."
        )
    BINARIES.mkdir(parents=True, exist_ok=True)
    programs = ["./mock", "./load", "./receive"]
    subprocess.run(
        ["go", "build", "-buildvcs=false", "-o", f"{BINARIES}{os.sep}", *programs],
        cwd=BENCH / "gateway",
        check=True,
    )


def build_product() -> str:
    """The product's version, after building it if that is needed."""
    return subprocess.run(
        [str(ROOT / "aistrale"), "--version"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child that leads a group of its own; `end` leaves nothing of it."""

    def __init__(
        self, command: list[str], log: Path, environment: dict[str, str], pipe: bool = False
    ):
        self._log = log.open("ab")
        self.log_path = log
        self.popen = subprocess.Popen(
            command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipe else self._log,
            stderr=self._log,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def end(self, grace: float = 10) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()
        self._log.close()


class Mock(Process):
    """The upstream: answers at once, after 50 ms, in drips, or 500, by the model it is asked for."""

    def __init__(self, folder: Path):
        command = [str(BINARIES / "mock"), "-addr", "127.0.0.1:0"]
        command += ["-slow", f"{SLOW}={SLOW_MS}ms", "-drip", f"{DRIP}={DRIP_MS}ms", "-fail", BROKEN]
        super().__init__(command, folder / "mock.log", {"PATH": os.environ["PATH"]}, pipe=True)
        assert self.popen.stdout is not None
        self.url = self.popen.stdout.readline().decode().strip()
        if not self.url:
            raise Failure(f"the mock upstream did not start:\n{self.log_path.read_text()}")

    def stats(self) -> dict[str, float]:
        """Requests so far, and the CPU seconds they cost."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=5) as answer:
            stats: dict[str, float] = json.load(answer)
            return stats


class Gateway(Process):
    """`./aistrale serve` as users start it, in a home of its own and with an OpenAI if given."""

    def __init__(self, folder: Path, upstream: str | None, settings: dict[str, str] | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "config" / "aistrale" / "config.toml"
        self.data = folder / "data"
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        environment |= {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "AISTRALE_DATA_DIR": str(self.data),
            "AISTRALE_PORT": str(self.port),
        }
        if upstream is not None:
            environment |= {
                "OPENAI_API_KEY": "sk-bench",
                "AISTRALE_PROVIDERS_OPENAI_BASE_URL": f"{upstream}/v1",
            }
        environment |= settings or {}
        self._key = environment.get("AISTRALE_ADMIN_KEY")
        self.started = time.monotonic()
        super().__init__([str(ROOT / "aistrale"), "serve"], folder / "server.log", environment)

    def key(self) -> str:
        """The API key, which the first start writes into the user's configuration; waits for it."""
        if self._key is not None:
            return self._key
        while True:
            try:
                key: str = tomllib.loads(self.config.read_text())["profiles"]["default"]["api_key"]
                return key
            except (OSError, KeyError, tomllib.TOMLDecodeError):
                self._wait_a_moment()

    def first_answer(self) -> float:
        """Seconds from exec to the first 200 of an inference, which the built-in demo answers."""
        body = json.dumps({"prompt": "Hello, world!", "provider": "demo"}).encode()
        while True:
            headers = {"authorization": f"Bearer {self.key()}", "content-type": "application/json"}
            request = urllib.request.Request(f"{self.url}/api/v1/inferences", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    answer.read()
                    return time.monotonic() - self.started
            except urllib.error.HTTPError as refused:
                raise Failure(
                    f"the server refused the first inference: {refused.read().decode()}"
                ) from refused
            except OSError:
                self._wait_a_moment()

    def cpu(self) -> float:
        """Seconds of user and system time since its start, as /proc counts them: in hundredths."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _wait_a_moment(self) -> None:
        if self.popen.poll() is not None:
            raise Failure(
                f"the server ended with {self.popen.returncode}:\n{self.log_path.read_text()}"
            )
        if time.monotonic() - self.started > 60:
            raise Failure(f"the server gave no answer for 60 s:\n{self.log_path.read_text()}")
        time.sleep(0.005)

    def memory(self) -> dict[str, float]:
        """Resident memory in MiB: `now` and the highest (`peak`) since its start."""
        status = Path(f"/proc/{self.pid}/status").read_text()

        def mib(field: str) -> float:
            found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
            if found is None:
                raise Failure(f"/proc/{self.pid}/status has no {field}")
            return int(found.group(1)) / 1024

        return {"now": mib("VmRSS"), "peak": mib("VmHWM")}
