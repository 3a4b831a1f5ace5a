"""Where programs run: notebooks, loops one after the other, threads, other loops, the end."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
import uvloop

import aistrale

from .conftest import KEY
from .fake_server import FakeServer, event, inference, reply, sse, story

CELLS = [
    # A kernel runs its cells in a loop; what blocks may be called there all the same.
    "import aistrale\nprint(aistrale.run('hi'))",
    "print(await aistrale.run_async('hi'))",
    (
        "async with aistrale.stream_async('hi') as stream:\n"
        "    async for piece in stream.text_deltas():\n"
        "        print(piece, end='|')"
    ),
    "for piece in aistrale.stream('hi').text_deltas():\n    print(piece, end='|')",
    (
        "import asyncio\n"
        "print([str(answer) for answer in "
        "await asyncio.gather(*[aistrale.run_async('hi') for _ in range(3)])])"
    ),
    # Left in one cell, the client is used in the next: the loop is the same.
    "stream = aistrale.stream_async('hi')\nprint(await anext(stream))",
    "await stream.close()\nprint(stream)",
    "aistrale.run('hi')",
]
PRINTED = [
    "hi\n",
    "hi\n",
    "a|b|",
    "a|b|",
    "['hi', 'hi', 'hi']\n",
    "TextDelta(text='a', id='0')\n",
    "<AsyncStream closed, 1 characters>\n",
]


@pytest.mark.filterwarnings("ignore")
def test_a_notebook(tmp_path: Path) -> None:
    """In a kernel of its own, as Jupyter runs it. Whatever it says on stderr is a failure."""
    hi, both = reply(inference("hi")), sse(*story("a", "b"))
    script = [hi, hi, both, both, hi, hi, hi, sse(event("delta", {"text": "a"}, "0"), end="hang")]
    with FakeServer(*script, hi) as server:
        env = {"AISTRALE_API_URL": server.url, "AISTRALE_API_KEY": KEY, "IPYTHONDIR": str(tmp_path)}
        book = nbformat.v4.new_notebook()
        setup = f"import os, warnings\nos.environ |= {env!r}\n"
        setup += "warnings.simplefilter('error', ResourceWarning)"
        book.cells = [nbformat.v4.new_code_cell(cell) for cell in [setup, *CELLS]]
        nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
        assert len(server.cancelled) == 1
        assert len(server.requests) == len(script) + 1
    outputs = [cell.outputs for cell in book.cells[1:]]
    assert {each.name for output in outputs[:-1] for each in output} == {"stdout"}
    assert ["".join(each.text for each in output) for output in outputs[:-1]] == PRINTED
    (shown,) = outputs[-1]
    assert shown.data["text/plain"].startswith("Inference(")


def test_uvloop() -> None:
    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            assert str(await client.run("hi")) == "hi"
            async with client.stream("hi") as stream:
                assert [piece async for piece in stream.text_deltas()] == ["a", "b"]
            with pytest.raises(aistrale.APITimeoutError):
                await client.run("hi", timeout=0.1, max_retries=0)

    late = reply(inference("hi"), 200, 0.5)
    with FakeServer(reply(inference("hi")), sse(*story("a", "b")), late) as server:
        uvloop.run(main(server.url))


def test_a_loop_that_runs_in_a_thread_while_others_block() -> None:
    """A service with a loop in a thread, called from threads that wait for it."""
    with FakeServer(forever=reply(inference("hi"), 200, 0.02)) as server:
        client = aistrale.AsyncAistrale(api_url=server.url, api_key=KEY)
        blocking = aistrale.Aistrale(api_url=server.url, api_key=KEY)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            futures = [asyncio.run_coroutine_threadsafe(client.run("hi"), loop) for _ in range(10)]
            assert str(blocking.run("hi")) == "hi"
            assert [str(future.result(10)) for future in futures] == ["hi"] * 10
            asyncio.run_coroutine_threadsafe(client.close(), loop).result(10)
        finally:
            blocking.close()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


PROGRAMS = {
    "a blocking client that nobody closes": "client = aistrale.Aistrale()\nclient.run('hi')",
    "a stream that nobody closes": "stream = aistrale.stream('hi')\nnext(stream)",
    "the module's functions, run after run": """
for _ in range(3):
    asyncio.run(aistrale.run_async('hi'))""",
    "an asynchronous client of all runs": """
client = aistrale.AsyncAistrale()
async def main():
    await client.run('hi')
asyncio.run(main())
asyncio.run(main())""",
    "an asynchronous client that goes with its function": """
async def main():
    await aistrale.AsyncAistrale().run('hi')
    gc.collect()
asyncio.run(main())
gc.collect()""",
    "an asynchronous stream that nobody closes": """
async def main():
    await anext(aistrale.stream_async('hi'))
asyncio.run(main())
gc.collect()""",
    "a client in a cycle": """
class Service:
    def __init__(self):
        self.client = aistrale.AsyncAistrale()
        self.me = self
async def main():
    await Service().client.run('hi')
asyncio.run(main())
gc.collect()""",
    "a task that is still running at the end": """
async def main():
    stream = aistrale.stream_async('hi')
    task = asyncio.create_task(stream.final())
    while not stream.text:
        await asyncio.sleep(0.01)
asyncio.run(main())
gc.collect()""",
    "trio": """
import trio
async def main():
    await aistrale.AsyncAistrale().run('hi')
    async with aistrale.stream_async('hi') as stream:
        await anext(stream)
trio.run(main)
trio.run(main)
gc.collect()""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_in_silence(program: str) -> None:
    """With every warning on: of all that is left open, pending or unawaited."""

    def answer(connection: Any, got: Any) -> bool:
        if got.json.get("stream"):
            return sse(event("delta", {"text": "a"}, "1"), end="hang")(connection, got)
        return reply(inference("hi"))(connection, got)

    code = f"import aistrale, asyncio, gc\n{PROGRAMS[program]}\n"
    with FakeServer(forever=answer) as server:
        env = {**os.environ, "AISTRALE_API_URL": server.url, "AISTRALE_API_KEY": KEY}
        command = [sys.executable, "-W", "always", "-c", code]
        ended = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=30, check=False
        )
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
        assert server.requests


def test_nothing_here_waits_for_the_garbage_collector() -> None:
    """`__del__` runs at any time, in any thread, when the loop is gone."""
    folder = Path(aistrale.__file__).parent
    for source in folder.rglob("*.py"):
        assert "__del__" not in source.read_text("utf-8"), source
    for name in aistrale.__all__:
        value = getattr(aistrale, name)
        if inspect.isclass(value) and value.__module__.startswith("aistrale"):
            assert not hasattr(value, "__del__"), name


def test_asyncio_programs_import_nothing_of_trios() -> None:
    code = """
import aistrale, asyncio, sys
async def main():
    async with aistrale.AsyncAistrale(api_url="http://127.0.0.1:9", max_retries=0) as client:
        try:
            await client.run("hi")
        except aistrale.APIConnectionError:
            pass
asyncio.run(main())
print("aistrale._loops_trio" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_blocking_programs_import_no_event_loop() -> None:
    code = """
import aistrale, sys
with aistrale.Aistrale(api_url="http://127.0.0.1:9", max_retries=0) as client:
    for call in (lambda: client.run("hi"), lambda: list(client.stream("hi"))):
        try:
            call()
        except aistrale.APIConnectionError:
            print("asyncio" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\nFalse\n"
