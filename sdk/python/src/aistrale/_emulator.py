"""A real server with emulated providers behind it, for tests: started, reset, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from . import _command
from ._fields import is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._async_client import AsyncAistrale
    from ._client import Aistrale

PROVIDERS: Final = {
    "openai": ("openai/v1", "sk-proj-of-the-emulator"),
    "anthropic": ("anthropic/v1", "sk-ant-api03-of-the-emulator"),
    "gemini": ("gemini/v1beta", "AIzaOfTheEmulator"),
    "groq": ("groq/openai/v1", "gsk_oftheemulator"),
    "huggingface": ("huggingface/v1", "hf_oftheemulator"),
}
DEFAULT_MODEL: Final = "openai/gpt-4o"

START_SECONDS = 300.0
"""A command of a checkout may have to be built first; a process that ends is not waited for."""

STOP_SECONDS = 10.0

_INHERITED = (
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "PATH",
    "PATHEXT",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
)
"""All that the processes are given of the environment: no provider's credential, no setting."""


class EmulatorError(RuntimeError):
    """The server or the emulator cannot be started."""


class Emulator:
    """A server of the tests' own, whose providers are emulated. The fixture `aistrale_emulator`.

    Each test has a workspace of its own, with a token for openai, anthropic, gemini, groq and
    huggingface and the default model openai/gpt-4o: nothing of another test's is in it. The answer
    to "Hello" is `You said: "Hello". This is the emulated gpt-4o.`; a prompt that has
    `say: these words` in it is answered with these words.
    """

    def __init__(self, url: str, api_key: str, workspace_id: str, providers_url: str) -> None:
        self.url = url
        self.api_key = api_key
        self.workspace_id = workspace_id
        self.providers_url = providers_url

    def client(self, **arguments: Any) -> Aistrale:
        """Return a client of this server; the arguments are those of `aistrale.Aistrale`."""
        from ._client import Aistrale

        given: dict[str, Any] = {"api_url": self.url, "api_key": self.api_key}
        return Aistrale(**(given | arguments))

    def async_client(self, **arguments: Any) -> AsyncAistrale:
        """Return an asynchronous client of this server."""
        from ._async_client import AsyncAistrale

        given: dict[str, Any] = {"api_url": self.url, "api_key": self.api_key}
        return AsyncAistrale(**(given | arguments))

    def script(self, *behaviours: Mapping[str, Any], provider: str = "openai") -> None:
        """Have the provider do this with its next requests, one behaviour each.

        `{"text": "Hi."}` answers with these words, `{"status": 503}` fails, `{"delay_ms": 500}`
        waits, `{"cut_after_chunks": 3}` breaks off; `"times": 2` does it twice. The provider's
        requests are counted, not the client's: the server tries some of them again by itself.
        ValueError for a behaviour that the emulator does not know.
        """
        body = {"provider": provider, "behaviours": [dict(each) for each in behaviours]}
        status, answer = _call(self.providers_url, "POST", "/_emulator/script", body)
        if status >= 300:
            raise ValueError(f"the emulator does not take this script: {_words(answer)}")

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the providers were asked in this test, oldest first.

        `provider`, `method`, `path`, `headers`, `body` (decoded, where it is JSON), `model`,
        `status`, `ending` and more of each.
        """
        _, answer = _call(self.providers_url, "GET", "/_emulator/requests")
        return [{**entry, "body": _decoded(entry.get("body"))} for entry in answer["data"]]

    def reset(self) -> None:
        """Forget the scripts, and what the providers were asked."""
        _call(self.providers_url, "DELETE", "/_emulator")

    def __repr__(self) -> str:
        return f"<Emulator {self.url}, workspace {self.workspace_id}>"


class Machinery:
    """The two processes, and the workspaces in the server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[_Process] = []
        self._operator = f"ais_tests_{secrets.token_hex(16)}"
        self._workspaces = 0
        self.url = ""
        self.providers_url = ""

    def start(self) -> None:
        """Start both, and wait until they answer. EmulatorError if they cannot be."""
        try:
            command = find_command()
            emulator = self._run("emulator", [*command, "emulator", "--port", "0"], {})
            self.providers_url = emulator.wait_for(emulator.address)
            server = self._run("server", [*command, "serve"], self._settings())
            self.url = server.wait_for(lambda: _url_in(self._folder / "data" / "server.json"))
            server.wait_for(lambda: _is_ready(self.url))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both. May be called twice."""
        processes, self._processes = self._processes, []
        for process in reversed(processes):
            process.ask_to_end()
        for process in reversed(processes):
            process.end()

    def workspace(self) -> Emulator:
        """Return a new workspace, with tokens and an API key, and an emulator with empty memory."""
        self._workspaces += 1
        name = f"test {self._workspaces}"
        identity = self._made("/api/v1/workspaces", {"name": name})["id"]
        for provider, (_, token) in PROVIDERS.items():
            self._made("/api/v1/tokens", {"provider": provider, "token": token}, identity)
        settings = {"default_model": DEFAULT_MODEL}
        self._made(f"/api/v1/workspaces/{identity}", settings, identity)
        key = self._made("/api/v1/api-keys", {"name": name, "role": "admin"}, identity)["key"]
        emulator = Emulator(self.url, key, identity, self.providers_url)
        emulator.reset()
        return emulator

    def forget(self, emulator: Emulator) -> None:
        """Delete the test's workspace."""
        with contextlib.suppress(OSError, HTTPException):
            path = f"/api/v1/workspaces/{emulator.workspace_id}"
            _call(self.url, "DELETE", path, key=self._operator)

    def _made(self, path: str, body: object, workspace: str | None = None) -> Any:
        status, answer = _call(self.url, "POST", path, body, self._operator, workspace)
        if not 200 <= status < 300:
            raise EmulatorError(f"the server refused POST {path}: {_words(answer)} ({status})")
        return answer

    def _settings(self) -> dict[str, str]:
        settings = {
            f"AISTRALE_PROVIDERS_{name.upper()}_BASE_URL": f"{self.providers_url}/{path}"
            for name, (path, _) in PROVIDERS.items()
        }
        return settings | {
            "AISTRALE_ADMIN_KEY": self._operator,
            "AISTRALE_WEBHOOKS_ALLOWED_TARGETS": "127.0.0.1",
            "AISTRALE_WEBHOOKS_ALLOW_HTTP": "true",
        }

    def _run(self, name: str, command: list[str], settings: Mapping[str, str]) -> _Process:
        home = self._folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        environment = {each: os.environ[each] for each in _INHERITED if each in os.environ}
        environment |= {
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_STATE_HOME": str(home),
            "AISTRALE_CONFIG": str(home / "config.toml"),
            "AISTRALE_SERVER_CONFIG": _empty(home / "aistrale-server.toml"),
            "AISTRALE_DATA_DIR": str(self._folder / "data"),
            "AISTRALE_HOST": "127.0.0.1",
            "AISTRALE_PORT": "0",
            "AISTRALE_OLLAMA_DISCOVERY": "false",
            "AISTRALE_SHUTDOWN_GRACE_MS": "1000",
            **settings,
        }
        process = _Process(name, command, environment, self._folder / f"{name}.log")
        self._processes.append(process)
        return process


