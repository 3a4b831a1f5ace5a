"""The official `openai` client with nothing changed but its base URL, for a model of each of the five providers."""

import json
from decimal import Decimal

import openai
import pydantic
import pytest

from support.emulator import MODELS, echo, tokens
from test_native_fields import DATA_URL, WEATHER
from test_tool_loops import ASK, THINKING

NAMES = [f"{provider}/{model}" for provider, model in MODELS.items()]
WITH_SCHEMAS = {
    **MODELS,
    "groq": "openai/gpt-oss-120b",
}  # Groq keeps to a schema with these models only
WITH_EYES = {
    **MODELS,
    "groq": "meta-llama/llama-4-scout-17b-16e-instruct",
    "huggingface": "Qwen/Qwen2.5-VL-7B-Instruct",
}


@pytest.fixture(scope="session")
def client(gateway):
    with openai.OpenAI(
        base_url=f"{gateway.url}/v1", api_key=gateway.machine.api_key(), max_retries=0
    ) as client:
        yield client


def user(text: str) -> dict:
    return {"role": "user", "content": text}


@pytest.mark.parametrize("provider", MODELS)
def test_chat(client, api, provider):
    model = MODELS[provider]
    raw = client.chat.completions.with_raw_response.create(
        model=f"{provider}/{model}", messages=[user("Hello")]
    )
    completion = raw.parse()
    [choice] = completion.choices
    assert (completion.object, choice.index, choice.finish_reason) == ("chat.completion", 0, "stop")
    assert (choice.message.role, choice.message.content) == ("assistant", echo("Hello", model))
    assert choice.message.tool_calls is None
    expected = (6, tokens(choice.message.content), 6 + tokens(choice.message.content))
    assert (
        completion.usage.prompt_tokens,
        completion.usage.completion_tokens,
        completion.usage.total_tokens,
    ) == expected
    record = api.record(raw.headers["x-aistrale-inference-id"])
    assert (record["status"], record["provider"], record["model"], record["streamed"]) == (
        "completed",
        provider,
        model,
        False,
    )
    assert raw.headers["x-aistrale-provider"] == provider
    if record["cost_usd"] is None:
        assert "x-aistrale-cost-usd" not in raw.headers
    else:
        assert Decimal(raw.headers["x-aistrale-cost-usd"]) == record["cost_usd"] > 0


def test_a_model_without_its_provider_is_found(client):
    """An existing program says `gpt-4o`, and changes its base URL and nothing else."""
    completion = client.chat.completions.create(model="gpt-4o", messages=[user("Hello")])
    assert completion.choices[0].message.content == echo("Hello", "gpt-4o")


