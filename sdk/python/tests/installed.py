"""Uses the package as it was installed, with nothing of the tests' beside it but the server."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import metadata, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)

import aistrale  # noqa: E402
from tests.fake_server import FakeServer, inference, reply, sse, story  # noqa: E402


async def asynchronous(url: str) -> str:
    async with aistrale.AsyncAistrale(api_url=url) as client:
        return str(await client.run("hi"))


def main() -> None:
    package = Path(aistrale.__file__).parent
    assert package.is_relative_to(sys.prefix), package
    assert (package / "py.typed").is_file()
    assert aistrale.__version__ == version("aistrale-client")
    assert aistrale.__version__ == (HERE.parents[2] / "VERSION").read_text("utf-8").strip()
    assert metadata("aistrale-client")["License-Expression"] == "Apache-2.0"
    assert {name for name in aistrale.__all__ if getattr(aistrale, name) is None} == set()
    answers = [reply(inference("hi")), sse(*story("a", "b")), reply(inference("hi"))]
    with FakeServer(*answers) as server, aistrale.Aistrale(api_url=server.url) as client:
        assert str(client.run("hi")) == "hi"
        assert list(client.stream("hi").text_deltas()) == ["a", "b"]
        assert asyncio.run(asynchronous(server.url)) == "hi"


if __name__ == "__main__":
    main()
