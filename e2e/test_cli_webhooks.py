"""Webhooks by the command line: made, tried, looked at, repaired; and listened to."""

import json
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.api import Api
from support.hooks import HELLO, new_secret
from support.machine import LAUNCHER, ROOT, Machine, free_port
from support.receiver import OPENED, Receiver, check, receiving
from support.server import serving
from support.terminal import Terminal
from support.wait import until


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("webhooks"))
    with serving(machine, **OPENED):
        machine.api_key()
        yield machine


@pytest.fixture(scope="module")
def receiver(tmp_path_factory) -> Iterator[Receiver]:
    with receiving(tmp_path_factory.mktemp("receiver")) as receiver:
        yield receiver


@pytest.fixture
def path(mark) -> str:
    return f"/ok/{mark}"


def api(machine: Machine) -> Api:
    return Api(machine.url, machine.api_key())


def said(machine: Machine, *arguments: str, **more: str) -> str:
    """As a terminal shows it."""
    done = machine.aistrale("webhooks", *arguments, AISTRALE_OUTPUT="table", **more)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def as_json(machine: Machine, *arguments: str):
    return json.loads(said(machine, *arguments, "--json"))


class Listener:
    """`aistrale webhooks listen`, as a process: what it said so far, and its end."""

    def __init__(self, machine: Machine, folder: Path, *options: str, **settings: str):
        number = len(list(folder.glob("listener-*.out")))
        self._out = folder / f"listener-{number}.out"
        self._err = self._out.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [str(LAUNCHER), "webhooks", "listen", *options],
                env=machine.environment(**settings),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # as a shell in the foreground starts it, also when these tests are not
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    @property
    def out(self) -> list[str]:
        return self._out.read_text().splitlines()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def wait_for(self, text: str, seconds: float = 30) -> "Listener":
        until(f"{text!r} of the listener", lambda: text in self.err, seconds)
        return self

    def lines(self, count: int, seconds: float = 30) -> list[str]:
        until(f"{count} lines of the listener", lambda: len(self.out) >= count, seconds)
        return self.out

    def interrupt(self) -> str:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(15) == 130, self.err
        return self.err

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def listening(tmp_path):
    running: list[Listener] = []

    def listen(machine: Machine, *options: str, **settings: str) -> Listener:
        listener = Listener(machine, tmp_path, *options, **settings)
        running.append(listener)
        return listener.wait_for("Ctrl-C ends it.")

    yield listen
    for listener in running:
        listener.end()


def test_a_webhook_from_its_making_to_its_end(home, receiver, path, mark):
    made = home.aistrale(
        *("webhooks", "create", receiver.url(path), "--events", "inference.completed"),
        *("--name", mark, "--filter", f"team={mark}", "--header", "X-Token: a:b"),
    )
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert secret.startswith("whsec_") and secret not in made.stderr
    receiver.trust(path, secret)
    [listed] = [each for each in as_json(home, "list")["data"] if each["name"] == mark]
    id = listed["id"]
    assert f"aistrale webhooks test {id}" in made.stderr
    assert secret not in json.dumps(listed)

    assert ": answered 204, " in said(home, "test", id)
    assert said(home, "trigger", "prompt.updated", "--webhook", id).startswith("Delivered dlv_")
    first, second = receiver.wait_for(path, 2)
    assert (first.envelope["type"], first.envelope["test"]) == ("webhook.test", True)
    assert second.envelope["type"] == "prompt.updated"
    assert first.headers["x-token"] == "a:b"

    api(home).answer(**HELLO)
    inference = api(home).answer(**HELLO, metadata={"team": mark})["id"]
    assert receiver.wait_for(path, 3)[2].data["inference_id"] == inference
    those = ("deliveries", id, "--event", "inference.completed", "--status")
    done = until("the delivery is noted", lambda: as_json(home, *those, "delivered")["data"])
    assert len(done) == 1, "the other inference does not match"
    table = said(home, "deliveries", id, "--last", "1h")
    assert done[0]["id"] in table and "answered 204" in table
    shown = said(home, "show", done[0]["id"])
    assert "attempt 1 " in shown and inference in shown.splitlines()[-1]

    said(home, "retry", done[0]["id"])
    again = receiver.wait_for(path, 4)[3]
    assert again.data["inference_id"] == inference

    rotated = said(home, "rotate-secret", id).strip()
    receiver.trust(path, secret, rotated)
    said(home, "test", id)
    assert receiver.wait_for(path, 5)[4].verified == [0, 1]
    check(receiver.arrivals(path))

    assert "state       disabled\n" in said(home, "update", id, "--disable", "--no-filter")
    assert as_json(home, "get", id)["filter"] is None
    unmeant = home.aistrale("webhooks", "delete", id, stdin="y\n")
    assert unmeant.returncode == 2 and "--yes" in unmeant.stderr
    said(home, "delete", id, "--yes")
    assert home.aistrale("webhooks", "get", id).returncode == 4
    assert done[0]["id"] in said(home, "deliveries", id), "they stay readable"


