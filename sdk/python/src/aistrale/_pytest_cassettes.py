"""What the pytest plugin does with cassettes. Imported by the first test that uses one."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from ._cassette import MODES, Cassette, CassetteMissError
from ._cassette_file import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_OPTIONS = ("mode", "ignore", "redact")
_LONGEST_NAME = 100

_tape_of = pytest.StashKey[Cassette]()
_passed = pytest.StashKey[bool]()
_recorded_by = pytest.StashKey[dict["Path", str]]()


def inserted(request: pytest.FixtureRequest, common: Mapping[str, Any]) -> Iterator[Cassette]:
    """Yield the test's cassette while it is in use; keep what it recorded if the test passed."""
    item = request.node
    options, path = _options(item, common)
    node = shlex.quote(item.config.cwd_relative_nodeid(item.nodeid))
    again = f"pytest --aistrale-record=MODE {node}"
    mode = options.pop("mode")
    recorded = request.session.stash.setdefault(_recorded_by, {})
    by = recorded.get(path)
    if by is not None and by != item.nodeid and mode != "none":
        raise CassetteError(
            f"{path} was recorded by {by} in this run: give each test a cassette of its own, or "
            'record none here (mode="none").'
        )
    tape = Cassette(path, mode, _again=again, **options)
    tape._insert()
    item.stash[_tape_of] = tape
    try:
        yield tape
    finally:
        tape._eject()
        if tape.recording and item.stash.get(_passed, False):
            recorded[path] = item.nodeid
            tape._keep()


def called(item: pytest.Item, outcome: Any) -> None:
    """Fail a test that passed although a request was not there; else tell beside its failure."""
    tape = item.stash.get(_tape_of, None)
    if tape is None:
        return
    error = outcome.excinfo[1] if outcome.excinfo else None
    if isinstance(error, CassetteMissError):
        _without_our_frames(error)
    miss = tape._unheard_miss(error)
    if miss is not None:
        outcome.force_exception(miss)


def _without_our_frames(error: BaseException) -> None:
    """Let the traceback end in the user's code, where there is any: the message says the rest."""
    ours = os.path.dirname(__file__)  # noqa: PTH120 - as frames name their files
    entry, theirs = error.__traceback__, None
    while entry is not None:
        if os.path.dirname(entry.tb_frame.f_code.co_filename) != ours:  # noqa: PTH120
            theirs = entry
        entry = entry.tb_next
    if theirs is not None:
        theirs.tb_next = None


def reported(item: pytest.Item, report: pytest.TestReport) -> None:
    """Note whether the test passed."""
    tape = item.stash.get(_tape_of, None)
    if tape is None or report.when != "call":
        return
    item.stash[_passed] = report.passed
    if tape.recording and not report.passed:
        said = f"{tape.path} was not recorded, as the test did not pass."
        report.sections.append(("aistrale cassette", said))


def _options(item: pytest.Item, common: Mapping[str, Any]) -> tuple[dict[str, Any], Path]:
    """Return what a test's cassette is made with: the marker's before those of all."""
    mark = item.get_closest_marker("aistrale_cassette")
    own = dict(mark.kwargs) if mark is not None else {}
    path = own.pop("path", None)
    if mark is not None and mark.args:
        path, *more = mark.args
        if more:
            raise TypeError("the marker aistrale_cassette takes a path, and else named options")
    options = {**common, **own}
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f"a cassette has no option {name!r}; known are {', '.join(_OPTIONS)}")
    chosen = item.config.getoption("--aistrale-record") or options.get("mode") or _usual_mode()
    if chosen not in MODES:
        raise ValueError(f"mode is {chosen!r}; known are {', '.join(MODES)}")
    options["mode"] = chosen
    folder = item.path.parent
    return options, folder / path if path else folder / "cassettes" / _file_of(item)


def _usual_mode() -> str:
    """Return "none" where a CI runs the tests: what is not recorded is a failure there."""
    return "once" if os.environ.get("CI", "").lower() in ("", "0", "false") else "none"


def _file_of(item: pytest.Item) -> str:
    """Return `module/Class.test[parameters].json`, in characters that every system has."""
    name = item.nodeid.partition("::")[2].replace("::", ".")
    plain = re.sub(r"[^\w.\[\],=+-]", "-", name, flags=re.ASCII)
    if plain != name or len(plain) > _LONGEST_NAME:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        plain = f"{plain[:_LONGEST_NAME]}-{mark}"
    return f"{item.path.stem}/{plain}.json"
