"""The TypeScript SDK as its users have it: packed, and installed beside what their programs need."""

import fcntl
import hashlib
import json
import os
import subprocess
from pathlib import Path

from .machine import ROOT

SDK = ROOT / "sdk" / "typescript"
BUILD = Path(os.environ.get("AISTRALE_BUILD_DIR") or "/tmp/aistrale-build")
MADE_OF = ("package.json", "README.md", "tsconfig.json", "scripts/build.mjs")


def npm(*arguments: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        ["npm", "--no-audit", "--no-fund", "--loglevel=error", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, f"npm {arguments}:\n{done.stdout}"
    return done.stdout


def _known(packages: tuple[Path, ...]) -> str:
    files = [SDK / name for name in MADE_OF] + sorted((SDK / "src").glob("*.ts"))
    files = [file for file in files if file.name != "version.ts"]  # made by the build
    known = hashlib.sha256(f"{SDK}".encode())
    for file in (*files, *packages, ROOT / "VERSION", ROOT / "package-lock.json"):
        known.update(file.read_bytes())
    return known.hexdigest()[:16]


def modules_with_sdk(*packages: Path) -> Path:
    """A node_modules with what these package.json name, the SDK being the checkout's, packed; made once for each state."""
    folder = BUILD / f"typescript-docs-{_known(packages)}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (BUILD / "typescript-docs.lock").open("w") as lock:  # one build of the SDK at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            if not (ROOT / "node_modules" / ".package-lock.json").exists():
                npm("ci", cwd=ROOT)
            npm("run", "--silent", "build", cwd=SDK)
            folder.mkdir(exist_ok=True)
            npm("pack", "--silent", "--pack-destination", folder, cwd=SDK)
            (tarball,) = folder.glob("*.tgz")
            wanted: dict[str, str] = {}
            for package in packages:
                described = json.loads(package.read_text())
                wanted |= described.get("dependencies", {}) | described.get("devDependencies", {})
            wanted["@aistrale/sdk"] = f"file:{tarball.name}"
            made = {"private": True, "type": "module", "dependencies": wanted}
            (folder / "package.json").write_text(json.dumps(made))
            npm("install", cwd=folder)
            (folder / "ready").touch()
    return folder / "node_modules"
