"""Where the command line and the server of AISTRALE are that came with this distribution."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

__all__ = ["command"]


def command() -> str:
    """Return the path of the `aistrale` command that was installed with this package.

    RuntimeError where the distribution is broken or was copied without its files.
    """
    for file in metadata.files("aistrale-cli") or ():
        if file.as_posix().endswith("/aistrale/bin/aistrale"):
            found = Path(str(file.locate())).resolve()
            if found.exists():
                return str(found)
    raise RuntimeError("The files of aistrale-cli are not where they were installed: pip install --force-reinstall aistrale-cli")
