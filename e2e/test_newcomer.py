"""From a fresh clone to a first inference, with an empty home. Builds, so it is slow."""

import subprocess
from pathlib import Path

import pytest

from support import processes
from support.emulator import TOKENS
from support.machine import ROOT


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The repository as it is committed; with changes not committed, or without a commit, its working tree."""
    folder = tmp_path_factory.mktemp("newcomer") / "aistrale"
    if git("status", "--porcelain") == "" and git("rev-list", "--all", "--max-count=1"):
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    else:
        for name in git("ls-files", "--cached", "--others", "--exclude-standard").splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes((ROOT / name).read_bytes())
                (folder / name).chmod((ROOT / name).stat().st_mode)
    return folder


def git(*arguments: str, folder: Path = ROOT) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.builds
@pytest.mark.timeout(600)
def test_from_a_fresh_clone_to_a_first_inference(machine, emulator, clone):
    launcher = clone / "aistrale"

    first = machine.aistrale(
        "run", "Hello, world!", launcher=launcher, timeout=500, **emulator.settings("openai")
    )
    assert first.returncode == 0, first.stderr
    assert "demo" in first.stdout and first.stdout.endswith("\n")
    assert "Building" in first.stderr
    assert "demo" in first.stderr and "aistrale tokens add --provider" in first.stderr

    second = machine.aistrale("run", "Hello, world!", launcher=launcher)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "Building" not in second.stderr

    token = TOKENS["openai"]
    added = machine.aistrale(
        "tokens", "add", "--provider", "openai", "--token", token, launcher=launcher
    )
    assert added.returncode == 0, added.stderr
    assert token not in added.stdout + added.stderr

    third = machine.aistrale("run", "Hello, world!", "--model", "openai/gpt-4o", launcher=launcher)
    assert (third.returncode, third.stdout) == (
        0,
        'You said: "Hello, world!". This is the emulated gpt-4o.\n',
    )
    assert "demo" not in third.stderr

    view = machine.aistrale("telemetry", "view", "--last", "24h", launcher=launcher)
    assert (view.returncode, view.stderr) == (0, "")
    [model_row] = [line for line in view.stdout.splitlines() if "gpt-4o" in line]
    assert len([line for line in view.stdout.splitlines() if "demo" in line]) == 2
    assert "\t8\t14\t" in model_row, "input and output tokens"
    assert "0.00016" in model_row, "the cost: 8 × 2.50 + 14 × 10.00 dollars for a million"

    assert machine.aistrale("stop", launcher=launcher).returncode == 0
    assert not processes.of(machine)
    if (clone / ".git").exists():
        assert git("status", "--porcelain", folder=clone) == "", (
            "the build leaves nothing behind that git sees"
        )
