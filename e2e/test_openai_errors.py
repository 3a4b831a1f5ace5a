"""Errors under /v1 have OpenAI's shape, so that the official client raises its own typed exceptions."""

import openai
import pytest

from support.emulator import MODELS


@pytest.fixture(scope="session")
def client(gateway):
    with openai.OpenAI(
        base_url=f"{gateway.url}/v1", api_key=gateway.machine.api_key(), max_retries=0
    ) as client:
        yield client


def failure(client, kind: type[openai.APIStatusError], **request) -> openai.APIStatusError:
    """The exception the client raises, its body exactly OpenAI's four members."""
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(
            **{"messages": [{"role": "user", "content": "Hello"}]} | request
        )
    assert type(caught.value) is kind, caught.value
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert caught.value.response.headers["x-request-id"] == caught.value.request_id
    return caught.value


def test_a_wrong_key(client):
    error = failure(
        client.with_options(api_key="ais_wrong"), openai.AuthenticationError, model="openai/gpt-4o"
    )
    assert (error.status_code, error.code) == (401, "authentication_failed")


def test_a_model_nobody_serves(client):
    error = failure(client, openai.UnprocessableEntityError, model="mistral/mistral-large")
    assert (error.status_code, error.code) == (422, "no_provider")
    assert "aistrale tokens add --provider mistral" in error.message


@pytest.mark.parametrize("provider", MODELS)
def test_a_model_its_provider_does_not_have(client, provider):
    error = failure(client, openai.BadRequestError, model=f"{provider}/gpt-of-tomorrow")
    assert (error.status_code, error.code) == (400, "provider_rejected")
    assert "gpt-of-tomorrow" in error.message


@pytest.mark.parametrize("provider", MODELS)
def test_a_rate_limit_of_the_provider(client, provider):
    error = failure(
        client,
        openai.RateLimitError,
        model=f"{provider}/{MODELS[provider]}+fault-429-retry-after-70",
    )
    assert (error.status_code, error.code) == (429, "provider_rate_limited")
    assert error.response.headers["retry-after"] == "70"


@pytest.mark.parametrize("provider", MODELS)
def test_a_failure_of_the_provider(client, provider):
    error = failure(
        client,
        openai.InternalServerError,
        model=f"{provider}/{MODELS[provider]}+fault-status-503+delay-2ms",
    )
    assert (error.status_code, error.code) == (502, "provider_failed")


def test_no_model(client):
    error = failure(client, openai.BadRequestError, model=openai.omit)
    assert (error.code, error.param) == ("invalid_request", "model")


def test_a_wrong_type(client):
    error = failure(client, openai.BadRequestError, model="openai/gpt-4o", temperature="hot")
    assert (error.code, error.param) == ("invalid_request", "temperature")


def test_no_messages(client):
    error = failure(client, openai.BadRequestError, model="openai/gpt-4o", messages=[])
    assert (error.code, error.param) == ("invalid_request", "messages")


def test_a_path_that_is_not_there(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.post("/nothing", body={}, cast_to=object)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    "fault", ["cut-after-5", "reset-after-5", "malformed-chunk-5", "error-after-5"]
)
@pytest.mark.parametrize("provider", MODELS)
def test_a_stream_that_breaks_off_raises(client, provider, fault):
    """The client would take an end without an error for a success. Anthropic's fourth event has the first word."""
    read = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(
            model=f"{provider}/{MODELS[provider]}+fault-{fault}",
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
        ):
            read.append(chunk.choices[0])
    assert caught.value.code == "provider_failed"
    assert read, "something had arrived"
    assert all(choice.finish_reason is None for choice in read)


def test_the_demo_does_not_answer_by_itself_here(client, api):
    """Under /v1 only when it is asked for by name."""
    completion = client.chat.completions.create(
        model="demo/demo", messages=[{"role": "user", "content": "Hello"}]
    )
    assert "demo" in completion.choices[0].message.content
