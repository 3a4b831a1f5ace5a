"""What the client costs, in CPU time, beside `openai` if it is installed. Prints a table.

Run it with the interpreter of an environment that has the package: `python bench/bench.py`. The
server is a second process that answers from memory; what it costs is not counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROUNDS = 5
CALLS = 1000
EVENTS = 5000
CONCURRENT = 100

ANSWER = {
    "id": "inf_01kb2m3n4p5q6r7s8t9v0w1x2y",
    "object": "chat.completion",
    "created": 1,
    "text": "Hello there",
    "message": {"role": "assistant", "content": "Hello there"},
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hello there"},
        }
    ],
    "tool_calls": [],
    "model": "gpt-4o",
    "provider": "openai",
    "finish_reason": "stop",
    "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
    "cost_usd": 0.000012345,
    "cost_source": "reported",
    "latency_ms": 12,
    "created_at": "2026-11-23T16:00:00.123Z",
}
CHUNK = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}],
}


def stream_body(path: bytes) -> bytes:
    if b"chat/completions" in path:
        return b"data: %s\n\n" % json.dumps(CHUNK).encode() * EVENTS + b"data: [DONE]\n\n"
    deltas = [
        b'event: delta\nid: %d\ndata: {"text":"word "}\n\n' % number for number in range(EVENTS)
    ]
    last = b"event: completed\nid: 9\ndata: %s\n\n" % json.dumps(ANSWER).encode()
    return b"".join([*deltas, last])


class Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.held = b""

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, rest = self.held.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if not found or len(rest) < length:
            return
        self.held = rest[length:]
        stream = b'"stream":true' in rest[:length].replace(b" ", b"")
        kind = b"text/event-stream" if stream else b"application/json"
        body = stream_body(head[:100]) if stream else json.dumps(ANSWER).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s"
            % (kind, len(body), body)
        )


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


OURS = {
    "import": "import aistrale",
    "make": "client = aistrale.Aistrale(api_url=URL, api_key='ais_x')",
    "make_async": "client = aistrale.AsyncAistrale(api_url=URL, api_key='ais_x')",
    "call": "client.run('hi')",
    "events": "sum(1 for _ in client.stream('hi'))",
}
OPENAI = {
    "import": "import openai",
    "make": "client = openai.OpenAI(base_url=URL, api_key='x')",
    "make_async": "client = openai.AsyncOpenAI(base_url=URL, api_key='x')",
    "call": "client.chat.completions.create(model='m', messages=[{'role':'user','content':'hi'}])",
    "events": "sum(1 for _ in client.chat.completions.create(model='m', stream=True, "
    "messages=[{'role':'user','content':'hi'}]))",
}

MEASURE = """
import os, sys, time
URL = "http://127.0.0.1:%(port)s"
start = time.process_time()
%(import)s
imported = time.process_time()
%(make)s
%(call)s
cold = time.process_time()
for _ in range(%(calls)d):
    %(call)s
warm = time.process_time()
%(events)s
before = time.process_time()
count = %(events)s
after = time.process_time()
import asyncio
async def main():
    %(make_async)s
    async def worker(n):
        for _ in range(n):
            await %(call)s
    await asyncio.gather(*[worker(1) for _ in range(%(concurrent)d)])
    begun = time.process_time()
    await asyncio.gather(*[worker(10) for _ in range(%(concurrent)d)])
    print((time.process_time() - begun) / 10 / %(concurrent)d * 1e3)
print((imported - start) * 1e3)
print((cold - start) * 1e3)
print((warm - cold) / %(calls)d * 1e3)
print((after - before) / count * 1e6)
asyncio.run(main())
"""

ROWS = [
    ("import, CPU ms", 30),
    ("cold first call, CPU ms", 250),
    ("a call, CPU ms", 0.55),
    ("a stream's event, CPU µs", 20),
    ("a call of 100 at a time (asyncio), CPU ms", 1.7),
]


def measure(what: dict[str, str], port: str) -> list[float]:
    script = MEASURE % {**what, "port": port, "calls": CALLS, "concurrent": CONCURRENT}
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", script]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout.split()
        for _ in range(ROUNDS + 1)
    ]
    columns = zip(*runs[1:], strict=True)  # the first compiles what was never imported before
    return [statistics.median(float(value) for value in column) for column in columns]


def main() -> None:
    with subprocess.Popen(
        [sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            ours = measure(OURS, port)
            theirs = measure(OPENAI, port) if find_spec("openai") else None
        finally:
            server.terminate()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, median of {ROUNDS} runs\n")
    print(f"| {'':<42} | {'aistrale':>8} | {'at most':>7} | {'openai':>8} |")
    print(f"|{'-' * 44}|{'-' * 9}:|{'-' * 8}:|{'-' * 9}:|")
    for number, (name, limit) in enumerate(ROWS):
        peer = "-" if theirs is None else f"{theirs[number]:.2f}"
        print(f"| {name:<42} | {ours[number]:>8.2f} | {limit:>7} | {peer:>8} |")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"] and Path(__file__).exists():
        asyncio.run(serve())
    else:
        main()
