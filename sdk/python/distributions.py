"""Builds `aistrale-client` and `aistrale`: two distributions of one source. Called by `build-dist`.

Each is built twice, from a copy of the tracked files; other bytes the second time are an error, and
so is what PyPI would not take or not show.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OF_THE_ROOT = ("VERSION", "LICENSE")


def git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def sources() -> list[str]:
    """The files to build from: what is tracked or new, but nothing that was made."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "sdk/python/")
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def epoch() -> str:
    """The moment that all files in an archive get: that of the last commit."""
    return os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct").strip()


def copied(target: Path) -> Path:
    for name in [*OF_THE_ROOT, *sources()]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target / "sdk" / "python"


def renamed(text: str, name: str, version: str) -> str:
    """The same project under another name, with the dependencies that this name has more."""
    more: list[str] = tomllib.loads(text)["tool"]["aistrale"]["distributions"][name]["dependencies"]
    text, names = re.subn(r'(?m)^name = "aistrale-client".*$', f'name = "{name}"', text)
    added = "".join(f', "{line.format(version=version)}"' for line in more)
    end = r"(?ms)^(dependencies = \[.*?[^,\s]),?(\s*\])"
    text, lists = re.subn(end, rf"\1{added}\2", text, count=1)
    if (names, lists) != (1, 1):
        sys.exit("distributions.py: pyproject.toml has its name or dependencies in another form")
    return text


def page(readme: str) -> str:
    """The README for who sees it away from the sources: links to files there name them instead."""
    text, links = re.subn(r"\[([^\]]+)\]\((?:\.\./)+([^)#]+)(?:#[^)]*)?\)", r"\1 (`\2`)", readme)
    title = "\n## Guides\n"
    if not links or title not in text or "](." in text:
        sys.exit("distributions.py: README.md links to files in another way")
    return text.replace(title, f"{title}\nFiles are those of the project's sources.\n")


def build(name: str, out: Path) -> list[Path]:
    with tempfile.TemporaryDirectory() as folder:
        project = copied(Path(folder))
        version = (ROOT / "VERSION").read_text("utf-8").strip()
        readme = project / "README.md"
        readme.write_text(page(readme.read_text("utf-8")), "utf-8")
        pyproject = project / "pyproject.toml"
        if name != "aistrale-client":
            pyproject.write_text(renamed(pyproject.read_text("utf-8"), name, version), "utf-8")
        env = {**os.environ, "SOURCE_DATE_EPOCH": epoch(), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
        done = subprocess.run(
            [*command, str(project)], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
    return sorted(out.glob(f"{name.replace('-', '_')}-{version}*"))


def digests(files: list[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main(out: Path) -> None:
    found: dict[str, str] = {}
    for name in ("aistrale-client", "aistrale"):
        built = build(name, out)
        with tempfile.TemporaryDirectory() as again:
            second = digests(build(name, Path(again)))
        first = digests(built)
        if len(first) != 2 or first != second:
            sys.exit(f"{name}: built twice, it is not the same\n  {first}\n  {second}")
        found |= first
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *[str(out / name) for name in found]],
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode:
        sys.exit(checked.stdout + checked.stderr)
    for name, digest in found.items():
        print(f"{digest}  {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
