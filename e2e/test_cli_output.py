"""What the command line prints: tables for people, TSV and JSON for programs, files that are whole, and what goes wrong then."""

import csv
import json
import os
import re
import signal
import stat
import subprocess
import time

import pytest

from support.api import Api
from support.machine import LAUNCHER, Machine
from support.server import serving
from support.terminal import Terminal

ROWS = 40


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A server with more aliases than a terminal has lines."""
    machine = Machine(tmp_path_factory.mktemp("output"))
    with serving(machine):
        api = Api(machine.url, machine.api_key())
        for number in range(ROWS):
            answer = api.http.put(
                f"/api/v1/aliases/alias-{number:02}", json={"model": "demo/demo", "fallbacks": []}
            )
            assert answer.status_code == 200, answer.text
        yield machine


@pytest.fixture
def terminal(home):
    opened = []

    def open_(*arguments: str, **settings: str) -> Terminal:
        opened.append(Terminal(home, *arguments, **{"COLUMNS": "80", "LINES": "24", **settings}))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def shell(home: Machine, line: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A line as it is typed into bash, with the exit code of the first failing part of a pipe."""
    return subprocess.run(
        ["bash", "-c", "set -o pipefail; " + line.replace("aistrale ", f"{LAUNCHER} ")],
        env=home.environment(**settings),
        cwd=home.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_terminal_shows_a_table_and_a_pipe_has_names_and_plain_values(home, terminal):
    shown = terminal("aliases", "list", "--no-pager")
    assert shown.exit_code() == 0
    lines = shown.screen.replace("\r\n", "\n").splitlines()
    assert re.match(r"NAME +MODEL +FALLBACKS +UPDATED$", lines[0]), lines[0]
    assert len(lines) == 1 + ROWS

    done = home.aistrale("aliases", "list")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["name", "model", "fallbacks", "updated_at", "created_at"]
    assert [row[:3] for row in rows[1:]] == [
        [f"alias-{number:02}", "demo/demo", ""] for number in range(ROWS)
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", row[3]) for row in rows[1:])


def test_the_variable_and_the_options_say_which_format(home):
    table = home.aistrale("aliases", "list", AISTRALE_OUTPUT="table").stdout
    assert table.startswith("NAME ")
    whole = json.loads(home.aistrale("aliases", "list", "--json").stdout)["data"]
    lines = home.aistrale("aliases", "list", "--jsonl", AISTRALE_OUTPUT="table").stdout
    assert [json.loads(line) for line in lines.splitlines()] == whole
    wrong = home.aistrale("aliases", "list", AISTRALE_OUTPUT="tabel")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "AISTRALE_OUTPUT" in wrong.stderr and "table" in wrong.stderr


def test_a_server_starts_where_the_variables_of_the_command_line_are_set(machine):
    with serving(machine, AISTRALE_OUTPUT="tsv", AISTRALE_PAGER="cat"):
        assert machine.aistrale("status").returncode == 0


def test_a_long_table_goes_through_less_and_leaving_it_early_is_no_error(terminal):
    shown = terminal("aliases", "list", PAGER="", AISTRALE_PAGER="less -FRX")
    shown.read_until("alias-10")
    shown.read_until(":")
    assert "alias-39" not in shown.screen, "the first page alone"
    shown.send(" ")
    shown.read_until("alias-30")
    shown.send("q")
    assert shown.exit_code() == 0
    assert "aistrale:" not in shown.screen


@pytest.mark.parametrize(
    ("arguments", "settings", "paged"),
    [
        (["list"], {"AISTRALE_PAGER": "sed s/^/own:/"}, "own:"),
        (["list"], {"PAGER": "sed s/^/usual:/"}, "usual:"),
        (["list"], {"AISTRALE_PAGER": "sed s/^/own:/", "PAGER": "sed s/^/usual:/"}, "own:"),
        (["list"], {"AISTRALE_PAGER": ""}, None),
        (["list", "--no-pager"], {"AISTRALE_PAGER": "sed s/^/own:/"}, None),
        (["list", "--json"], {"AISTRALE_PAGER": "sed s/^/own:/"}, None),
        (["get", "alias-00"], {"AISTRALE_PAGER": "sed s/^/own:/"}, None),
        (["list"], {"AISTRALE_PAGER": "no-such-pager"}, None),
    ],
)
def test_which_pager_shows_it(terminal, arguments, settings, paged):
    shown = terminal("aliases", *arguments, **settings)
    assert shown.exit_code() == 0
    assert "alias-00" in shown.screen
    assert (f"{paged}NAME" in shown.screen) if paged else (":NAME" not in shown.screen)


def test_a_pager_that_does_not_read_is_no_error(terminal):
    shown = terminal("aliases", "list", AISTRALE_PAGER="true")
    assert shown.exit_code() == 0
    assert "Exception" not in shown.screen


def test_a_table_is_as_wide_as_the_terminal(terminal):
    for columns in (80, 120):
        shown = terminal("telemetry", "view", "--no-pager", COLUMNS=str(columns))
        assert shown.exit_code() == 0
        assert all(len(line) <= columns for line in shown.screen.splitlines())


@pytest.mark.parametrize("command", ["aliases list", "telemetry export", "models list --json"])
def test_head_ends_it_quietly(home, command):
    done = shell(home, f"aistrale {command} | head -c 1 >/dev/null")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_went_away_stops_the_reading_of_pages(home):
    with subprocess.Popen(
        [str(LAUNCHER), "telemetry", "tail"],
        env=home.environment(),
        cwd=home.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as tail:
        tail.stdout.close()
        for _ in range(3):
            assert home.aistrale("run", "hi").returncode == 0
            if tail.poll() is not None:
                break
        assert tail.wait(timeout=15) == 0
        assert tail.stderr.read() == b""


def test_a_full_disk_behind_standard_output_is_said(home):
    done = shell(home, "aistrale aliases list >/dev/full")
    assert done.returncode == 1
    assert "Cannot write to standard output: No space left on device" in done.stderr
    assert "--output" in done.stderr and "Exception" not in done.stderr
    run = shell(home, "aistrale run hi >/dev/full")
    assert run.returncode == 1 and "No space left" in run.stderr


@pytest.mark.parametrize("name", ["out.json", "out.jsonl", "out.tsv", "out.csv", "out"])
def test_a_file_has_what_its_name_says(home, tmp_path, name):
    file = tmp_path / name
    done = home.aistrale("aliases", "list", "-o", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Wrote {file} ({ROWS} records).\n"
    text = file.read_bytes().decode()
    if name == "out.json":
        names = [each["name"] for each in json.loads(text)["data"]]
    elif name == "out.jsonl":
        names = [json.loads(line)["name"] for line in text.splitlines()]
    elif name == "out.csv":
        names = [row["name"] for row in csv.DictReader(text.splitlines())]
    else:
        names = [line.split("\t")[0] for line in text.splitlines()[1:]]
    assert names == [f"alias-{number:02}" for number in range(ROWS)]
    assert [each.name for each in tmp_path.iterdir()] == [name], "nothing else is left"


def test_a_file_keeps_its_rights(home, tmp_path):
    file = tmp_path / "out.json"
    for mode in (0o600, 0o664):
        file.write_text("from before")
        file.chmod(mode)
        assert home.aistrale("aliases", "list", "-o", str(file)).returncode == 0
        assert json.loads(file.read_text())["data"]
        assert file.stat().st_mode & 0o777 == mode


def test_what_fails_leaves_the_file_as_it_was(home, tmp_path):
    file = tmp_path / "out.json"
    file.write_text("from before")
    done = home.aistrale("aliases", "list", "-o", str(file), AISTRALE_API_KEY="ais_wrong")
    assert done.returncode == 3
    assert file.read_text() == "from before"
    assert list(tmp_path.iterdir()) == [file]
    folder = tmp_path / "folder"
    folder.mkdir()
    assert home.aistrale("aliases", "list", "-o", str(folder)).returncode == 2
    assert list(folder.iterdir()) == []
    nowhere = home.aistrale("aliases", "list", "-o", str(tmp_path / "absent" / "out"))
    assert nowhere.returncode == 1 and "Cannot write" in nowhere.stderr


def test_what_is_no_file_is_written_to_and_stays(home, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    try:
        assert home.aistrale("aliases", "list", "-o", str(pipe)).returncode == 0
        assert reader.communicate(timeout=15)[0].count("\n") == 1 + ROWS
    finally:
        reader.kill()
        reader.wait()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    before = os.stat("/dev/null")
    assert home.aistrale("aliases", "list", "-o", "/dev/null").returncode == 0
    assert os.stat("/dev/null").st_rdev == before.st_rdev


def test_colours_are_for_terminals_and_as_the_variables_say(home, terminal):
    coloured = "\x1b["
    shown = terminal("doctor", AISTRALE_PAGER="")
    shown.read_until(None)
    assert coloured in shown.screen
    plain = terminal("doctor", NO_COLOR="1")
    plain.read_until(None)
    assert coloured not in plain.screen
    dumb = terminal("doctor", TERM="dumb")
    dumb.read_until(None)
    assert coloured not in dumb.screen
    piped = home.aistrale("doctor", AISTRALE_OUTPUT="table")
    assert coloured not in piped.stdout + piped.stderr
    forced = home.aistrale("doctor", AISTRALE_OUTPUT="table", CLICOLOR_FORCE="1")
    assert coloured in forced.stdout


def test_ctrl_c_in_a_pager_leaves_the_terminal_to_it(terminal):
    shown = terminal("aliases", "list", AISTRALE_PAGER="less -FRX")
    shown.read_until("alias-10")
    os.killpg(shown.process.pid, signal.SIGINT)  # as the terminal sends it to all in front
    time.sleep(0.5)  # what is typed while less is at it is lost
    assert shown.process.poll() is None, "the command waits for its pager"
    for _ in range(20):  # less may take the first keys after that for its own
        shown.send("q")
        time.sleep(0.2)
        if shown.process.poll() is not None:
            break
    assert shown.exit_code() == 130
    assert "Exception" not in shown.screen


def test_help_fits_the_terminal(terminal):
    shown = terminal("telemetry", "view", "--help", COLUMNS="72")
    assert shown.exit_code() == 0
    text = re.sub("\x1b\\[[0-9;]*m", "", shown.screen)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 72
    assert "aistrale telemetry view [options]" in text and "--api-url" not in text
