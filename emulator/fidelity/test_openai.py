"""The official openai client, unchanged."""

import json

import common
import openai
import pydantic
import pytest


class City(pydantic.BaseModel):
    name: str
    country: str
    inhabitants: int


def test_chat_answers_with_text_and_usage(openai_client, openai_target):
    answer = openai_client.chat.completions.create(
        model=openai_target.model, messages=[{"role": "user", "content": common.WORDS}], max_completion_tokens=500
    )
    assert "pineapple lighthouse" in answer.choices[0].message.content.lower()
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id.startswith("req_")


def test_stream_gives_the_text_in_pieces_and_the_usage_in_the_last_chunk_only(openai_client, openai_target):
    chunks = list(
        openai_client.chat.completions.create(
            model=openai_target.model,
            messages=[{"role": "user", "content": common.WORDS}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "pineapple lighthouse" in text.lower()
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert [c.choices[0].finish_reason for c in chunks[:-1]][-1] == "stop"


def test_a_tool_loop_ends_in_an_answer_from_the_result(openai_client, openai_target):
    first, second = common.tool_loop(openai_client.chat.completions.create, openai_target.model)
    assert first.choices[0].finish_reason == "tool_calls"
    assert json.loads(first.choices[0].message.tool_calls[0].function.arguments) == {"city": "Paris"}
    assert "18" in second.choices[0].message.content


def test_parallel_calls_stream_in_fragments(openai_client, openai_target):
    with openai_client.chat.completions.stream(
        model=openai_target.model,
        messages=[{"role": "user", "content": common.CALL_TWO}],
        tools=[common.OPENAI_TOOL],
    ) as stream:
        calls = stream.get_final_completion().choices[0].message.tool_calls
    assert sorted(json.loads(call.function.arguments)["city"] for call in calls) == ["Paris", "Rome"]
    assert len({call.id for call in calls}) == 2


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
def test_tool_choice_forces_a_call(openai_client, openai_target, choice):
    answer = openai_client.chat.completions.create(
        model=openai_target.model,
        messages=[{"role": "user", "content": "Tell me of Oslo"}],
        tools=[common.OPENAI_TOOL],
        tool_choice=choice,
    )
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather" and set(json.loads(call.function.arguments)) == {"city"}


def test_tool_choice_none_calls_nothing(openai_client, openai_target):
    answer = openai_client.chat.completions.create(
        model=openai_target.model,
        messages=[{"role": "user", "content": common.CALL_PARIS}],
        tools=[common.OPENAI_TOOL],
        tool_choice="none",
    )
    assert answer.choices[0].message.tool_calls is None


def test_parse_gives_an_instance_of_the_model(openai_client, openai_target):
    parsed = openai_client.chat.completions.parse(
        model=openai_target.model,
        messages=[{"role": "user", "content": "Facts about Paris"}],
        response_format=City,
    )
    assert isinstance(parsed.choices[0].message.parsed, City)


def test_json_mode_answers_with_an_object(openai_client, openai_target):
    answer = openai_client.chat.completions.create(
        model=openai_target.model,
        messages=[{"role": "user", "content": "Facts about Paris, as a JSON object"}],
        response_format={"type": "json_object"},
    )
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_an_image_is_taken(openai_client, openai_target, png_base64):
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png_base64}"}}
    question = {"type": "text", "text": common.WORDS}
    answer = openai_client.chat.completions.create(
        model=openai_target.model, messages=[{"role": "user", "content": [question, picture]}]
    )
    assert "pineapple lighthouse" in answer.choices[0].message.content.lower()


def test_reasoning_is_counted(openai_client, openai_target):
    answer = openai_client.chat.completions.create(
        model=openai_target.thinking_model,
        messages=[{"role": "user", "content": "How many primes are below 100? " + common.WORDS}],
        reasoning_effort="high",
    )
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0
    assert answer.usage.completion_tokens > answer.usage.completion_tokens_details.reasoning_tokens


def test_too_few_tokens_end_with_length(openai_client, openai_target):
    answer = openai_client.chat.completions.create(
        model=openai_target.model,
        messages=[{"role": "user", "content": "write 500 words"}],
        max_completion_tokens=16,
    )
    assert answer.choices[0].finish_reason == "length"


def test_models_are_listed_and_had_by_name(openai_client, openai_target):
    assert openai_target.model in [model.id for model in openai_client.models.list()]
    assert openai_client.models.retrieve(openai_target.model).id == openai_target.model


def test_embeddings_are_vectors_of_length_one(openai_client):
    answer = openai_client.embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=64)
    assert [len(one.embedding) for one in answer.data] == [64, 64]
    assert sum(x * x for x in answer.data[0].embedding) == pytest.approx(1, abs=1e-3)


def test_an_unknown_model_raises_not_found(openai_client):
    with pytest.raises(openai.NotFoundError) as raised:
        openai_client.chat.completions.create(model="gpt-none", messages=[{"role": "user", "content": "Hi"}])
    assert raised.value.code == "model_not_found"


def test_a_wrong_key_raises_authentication_error(openai_client):
    with pytest.raises(openai.AuthenticationError) as raised:
        openai_client.with_options(api_key="sk-bad-key-0123456789").models.list()
    assert raised.value.code == "invalid_api_key"


def test_an_unanswered_call_raises_bad_request(openai_client, openai_target):
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "user", "content": "Well?"},
    ]
    with pytest.raises(openai.BadRequestError, match="must be followed by tool messages"):
        openai_client.chat.completions.create(model=openai_target.model, messages=messages)


