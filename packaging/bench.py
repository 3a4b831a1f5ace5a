"""What the command line costs when it is installed, beside what people have: `node -e 0`, and Python's `llm`. Prints a table.

    packaging/bench [--save] [--rounds 9]

The wheel of dist/ (made if it is not there) is installed into a fresh environment, llm into another. Commands take turns, wall time; the
first round is thrown away. The server is the installed one, on a port of its own, with the demo provider.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from build import DIST, ROOT, tool

sys.path.insert(0, str(ROOT / "bench"))

from harness import facts, report  # noqa: E402
from harness.measures import Bound, Measures  # noqa: E402

LLM = "llm==0.36"


def wheel() -> Path:
    found = sorted(DIST.glob("aistrale_cli-*.whl"))
    if not found:
        tool([ROOT / "packaging/build", "all"])
        found = sorted(DIST.glob("aistrale_cli-*.whl"))
    return found[0]


def environment(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    return folder / "bin"


def installed(binaries: Path, *what: object, offline: bool = False) -> float:
    """Install something. @return seconds"""
    command = [binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    begin = time.perf_counter()
    tool([*command, *(["--no-index"] if offline else []), *what])
    return time.perf_counter() - begin


def taken(command: list[object], env: dict[str, str]) -> float:
    """Run something that must succeed. @return seconds"""
    begin = time.perf_counter()
    done = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} failed (exit {done.returncode}):\n{done.stdout}{done.stderr}")
    return spent


def own_environment(folder: Path, port: int) -> dict[str, str]:
    """A machine of the bench's own: nothing of the user's is read or written."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    own = {
        "HOME": str(folder),
        "AISTRALE_PORT": str(port),
        "AISTRALE_API_URL": f"http://127.0.0.1:{port}",
        "AISTRALE_OLLAMA_DISCOVERY": "false",
    }
    return {**inherited, **own}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(aistrale: Path, env: dict[str, str]) -> Iterator[float]:
    """The server in the foreground. @return seconds from its start to its first answer"""
    begin = time.perf_counter()
    with subprocess.Popen([aistrale, "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{env['AISTRALE_API_URL']}/ready", timeout=5).close()  # noqa: S310
                    break
                except (urllib.error.URLError, OSError):
                    if server.poll() is not None or time.perf_counter() - begin > 60:
                        sys.exit("bench: the installed server did not come up")
                    time.sleep(0.005)
            yield time.perf_counter() - begin
        finally:
            server.terminate()


def measured(rounds: int, folder: Path, measures: Measures) -> None:
    package = wheel()
    measures.add("wheel", "MB", package.stat().st_size / 1e6, Bound(most=70))
    for number in range(3):
        binaries = environment(folder / f"aistrale{number}")
        measures.add("pip install aistrale-cli", "s", installed(binaries, package, offline=True), Bound(most=10))
    aistrale = folder / "aistrale0/bin/aistrale"
    llm = environment(folder / "llm")
    installed(llm, LLM)
    env = own_environment(folder / "home", free_port())
    Path(env["HOME"]).mkdir()
    for number in range(rounds + 1):
        for old in (".local", ".config"):
            shutil.rmtree(Path(env["HOME"]) / old, ignore_errors=True)
        with serving(aistrale, env) as seconds:
            if number:
                measures.add("aistrale serve, from nothing to the first answer", "s", seconds, Bound(most=2.5))
    with serving(aistrale, env):
        for number in range(rounds + 1):
            node = taken(["node", "-e", "0"], env)
            version = taken([aistrale, "--version"], env)
            config = taken([aistrale, "config", "path"], env)
            run = taken([aistrale, "run", "Hello"], env)
            models = taken([llm / "llm", "models"], env)
            if number:
                measures.add("node -e 0", "s", node)
                measures.add("aistrale --version", "s", version)
                measures.add("aistrale --version / node -e 0", "×", version / node, Bound(most=1.6))
                measures.add("aistrale config path (what any command costs, with java)", "s", config)
                measures.add("llm models", "s", models)
                measures.add("aistrale run, a whole inference", "s", run)
                measures.add("aistrale run / llm models", "×", run / models, Bound(most=0.4))


def main() -> None:
    words = argparse.ArgumentParser(prog="packaging/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--save", action="store_true", help="write it to bench/results too")
    words.add_argument("--rounds", type=int, default=9)
    given = words.parse_args()
    found = facts.machine(f"aistrale {(ROOT / 'VERSION').read_text().strip()}, the installed command line")
    found["Node"] = tool(["node", "--version"])
    found["llm"] = LLM.split("==")[1]
    found["load average before"] = facts.load_average()
    found["rounds"] = str(given.rounds)
    measures = Measures()
    with tempfile.TemporaryDirectory() as folder:
        measured(given.rounds, Path(folder), measures)
    found["load average after"] = facts.load_average()
    if given.save:
        print(report.save(ROOT / "bench/results", f"{facts.machine_name()}-cli", found, measures.all()).read_text("utf-8"))
    else:
        print(report.markdown("The command line", found, measures.all()))


if __name__ == "__main__":
    main()
