"""The command line without a provider: the local server that starts itself, its answers, its exit codes."""

import json
import re
import socket
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import processes
from support.api import Api
from support.machine import ROOT, free_port
from support.server import Server, serving
from support.wait import until

VERSION = (ROOT / "VERSION").read_text().strip()
COMMANDS = (
    *("serve", "start", "status", "stop", "run", "tokens", "config", "telemetry", "emulator", "whoami"),
    *("prompts", "traces", "export", "keys", "workspaces", "audit"),
    *("budgets", "providers", "models", "aliases", "cancel", "batch", "exec", "chat"),
)


def test_version_is_the_one_of_the_repository(machine):
    done = machine.aistrale("--version")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["aistrale", VERSION], "")


def test_help_lists_every_command(machine):
    done = machine.aistrale("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\b", done.stdout, re.MULTILINE), command


@pytest.mark.parametrize(
    "command", [*COMMANDS, "tokens add", "telemetry view", "config set", "prompts import"]
)
def test_every_command_has_help_on_stdout(machine, command):
    done = machine.aistrale(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert command in done.stdout


def test_an_unknown_command_names_the_nearest(machine):
    done = machine.aistrale("telemtry", "view")
    assert (done.returncode, done.stdout) == (2, "")
    assert "telemtry" in done.stderr and "telemetry" in done.stderr


def test_an_unknown_option_names_the_nearest(machine):
    done = machine.aistrale("run", "--temprature", "1", "hi")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--temprature" in done.stderr and "--temperature" in done.stderr


def test_run_starts_a_local_server_and_says_so_and_stop_ends_it(machine):
    first = machine.aistrale("run", "Hello, world!")
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip()
    assert machine.url in first.stderr
    assert "demo" in first.stderr and "aistrale tokens add --provider" in first.stderr
    assert Api(machine.url, machine.api_key()).get("/health").json() == {
        "status": "ok",
        "version": VERSION,
    }

    second = machine.aistrale("run", "Hello, world!")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "start" not in second.stderr.lower(), "the second run found the server of the first"

    assert machine.aistrale("stop").returncode == 0
    until("the server is gone", lambda: not processes.of(machine))


def test_two_runs_at_once_start_one_server_and_both_answer(machine):
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda name: machine.aistrale("run", name), ["one", "two"]))
    assert [done.returncode for done in both] == [0, 0], [done.stderr for done in both]
    assert all(done.stdout.strip() for done in both)
    records = Api(machine.url, machine.api_key()).telemetry()
    assert [record["status"] for record in records] == ["completed", "completed"]
    assert machine.aistrale("stop").returncode == 0
    until("no second server is left", lambda: not processes.of(machine))


def test_the_config_file_the_server_makes_is_for_its_user_alone(machine):
    with serving(machine):
        assert re.fullmatch(r"ais_\S{20,}", machine.api_key())
        assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600


def test_a_server_that_is_ready_has_written_its_first_key(machine):
    """Everything works with no key copied. A client that came as soon as it could must find it, whole."""
    with serving(machine):
        assert machine.key_in_profile() is not None


def test_the_first_key_is_not_written_over_a_profile_of_another_url(machine):
    """A profile of another server is not touched."""
    mine = '[profiles.default]\napi_url = "http://elsewhere.example:16000"\napi_key = "ais_mine"\n'
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text(mine)
    with serving(machine):
        profiles = tomllib.loads(machine.config.read_text())["profiles"]
        assert profiles["default"] == {
            "api_url": "http://elsewhere.example:16000",
            "api_key": "ais_mine",
        }


def test_config_set_get_list_path(machine):
    assert machine.aistrale("config", "path").stdout == f"{machine.config}\n"
    done = machine.aistrale("config", "set", "api_url", "http://localhost:16000")
    assert done.returncode == 0, done.stderr
    assert machine.aistrale("config", "set", "api_key", "ais_0123456789abcdef").returncode == 0
    plain = {"AISTRALE_API_URL": ""}
    assert (
        machine.aistrale("config", "get", "api_url", **plain).stdout == "http://localhost:16000\n"
    )
    listing = machine.aistrale("config", "list", **plain)
    assert listing.returncode == 0
    assert "http://localhost:16000" in listing.stdout
    assert "ais_0123456789abcdef" not in listing.stdout + listing.stderr
    assert stat.S_IMODE(machine.config.stat().st_mode) == 0o600