def test_what_failed_is_told_and_recovered(home, receiver, mark):
    path = f"/status/503/{mark}"
    secret = new_secret()
    receiver.trust(path, secret)
    url = receiver.url(path)
    made = said(
        home,
        *("create", url, "--events", "inference.completed", "--filter", f"team={mark}"),
        *("--secret", "-", "--json"),
        stdin=secret,
    )
    id = json.loads(made)["id"]
    tried = home.aistrale("webhooks", "test", id)
    assert (tried.returncode, tried.stdout) == (6, "")
    assert "answered 503, " in tried.stderr and "\n  | xxx" in tried.stderr
    assert len(tried.stderr) < 1000

    api(home).answer(**HELLO, metadata={"team": mark})
    those = ("deliveries", id, "--event", "inference.completed", "--status")
    [pending] = until("an attempt that failed", lambda: as_json(home, *those, "pending")["data"])
    assert "answered 503" in said(home, "deliveries", id)
    said(home, "update", id, "--disable")
    until("it is given up", lambda: as_json(home, "show", pending["id"])["status"] == "failed")
    assert "failed: the webhook was disabled" in said(home, "show", pending["id"])
    refused = home.aistrale("webhooks", "recover", id, "--since", "1h")
    assert refused.returncode == 4, refused.stderr

    good = f"/ok/{mark}"
    receiver.trust(good, secret)
    said(home, "update", id, "--enable", "--url", receiver.url(good))
    assert said(home, "recover", id, "--since", "1h").startswith("Due now: ")
    receiver.wait_for(good)
    show = ("show", pending["id"])
    until("it is delivered", lambda: as_json(home, *show)["status"] == "delivered")
    check(receiver.arrivals(good))
    said(home, "delete", id, "--yes")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create", "https://10.0.0.1/x", "--events", "*"), 2, "/url"),
        (("create", "https://a.example/x", "--events", "inference.ended"), 2, "inference.ended"),
        (("create", "https://a.example/x", "--events", "*,inference.failed"), 2, "/events"),
        (("create", "https://a.example/x", "--events", "*", "--header", "Host: x"), 2, "/headers"),
        (("trigger", "nonsense"), 2, "nonsense"),
        (("listen", "--events", "nonsense"), 2, "nonsense"),
        (("listen", "--since", "nonsense"), 2, "nonsense"),
        (("get", "wh_00000000000000000000000000"), 4, "not_found"),
        (("show", "dlv_00000000000000000000000000"), 4, "not_found"),
    ],
)
def test_what_the_server_refuses_is_told(home, arguments, code, told):
    done = home.aistrale("webhooks", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr


def test_each_type_can_be_triggered_and_is_heard(home, listening):
    types = [each["type"] for each in as_json(home, "types")["data"]]
    assert "cost.threshold_exceeded" in types and "webhook.disabled" in types
    listener = listening(home, "--json")
    sent = [as_json(home, "trigger", each) for each in types]
    assert [json.loads(line) for line in listener.lines(len(types))] == sent
    assert all(each["test"] for each in sent)


def test_what_is_forwarded_is_in_order_and_signed_through_a_crash(
    tmp_path, receiver, path, listening
):
    machine = Machine(tmp_path / "own")
    secret = new_secret()
    receiver.trust(path, secret)
    with serving(machine) as server:
        machine.api_key()
        options = ("--events", "inference.completed", "--forward-to", receiver.url(path))
        listener = listening(machine, *options, AISTRALE_WEBHOOK_SECRET=secret)
        asked = [api(machine).answer(**HELLO)["id"] for _ in range(3)]
        receiver.wait_for(path, 3)
        server.kill()
        listener.wait_for("Trying again…")
    with serving(machine):
        asked += [api(machine).answer(**HELLO)["id"] for _ in range(3)]
        came = receiver.wait_for(path, 6)
        listener.wait_for(f"Connected again: it goes on behind {came[2].id}.")
        assert [one.data["inference_id"] for one in came] == asked
        check(came)
        assert all("  → 204 " in line for line in listener.lines(6))
        listener.interrupt()
        assert f"Stopped behind {came[-1].id}." in listener.err

        more = [api(machine).answer(**HELLO)["id"] for _ in range(2)]
        since = listener.err.split("--since ")[1].strip()
        later = listening(machine, "--json", "--events", "inference.completed", "--since", since)
        heard = [json.loads(line)["data"]["inference_id"] for line in later.lines(2)]
        assert heard == more
        assert secret not in listener.err + later.err


def test_a_receiver_that_fails_ends_nothing(home, receiver, mark, listening):
    listener = listening(home, "--forward-to", receiver.url(f"/status/500/{mark}"))
    said(home, "trigger", "webhook.test")
    assert "  → 500 " in listener.lines(1)[0]
    closed = f"localhost:{free_port()}"
    nowhere = listening(home, "--forward-to", closed, "--events", "inference.failed")
    said(home, "trigger", "inference.failed")
    assert nowhere.lines(1)[0].endswith(", twice")
    assert nowhere.process.poll() is None


def test_a_slow_command_gets_every_event_in_its_order(home, tmp_path, listening):
    log = tmp_path / "log"
    slow_at_first = "[ -e first ] || { touch first; sleep 3; }"
    command = f"cat >>{log}; {slow_at_first}; exit 3"
    listener = listening(home, "--events", "inference.completed", "--exec", command)
    asked = [api(home).answer(**HELLO)["id"] for _ in range(30)]
    until("30 commands", lambda: log.exists() and len(log.read_text().splitlines()) == 30)
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["data"]["inference_id"] for event in events] == asked
    until("30 exits", lambda: listener.err.count("The command ended with 3 for evt_") == 30)


