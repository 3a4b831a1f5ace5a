"""A client that goes away: the provider's call is cancelled, the record says so."""

import json
import socket
from contextlib import contextmanager

import pytest

from support.api import Api
from support.wait import until

PATHS = {"/api/v1/inferences": "native", "/v1/chat/completions": "openai"}


@contextmanager
def asking(gateway, path: str, mark: str, model: str, **fields):
    """A request on a connection of its own, which the end of the block closes without another word."""
    words = (
        {"prompt": mark}
        if path == "/api/v1/inferences"
        else {"messages": [{"role": "user", "content": mark}]}
    )
    body = json.dumps({**words, "model": model, **fields}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.machine.port}\r\n"
        f"Authorization: Bearer {gateway.machine.api_key()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.machine.port), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def cancelled(api: Api, emulator, mark: str) -> dict:
    """Waits until the emulator has seen the disconnect, and returns the record, which is ended then."""
    until(
        "the provider's call is cancelled",
        lambda: emulator.request(mark)["ending"] == "client_disconnected",
        10,
    )
    record = until(
        "the record is ended",
        lambda: next((r for r in [api.newest()] if r["status"] != "running"), None),
    )
    assert (record["status"], record["error"]["code"]) == ("cancelled", "cancelled")
    return record


@pytest.mark.parametrize("path", PATHS, ids=PATHS.values())
def test_a_plain_call_is_cancelled(gateway, api, emulator, mark, path):
    with asking(gateway, path, mark, "openai/gpt-4o+fault-delay-30000ms"):
        emulator.wait_for(mark)
    record = cancelled(api, emulator, mark)
    assert (record["streamed"], record["finish_reason"], record["usage"]) == (False, None, None)


@pytest.mark.parametrize("path", PATHS, ids=PATHS.values())
def test_a_stream_is_cancelled(gateway, api, emulator, mark, path):
    emulator.script("openai", {"drip_ms": 100})
    with asking(
        gateway, path, f"write 500 words {mark}", "openai/gpt-4o", stream=True
    ) as connection:
        read = b""
        while b"word3" not in read:
            read += connection.recv(4096)
    record = cancelled(api, emulator, mark)
    assert (record["streamed"], record["cost_source"]) == (True, "estimated")
    assert record["cost_usd"] > 0
    assert emulator.request(mark)["chunks"] < 500


@pytest.mark.parametrize("path", PATHS, ids=PATHS.values())
def test_a_stream_is_cancelled_before_its_first_word(gateway, api, emulator, mark, path):
    with asking(gateway, path, mark, "openai/gpt-4o+fault-hang", stream=True):
        emulator.wait_for(mark)
    assert cancelled(api, emulator, mark)["streamed"] is True


def test_a_reader_that_stands_still_holds_the_provider_back(gateway, emulator, mark):
    """Backpressure: what nobody reads is not fetched and kept in memory."""
    words = 300_000
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.connect(("127.0.0.1", gateway.machine.port))
        body = json.dumps(
            {"prompt": f"write {words} words {mark}", "model": "openai/gpt-4o", "stream": True}
        ).encode()
        connection.sendall(
            f"POST /api/v1/inferences HTTP/1.1\r\nHost: 127.0.0.1:{gateway.machine.port}\r\n"
            f"Authorization: Bearer {gateway.machine.api_key()}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        emulator.wait_for(mark)
        seen: list[int] = []

        def stands_still() -> bool:
            seen.append(emulator.request(mark)["chunks"])
            return len(seen) > 20 and seen[-1] == seen[-20] > 0

        until("the provider waits too", stands_still, 60)
        assert 0 < seen[-1] < words, "the whole answer was fetched though nobody reads it"
        assert emulator.request(mark)["ending"] == "running"


def test_others_are_served_while_clients_stand_still(gateway, api, emulator, mark):
    with asking(gateway, "/api/v1/inferences", mark, "openai/gpt-4o+fault-hang"):
        emulator.wait_for(mark)
        assert api.answer(prompt="Hello", model="openai/gpt-4o")["finish_reason"] == "stop"
    cancelled_record = until(
        "cancelled",
        lambda: [
            r for r in api.telemetry(status="cancelled") if r["requested_model"].endswith("hang")
        ],
    )
    assert cancelled_record


def test_a_reader_that_stands_still_does_not_outlast_the_deadline(api, gateway):
    """The server waits for it no longer than the call may take; the record says how it ended."""
    with socket.create_connection(("127.0.0.1", gateway.machine.port)) as still:
        still.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = json.dumps(
            {
                "prompt": "write 300000 words",
                "model": "openai/gpt-4o",
                "stream": True,
                "timeout_ms": 3000,
                "session_id": "stands-still",
            }
        )
        head = (
            "POST /api/v1/inferences HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"authorization: Bearer {gateway.machine.api_key()}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        still.sendall((head + body).encode())

        def record() -> dict:
            listed = api.get("/api/v1/telemetry", limit=200).json()["data"]
            return next((row for row in listed if row["session_id"] == "stands-still"), {})

        until("its record has ended", lambda: record().get("status") not in (None, "running"), seconds=20)
        assert record()["status"] in ("cancelled", "failed")
        assert "deadline" in record()["error"]["message"] or record()["error"]["code"] == "provider_timeout"
