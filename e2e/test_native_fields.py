"""Every field of a native request, as the provider gets it; and what a provider cannot be told, refused by name."""

import json

import pytest

from support.api import check_problem
from support.emulator import tokens

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
SCHEMA = WEATHER["function"]["parameters"]
COMMON = {
    "system": "Be short.",
    "temperature": 0.25,
    "max_output_tokens": 77,
    "stop": ["END", "FIN"],
    "tools": [WEATHER],
    "tool_choice": "required",
}
DATA_URL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def sent(api, emulator, mark: str, **request) -> dict:
    """What the provider was asked."""
    api.answer(prompt=mark, **request)
    return json.loads(emulator.request(mark)["body"])


def test_openai_gets_every_field(api, emulator, mark):
    body = sent(
        api, emulator, mark,
        model="openai/gpt-4o", **COMMON, top_p=0.5, seed=7, response_format={"type": "text"}, provider_options={"service_tier": "flex"},
    )  # fmt: skip
    assert body["model"] == "gpt-4o"
    assert body["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": mark},
    ]
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.25, 0.5, 7)
    assert (body["max_completion_tokens"], body["stop"]) == (77, ["END", "FIN"])
    assert (body["tools"], body["tool_choice"]) == ([WEATHER], "required")
    assert (body["response_format"], body["service_tier"]) == ({"type": "text"}, "flex")


def test_anthropic_gets_every_field(api, emulator, mark):
    body = sent(
        api,
        emulator,
        mark,
        model="anthropic/claude-sonnet-4-5",
        **COMMON,
        provider_options={"top_k": 5},
    )
    assert body["model"] == "claude-sonnet-4-5"
    assert "Be short." in json.dumps(body["system"])
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert (body["temperature"], body["max_tokens"], body["stop_sequences"], body["top_k"]) == (
        0.25,
        77,
        ["END", "FIN"],
        5,
    )
    assert body["tools"] == [
        {"name": "get_weather", "description": "The weather of a city", "input_schema": SCHEMA}
    ]
    assert body["tool_choice"] == {"type": "any"}


def test_gemini_gets_every_field(api, emulator, mark):
    body = sent(
        api, emulator, mark,
        model="gemini/gemini-2.5-flash-lite", **COMMON, top_p=0.5, seed=7, provider_options={"cachedContent": "cachedContents/x"},
    )  # fmt: skip
    config = body["generationConfig"]
    assert body["systemInstruction"]["parts"] == [{"text": "Be short."}]
    assert body["contents"] == [{"role": "user", "parts": [{"text": mark}]}]
    assert (config["temperature"], config["topP"], config["seed"]) == (0.25, 0.5, 7)
    assert (config["maxOutputTokens"], config["stopSequences"]) == (77, ["END", "FIN"])
    assert body["tools"][0]["functionDeclarations"][0]["name"] == "get_weather"
    assert body["toolConfig"]["functionCallingConfig"]["mode"] == "ANY"
    assert body["cachedContent"] == "cachedContents/x"


@pytest.mark.parametrize(
    ("field", "value"), [("seed", 7), ("response_format", {"type": "json_object"})]
)
def test_what_anthropic_cannot_be_told_is_a_400_that_names_it(api, emulator, mark, field, value):
    response = api.run(prompt=mark, model="anthropic/claude-sonnet-4-5", **{field: value})
    problem = check_problem(response, 400, "invalid_request")
    assert field in problem["detail"] and "anthropic" in problem["detail"].lower()
    assert emulator.requests(mark) == []


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ("openai/gpt-5", lambda body: body["reasoning_effort"] == "low"),
        ("anthropic/claude-opus-4-6", lambda body: body["output_config"]["effort"] == "low"),
        (
            "gemini/gemini-3-flash-preview",
            lambda body: (
                body["generationConfig"]["thinkingConfig"]["thinkingLevel"].lower() == "low"
            ),
        ),
        ("groq/openai/gpt-oss-120b", lambda body: body["reasoning_effort"] == "low"),
        ("huggingface/openai/gpt-oss-120b", lambda body: body["reasoning_effort"] == "low"),
    ],
)
def test_reasoning_effort_reaches_every_provider_and_its_tokens_are_told(
    api, emulator, mark, model, where
):
    answer = api.answer(prompt=mark, model=model, reasoning_effort="low")
    assert where(json.loads(emulator.request(mark)["body"]))
    told = (
        None if model.startswith("huggingface/") else 16
    )  # Hugging Face's router does not tell them
    assert answer["usage"]["reasoning_tokens"] == told
    assert answer["usage"]["output_tokens"] == 16 + tokens(answer["text"]), (
        "reasoning tokens are output tokens"
    )


@pytest.mark.parametrize(
    "model",
    [
        "openai/gpt-4o",
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-flash-lite",
        "groq/meta-llama/llama-4-scout-17b-16e-instruct",
        "huggingface/Qwen/Qwen2.5-VL-7B-Instruct",
    ],
)
def test_an_image_is_seen(api, model):
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": DATA_URL}},
    ]
    answer = api.answer(messages=[{"role": "user", "content": parts}], model=model)
    assert answer["text"].startswith('You said: "Look". I see 1 image.')


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_system_message_among_the_messages_reaches_anthropic(api, emulator, mark, role):
    api.answer(
        messages=[{"role": role, "content": "Be short."}, {"role": "user", "content": mark}],
        model="anthropic/claude-sonnet-4-5",
    )
    assert "Be short." in json.dumps(json.loads(emulator.request(mark)["body"])["system"])


def test_cache_marks_reach_anthropic(api, emulator, mark):
    part = {"type": "text", "text": mark, "cache_control": {"type": "ephemeral"}}
    api.answer(messages=[{"role": "user", "content": [part]}], model="anthropic/claude-sonnet-4-5")
    assert json.loads(emulator.request(mark)["body"])["messages"][0]["content"] == [part]


def test_the_providers_token_is_sent_and_ours_is_not(api, emulator, mark):
    api.answer(prompt=mark, model="anthropic/claude-sonnet-4-5")
    headers = emulator.request(mark)["headers"]
    assert "x-api-key" in headers and "authorization" not in headers
    assert not [name for name in headers if name.startswith(("x-aistrale", "idempotency"))]
