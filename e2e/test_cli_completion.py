"""Completion in the real shells: what is typed, a TAB, and what stands there then."""

import os
import pty
import select
import subprocess
import time

import pytest

from support.machine import LAUNCHER, Machine

CASES = [
    ("aistrale telem", "telemetry"),
    ("aistrale webhooks rot", "rotate-secret"),
    ("aistrale telemetry view --lim", "--limit"),
    ("aistrale keys create --role vi", "viewer"),
    ("aistrale --profile work aud", "audit"),
    ("aistrale budgets create --no-bl", "--no-block"),
    ("aistrale config get api_u", "api_url"),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    machine = Machine(tmp_path_factory.mktemp("completion"))
    (machine.folder / "bin").mkdir()
    (machine.folder / "bin" / "aistrale").symlink_to(LAUNCHER)
    for shell in ("bash", "zsh", "fish"):
        done = machine.aistrale("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (machine.folder / shell).write_text(done.stdout)
    return machine


def typed(machine: Machine, command: list[str], setup: str, keys: str, wanted: str) -> str:
    """What the shell's terminal shows after the keys, once `wanted` stands there."""
    end, terminal = pty.openpty()
    path = f"{machine.folder / 'bin'}:{os.environ['PATH']}"
    shell = subprocess.Popen(
        command,
        env=machine.environment(TERM="xterm", PATH=path, PS1="$ ", PROMPT="$ "),
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


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(scripts, line, expected):
    setup = "bind 'set enable-bracketed-paste off'; source ./bash"
    typed(scripts, ["bash", "--norc", "-i"], setup, line, f"{line.rpartition(' ')[0]} {expected} ")


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_zsh(scripts, line, expected):
    setup = "autoload -U compinit; compinit -u -D; source ./zsh"
    screen = typed(scripts, ["zsh", "-f", "-i"], setup, line, expected[len(line.rpartition(" ")[2]) :])
    assert "command not found" not in screen


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish(scripts, line, expected):
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source ./fish; complete -C '{line}'"],
        env=scripts.environment(),
        cwd=scripts.folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.split("\t")[0] for each in done.stdout.splitlines()] == [expected]


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
