"""Keys, workspaces and the audit log by the command line, and what an old server says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from support.api import Api
from support.machine import ROOT, Machine
from support.server import serving

ADMIN = "ais_" + "operators-own-key-0123456789abcdefghijk"
VERSION = (ROOT / "VERSION").read_text().strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("access"))
    with serving(machine, AISTRALE_ADMIN_KEY=ADMIN):
        yield machine


def said(machine: Machine, *arguments: str, **more: str) -> str:
    done = machine.aistrale(*arguments, **more)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def admin(home):
    """The API key of an admin of the default workspace, as the operator makes one."""
    return said(
        home, "keys", "create", "--name", "admin", "--role", "admin", AISTRALE_API_KEY=ADMIN
    ).strip()


def test_a_key_stands_alone_on_standard_output_and_does_what_its_role_may(home, admin):
    done = home.aistrale(
        *("keys", "create", "--name", "ci", "--role", "viewer", "--expires", "90d"),
        AISTRALE_API_KEY=admin,
    )
    assert done.returncode == 0, done.stderr
    key = done.stdout.removesuffix("\n")
    assert key.startswith("ais_") and "\n" not in key
    assert key not in done.stderr and "shown this once" in done.stderr
    assert "viewer" in said(home, "whoami", AISTRALE_API_KEY=key)
    refused = home.aistrale("run", "Hi", AISTRALE_API_KEY=key)
    assert refused.returncode == 3 and "member" in refused.stderr

    listed = json.loads(said(home, "keys", "list", "--json", AISTRALE_API_KEY=admin))["data"]
    [mine] = [each for each in listed if each["name"] == "ci"]
    assert mine["last_four"] == key[-4:] and mine["expires_at"] and key not in json.dumps(listed)
    said(home, "keys", "update", mine["id"], "--never-expires", AISTRALE_API_KEY=admin)
    said(home, "keys", "revoke", mine["id"], AISTRALE_API_KEY=admin)
    gone = home.aistrale("run", "Hi", AISTRALE_API_KEY=key)
    assert gone.returncode == 3 and "401" in gone.stderr
    actions = said(home, "audit", "list", AISTRALE_API_KEY=admin)
    assert all(f"api_key.{what}" in actions for what in ("created", "updated", "revoked"))


def test_the_reason_of_a_refused_key_is_said_also_for_a_run(home):
    """The command line's HTTP client drops the body of a 401 to a POST."""
    run = home.aistrale("run", "Hi", AISTRALE_API_KEY="ais_wrong")
    listing = home.aistrale("telemetry", "view", AISTRALE_API_KEY="ais_wrong")
    assert run.returncode == listing.returncode == 3
    assert run.stderr.split(" (401")[0] == listing.stderr.split(" (401")[0]
    assert "authentication_failed" in run.stderr


def test_the_operator_makes_a_workspace_works_in_it_and_deletes_it(home, admin):
    operator = {"AISTRALE_API_KEY": ADMIN}
    made = home.aistrale(
        *("workspaces", "create", "research", "--retention-days", "90", "--json"), **operator
    )
    assert made.returncode == 0, made.stderr
    workspace = json.loads(made.stdout)["id"]
    key = said(
        home,
        *("keys", "create", "--name", "first", "--role", "admin", "--workspace", workspace),
        **operator,
    ).strip()
    assert "research" in said(home, "whoami", AISTRALE_API_KEY=key)
    said(home, "workspaces", "update", workspace, "--capture-content", AISTRALE_API_KEY=key)
    shown = json.loads(said(home, "workspaces", "get", workspace, "--json", AISTRALE_API_KEY=key))
    assert (shown["capture_content"], shown["retention_days"]) == (True, 90)
    assert workspace in said(home, "workspaces", "list", **operator)
    assert home.aistrale("whoami", "--workspace", workspace, AISTRALE_API_KEY=admin).returncode == 3
    assert home.aistrale("workspaces", "create", "x", AISTRALE_API_KEY=admin).returncode == 3

    asked = home.aistrale("workspaces", "delete", workspace, **operator)
    assert asked.returncode == 2 and "--yes" in asked.stderr
    said(home, "workspaces", "delete", workspace, "--yes", **operator)
    assert home.aistrale("whoami", AISTRALE_API_KEY=key).returncode == 3
    default = Api(home.url, ADMIN).get("/api/v1/whoami").json()["workspace_id"]
    assert home.aistrale("workspaces", "delete", default, "--yes", **operator).returncode == 4


class OldServer(BaseHTTPRequestHandler):
    """Knows its health, and nothing that came later."""

    def do_GET(self):
        if self.path == "/health":
            self.answer(200, {"status": "ok", "version": "0.0.9"})
        else:
            problem = {
                "status": 404,
                "code": "not_found",
                "detail": "There is nothing at this path.",
            }
            self.answer(404, problem)

    def answer(self, status: int, body: dict) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_that_is_too_old_is_named_with_the_version_that_is_needed(machine):
    server = HTTPServer(("127.0.0.1", 0), OldServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        done = machine.aistrale("prompts", "list", AISTRALE_API_URL=url, AISTRALE_API_KEY="ais_x")
    finally:
        server.shutdown()
        server.server_close()
    assert (done.returncode, done.stdout) == (4, "")
    assert "0.0.9" in done.stderr and VERSION in done.stderr and "Upgrade the server" in done.stderr