@pytest.mark.parametrize("with_usage", [False, True], ids=["no usage", "include_usage"])
@pytest.mark.parametrize("provider", MODELS)
def test_stream(client, api, provider, with_usage):
    model = MODELS[provider]
    options = {"stream_options": {"include_usage": True}} if with_usage else {}
    raw = client.chat.completions.with_raw_response.create(
        model=f"{provider}/{model}", messages=[user("Hello")], stream=True, **options
    )
    chunks = list(raw.parse())
    last = chunks.pop() if with_usage else None
    assert all(len(chunk.choices) == 1 for chunk in chunks), "only the usage comes without a choice"
    deltas = [chunk.choices[0] for chunk in chunks]
    assert deltas[0].delta.role == "assistant"
    assert "".join(choice.delta.content or "" for choice in deltas) == echo("Hello", model)
    assert [choice.finish_reason for choice in deltas] == [None] * (len(deltas) - 1) + ["stop"]
    assert all(chunk.usage is None for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    if last is not None:
        assert (last.choices, last.usage.prompt_tokens) == ([], 6)
        assert last.usage.completion_tokens == tokens(echo("Hello", model))
    assert "x-aistrale-cost-usd" not in raw.headers
    record = api.record(raw.headers["x-aistrale-inference-id"])
    assert (record["status"], record["streamed"], record["usage"]["input_tokens"]) == (
        "completed",
        True,
        6,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_tool_loop(client, name):
    messages = [user(ASK)]
    first = client.chat.completions.create(model=name, messages=messages, tools=[WEATHER]).choices[
        0
    ]
    [call] = first.message.tool_calls
    assert (first.finish_reason, call.type, call.function.name) == (
        "tool_calls",
        "function",
        "get_weather",
    )
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": "21"}]
    second = client.chat.completions.create(model=name, messages=messages, tools=[WEATHER]).choices[
        0
    ]
    assert (second.finish_reason, second.message.content) == ("stop", "The tool answered: 21")


@pytest.mark.parametrize("name", NAMES)
def test_a_streamed_tool_loop(client, name):
    messages = [user(ASK)]
    with client.chat.completions.stream(model=name, messages=messages, tools=[WEATHER]) as stream:
        first = stream.get_final_completion().choices[0]
    [call] = first.message.tool_calls
    assert (first.message.role, first.finish_reason) == ("assistant", "tool_calls")
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "get_weather",
        {"city": "Paris"},
    )
    said = {
        "id": call.id,
        "type": "function",
        "function": {"name": "get_weather", "arguments": call.function.arguments},
    }
    messages += [
        {"role": "assistant", "tool_calls": [said]},
        {"role": "tool", "tool_call_id": call.id, "content": "21"},
    ]
    with client.chat.completions.stream(model=name, messages=messages, tools=[WEATHER]) as stream:
        assert stream.get_final_completion().choices[0].message.content == "The tool answered: 21"


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("thinker", THINKING)
def test_thoughts_survive_a_tool_loop(client, thinker, streamed):
    model, effort = THINKING[thinker]
    options = {"model": model, "tools": [WEATHER], "reasoning_effort": effort}
    messages = [user(ASK)]
    if streamed:
        with client.chat.completions.stream(messages=messages, **options) as stream:
            message = stream.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(messages=messages, **options).choices[0].message
    messages += [
        message,
        {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "21"},
    ]
    second = client.chat.completions.create(messages=messages, **options)
    assert second.choices[0].message.content == "The tool answered: 21"


@pytest.mark.parametrize("provider", [name for name in MODELS if name != "anthropic"])
def test_json_mode(client, provider):
    """Anthropic has none: see test_what_another_format_cannot_say_is_refused_by_name."""
    completion = client.chat.completions.create(
        model=f"{provider}/{MODELS[provider]}",
        messages=[user("Answer in JSON")],
        response_format={"type": "json_object"},
    )
    assert set(json.loads(completion.choices[0].message.content)) == {"answer", "model"}


class Weather(pydantic.BaseModel):
    city: str
    sky: str
    degrees: int


@pytest.mark.parametrize("provider", WITH_SCHEMAS)
def test_an_answer_in_the_shape_of_a_schema(client, provider):
    completion = client.chat.completions.parse(
        model=f"{provider}/{WITH_SCHEMAS[provider]}",
        messages=[user("Paris")],
        response_format=Weather,
    )
    assert isinstance(completion.choices[0].message.parsed, Weather)


@pytest.mark.parametrize("provider", WITH_EYES)
def test_an_image_is_seen(client, provider):
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": DATA_URL}},
    ]
    completion = client.chat.completions.create(
        model=f"{provider}/{WITH_EYES[provider]}", messages=[{"role": "user", "content": parts}]
    )
    assert completion.choices[0].message.content.startswith('You said: "Look". I see 1 image.')


def test_models_lists_what_can_be_asked(client):
    models = list(client.models.list())
    assert {model.object for model in models} == {"model"}
    assert {f"{provider}/{model}" for provider, model in MODELS.items()} <= {
        model.id for model in models
    }
    assert all(model.id.startswith(f"{model.owned_by}/") for model in models)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_tier", "flex"),
        ("logit_bias", {"50256": -100}),
        ("safety_identifier", "user-1"),
        ("verbosity", "low"),
    ],
)
def test_a_field_we_do_not_know_reaches_a_provider_of_the_same_format(
    client, emulator, mark, field, value
):
    client.chat.completions.create(
        model="openai/gpt-5", messages=[user(mark)], extra_body={field: value}
    )
    assert json.loads(emulator.request(mark)["body"])[field] == value


def test_what_nobody_knows_is_refused_by_the_provider_and_not_dropped_by_us(client, emulator, mark):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="openai/gpt-4o", messages=[user(mark)], extra_body={"brand_new": 1}
        )
    assert json.loads(emulator.request(mark)["body"])["brand_new"] == 1
    assert "brand_new" in caught.value.message


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash-lite"])
@pytest.mark.parametrize(
    ("field", "value"),
    [("logit_bias", {"50256": -100}), ("brand_new", {"a": 1})],
    ids=["logit_bias", "brand_new"],
)
def test_what_another_format_cannot_say_is_refused_by_name(
    client, emulator, mark, model, field, value
):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model=model, messages=[user(mark)], extra_body={field: value}
        )
    assert field in caught.value.message
    assert emulator.requests(mark) == []


@pytest.mark.parametrize(
    ("field", "value"), [("n", 2), ("seed", 7), ("response_format", {"type": "json_object"})]
)
def test_what_anthropic_has_no_word_for_is_refused_by_name(client, emulator, mark, field, value):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="anthropic/claude-sonnet-4-5", messages=[user(mark)], **{field: value}
        )
    assert field in caught.value.message
    assert emulator.requests(mark) == []