def find_command() -> list[str]:
    """Return how to run the `aistrale` command. EmulatorError when there is none."""
    given = _command.named()
    if given is not None:
        if not given or not shutil.which(given[0]):
            said = os.environ["AISTRALE_COMMAND"]
            raise EmulatorError(f"AISTRALE_COMMAND={said} names no program that can be run")
        return given
    found = shutil.which("aistrale")
    if found:
        return [found]
    brought = _command.installed()
    if brought:
        return brought
    raise EmulatorError(
        "there is no `aistrale` command, which runs the server and the emulated providers: install "
        "it (pip install aistrale-cli), or set AISTRALE_COMMAND to one, such as ./aistrale of a "
        "checkout"
    )


_WATCHER = f"""
import os, subprocess, sys, threading
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=lambda: os._exit(program.wait() & 255), daemon=True).start()
sys.stdin.buffer.read()
program.terminate()
try:
    program.wait({STOP_SECONDS})
except subprocess.TimeoutExpired:
    program.kill()
"""
"""Runs a program until its standard input ends, as it does too when the tests are killed."""


class _Process:
    """A program that runs for as long as the tests do; Ctrl-C reaches the tests only."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], log: Path
    ) -> None:
        self._name = name
        self._command = shlex.join(command)
        self._log = log
        with log.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                [sys.executable, "-I", "-c", _WATCHER, *command],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, what: Callable[[], str | None]) -> str:
        """Return what there is as soon as there is something."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            found = what()
            if found:
                return found
            if self._process.poll() is not None:
                raise self._error(f"ended with {self._process.returncode}")
            time.sleep(0.02)
        raise self._error(f"did not answer within {START_SECONDS:g} s")

    def address(self) -> str | None:
        """Return the URL in the line `… listening on URL`, once it is there."""
        for line in self._said().splitlines(keepends=True):
            _, found, url = line.partition("listening on ")
            if found and line.endswith("\n"):
                return url.strip()
        return None

    def ask_to_end(self) -> None:
        """Have it end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def end(self) -> None:
        """Whatever happens: afterwards no process of its group is left."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS + 2)
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        elif self._process.poll() is None:
            self._process.kill()
        self._process.wait(STOP_SECONDS)

    def _said(self) -> str:
        return self._log.read_text("utf-8", errors="replace")

    def _error(self, what: str) -> EmulatorError:
        last = "\n".join(self._said().splitlines()[-20:])
        return EmulatorError(f"the {self._name} ({self._command}) {what}; it said:\n{last}")


def _empty(path: Path) -> str:
    path.touch()
    return str(path)


def _url_in(server_file: Path) -> str | None:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads(server_file.read_bytes())["url"])
    return None


def _is_ready(url: str) -> str | None:
    with contextlib.suppress(OSError, HTTPException, ValueError):
        return url if _call(url, "GET", "/ready")[0] == 200 else None
    return None


def _call(
    url: str,
    method: str,
    path: str,
    body: object = None,
    key: str | None = None,
    workspace: str | None = None,
) -> tuple[int, Any]:
    """Return the status and the JSON that answer a request; no cassette has part in it."""
    headers = {"accept": "application/json"}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    if workspace is not None:
        headers["x-aistrale-workspace"] = workspace
    content = None
    if body is not None:
        headers["content-type"] = "application/json"
        content = json.dumps(body).encode()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return response.status, _decoded(response.read().decode("utf-8", "replace"))
    finally:
        connection.close()


def _decoded(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _words(answer: Any) -> str:
    if is_object(answer):
        return str(answer.get("detail") or answer.get("error") or answer)
    return str(answer)
