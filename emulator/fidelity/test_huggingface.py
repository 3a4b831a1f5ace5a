"""The official huggingface_hub client, unchanged, and the openai client against the same router."""

import json

import common
import openai
import pytest
from huggingface_hub.errors import BadRequestError, HfHubHTTPError


def test_chat_answers_with_text_and_usage(huggingface_client, huggingface_target):
    answer = huggingface_client.chat_completion(
        model=huggingface_target.model, messages=[{"role": "user", "content": common.WORDS}], max_tokens=500
    )
    assert "pineapple lighthouse" in answer.choices[0].message.content.lower()
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_gives_the_text_in_pieces(huggingface_client, huggingface_target):
    chunks = huggingface_client.chat_completion(
        model=huggingface_target.model,
        messages=[{"role": "user", "content": common.WORDS}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(chunks)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "pineapple lighthouse" in text.lower()
    assert chunks[-1].usage.completion_tokens > 0


def test_a_tool_loop_ends_in_an_answer_from_the_result(huggingface_client, huggingface_target):
    first, second = common.tool_loop(huggingface_client.chat.completions.create, huggingface_target.model)
    assert json.loads(first.choices[0].message.tool_calls[0].function.arguments) == {"city": "Paris"}
    assert "18" in second.choices[0].message.content


def test_a_schema_is_kept(huggingface_client, huggingface_target):
    answer = huggingface_client.chat_completion(
        model=huggingface_target.model,
        messages=[{"role": "user", "content": "The weather, as JSON"}],
        response_format={"type": "json_schema", "json_schema": {"name": "w", "schema": common.WEATHER, "strict": True}},
    )
    assert set(json.loads(answer.choices[0].message.content)) == {"city"}


def test_a_model_may_name_its_provider_or_policy(huggingface_client, huggingface_target):
    answer = huggingface_client.chat_completion(
        model=huggingface_target.model + ":fastest", messages=[{"role": "user", "content": common.WORDS}]
    )
    assert "lighthouse" in answer.choices[0].message.content.lower()


def test_an_unknown_model_raises_bad_request(huggingface_client):
    with pytest.raises(BadRequestError, match="does not exist"):
        huggingface_client.chat_completion(model="no/such", messages=[{"role": "user", "content": "Hi"}])


def test_a_wrong_key_is_refused(huggingface_target):
    url = huggingface_target.base_url or "https://router.huggingface.co/v1"
    with pytest.raises(openai.AuthenticationError) as raised:
        openai.OpenAI(base_url=url, api_key="hf_bad", max_retries=0).chat.completions.create(
            model=huggingface_target.model, messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.response.json() == {"error": "Invalid username or password."}


@pytest.mark.emulator
@pytest.mark.parametrize("status", [402, 403, 429, 500, 503])
def test_every_status_raises_with_it(huggingface_client, status):
    with pytest.raises(HfHubHTTPError) as raised:
        huggingface_client.chat_completion(
            model=f"fault-status-{status}", messages=[{"role": "user", "content": "Hi"}]
        )
    assert raised.value.response.status_code == status
