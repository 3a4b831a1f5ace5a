"""SIGTERM: what runs is finished, what is new is refused, then the server ends."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api, check_problem, events_of
from support.emulator import TOKENS
from support.server import Server, serving
from support.wait import until

SLOW = "openai/gpt-4o+fault-delay-4000ms"


@pytest.fixture
def server(machine, emulator):
    with serving(machine, **emulator.settings("openai")) as server:
        Api(server.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        yield server


def test_a_stopping_server_finishes_what_runs_and_refuses_what_is_new(
    server, machine, emulator, mark
):
    api = Api(server.url, machine.api_key())
    late = Api(server.url, machine.api_key())
    late.get("/health")  # its connection stands before the stop
    with ThreadPoolExecutor(2) as pool:
        plain = pool.submit(api.answer, prompt=f"plain {mark}", model=SLOW)
        stream = pool.submit(
            Api(server.url, machine.api_key()).events, prompt=f"stream {mark}", model=SLOW
        )
        until("both run at the provider", lambda: len(emulator.requests(mark)) == 2)
        server.terminate()
        until("not ready", lambda: late.get("/ready").status_code == 503)

        check_problem(late.get("/ready"), 503, "overloaded")
        refused = late.run(prompt="new")
        check_problem(refused, 503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        chat = late.post(
            "/v1/chat/completions",
            {"model": "gpt-4o", "messages": [{"role": "user", "content": "new"}]},
        )
        assert (chat.status_code, chat.json()["error"]["code"]) == (503, "overloaded")
        assert int(chat.headers["retry-after"]) >= 1

        answered, streamed = plain.result(), stream.result()[-1]
    assert (answered["finish_reason"], streamed.name) == ("stop", "completed")
    assert (server.wait(), server.is_gone()) == (0, True)

    with serving(machine, **emulator.settings("openai")) as again:
        records = {
            record["id"]: record["status"]
            for record in Api(again.url, machine.api_key()).telemetry()
        }
    assert records == {answered["id"]: "completed", streamed.data["id"]: "completed"}


def test_an_idle_server_stops_at_once_with_exit_code_0(server, machine):
    with Api(server.url, machine.api_key()).http as http:
        http.get("/health")  # a kept-alive connection holds nobody up
        began = time.monotonic()
        server.terminate()
        assert server.wait() == 0
        assert time.monotonic() - began < 15, "an idle server has nothing to wait 30 s for"
    assert server.is_gone()


def test_what_outlasts_the_grace_is_cut_honestly_and_recorded(machine, emulator, mark):
    """A stream that does not end in time is never closed as if it had: the last event is not `completed`."""
    settings = {**emulator.settings("openai"), "AISTRALE_SHUTDOWN_GRACE_MS": "1000"}
    with serving(machine, **settings) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        names: list[str] = []

        def read() -> None:
            try:
                with api.streaming(
                    prompt=f"write 500 words {mark}", model="openai/gpt-4o+fault-drip-200ms"
                ) as response:
                    names.extend(event.name for event in events_of(response.iter_lines()))
            except Exception as cut:  # the connection may break; what counts is what came before
                names.append(type(cut).__name__)

        reader = threading.Thread(target=read)
        reader.start()
        until("deltas arrive", lambda: "delta" in names)
        server.terminate()
        assert server.wait(20) == 0
        reader.join(10)
    assert "completed" not in names
    with serving(machine, **settings) as again:
        record = Api(again.url, machine.api_key()).newest()
    assert record["status"] == "interrupted", json.dumps(record)