@pytest.mark.emulator
@pytest.mark.parametrize(
    "status,expected",
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_every_status_raises_its_exception(openai_client, status, expected):
    with pytest.raises(expected) as raised:
        openai_client.chat.completions.create(
            model=f"fault-status-{status}", messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.status_code == status and raised.value.request_id.startswith("req_")


@pytest.mark.emulator
def test_a_rate_limit_says_how_long_to_wait(openai_client):
    with pytest.raises(openai.RateLimitError) as raised:
        openai_client.chat.completions.create(
            model="fault-429-retry-after-7", messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.emulator
def test_the_clients_own_retry_recovers(openai_client, openai_target, emulator):
    emulator.script("openai", {"status": 429, "retry_after": 0}, {"status": 503}, {"text": "at last"})
    answer = openai_client.with_options(max_retries=2).chat.completions.create(
        model=openai_target.model, messages=[{"role": "user", "content": "Hi"}]
    )
    assert answer.choices[0].message.content == "at last"
    assert [request["status"] for request in emulator.requests("openai")] == [429, 503, 200]


@pytest.mark.emulator
def test_a_cut_stream_raises_and_an_error_chunk_raises(openai_client):
    for model in ("fault-cut-after-3", "fault-reset-after-3", "fault-error-after-3", "fault-malformed-chunk-3"):
        with pytest.raises(Exception) as raised:
            for _ in openai_client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hi"}], stream=True
            ):
                pass
        assert type(raised.value).__name__ in {
            "RemoteProtocolError",
            "ReadError",
            "APIError",
            "APIConnectionError",
            "JSONDecodeError",
        }, model


@pytest.mark.emulator
def test_cached_tokens_are_reported_for_a_prompt_seen_before(openai_client, openai_target, emulator):
    messages = [{"role": "user", "content": "long " * 1200}]
    create = openai_client.chat.completions.create
    first = create(model=openai_target.model, messages=messages)
    second = create(model=openai_target.model, messages=messages)
    assert first.usage.prompt_tokens_details.cached_tokens == 0
    assert second.usage.prompt_tokens == 1504  # 6,000 characters are 1,500 tokens, and 4 for the message
    assert second.usage.prompt_tokens_details.cached_tokens == 1408  # the most of that in steps of 128
