"""A local Ollama is found by itself: a newcomer's first answer is its model's, not the demo's."""

import socket

import pytest

from support.api import Api
from support.server import serving


def default_port_is_free() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 11434)) != 0


@pytest.fixture
def ollama(emulator) -> dict[str, str]:
    return {
        "AISTRALE_OLLAMA_DISCOVERY": "true",
        "AISTRALE_PROVIDERS_OLLAMA_BASE_URL": f"{emulator.url}/ollama/v1",
    }


def test_the_first_run_is_answered_by_the_ollama_of_this_machine(machine, emulator, mark, ollama):
    done = machine.aistrale("run", mark, **ollama)
    assert done.returncode == 0, done.stderr
    request = emulator.request(mark)
    assert (request["provider"], request["status"]) == ("ollama", 200)
    assert done.stdout == f'You said: "{mark}". This is the emulated {request["model"]}.\n'
    assert "demo" not in done.stderr
    [record] = Api(machine.url, machine.api_key()).telemetry()
    assert (record["status"], record["provider"], record["cost_usd"]) == (
        "completed",
        "ollama",
        None,
    )
    assert machine.aistrale("stop").returncode == 0


def test_its_models_are_listed_and_need_no_token(machine, ollama):
    with serving(machine, **ollama) as server:
        api = Api(server.url, machine.api_key())
        assert {"ollama/llama3.2:latest", "ollama/qwen3:8b"} <= {
            model["id"] for model in api.get("/v1/models").json()["data"]
        }
        [entry] = [
            entry
            for entry in api.get("/api/v1/providers").json()["data"]
            if entry["name"] == "ollama"
        ]
        assert entry["credential"] == "not_needed"


def test_without_discovery_the_demo_answers(machine, ollama):
    with serving(machine, **ollama | {"AISTRALE_OLLAMA_DISCOVERY": "false"}) as server:
        assert Api(server.url, machine.api_key()).answer(prompt="hi")["provider"] == "demo"


def test_an_ollama_that_is_not_there_delays_nothing_and_the_demo_answers(machine):
    if not default_port_is_free():
        pytest.skip("an Ollama of this machine's own listens on 11434")
    with serving(machine, AISTRALE_OLLAMA_DISCOVERY="true") as server:
        assert Api(server.url, machine.api_key()).answer(prompt="hi")["provider"] == "demo"
