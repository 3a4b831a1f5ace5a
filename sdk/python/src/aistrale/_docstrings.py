"""What a docstring says to a model: what a function does, and what its parameters are.

Reads Google's, NumPy's and Sphinx's form; in any other it is all description.
"""

from __future__ import annotations

import inspect
import re
from typing import Final

_SECTIONS: Final = (
    "args|arguments|parameters|params|other parameters|keyword args|keyword arguments|returns?"
    "|yields?|raises|examples?|notes?|see also|references|warnings?|warns|attributes|todo"
)
_GOOGLE: Final = re.compile(rf"(?i)({_SECTIONS}):\s*$")
_NUMPY: Final = re.compile(rf"(?i)({_SECTIONS})\s*$")
_SPHINX: Final = re.compile(r":(\w+)(?:\s+([^:]*))?:\s*(.*)$")
_GOOGLE_ITEM: Final = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_NUMPY_ITEM: Final = re.compile(r"\*{0,2}(\w+(?:\s*,\s*\w+)*)\s*(?::.*)?$")
_OF_PARAMETERS: Final = ("arg", "param", "keyword arg", "other param")


def read(docstring: str | None) -> tuple[str, dict[str, str]]:
    """Return the description, "" when there is none, and what is said of each parameter."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    said: list[str] = []
    parameters: dict[str, list[str]] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        underlined = at + 1 < len(lines) and re.fullmatch(r"-{3,}\s*", lines[at + 1]) is not None
        if underlined and (heading := _NUMPY.match(line)):
            at = _items(lines, at + 2, heading[1], _NUMPY_ITEM, parameters)
        elif (heading := _GOOGLE.match(line)) and _indented(lines, at + 1):
            at = _items(lines, at + 1, heading[1], _GOOGLE_ITEM, parameters)
        elif field := _SPHINX.match(line):
            at = _field(lines, at, field, parameters)
        else:
            said.append(line)
            at += 1
    description = re.sub(r"\n{3,}", "\n\n", "\n".join(said)).strip()
    return description, {name: " ".join(words).strip() for name, words in parameters.items()}


def _indented(lines: list[str], at: int) -> bool:
    return at < len(lines) and lines[at].startswith((" ", "\t"))


def _items(
    lines: list[str],
    at: int,
    heading: str,
    form: re.Pattern[str],
    parameters: dict[str, list[str]],
) -> int:
    """Read a section and return where it ends."""
    wanted = heading.lower().startswith(_OF_PARAMETERS)
    numpy = form is _NUMPY_ITEM
    words: list[str] = []
    depth: int | None = None
    while at < len(lines):
        line = lines[at]
        indent = len(line) - len(line.lstrip())
        if line.strip():
            if not numpy and indent == 0:
                break
            if numpy and indent == 0 and at + 1 < len(lines) and lines[at + 1].startswith("---"):
                break
            depth = indent if depth is None else depth
            item = form.match(line.strip()) if indent <= depth else None
            if item:
                words = [] if numpy or not item[2] else [item[2]]
                for name in item[1].split(","):
                    if wanted:
                        parameters[name.strip()] = words
            elif numpy and indent == 0:
                break
            else:
                words.append(line.strip())
        at += 1
    return at


def _field(
    lines: list[str], at: int, field: re.Match[str], parameters: dict[str, list[str]]
) -> int:
    words = [field[3]]
    if field[1] in ("param", "parameter", "arg", "argument", "key", "keyword") and field[2]:
        parameters[field[2].split()[-1].lstrip("*")] = words
    at += 1
    while at < len(lines) and _indented(lines, at):
        words.append(lines[at].strip())
        at += 1
    return at
