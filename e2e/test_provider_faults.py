"""What a provider does wrong, and what our caller hears: exact status, code and record.

What a test has fail three times is a model of its own, by a delay of its own: five failures open a circuit.
"""

import pytest

from support.api import Api, check_problem
from support.emulator import MODELS, TOKENS
from support.machine import free_port
from support.server import serving

# fault → status, code, the provider's own status where it said one
PLAIN = {
    "status-400": (400, "provider_rejected", 400),
    "status-404": (400, "provider_rejected", 404),
    "status-422": (400, "provider_rejected", 422),
    "status-401": (502, "provider_authentication_failed", 401),
    "status-500": (502, "provider_failed", 500),
    "status-503": (502, "provider_failed", 503),
    "html-502": (502, "provider_failed", 502),
    "malformed-chunk": (502, "provider_failed", None),
    "empty-body": (502, "provider_failed", None),
    "cut-after-1": (502, "provider_failed", None),
    "reset-after-1": (502, "provider_failed", None),
}


@pytest.mark.parametrize("fault", PLAIN)
@pytest.mark.parametrize("provider", MODELS)
def test_a_plain_call(api, provider, fault):
    status, code, upstream = PLAIN[fault]
    response = api.run(prompt="Hello", model=f"{provider}/{MODELS[provider]}+fault-{fault}")
    problem = check_problem(response, status, code)
    assert (problem["provider"], problem.get("upstream_status")) == (provider, upstream)
    check_failed(api, response.headers["x-aistrale-inference-id"], problem, tries(upstream))


def tries(upstream: int | None) -> int:
    """What is no fault of the request is tried again."""
    return 1 if upstream is not None and upstream < 500 else 3


@pytest.mark.parametrize("fault", ["status-400", "status-401", "status-503", "html-502"])
@pytest.mark.parametrize("provider", MODELS)
def test_a_stream_that_does_not_begin(api, provider, fault):
    status, code, upstream = PLAIN[fault]
    with api.streaming(
        prompt="Hello", model=f"{provider}/{MODELS[provider]}+fault-{fault}+delay-1ms"
    ) as response:
        response.read()
    problem = check_problem(response, status, code)
    assert problem["upstream_status"] == upstream
    check_failed(api, response.headers["x-aistrale-inference-id"], problem, tries(upstream))


@pytest.mark.parametrize(
    "fault", ["cut-after-9", "reset-after-9", "malformed-chunk-9", "error-after-9"]
)
@pytest.mark.parametrize("provider", MODELS)
def test_a_stream_that_breaks_off(api, provider, fault):
    events = api.events(
        prompt="write 30 words", model=f"{provider}/{MODELS[provider]}+fault-{fault}"
    )
    assert [event.name for event in events] == ["delta"] * (len(events) - 1) + ["error"]
    assert len(events) > 1, "what had arrived was passed on"
    problem = events[-1].data
    assert (problem["status"], problem["code"], problem["provider"]) == (
        502,
        "provider_failed",
        provider,
    )
    newest = api.newest()
    assert newest["streamed"] is True
    check_failed(api, newest["id"], problem, 1)


def check_failed(api: Api, inference_id: str, problem: dict, calls: int) -> None:
    record = api.record(inference_id)
    assert record["status"] == "failed"
    assert record["error"] == {
        "code": problem["code"],
        "message": problem["detail"],
        "provider": problem["provider"],
        "upstream_status": problem.get("upstream_status"),
    }
    assert [attempt["outcome"] for attempt in record["attempts"]] == [problem["code"]] * calls


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_rate_limit(api, provider, stream):
    model = f"{provider}/{MODELS[provider]}+fault-429-retry-after-70"
    response = api.run(prompt="Hello", model=model, stream=stream)
    problem = check_problem(response, 429, "provider_rate_limited")
    assert (response.headers["retry-after"], problem["retry_after_ms"]) == ("70", 70000)
    assert (problem["provider"], problem["upstream_status"]) == (provider, 429)


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_model_that_never_answers_meets_the_deadline(api, emulator, mark, provider, stream):
    model = f"{provider}/{MODELS[provider]}+fault-hang"
    response = api.run(prompt=mark, model=model, timeout_ms=400, stream=stream)
    check_problem(response, 504, "provider_timeout")
    assert (
        api.record(response.headers["x-aistrale-inference-id"])["error"]["code"]
        == "provider_timeout"
    )


def test_a_stream_that_drips_on_beyond_the_deadline(api):
    events = api.events(
        prompt="write 500 words", model="openai/gpt-4o+fault-drip-50ms", timeout_ms=1500
    )
    assert (events[0].name, events[-1].name, events[-1].data["code"]) == (
        "delta",
        "error",
        "provider_timeout",
    )


def test_a_cut_stream_has_an_estimated_cost(api, emulator):
    """What was used is estimated, and marked so."""
    emulator.script("openai", {"cut_after_chunks": 5})
    assert api.events(prompt="Hello", model="openai/gpt-4o")[-1].name == "error"
    record = api.newest()
    assert record["cost_source"] == "estimated"
    assert record["cost_usd"] > 0


@pytest.mark.parametrize("provider", MODELS)
def test_the_providers_own_words_are_kept(api, provider):
    response = api.run(prompt="Hello", model=f"{provider}/gpt-of-tomorrow")
    problem = check_problem(response, 400, "provider_rejected")
    assert "gpt-of-tomorrow" in problem["detail"]


def test_a_provider_that_cannot_be_reached(machine):
    settings = {"AISTRALE_PROVIDERS_OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    with serving(machine, **settings) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        problem = check_problem(
            api.run(prompt="Hello", model="openai/gpt-4o"), 503, "provider_unavailable"
        )
        assert problem["provider"] == "openai"
        assert api.newest()["status"] == "failed"


def test_a_token_the_provider_has_revoked_is_an_error_and_never_a_demo_answer(machine, emulator):
    """A refused token is an error, never a demo answer."""
    with serving(machine, **emulator.settings("openai")) as server:
        api = Api(server.url, machine.api_key())
        token = api.add_token("openai", "sk-proj-revoked-0123456789")
        problem = check_problem(api.run(prompt="Hello"), 502, "provider_authentication_failed")
        assert "aistrale tokens add --provider openai" in problem["detail"]
        assert api.http.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
        check_problem(api.run(prompt="Hello"), 422, "no_provider")
