"""The config file: a strict subset of TOML, read line by line, so that a mistake has its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ._errors import ConfigurationError
from ._nearest import did_you_mean

KEYS = ("api_url", "api_key", "model", "provider")
TOP = ("default_profile",)

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_TABLE = re.compile(r"\[[ \t]*profiles[ \t]*\.[ \t]*([A-Za-z0-9_-]+)[ \t]*\](.*)", re.DOTALL)
_KEY = re.compile(r"([^=\"'#]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r"}


@dataclass(slots=True)
class ConfigFile:
    """A config file's content. `default_profile` is None when the file names none."""

    path: str
    default_profile: str | None = None
    profiles: dict[str, dict[str, str]] = field(
        default_factory=dict[str, dict[str, str]], repr=False
    )

    def profile(self, name: str) -> Mapping[str, str]:
        """Return the settings of a profile; empty when it is not in the file."""
        return self.profiles.get(name, {})


def read(text: str, path: str) -> ConfigFile:
    """Return what the file says. ConfigurationError names file and line of the first mistake."""
    file = ConfigFile(path)
    default_line = 0
    table: dict[str, str] | None = None
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = _Line(raw.removesuffix("\r"), number, path)
        content = line.text.strip(" \t")
        if not content or content.startswith("#"):
            line.check_controls(content)
        elif content.startswith("["):
            table = _table(line, content, file)
        else:
            key, value = _assignment(line, content, in_table=table is not None)
            into = {} if table is None else table
            if key in into or (table is None and file.default_profile is not None):
                raise line.error(f"{key} is set twice")
            if table is None:
                file.default_profile, default_line = value, number
            else:
                table[key] = value
    _check_default(file, default_line)
    return file


def _check_default(file: ConfigFile, number: int) -> None:
    name = file.default_profile
    if not name:
        file.default_profile = None
        return
    line = _Line("", number, file.path)
    if not _NAME.fullmatch(name):
        raise line.error(f"{name!r} is no profile name: it is made of A-Z a-z 0-9 _ -")
    if name != "default" and name not in file.profiles:
        raise line.error(f"default_profile is {name!r}, and the file has {listed(file)}")


def listed(file: ConfigFile) -> str:
    """Return the names of the profiles that are there, for a message."""
    return ", ".join(f"[profiles.{name}]" for name in file.profiles) or "no profiles"


def _table(line: _Line, content: str, file: ConfigFile) -> dict[str, str]:
    found = _TABLE.fullmatch(content)
    if found is None:
        raise line.error("expected [profiles.NAME], NAME made of A-Z a-z 0-9 _ -")
    name, rest = found.groups()
    line.check_end(rest, "the table")
    if name in file.profiles:
        raise line.error(f"[profiles.{name}] stands here twice")
    return file.profiles.setdefault(name, {})


def _assignment(line: _Line, content: str, *, in_table: bool) -> tuple[str, str]:
    found = _KEY.match(content)
    key = found.group(1).strip(" \t") if found else ""
    rest = content[found.end() :] if found else content
    line.check_controls(key)
    if not key or (rest.startswith("=") and not _NAME.fullmatch(key)):
        raise line.error("expected a bare key: " + ", ".join(KEYS if in_table else TOP))
    if not rest.startswith("="):
        raise line.error(f'expected KEY = "value", found no = after {key!r}')
    if key not in (KEYS if in_table else TOP):
        if key in KEYS:
            raise line.error(f"{key} belongs into a table: write [profiles.default] above it")
        if key in TOP:
            raise line.error(f"{key} belongs before the first table")
        raise line.error(f"unknown key {key}{did_you_mean(key, KEYS if in_table else TOP)}")
    return key, line.value(rest[1:].strip(" \t"))


class _Line:
    """One line and its place."""

    __slots__ = ("_number", "_path", "text")

    def __init__(self, text: str, number: int, path: str) -> None:
        self.text = text
        self._number = number
        self._path = path

    def error(self, what: str) -> ConfigurationError:
        place = f"{self._path}, line {self._number}"
        return ConfigurationError(f"{place}: {what}", path=self._path, line=self._number)

    def check_controls(self, text: str) -> None:
        if _CONTROL.search(text):
            raise self.error("a control character stands here; use an escape such as \\n or \\r")

    def check_end(self, rest: str, what: str) -> None:
        self.check_controls(rest)
        rest = rest.strip(" \t")
        if rest and not rest.startswith("#"):
            raise self.error(f"only a comment may come after {what}")

    def value(self, text: str) -> str:
        """Return the string that the text begins with; nothing but a comment may follow."""
        if not text.startswith(('"', "'")):
            raise self.error("expected a value in quotes")
        end = self._closing(text)
        self.check_controls(text[1:end])
        self.check_end(text[end + 1 :], "the value")
        return text[1:end] if text[0] == "'" else _ESCAPE.sub(self._escaped, text[1:end])

    def _closing(self, text: str) -> int:
        quote, at = text[0], 1
        while at < len(text) and text[at] != quote:
            at += 2 if quote == '"' and text[at] == "\\" else 1
        if at >= len(text):
            raise self.error(f"expected a closing {quote} on the same line")
        return at

    def _escaped(self, found: re.Match[str]) -> str:
        code = found[1]
        if code in _ESCAPES:
            return _ESCAPES[code]
        if not code.startswith("u"):
            raise self.error(f'unknown escape \\{code}: there are \\" \\\\ \\n \\t \\r \\uXXXX')
        if len(code) != 5 or 0xD800 <= int(code[1:], 16) < 0xE000:
            raise self.error("expected \\u and the four hex digits of one character")
        return chr(int(code[1:], 16))