def test_config_set_of_an_unknown_key_names_the_nearest_and_writes_nothing(machine):
    done = machine.aistrale("config", "set", "api_ulr", "http://localhost:16000")
    assert (done.returncode, done.stdout) == (2, "")
    assert "api_ulr" in done.stderr and "api_url" in done.stderr
    assert not machine.config.exists()


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[profiles.default]\n\napi_key = ais_x\n", 3, "string"),
        ('default_profile = "default"\n[profiles.default]\napi_ulr = "http://x"\n', 3, "api_url"),
        ('[profiles.default\napi_url = "http://x"\n', 1, "]"),
    ],
    ids=["no quotes", "unknown key", "open bracket"],
)
def test_a_corrupted_config_file_is_named_with_line_and_what_was_expected(
    machine, text, line, expected
):
    machine.config.parent.mkdir(parents=True)
    machine.config.write_text(text)
    done = machine.aistrale("run", "hi")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(machine.config) in done.stderr and expected in done.stderr
    assert re.search(rf"(line |:){line}\b", done.stderr), done.stderr
    assert machine.config.read_text() == text
    assert not processes.of(machine), "nothing was started"


def test_status_says_where_the_server_is_and_its_version(machine):
    with serving(machine):
        done = machine.aistrale("status")
        assert done.returncode == 0, done.stderr
        assert machine.url in done.stdout and VERSION in done.stdout
    away = machine.aistrale("status")
    assert away.returncode == 7
    assert machine.url in away.stdout + away.stderr


@pytest.mark.parametrize("command", ["tokens list", "telemetry view --last 24h"])
def test_what_asks_the_local_server_starts_it_too(machine, command):
    done = machine.aistrale(*command.split())
    assert done.returncode == 0, done.stderr
    assert f"No server at {machine.url}: starting one" in done.stderr
    assert machine.aistrale("stop").returncode == 0


def test_status_starts_nothing_exits_7_and_says_how_to_start_a_server(machine):
    done = machine.aistrale("status")
    assert done.returncode == 7
    assert machine.url in done.stdout + done.stderr and "aistrale serve" in done.stderr
    assert not processes.of(machine)


def test_run_against_another_machine_exits_7_and_starts_nothing(machine):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(
            ("192.0.2.1", 9)
        )  # sends nothing; tells which address of ours is not loopback
        address = probe.getsockname()[0]
    url = f"http://{address}:{free_port()}"
    done = machine.aistrale("run", "hi", AISTRALE_API_URL=url)
    assert (done.returncode, done.stdout) == (7, "")
    assert url in done.stderr
    assert not processes.of(machine)


def test_a_wrong_key_exits_3(machine):
    with serving(machine):
        done = machine.aistrale("run", "hi", AISTRALE_API_KEY="ais_wrong")
        assert (done.returncode, done.stdout) == (3, "")
        assert "ais_wrong" not in done.stderr


def test_a_model_nobody_serves_exits_2_and_names_the_command_that_adds_a_token(machine):
    with serving(machine):
        done = machine.aistrale("run", "--model", "openai/gpt-4o", "hi")
        assert (done.returncode, done.stdout) == (2, "")
        assert "aistrale tokens add --provider openai" in done.stderr


def test_a_token_that_is_not_there_exits_4(machine):
    with serving(machine):
        done = machine.aistrale("tokens", "remove", "tok_00000000000000000000000000")
        assert (done.returncode, done.stdout) == (4, "")
        assert "tok_00000000000000000000000000" in done.stderr


def test_a_run_without_a_prompt_exits_2_and_starts_nothing(machine):
    done = machine.aistrale("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "prompt" in done.stderr


def test_json_prints_the_whole_answer(machine):
    with serving(machine):
        done = machine.aistrale("run", "--json", "hi")
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["provider"] == "demo"
        assert answer["text"] == machine.aistrale("run", "hi").stdout.rstrip("\n")
        assert Api(machine.url, machine.api_key()).record(answer["id"])["status"] == "completed"


def test_the_prompt_comes_from_stdin_too(machine):
    with serving(machine):
        by_argument = machine.aistrale("run", "Tell me more")
        by_stdin = machine.aistrale("run", stdin="Tell me more\n")
        assert (by_stdin.returncode, by_stdin.stdout) == (0, by_argument.stdout)


def test_a_port_in_use_is_named_with_what_to_do(machine):
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        server = Server(machine)
        try:
            assert server.wait() == 1
            assert str(machine.port) in server.log and "--port" in server.log
            assert "Exception" not in server.log and "\tat " not in server.log
        finally:
            server.end()


def test_stop_without_a_server_says_that_none_answers(machine):
    done = machine.aistrale("stop")
    assert (done.returncode, done.stdout) == (
        0,
        f"No server is running (data folder: {machine.data}).\n",
    )
