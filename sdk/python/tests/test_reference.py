"""The committed reference is what the docstrings say; AISTRALE_WRITE_REFERENCE=1 makes it so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import aistrale

from .conftest import ROOT

WRITE = "AISTRALE_WRITE_REFERENCE" in os.environ  # asked now: tests have no such variables
COMMITTED = ROOT / "docs" / "python" / "reference"


def made(folder: Path) -> dict[str, str]:
    script = Path(__file__).parent.parent / "reference.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return read(folder)


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}


def test_the_reference_is_what_the_docstrings_say(tmp_path: Path) -> None:
    fresh = made(COMMITTED if WRITE else tmp_path)
    committed = read(COMMITTED)
    stale = [name for name in {*fresh, *committed} if fresh.get(name) != committed.get(name)]
    again = "AISTRALE_WRITE_REFERENCE=1 sdk/python/run-tests tests/test_reference.py"
    assert stale == [], f"docs/python/reference is stale; this makes it anew: {again}"


def test_every_public_name_is_in_the_index(tmp_path: Path) -> None:
    index = made(tmp_path)["README.md"]
    missing = [name for name in aistrale.__all__ if f"`{name}`" not in index]
    missing = [name for name in missing if f"[aistrale.{name}](" not in index]
    assert missing == ["__version__"]
