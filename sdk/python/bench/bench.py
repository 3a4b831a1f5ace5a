"""What the client costs, in CPU time, beside other clients. Prints a table; `run` calls it.

    bench.py [--save] [--rounds 5] aistrale=INTERPRETER [openai=INTERPRETER] [litellm=INTERPRETER]

Each interpreter's environment has the client it is named for. Rounds of all clients take turns,
each in a process of its own; the first is thrown away. The server is another process, which answers
from memory; what it costs is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))

from harness import facts, report  # noqa: E402
from harness.measures import Bound, Measures  # noqa: E402

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
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}


def stream_body(path: bytes) -> bytes:
    """Words that differ: litellm takes the same word a hundred times for a model that is stuck."""
    words = [f"word{number} " for number in range(EVENTS)]
    if b"chat/completions" in path:
        chunks = [
            {**CHUNK, "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
            for word in words
        ]
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        chunks.append({**CHUNK, "choices": [end]})
        said = b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in chunks)
        return said + b"data: [DONE]\n\n"
    deltas = [
        b"event: delta\nid: %d\ndata: %s\n\n" % (number, json.dumps({"text": word}).encode())
        for number, word in enumerate(words)
    ]
    last = b"event: completed\nid: 9\ndata: %s\n\n" % json.dumps(ANSWER).encode()
    return b"".join([*deltas, last])


WHOLE = json.dumps(ANSWER).encode()
STREAMS = {path: stream_body(path) for path in (b"chat/completions", b"inferences")}


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
        openais = b"chat/completions" in head[:100]
        body = STREAMS[b"chat/completions" if openais else b"inferences"] if stream else WHOLE
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s"
            % (kind, len(body), body)
        )


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


MESSAGES = "messages=[{'role': 'user', 'content': 'hi'}]"
CLIENTS = {
    "aistrale": {
        "import": "import aistrale",
        "make": "client = aistrale.Aistrale(api_url=URL, api_key='ais_x')",
        "make_async": "client = aistrale.AsyncAistrale(api_url=URL, api_key='ais_x')",
        "call": "client.run('hi')",
        "call_async": "client.run('hi')",
        "events": "client.stream('hi')",
    },
    "openai": {
        "import": "import openai",
        "make": "client = openai.OpenAI(base_url=URL, api_key='x')",
        "make_async": "client = openai.AsyncOpenAI(base_url=URL, api_key='x')",
        "call": f"client.chat.completions.create(model='m', {MESSAGES})",
        "call_async": f"client.chat.completions.create(model='m', {MESSAGES})",
        "events": f"client.chat.completions.create(model='m', stream=True, {MESSAGES})",
    },
    "litellm": {
        "import": "import litellm",
        "make": "options = {'model': 'openai/m', 'api_base': URL, 'api_key': 'x'}",
        "make_async": "options = {'model': 'openai/m', 'api_base': URL, 'api_key': 'x'}",
        "call": f"litellm.completion({MESSAGES}, **options)",
        "call_async": f"litellm.acompletion({MESSAGES}, **options)",
        "events": f"litellm.completion(stream=True, {MESSAGES}, **options)",
    },
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
sum(1 for _ in %(events)s)
before = time.process_time()
count = sum(1 for _ in %(events)s)
after = time.process_time()
import asyncio
async def main():
    %(make_async)s
    async def worker(n):
        for _ in range(n):
            await %(call_async)s
    await asyncio.gather(*[worker(1) for _ in range(%(concurrent)d)])
    begun = time.process_time()
    await asyncio.gather(*[worker(10) for _ in range(%(concurrent)d)])
    return (time.process_time() - begun) / 10 / %(concurrent)d * 1e3
together = asyncio.run(main())
assert count >= %(least)d, count
print((imported - start) * 1e3)
print((cold - start) * 1e3)
print((warm - cold) / %(calls)d * 1e3)
print((after - before) / count * 1e6)
print(together)
"""

ROWS = [
    ("import", "ms", 30),
    ("import and first call, cold", "ms", 250),
    ("a call", "ms", 0.55),
    ("a stream's event", "µs", 20),
    ("a call, 100 at a time under asyncio", "ms", 1.7),
]


def measured(name: str, interpreter: str, port: str) -> list[float]:
    sizes = {"calls": CALLS, "concurrent": CONCURRENT, "least": EVENTS - 5}
    script = MEASURE % {**CLIENTS[name], "port": port, **sizes}
    env = {each: os.environ[each] for each in ("PATH", "HOME") if each in os.environ}
    env["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch its prices from the network
    done = subprocess.run(
        [interpreter, "-I", "-c", script], capture_output=True, text=True, env=env, check=False
    )
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    return [float(value) for value in done.stdout.split()[-len(ROWS) :]]


def version(interpreter: str, *names: str) -> str:
    code = "import importlib.metadata as m, sys; print(*[m.version(n) for n in sys.argv[1:]])"
    command = [interpreter, "-c", code, *names]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def python(interpreter: str) -> str:
    command = [interpreter, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--save", action="store_true", help="write it to bench/results too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("clients", nargs="+", metavar="NAME=INTERPRETER")
    options = parser.parse_args()
    clients = dict(each.split("=", 1) for each in options.clients)
    found = facts.machine(f"aistrale {version(clients['aistrale'], 'aistrale-client')} for Python")
    found["Python"] = python(clients["aistrale"])
    found["HTTP"] = f"httpx2 {version(clients['aistrale'], 'httpx2')}"
    for name, interpreter in clients.items():
        if name != "aistrale":
            found[name] = version(interpreter, name)
    found["load average before"] = facts.load_average()
    found["rounds"] = str(options.rounds)

    measures = Measures()
    with subprocess.Popen(
        [sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            rounds = []
            for number in range(options.rounds + 1):
                taken = {name: measured(name, path, port) for name, path in clients.items()}
                if number:  # the first compiles what was never imported before
                    rounds.append(taken)
        finally:
            server.terminate()
    for row, (what, unit, most) in enumerate(ROWS):
        for name in clients:
            bound = Bound(most=most) if name == "aistrale" else None
            for taken in rounds:
                measures.add(f"{what}: {name}", unit, taken[name][row], bound)
    found["load average after"] = facts.load_average()
    if options.save:
        folder, machine = ROOT / "bench" / "results", f"{facts.machine_name()}-python"
        print(report.save(folder, machine, found, measures.all()).read_text("utf-8"))
    else:
        print(report.markdown("The Python SDK", found, measures.all()))


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
