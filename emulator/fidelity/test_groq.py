"""The official groq client, unchanged."""

import json

import common
import groq
import pytest


def test_chat_answers_with_text_usage_and_times(groq_client, groq_target):
    answer = groq_client.chat.completions.create(
        model=groq_target.model, messages=[{"role": "user", "content": common.WORDS}]
    )
    assert "pineapple lighthouse" in answer.choices[0].message.content.lower()
    assert answer.usage.queue_time is not None and answer.usage.total_time > 0
    assert answer.x_groq.id.startswith("req_")


def test_a_stream_carries_x_groq_in_its_first_and_last_chunk(groq_client, groq_target):
    chunks = list(
        groq_client.chat.completions.create(
            model=groq_target.model, messages=[{"role": "user", "content": common.WORDS}], stream=True
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "pineapple lighthouse" in text.lower()
    assert chunks[0].x_groq.id.startswith("req_")
    assert chunks[-1].x_groq.usage.completion_tokens > 0


def test_a_tool_loop_ends_in_an_answer_from_the_result(groq_client, groq_target):
    first, second = common.tool_loop(groq_client.chat.completions.create, groq_target.model)
    assert first.choices[0].finish_reason == "tool_calls"
    assert json.loads(first.choices[0].message.tool_calls[0].function.arguments) == {"city": "Paris"}
    assert "18" in second.choices[0].message.content


def test_json_mode_answers_with_an_object(groq_client, groq_target):
    answer = groq_client.chat.completions.create(
        model=groq_target.model,
        messages=[{"role": "user", "content": "Facts about Paris, as a JSON object"}],
        response_format={"type": "json_object"},
    )
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_reasoning_is_in_the_open(groq_client, groq_target):
    answer = groq_client.chat.completions.create(
        model=groq_target.thinking_model,
        messages=[{"role": "user", "content": "How many primes are below 100? " + common.WORDS}],
        reasoning_effort="medium",
    )
    assert answer.choices[0].message.reasoning


def test_models_are_listed(groq_client, groq_target):
    assert groq_target.model in [model.id for model in groq_client.models.list().data]


def test_an_unknown_model_raises_not_found(groq_client):
    with pytest.raises(groq.NotFoundError) as raised:
        groq_client.chat.completions.create(model="llama-none", messages=[{"role": "user", "content": "Hi"}])
    assert raised.value.body["error"]["code"] == "model_not_found"


def test_a_wrong_key_raises_authentication_error(groq_client):
    with pytest.raises(groq.AuthenticationError) as raised:
        groq_client.with_options(api_key="gsk_bad").models.list()
    assert raised.value.body["error"]["code"] == "invalid_api_key"


def test_an_unknown_field_is_refused_by_name(groq_client, groq_target):
    message = {"role": "user", "content": "Hi", "metadata": {}}
    with pytest.raises(groq.BadRequestError, match="'messages.0' : for 'role:user'.*property 'metadata' is unsupported"):
        groq_client.chat.completions.create(model=groq_target.model, messages=[message])


@pytest.mark.emulator
@pytest.mark.parametrize(
    "status,expected",
    [
        (400, groq.BadRequestError),
        (401, groq.AuthenticationError),
        (403, groq.PermissionDeniedError),
        (404, groq.NotFoundError),
        (422, groq.UnprocessableEntityError),
        (429, groq.RateLimitError),
        (500, groq.InternalServerError),
        (503, groq.InternalServerError),
    ],
)
def test_every_status_raises_its_exception(groq_client, status, expected):
    with pytest.raises(expected) as raised:
        groq_client.chat.completions.create(
            model=f"fault-status-{status}", messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.status_code == status


@pytest.mark.emulator
def test_a_rate_limit_says_how_long_to_wait(groq_client):
    with pytest.raises(groq.RateLimitError) as raised:
        groq_client.chat.completions.create(
            model="fault-429-retry-after-7", messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.body["error"]["type"] == "tokens"
