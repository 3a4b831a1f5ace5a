"""The machine's facts, without names of hosts, users or folders."""

import os
import platform
import re
import subprocess
import tempfile
import time
from pathlib import Path

from .processes import ROOT


def machine(product: str) -> dict[str, str]:
    """What every report begins with."""
    return {
        "product": product,
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count() or 1} cores",
        "memory": f"{_memory_gib():.0f} GiB",
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def facts(version: str) -> dict[str, str]:
    return {
        **machine(version),
        "Java": _java(),
        "Go": _output(["go", "env", "GOVERSION"]).removeprefix("go"),
        "server's Java options": os.environ.get("AISTRALE_SERVER_JAVA_OPTS")
        or "the launcher's own",
        "fdatasync of 8 KiB": f"{_fdatasync_ms():.2f} ms (median of 100)",
    }


def load_average() -> str:
    """Of the last one, five and fifteen minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def machine_name() -> str:
    """Short, for a file's name: `2-core-amd-epyc`."""
    words = re.sub(r"\(.*?\)|@.*|\b(CPU|Processor|[0-9]+-Core)\b", " ", _processor()).lower()
    return "-".join([f"{os.cpu_count()}-core", *re.findall(r"[a-z0-9]+", words)[:4]])


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _commit() -> str:
    try:
        changed = _output(["git", "status", "--porcelain", "--untracked-files=no"])
        return _output(["git", "rev-parse", "--short", "HEAD"]) + (
            " and changes" if changed else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown: not a git checkout"


def _processor() -> str:
    try:
        found = re.search(
            r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE
        )
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _java() -> str:
    home = _output([str(ROOT / "tools" / "java-home")])
    release = Path(home, "release").read_text()
    found = dict(re.findall(r'^(IMPLEMENTOR|JAVA_RUNTIME_VERSION)="(.*)"$', release, re.MULTILINE))
    return f"{found.get('IMPLEMENTOR', '')} {found.get('JAVA_RUNTIME_VERSION', '')}".strip()


def _fdatasync_ms() -> float:
    """What a durable commit costs at least on this disk."""
    times = []
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * (4 << 20))
        os.fsync(file.fileno())
        file.seek(0)
        for _ in range(100):
            file.write(b"y" * 8192)
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return sorted(times)[50] * 1000
