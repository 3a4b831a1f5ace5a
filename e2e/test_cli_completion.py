"""Completion in the real shells: what is typed, a TAB, and what stands there then."""

import os
import pty
import re
import select
import subprocess
import time

import pytest

from support.machine import LAUNCHER, Machine, free_port
from support.server import serving

HOSTILE = ("$(touch hostile)", "`touch hostile`", "x;touch hostile", "x' 'y", "a b")
"""Names that a shell would run, or take for several words."""

CASES = [
    ("aistrale telem", "telemetry"),
    ("aistrale webhooks rot", "rotate-secret"),
    ("aistrale telemetry view --lim", "--limit"),
    ("aistrale keys create --role vi", "viewer"),
    ("aistrale --profile work aud", "audit"),
    ("aistrale budgets create --no-bl", "--no-block"),
    ("aistrale config get api_u", "api_url"),
    ("aistrale batch my", "my\\ file.txt"),
    ("aistrale run -o my", "my\\ file.txt"),
    ("aistrale prompts get gree", "greeting"),
    ("aistrale run --prompt gree", "greeting"),
    ("aistrale --profile work run --prompt gree", "greeting"),
    ("aistrale config use oth", "other"),
    ("aistrale run --profile oth", "other"),
    ("aistrale providers get dem", "demo"),
]
ASSIGNED = [("aistrale keys create --role=vi", "--role=viewer"), ("aistrale run --prompt=gree", "--prompt=greeting")]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("completion"))
    (machine.folder / "bin").mkdir()
    (machine.folder / "bin" / "aistrale").symlink_to(LAUNCHER)
    for shell in ("bash", "zsh", "fish"):
        done = machine.aistrale("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (machine.folder / shell).write_text(done.stdout)
    (machine.folder / "my file.txt").touch()
    with serving(machine):
        with machine.config.open("a") as config:
            key = f'api_key = "{machine.api_key()}"\n'
            config.write(f'\n[profiles.work]\n{key}\n[profiles.other]\nmodel = "m"\n')
        made = machine.aistrale("prompts", "create", "greeting", "Hello, {{name}}")
        assert made.returncode == 0, made.stderr
        yield machine


def typed(machine: Machine, command: list[str], setup: str, keys: str, wanted: str, **more: str) -> str:
    """What the shell's terminal shows after the keys, once `wanted` stands there."""
    end, terminal = pty.openpty()
    path = f"{machine.folder / 'bin'}:{os.environ['PATH']}"
    shell = subprocess.Popen(
        command,
        env=machine.environment(**{"TERM": "xterm", "PATH": path, "PS1": "$ ", "PROMPT": "$ ", **more}),
        cwd=machine.folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    screen = ""
    try:
        for line, sign in ((setup + "; echo rea''dy\n", "ready"), (keys + "\t", wanted)):
            begin = len(screen)
            os.write(end, line.encode())
            until = time.monotonic() + 15
            while sign not in screen[begin:]:
                if not select.select([end], [], [], max(0, until - time.monotonic()))[0]:
                    raise AssertionError(f"no {sign!r} after {line!r}; the screen:\n{screen}")
                screen += os.read(end, 4096).decode(errors="replace")
    finally:
        shell.kill()
        shell.wait()
        os.close(end)
    return screen


BASH = (["bash", "--norc", "-i"], "bind 'set enable-bracketed-paste off'; source ./bash")
ZSH = (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; source ./zsh")


@pytest.mark.parametrize(("line", "expected"), [*CASES, *ASSIGNED])
def test_bash(scripts, line, expected):
    typed(scripts, *BASH, line, f"{line.rpartition(' ')[0]} {expected} ")


@pytest.mark.parametrize(("line", "expected"), [*CASES, *ASSIGNED])
def test_zsh(scripts, line, expected):
    screen = typed(scripts, *ZSH, line, expected[len(line.rpartition(" ")[2]) :])
    assert "command not found" not in screen


def in_fish(machine: Machine, line: str, **more: str) -> list[str]:
    path = f"{machine.folder / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source ./fish; complete -C '{line}'"],
        env=machine.environment(**{"PATH": path, **more}),
        cwd=machine.folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [each.split("\t")[0] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(("line", "expected"), [*CASES, *ASSIGNED])
def test_fish(scripts, line, expected):
    assert in_fish(scripts, line) == [expected.replace("\\ ", " ")]


def test_a_server_that_is_not_there_is_silence_and_starts_nothing(scripts):
    """At a keyboard nobody waits for it, nor reads why."""
    away = {"AISTRALE_API_URL": f"http://127.0.0.1:{free_port()}"}
    for kind in ("prompts", "models", "providers", "aliases", "nonsense"):
        begin = time.monotonic()
        done = scripts.aistrale("completion", "bash", AISTRALE_COMPLETION_NAMES=kind, **away)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert time.monotonic() - begin < 5
    broken = scripts.folder / "broken.toml"
    broken.write_text("oops")
    for kind in ("profiles", "prompts"):
        done = scripts.aistrale("completion", "bash", AISTRALE_COMPLETION_NAMES=kind, AISTRALE_CONFIG=str(broken))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert in_fish(scripts, "aistrale prompts get gree", **away) == []


@pytest.fixture
def hostile(scripts, tmp_path):
    """An `aistrale` that says what a server could, if nothing held it back."""
    (tmp_path / "aistrale").write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(HOSTILE) + "\nEND\n")
    (tmp_path / "aistrale").chmod(0o755)
    yield {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert not (scripts.folder / "hostile").exists()


@pytest.mark.parametrize("begun", ["", "$"])
@pytest.mark.parametrize("shell", [BASH, ZSH], ids=["bash", "zsh"])
def test_no_shell_runs_a_name(scripts, hostile, shell, begun):
    """Neither when it is completed, nor when the line is sent off with what was completed in it."""
    command, setup = shell
    typed(scripts, command, setup, f"aistrale prompts get '{begun}\t\t\x15echo ov''er\n", "over", **hostile)
    typed(scripts, command, setup, f"aistrale prompts get {begun}\t\t\n\x15echo ov''er\n", "over", **hostile)


def test_fish_runs_no_name_either(scripts, hostile):
    assert set(in_fish(scripts, "aistrale prompts get ", **hostile)) == set(HOSTILE)


def test_every_shell_knows_every_command(scripts):
    """The tables are made from the commands: a bare TAB lists them all."""
    listed = subprocess.run(
        ["fish", "--no-config", "-c", "source ./fish; complete -C 'aistrale '"],
        env=scripts.environment(),
        cwd=scripts.folder,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout
    commands = {each.split("\t")[0] for each in listed.splitlines()}
    said = scripts.aistrale("--help").stdout
    shown = {line.split()[0] for line in said.splitlines() if line.startswith("  ") and line[2].islower()}
    shown -= {"aistrale", "git"}
    assert {"run", "prompts", "completion"} <= shown & commands
    assert {each for each in shown if each.isalpha()} - {"budget"} <= commands | {"provider"}


def test_another_shell_names_those_that_there_are(scripts):
    done = scripts.aistrale("completion", "fihs")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean fish?" in done.stderr
