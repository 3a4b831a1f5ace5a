"""The server that comes along: started for the module's functions, when nobody answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aistrale._http_common import is_this_machine, proxy_for

from .fake_server import FakeServer, inference, reply

STARTER = """#!{python}
# As `aistrale start` does: writes the key into the config file, and is back when that answers.
import os, subprocess, sys
home = os.environ["HOME"]
with open(home + "/starts", "a") as starts:
    starts.write(" ".join(sys.argv[1:]) + " " + os.environ["AISTRALE_API_URL"] + "\\n")
import time
time.sleep(float(os.environ.get("TAKES", "0")))
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

BEATING = """
import aistrale, asyncio, time

async def main():
    longest = 0

    async def beat():
        nonlocal longest
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - begun)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.05)
    print(await USE)
    beating.cancel()
    print(longest < 2.5 or longest)

asyncio.run(main())
"""


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
        (package / "__init__.py").write_text("")
        (package / "__main__.py").write_text(
            f"import os, sys\nos.execv({str(command)!r}, [{str(command)!r}, *sys.argv[1:]])\n"
        )
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


@pytest.mark.parametrize(
    "use",
    [
        "aistrale.run_async('Hello')",
        "aistrale.stream_async('Hello').final()",
        "aistrale.session_async().run('Hello')",
        "aistrale.session_async().stream('Hello').final()",
        "aistrale.session_async().fork().run('Hello')",
    ],
)
def test_the_event_loop_goes_on_while_it_is_started(home: Home, use: str) -> None:
    done = home.python(BEATING.replace("USE", use), TAKES="3")
    assert done.stdout == "You are Bearer ais_made\nTrue\n", done.stdout + done.stderr
    assert home.starts == [f"start {home.url}"]


@pytest.mark.parametrize("begin", ["aistrale", "aistrale.session_async()"])
def test_what_is_wrong_with_a_stream_is_said_before_it_is_started(home: Home, begin: str) -> None:
    name = "stream" if begin.endswith(")") else "stream_async"
    done = home.python(f"import aistrale; {begin}.{name}('hi', temprature=1)")
    assert "did you mean temperature?" in done.stderr
    done = home.python(f"import aistrale; {begin}.{name}()")
    assert "give a prompt, messages= or prompt_ref=, one of them" in done.stderr
    assert home.starts == []


def test_what_the_command_says_is_said(home: Home) -> None:
    done = home.python(SYNC, FAILS="yes")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"aistrale.APIConnectionError: No server answers at {home.url},")
    assert last.endswith("start one: aistrale: the server did not start: its port is taken")


THREADS = """
import aistrale, threading, time
def call():
    try:
        aistrale.run("Hello")
    except aistrale.APIConnectionError as error:
        print("is taken" in str(error))
threads = [threading.Thread(target=call) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_a_start_that_fails_fails_all_who_wait_for_it(home: Home) -> None:
    done = home.python(THREADS, FAILS="yes", TAKES="0.5")
    assert done.stdout == "True\n" * 3, done.stderr
    assert home.starts == [f"start {home.url}"]


@pytest.mark.parametrize(
    "program",
    [
        "aistrale.run('Hello', timeout=0.5)",
        "aistrale.stream('Hello', timeout=0.5).final()",
        "asyncio.run(aistrale.run_async('Hello', timeout=0.5))",
    ],
)
def test_a_start_is_part_of_the_calls_time(home: Home, program: str) -> None:
    began = time.monotonic()
    done = home.python(f"import aistrale, asyncio; {program}", TAKES="20")
    assert "APITimeoutError: Timed out: no server answers at" in done.stderr
    assert "not ready within 0.5 s" in done.stderr
    assert time.monotonic() - began < 15  # it is stopped, not waited for


def test_a_loop_goes_on_while_a_server_is_started(home: Home) -> None:
    program = """
import aistrale, asyncio
async def main():
    beats = 0
    calling = asyncio.create_task(aistrale.run_async("Hello"))
    while not calling.done():
        beats += 1
        await asyncio.sleep(0.05)
    print(await calling, beats > 5)
asyncio.run(main())
"""
    assert home.python(program, TAKES="1").stdout == "You are Bearer ais_made True\n"


def test_a_broken_installation_harms_nobody_whose_server_answers(home: Home) -> None:
    (home.folder / "packages/aistrale_cli/__main__.py").write_text("raise RuntimeError('broken')")
    program = "import aistrale; print(aistrale.run('Hello'))"
    with FakeServer(reply(inference("I am here"))) as server:
        done = home.python(program, AISTRALE_API_URL=server.url)
    assert done.stdout == "I am here\n"
    assert "APIConnectionError: No server answers at" in home.python(program).stderr


@pytest.mark.parametrize("host", ["127.0.0.1.example.com", "10.0.0.1", "127.example.com"])
def test_another_machine_is_not_this_one(host: str) -> None:
    assert not is_this_machine(host)
    assert is_this_machine("127.1.2.3")
    assert is_this_machine("::1")
    assert proxy_for(f"http://{host}", {"http_proxy": "http://proxy:3128"}) == "http://proxy:3128"


def test_a_command_may_be_a_line(home: Home) -> None:
    program = "import aistrale; print(aistrale.run('Hello'))"
    line = f"{sys.executable} -m aistrale_cli"
    done = home.python(program, AISTRALE_COMMAND=line)
    assert done.stdout == "You are Bearer ais_made\n", done.stderr


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
