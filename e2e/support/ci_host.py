"""Fakes of the two CI hosts that the relay calls: strict about what the real ones demand, and failing when they are told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

GITHUB_TOKEN = "github_pat_e2eSecret0a1b"
GITLAB_TOKEN = "glptt-e2eSecret2c3d"


class CiHost(ThreadingHTTPServer):
    """What was started, in order; `answers` are the statuses that the next requests get instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.started: list[dict] = []
        self.refused: list[tuple[int, str]] = []
        self.answers: list[int] = []


class Handler(BaseHTTPRequestHandler):
    server: CiHost

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.server.answers:
            self._answer(self.server.answers.pop(0), "told to")
        elif self.path == "/repos/acme/app/dispatches":
            self._github(body)
        elif self.path == "/api/v4/projects/acme%2Fapp/trigger/pipeline":
            self._gitlab(body)
        else:
            self._answer(404, f"no {self.path}")

    def _github(self, body: str) -> None:
        if self.headers["authorization"] != f"Bearer {GITHUB_TOKEN}":
            return self._answer(401, "Bad credentials")
        if not self.headers["user-agent"]:
            return self._answer(403, "Request forbidden by administrative rules")
        asked = json.loads(body)
        unknown = asked.keys() - {"event_type", "client_payload"}
        if unknown or not 1 <= len(asked["event_type"]) <= 100 or len(asked["client_payload"]) > 10:
            return self._answer(422, "Invalid request")
        self.server.started.append(asked)
        self._answer(204, "")

    def _gitlab(self, body: str) -> None:
        if self.headers["content-type"] != "application/x-www-form-urlencoded":
            return self._answer(415, "The provided content-type is not supported")
        asked = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
        if asked.pop("token", None) != GITLAB_TOKEN:
            return self._answer(404, "404 Not Found")
        if asked.get("ref") != "main":
            return self._answer(400, "Reference not found")
        self.server.started.append(asked)
        self._answer(201, json.dumps({"id": 257, "status": "created"}))

    def _answer(self, status: int, said: str) -> None:
        if status not in (201, 204):
            self.server.refused.append((status, said))
        data = said.encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("location", "/somewhere/else")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """Where a redirect leads: a page like any other."""
        self._answer(200, "hello")

    def log_message(self, format: str, *values: object) -> None:
        """Says nothing."""


@contextmanager
def ci_host() -> Iterator[CiHost]:
    host = CiHost()
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.shutdown()
        thread.join(timeout=10)
        host.server_close()


def github(host: CiHost, token: str = GITHUB_TOKEN) -> dict[str, str]:
    """What the relay is told to start workflows there."""
    return {"GITHUB_API_URL": host.url, "GITHUB_REPOSITORY": "acme/app", "GITHUB_TOKEN": token}


def gitlab(host: CiHost, token: str = GITLAB_TOKEN) -> dict[str, str]:
    """What the relay is told to start pipelines there."""
    return {
        "GITLAB_API_URL": f"{host.url}/api/v4",
        "GITLAB_PROJECT": "acme/app",
        "GITLAB_TRIGGER_TOKEN": token,
        "GITLAB_REF": "main",
    }
