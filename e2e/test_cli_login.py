"""Where the command line finds its server: login, profiles, and a config file that many change at once."""

import stat
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.machine import Machine
from support.server import serving
from support.terminal import Terminal


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("server"))
    with serving(machine):
        yield machine


@pytest.fixture
def user(tmp_path):
    """Somebody else's machine, which knows of no server yet."""
    machine = Machine(tmp_path)
    machine.settings = {"AISTRALE_API_URL": ""}
    return machine


def profiles(user: Machine) -> dict:
    return tomllib.loads(user.config.read_text())["profiles"]


def test_the_key_is_asked_for_without_echo_tried_and_stored_for_oneself_alone(server, user):
    terminal = Terminal(user, "login")
    try:
        terminal.read_until("Server [")
        terminal.type(server.url)
        terminal.read_until("API key:")
        terminal.type(server.api_key())
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert f"Logged in to {server.url}" in terminal.screen
    assert server.api_key() not in terminal.screen
    assert profiles(user) == {"default": {"api_url": server.url, "api_key": server.api_key()}}
    assert stat.S_IMODE(user.config.stat().st_mode) == 0o600
    assert user.aistrale("whoami").returncode == 0


def test_by_a_pipe_into_a_profile_that_is_then_used(server, user):
    done = user.aistrale("login", server.url, "--profile", "work", stdin=server.api_key() + "\n")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert server.api_key() not in done.stderr
    assert "aistrale config use work" in done.stderr
    assert list(profiles(user)) == ["work"]
    assert user.aistrale("config", "use", "work").returncode == 0
    assert user.aistrale("whoami").returncode == 0
    listed = user.aistrale("config", "profiles").stdout.splitlines()
    assert listed[0].split("\t") == [
        *("profile", "in_use", "api_url", "has_api_key", "model", "provider"),
    ]
    assert listed[1].split("\t") == ["work", "true", server.url, "true", "", ""]
    missing = user.aistrale("config", "use", "wrok")
    assert missing.returncode == 4 and "Did you mean work?" in missing.stderr
    assert user.aistrale("config", "unset", "api_key").returncode == 0
    assert profiles(user) == {"work": {"api_url": server.url}}


def test_a_key_that_the_server_refuses_is_not_stored(server, user):
    done = user.aistrale("login", server.url, stdin="ais_wrong")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Nothing was stored" in done.stderr and "ais_wrong" not in done.stderr
    assert not user.config.exists()


def test_without_a_server_nothing_is_stored(user):
    done = user.aistrale("login", user.url, stdin="ais_x0123456789")
    assert done.returncode == 7
    assert user.url in done.stderr and "Nothing was stored" in done.stderr
    assert not user.config.exists()


def test_a_key_that_would_travel_in_the_open_is_warned_of(server, user):
    away = user.aistrale("login", "http://nowhere.invalid", stdin="ais_x0123456789")
    assert away.returncode == 7 and "Who is on the way can read the key" in away.stderr
    here = user.aistrale("login", server.url, stdin=server.api_key(), AISTRALE_API_KEY=server.api_key())
    assert here.returncode == 0 and "on the way" not in here.stderr
    assert "AISTRALE_API_KEY is set in the environment, and goes before it" in here.stderr


def test_the_key_stands_nowhere_but_in_the_config_file(server, user):
    """No argument, no log, no history has it, on either side."""
    terminal = Terminal(user, "login", server.url)
    try:
        terminal.read_until("API key:")
        terminal.type(server.api_key())
        seen = b"".join(map(read, Path("/proc").glob("[0-9]*/cmdline")))
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert user.aistrale("run", "Hello").returncode == 0
    key = server.api_key().encode()
    assert key not in seen
    for machine in (user, server):
        files = [path for path, content in machine.bytes_on_disk().items() if key in content]
        assert files == [machine.config]


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # of a process that has ended
        return b""


@pytest.mark.parametrize(
    ("arguments", "stdin", "secret", "said"),
    [
        (["https://ada:hunter22@ai.example"], "ais_x", "hunter22", "credentials in it"),
        (["ais_0123456789abcdef"], "", "0123456789abcdef", "where the server's URL belongs"),
        (["URL"], "sk-proj-0123456789abcdef", "0123456789", "tokens add --provider openai"),
        (["URL"], "sk-ant-api03-0123456789", "0123456789", "tokens add --provider anthropic"),
        (["URL"], "gsk_0123456789abcdef", "0123456789", "tokens add --provider groq"),
        (["URL"], "key_0123456789abcdef", "0123456789", "the id of an API key"),
        (["URL"], "correct horse", "horse", "begins with ais_"),
        (["--api-key", "sk-proj-0123456789"], "", "0123456789", "tokens add --provider openai"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_printed(
    server, user, arguments, stdin, secret, said
):
    arguments = [server.url if each == "URL" else each for each in arguments]
    done = user.aistrale("login", *arguments, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and secret not in done.stderr
    assert not user.config.exists()


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["config", "set", "api_key"], "sk-proj-0123456789", "tokens add --provider openai"),
        (["config", "set", "api_url", "http://u:0123456789@x"], "", "credentials in it"),
        (["tokens", "add", "--provider", "openai"], "ais_0123456789", "aistrale login"),
        (["sk-proj-0123456789"], "", "sk-•••"),
    ],
)
def test_so_it_is_everywhere(user, arguments, stdin, said):
    done = user.aistrale(*arguments, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and "0123456789" not in done.stderr
    assert not user.config.exists()


def test_twenty_shells_that_write_at_once_lose_nothing(user):
    user.config.parent.mkdir(parents=True)
    user.config.write_text("# mine\n")
    (user.folder / "home").mkdir(exist_ok=True)

    def write(number: int) -> subprocess.CompletedProcess[str]:
        return user.aistrale("config", "set", "model", f"m{number}", "--profile", f"p{number}")

    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(write, range(20)))
    assert [each.returncode for each in done] == [0] * 20, [each.stderr for each in done]
    assert profiles(user) == {f"p{number}": {"model": f"m{number}"} for number in range(20)}
    assert user.config.read_text().startswith("# mine\n")
    assert stat.S_IMODE(user.config.stat().st_mode) == 0o600
    left = {each.name for each in user.config.parent.iterdir()}
    assert left <= {"config.toml", ".config.toml.lock"}, left


def test_a_change_that_fails_changes_nothing(user):
    user.config.parent.mkdir(parents=True)
    user.config.write_text("[profiles.default]\nmodel = oops\n")
    for arguments in (["set", "model", "m"], ["unset", "model"], ["use", "default"]):
        done = user.aistrale("config", *arguments)
        assert done.returncode == 2 and "line 2" in done.stderr
    assert user.config.read_text() == "[profiles.default]\nmodel = oops\n"


