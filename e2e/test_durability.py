"""kill -9 under load: whatever a client got an answer for is there after the restart."""

import json
import random
import re
import socket
import threading
import time

import httpx2
import pytest

from support.api import Api, events_of
from support.emulator import TOKENS
from support.server import Server, serving
from support.wait import until

CLIENTS_OF_A_KIND = 3
MODELS = ("openai/gpt-4o", "openai/gpt-4o+fault-delay-30ms", "openai/gpt-4o+fault-delay-300ms")


class Load:
    """Clients that ask without a pause until their server is gone, and note every id they got an answer for."""

    def __init__(self, url: str, key: str):
        self.answered: set[str] = set()
        self._url, self._key = url, key
        self._stop = threading.Event()
        kinds = (self._plain, self._stream, self._chat, self._chat_stream) * CLIENTS_OF_A_KIND
        self._threads = [
            threading.Thread(target=self._ask, args=(kind,), daemon=True) for kind in kinds
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), "a client hangs though its server is gone"

    def _ask(self, kind) -> None:
        api = Api(self._url, self._key, timeout=15)
        while not self._stop.is_set():
            try:
                kind(api, random.choice(MODELS))
            except Exception:
                return  # the server was killed

    def _plain(self, api: Api, model: str) -> None:
        self.answered.add(api.answer(prompt="plain", model=model)["id"])

    def _chat(self, api: Api, model: str) -> None:
        response = api.post("/v1/chat/completions", chat(model))
        if response.status_code == 200 and response.json()["choices"][0]["finish_reason"] == "stop":
            self.answered.add(response.headers["x-aistrale-inference-id"])

    def _stream(self, api: Api, model: str) -> None:
        with api.streaming(prompt="stream", model=model) as response:
            for event in events_of(response.iter_lines()):
                if event.name == "completed":
                    self.answered.add(event.data["id"])

    def _chat_stream(self, api: Api, model: str) -> None:
        with api.streaming("/v1/chat/completions", **chat(model)) as response:
            if any(line == "data: [DONE]" for line in response.iter_lines()):
                self.answered.add(response.headers["x-aistrale-inference-id"])


# A path, and the bytes that end its stream; None: a plain answer.
KINDS = (
    ("/api/v1/inferences", None),
    ("/v1/chat/completions", None),
    ("/api/v1/inferences", b"event: completed\n"),
    ("/v1/chat/completions", b"data: [DONE]\n"),
)


def kill_at_an_answer(server: Server, key: str, kind: tuple[str, bytes | None]) -> str:
    """Kills the server in the moment in which an answer is whole; returns its id.

    A record made a millisecond after the answer is lost here nearly every time; a kill at random would seldom meet it.
    """
    path, end = kind
    words = (
        {"prompt": "last"}
        if path == "/api/v1/inferences"
        else {"messages": [{"role": "user", "content": "last"}]}
    )
    body = json.dumps({**words, "model": "openai/gpt-4o", "stream": end is not None}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.machine.port), timeout=20) as connection:
        connection.sendall(head + body)
        read = b""
        while not is_whole(read, end):
            read += connection.recv(65536)
        server.kill()
    return re.search(rb"x-aistrale-inference-id: (\S+)", read)[1].decode()


def is_whole(read: bytes, end: bytes | None) -> bool:
    if end is not None:
        return end in read
    head, found, body = read.partition(b"\r\n\r\n")
    return bool(found) and len(body) == int(re.search(rb"(?i)content-length: (\d+)", head)[1])


def chat(model: str) -> dict:
    return {"model": model, "messages": [{"role": "user", "content": "chat"}]}


@pytest.mark.timeout(900)
def test_nothing_answered_is_lost_when_the_server_is_killed(machine, emulator, request):
    kills = 20 if request.config.getoption("--torture") else 4
    settings = emulator.settings("openai")
    answered: set[str] = set()
    cut = 0
    with serving(machine, **settings) as server:
        Api(server.url, machine.api_key()).add_token("openai", TOKENS["openai"])
    for kill in range(kills):
        with serving(machine, **settings) as server:
            load = Load(server.url, machine.api_key())
            time.sleep(random.uniform(1.0, 2.0))
            last = kill_at_an_answer(server, machine.api_key(), KINDS[kill % len(KINDS)])
            load.end()
        assert load.answered, "the load did not get as far as an answer"
        answered |= load.answered | {last}
        with serving(machine, **settings) as server:
            records = {
                record["id"]: record
                for record in Api(server.url, machine.api_key()).telemetry(limit=200)
            }
        check(records, answered)
        cut += sum(record["status"] == "interrupted" for record in records.values())
    assert cut > 0, "no kill met an inference in the middle, so this showed nothing"


def check(records: dict[str, dict], answered: set[str]) -> None:
    """What must hold after every restart."""
    status = {id: record["status"] for id, record in records.items()}
    assert {id: status.get(id) for id in answered if status.get(id) != "completed"} == {}
    assert set(status.values()) <= {"completed", "interrupted"}, sorted(set(status.values()))
    for record in records.values():
        if record["status"] == "interrupted":
            check_interrupted(record)


def check_interrupted(record: dict) -> None:
    assert (record["cost_usd"], record["cost_source"], record["usage"]) == (None, None, None), (
        record
    )
    assert record["error"]["code"] == "interrupted", record


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_what_was_begun_is_named_interrupted_after_a_kill(machine, emulator, mark, stream):
    settings = emulator.settings("openai")
    hanging = {
        "prompt": mark,
        "model": "openai/gpt-4o+fault-hang",
        "session_id": "ses-1",
        "metadata": {"team": "a"},
    }
    with serving(machine, **settings) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        client = threading.Thread(
            target=ask_in_vain, args=(server.url, machine.api_key(), {**hanging, "stream": stream})
        )
        client.start()
        emulator.wait_for(mark)
        running = until("the begun row", lambda: api.telemetry(status="running"))
        server.kill()
        client.join(20)
    with serving(machine, **settings) as server:
        after = Api(server.url, machine.api_key()).telemetry()
    assert [record["id"] for record in after] == [record["id"] for record in running]
    assert (after[0]["status"], after[0]["streamed"]) == ("interrupted", stream)
    assert (after[0]["session_id"], after[0]["metadata"]) == ("ses-1", {"team": "a"})
    check_interrupted(after[0])


def ask_in_vain(url: str, key: str, request: dict) -> None:
    with pytest.raises(httpx2.TransportError):
        Api(url, key).run(**request)
