"""For tests of programs that use this package: cassettes, and what the pytest plugin hands out.

    from aistrale import testing

    with testing.cassette("greeting.json"):
        print(aistrale.run("Hello, world!"))

The first time that records what goes over the network; from then on it is played again, without
network, server, API key or cost. Under pytest, the fixture `aistrale_cassette` does this for a
test, and `aistrale_emulator` is a real server with emulated providers behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._cassette import Cassette, CassetteMissError, RecordMode
from ._cassette_file import CassetteError
from ._emulator import Emulator

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = [
    "Cassette",
    "CassetteError",
    "CassetteMissError",
    "Emulator",
    "RecordMode",
    "cassette",
]


def cassette(
    path: str | os.PathLike[str],
    mode: RecordMode = "once",
    *,
    ignore: Iterable[str] = (),
    redact: Iterable[str] = (),
) -> Cassette:
    """Return a cassette to use in a `with` block, also around asynchronous code.

    path: its file, JSON; folders are made.
    mode: "none" plays, and never records; "once" records when there is no file, and else plays;
        "all" records anew, over what was there.
    ignore: JSON pointers to what is not compared, such as "/body/metadata/run" or "/query/since";
        `*` stands for any name or number.
    redact: texts to take out of what is written, of 8 characters or more, also where the events of
        a stream cut one in pieces. API keys, what looks like a provider's, and what is in fields
        that are named as credentials (`api_key`, `password`, `authorization`, …) are taken out by
        themselves.

    Requests are compared by method, path, query and body (as JSON), and answered in the order of
    their recording. One that is not there raises `CassetteMissError`, at the latest at the end of
    the block. Nothing is written when the block raises, or when the server cannot be reached
    (`CassetteError`).
    """
    return Cassette(path, mode, ignore, redact)