def test_a_viewer_may_listen_until_the_key_is_revoked(home, listening):
    made = home.aistrale("keys", "create", "--name", "v", "--role", "viewer", "--json")
    key = json.loads(made.stdout)
    listener = listening(home, AISTRALE_API_KEY=key["key"])
    said(home, "trigger", "webhook.test")
    listener.lines(1)
    assert home.aistrale("keys", "revoke", key["id"]).returncode == 0
    assert listener.process.wait(20) == 3
    assert "revoked" in listener.err and "--since " in listener.err


def test_at_a_terminal_ctrl_c_ends_the_command_too(home):
    slow = "echo begun; sleep 60; echo never"
    terminal = Terminal(home, "webhooks", "listen", "--exec", slow)
    try:
        terminal.read_until("Ctrl-C ends it.")
        said(home, "trigger", "webhook.test")
        terminal.read_until("begun")
        time.sleep(0.5)  # a shell that is just starting a program may keep the signal from it
        os.killpg(terminal.process.pid, signal.SIGINT)  # as the terminal does
        assert terminal.exit_code() == 130
        assert "was not finished." in terminal.screen and "never\r" not in terminal.screen
        assert "The command ended" not in terminal.screen
    finally:
        terminal.close()


def test_the_commands_of_the_readme(home, receiver, path, listening):
    readme = (ROOT / "cli/README.md").read_text()
    [block] = re.findall(r"^```sh\n(aistrale webhooks .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s{2,}#.*", "", line) for line in block.splitlines()]
    known = {"https://hooks.example.com/ai": receiver.url(path)}
    for line in lines:
        for shown, real in known.items():
            line = line.replace(shown, real)
        command, _, file = line.partition(" >")
        words = shlex.split(command)
        if words[2] == "listen":
            listening(home, *words[3:]).interrupt()
            continue
        out = said(home, *words[2:])
        if words[2] == "create":
            assert file == "secret.txt" and out.startswith("whsec_")
            receiver.trust(path, out.strip())
            known["wh_01k9…"] = as_json(home, "list")["data"][0]["id"]
        if words[2] == "test":
            known["dlv_01k9…"] = re.findall(r"dlv_\w+", out)[0]
            receiver.wait_for(path)
    assert "dlv_01k9…" in known
    said(home, "delete", known["wh_01k9…"], "--yes")
