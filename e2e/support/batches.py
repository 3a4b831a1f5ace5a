"""`aistrale batch` as a process, and what it left: its answers, its failures, and what the server was asked for."""

import json
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import processes
from .api import Api
from .emulator import TOKENS, emulating
from .machine import LAUNCHER, Machine
from .server import serving
from .wait import until


@contextmanager
def asking_openai(folder: Callable[[str], Path]) -> Iterator[Machine]:
    """A machine with a server that has a token of OpenAI's, which is emulated. `folder` makes one of a name."""
    with emulating(folder("emulator")) as emulator:
        machine = Machine(folder("home"), **emulator.settings("openai"))
        machine.emulator = emulator
        with serving(machine):
            Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
            yield machine


def lines_of(file: Path) -> list[dict]:
    """The objects of a file of JSON lines; none where it is not there. A last line that is not whole fails."""
    if not file.exists():
        return []
    text = file.read_text()
    assert not text or text.endswith("\n"), f"{file.name} ends in the midst of a line"
    return [json.loads(line) for line in text.splitlines()]


def whole_lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


class Batch:
    """A batch on one machine, as a process of its own."""

    def __init__(
        self,
        machine: Machine,
        *arguments: str,
        largest_file: int | None = None,
        **settings: str,
    ):
        def in_the_process() -> None:
            processes.end_with_the_tests()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        self.process = subprocess.Popen(
            [str(LAUNCHER), "batch", *arguments],
            env=machine.environment(**settings),
            cwd=machine.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=in_the_process,
        )

    def end(self, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"a batch without an end; it said:\n{err}") from None
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def resident_kibibytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextmanager
def batching(machine: Machine, *arguments: str, **options) -> Iterator[Batch]:
    batch = Batch(machine, *arguments, **options)
    try:
        yield batch
    finally:
        if batch.process.poll() is None:
            batch.process.kill()
        batch.process.communicate()


def run(machine: Machine, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    with batching(machine, *arguments, **options) as batch:
        return batch.end()


def summary(done: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(done.stdout)


def asked(api: Api, session: str) -> list[dict]:
    """The records of a batch's inferences, when none of them runs any more."""

    def all_ended() -> list[dict] | None:
        records = api.telemetry(session_id=session, limit=200)
        return None if any(record["status"] == "running" for record in records) else records

    return until("the end of what is under way", all_ended)


class Forwarder:
    """Passes bytes on to a server, and counts the connections that it is asked for."""

    def __init__(self, port: int):
        self.target = port
        self.accepted = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            server = socket.create_connection(("127.0.0.1", self.target))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            other.close()

    def close(self) -> None:
        self.listener.close()


class Garbling:
    """A proxy that passes requests on, and gives, instead of the server's first answer to an inference, a page of its own."""

    def __init__(self, port: int, status: int):
        self.garbled = 0
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = self.headers["content-length"]
                body = self.rfile.read(int(length)) if length else None
                server = HTTPConnection("127.0.0.1", port, timeout=30)
                server.request(self.command, self.path, body, dict(self.headers))
                answer = server.getresponse()
                code, text, headers = answer.status, answer.read(), dict(answer.getheaders())
                server.close()
                with lock:
                    garbles = self.command == "POST" and outer.garbled == 0
                    outer.garbled += garbles
                if garbles:
                    code, text, headers = status, b"<p>Blocked</p>", {"content-type": "text/html"}
                self.send_response(code)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Refusing:
    """A server that refuses as `status` says, with the Retry-After that it names, and answers whatever it does not refuse."""

    CODES = {400: "provider_rejected", 401: "authentication_failed", 402: "budget_exceeded"}

    def __init__(self, status: Callable[[int], tuple[int, str | None] | None]):
        self.arrivals: list[tuple[float, int]] = []
        outer, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                mine = {"workspace_id": "ws_1", "workspace_name": "w", "api_key_id": "key_1"}
                mine["operator"] = False
                self.answer(200, "application/json", mine, None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with lock:
                    refusal = status(len(outer.arrivals))
                    outer.arrivals.append((time.monotonic(), refusal[0] if refusal else 200))
                if refusal:
                    code, seconds = refusal
                    if code > 500:  # a gateway's own page
                        self.answer(code, "text/html", {}, None)
                        return
                    word = outer.CODES.get(code, "rate_limited")
                    problem = {"status": code, "code": word, "detail": "too much"}
                    self.answer(code, "application/problem+json", problem, seconds)
                    return
                time.sleep(0.02)
                answer = {
                    **{"id": "inf_1", "text": json.loads(body)["prompt"], "message": {}},
                    **{"model": "m", "provider": "p", "finish_reason": "stop", "usage": None},
                    **{"tool_calls": [], "attempts": [], "cost_usd": 0.001},
                }
                self.answer(200, "application/json", answer, None)

            def answer(self, code: int, kind: str, body: dict, retry_after: str | None) -> None:
                text = json.dumps(body).encode()
                self.send_response(code)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text)))
                if retry_after is not None:
                    self.send_header("retry-after", retry_after)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
