"""The server that comes along: started for the module's functions, when nobody answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .fake_server import FakeServer, inference, reply

STARTER = """#!{python}
# As `aistrale start` does: writes the key into the config file, and is back when that answers.
import os, subprocess, sys
home = os.environ["HOME"]
with open(home + "/starts", "a") as starts:
    starts.write(" ".join(sys.argv[1:]) + " " + os.environ["AISTRALE_API_URL"] + "\\n")
if os.environ.get("FAILS"):
    sys.exit("aistrale: the server did not start: its port is taken")
url = os.environ["AISTRALE_API_URL"]
os.makedirs(home + "/.config/aistrale", exist_ok=True)
with open(home + "/.config/aistrale/config.toml", "w") as config:
    config.write('[profiles.default]\\napi_url = "' + url + '"\\napi_key = "ais_made"\\n')
command = [sys.executable, "{server}", url.rpartition(":")[2]]
server = subprocess.Popen(command, stdout=subprocess.PIPE)
with open(home + "/pid", "w") as pid:
    pid.write(str(server.pid))
server.stdout.readline()
"""

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        answer = {answer!r}.replace("KEY", self.headers["authorization"]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""

SYNC = "import aistrale; print(aistrale.run('Hello')); print(aistrale.run('Hello'))"
ASYNC = (
    "import aistrale, asyncio; print(asyncio.run(aistrale.run_async('Hello')));"
    " print(asyncio.run(aistrale.run_async('Hello')))"
)


class Home:
    """A home with an `aistrale_cli` whose command starts a server that says who asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "packages" / "aistrale_cli"
        package.mkdir(parents=True)
        command = folder / "aistrale"
        answer = json.dumps(inference("You are KEY"))
        (folder / "server.py").write_text(SERVER.format(answer=answer))
        command.write_text(STARTER.format(python=sys.executable, server=folder / "server.py"))
        command.chmod(0o755)
        (package / "__init__.py").write_text(f"def command():\n    return {str(command)!r}\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"

    def python(self, program: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.folder / "packages"),
            "AISTRALE_API_URL": self.url,
            **settings,
        }
        command = [sys.executable, "-W", "error", "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def starts(self) -> list[str]:
        file = self.folder / "starts"
        return file.read_text().splitlines() if file.exists() else []

    def end(self) -> None:
        file = self.folder / "pid"
        if file.exists():
            os.kill(int(file.read_text()), 9)


@pytest.fixture
def home(tmp_path: Path):
    home = Home(tmp_path)
    yield home
    home.end()


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_it_is_started_once_and_its_first_key_is_used(home: Home, program: str) -> None:
    done = home.python(program)
    assert done.stdout == "You are Bearer ais_made\n" * 2, done.stderr
    assert home.starts == [f"start {home.url}"]
    assert home.python(program).stdout == done.stdout
    assert home.starts == [f"start {home.url}"]


def test_what_the_command_says_is_said(home: Home) -> None:
    done = home.python(SYNC, FAILS="yes")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"aistrale._errors.APIConnectionError: No server answers at {home.url},")
    assert last.endswith("start one: aistrale: the server did not start: its port is taken")


def test_a_command_that_is_not_there_is_named(home: Home) -> None:
    done = home.python(SYNC, AISTRALE_COMMAND="/nowhere/aistrale")
    assert "`/nowhere/aistrale start` could not start one" in done.stderr
    assert home.starts == []


@pytest.mark.parametrize(
    "settings",
    [
        {"AISTRALE_AUTOSTART": "0"},
        {"AISTRALE_AUTOSTART": "Off"},
        {"PYTHONPATH": ""},
        {"AISTRALE_API_URL": "http://127.0.0.1:9/gateway"},
    ],
    ids=["off", "off-too", "no-command", "behind-a-path"],
)
def test_nothing_is_started(home: Home, settings: dict[str, str]) -> None:
    done = home.python("import aistrale; aistrale.run('Hello', max_retries=0)", **settings)
    assert "APIConnectionError: Cannot connect to" in done.stderr
    assert home.starts == []


def test_a_server_that_answers_is_left_alone(home: Home) -> None:
    with FakeServer(reply(inference("I am here"))) as server:
        done = home.python(
            "import aistrale; print(aistrale.run('Hello'))", AISTRALE_API_URL=server.url
        )
    assert done.stdout == "I am here\n"
    assert home.starts == []


def test_a_client_of_ones_own_starts_nothing(home: Home) -> None:
    program = "import aistrale; aistrale.Aistrale(max_retries=0).run('Hello')"
    assert "APIConnectionError: Cannot connect to" in home.python(program).stderr
    assert home.starts == []


def test_the_module_that_starts_it_is_imported_late() -> None:
    program = "import sys, aistrale; assert 'aistrale._local_server' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
