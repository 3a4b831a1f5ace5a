"""The official `anthropic` client with nothing changed but its base URL, for a model of each of the five providers."""

import base64
import json
from decimal import Decimal

import anthropic
import pydantic
import pytest

from support.emulator import MODELS, echo, tokens
from test_native_fields import DATA_URL
from test_tool_loops import ASK, TWICE

WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
FOREIGN = [provider for provider in MODELS if provider != "anthropic"]
WITH_SCHEMAS = {**MODELS, "groq": "openai/gpt-oss-120b"}
WITH_EYES = {
    **MODELS,
    "groq": "meta-llama/llama-4-scout-17b-16e-instruct",
    "huggingface": "Qwen/Qwen2.5-VL-7B-Instruct",
}


@pytest.fixture(scope="session")
def client(gateway):
    with anthropic.Anthropic(
        base_url=gateway.url, api_key=gateway.machine.api_key(), max_retries=0
    ) as client:
        yield client


def user(content) -> dict:
    return {"role": "user", "content": content}


def asked(provider: str, content="Hello", **more) -> dict:
    name = f"{provider}/{more.pop('model', MODELS[provider])}"
    return {"model": name, "max_tokens": 500, "messages": [user(content)], **more}


def text_of(message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


@pytest.mark.parametrize("provider", MODELS)
def test_a_message(client, api, provider):
    model = MODELS[provider]
    raw = client.messages.with_raw_response.create(**asked(provider))
    message = raw.parse()
    assert (message.type, message.role, message.stop_reason) == ("message", "assistant", "end_turn")
    assert [block.type for block in message.content] == ["text"]
    assert text_of(message) == echo("Hello", model)
    used = message.usage
    assert (used.input_tokens, used.output_tokens) == (6, tokens(text_of(message)))
    assert raw.headers["request-id"] == raw.headers["x-request-id"] == message._request_id
    record = api.record(raw.headers["x-aistrale-inference-id"])
    assert (record["status"], record["provider"], record["model"], record["streamed"]) == (
        "completed",
        provider,
        model,
        False,
    )
    if record["cost_usd"] is not None:
        assert Decimal(raw.headers["x-aistrale-cost-usd"]) == record["cost_usd"] > 0


@pytest.mark.parametrize("provider", MODELS)
def test_a_stream(client, api, provider):
    model = MODELS[provider]
    with client.messages.stream(**asked(provider)) as stream:
        events = [event.type for event in stream if event.type != "text"]
        message = stream.get_final_message()
        inference = stream.response.headers["x-aistrale-inference-id"]
    assert text_of(message) == echo("Hello", model)
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (6, tokens(text_of(message)))
    told = [event for event in events if event != "ping"]
    assert told[:2] == ["message_start", "content_block_start"]
    assert told[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(told[2:-3]) == {"content_block_delta"} and len(told) > 6
    record = api.record(inference)
    assert (record["status"], record["provider"], record["streamed"]) == ("completed", provider, True)


def ask(client, stream: bool, **request):
    if not stream:
        return client.messages.create(**request)
    with client.messages.stream(**request) as answering:
        return answering.get_final_message()


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("provider", MODELS)
def test_tools_are_called_and_their_results_heard(client, provider, stream):
    request = asked(provider, TWICE, tools=[WEATHER])
    first = ask(client, stream, **request)
    assert first.stop_reason == "tool_use"
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_weather", {"city": "Rome"}),
    ]
    assert len({call.id for call in calls}) == 2
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": result}
        for call, result in zip(calls, ["21", [{"type": "text", "text": "25"}]], strict=True)
    ]
    request["messages"] += [{"role": "assistant", "content": first.content}, user(results)]
    second = ask(client, stream, **request)
    assert (text_of(second), second.stop_reason) == ("The tool answered: 21; 25", "end_turn")


@pytest.mark.parametrize("provider", FOREIGN)
def test_a_call_streams_in_fragments(client, provider):
    request = asked(provider, ASK, tools=[WEATHER])
    fragments = [
        event.delta.partial_json
        for event in client.messages.create(**request, stream=True)
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta"
    ]
    assert json.loads("".join(fragments)) == {"city": "Paris"}


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "gemini/gemini-3-flash-preview"])
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_thoughts_survive_a_tool_loop(client, model, stream):
    """Both refuse the second turn where what they signed in the first does not come back."""
    request = {
        "model": model,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "tools": [WEATHER],
        "messages": [user(ASK)],
    }
    first = ask(client, stream, **request)
    assert first.content[0].type == "thinking" and first.content[0].thinking
    call = first.content[-1]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "21"}
    request["messages"] += [{"role": "assistant", "content": first.content}, user([result])]
    assert text_of(ask(client, stream, **request)) == "The tool answered: 21"


def test_the_thoughts_of_one_provider_are_no_hindrance_at_another(client, mark, emulator):
    """An unsigned thought is one that Anthropic never had; it refuses those."""
    history = [
        user("Hi"),
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "Hello."},
            ],
        },
        user("And?"),
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": ""}]},
        user(mark),
    ]
    message = client.messages.create(**asked("anthropic", messages=history))
    assert text_of(message) == echo(mark, MODELS["anthropic"])
    sent = json.loads(emulator.request(mark)["body"])
    assert [turn["content"] for turn in sent["messages"]] == [
        "Hi",
        [{"type": "text", "text": "Hello."}],
        "And?",
        mark,
    ]


def test_anthropic_gets_the_body_as_it_came(client, mark, emulator):
    body = {
        "max_tokens": 77,
        "system": [{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}],
        "messages": [user([{"type": "text", "text": mark, "cache_control": {"type": "ephemeral"}}])],
        "stop_sequences": ["END"],
        "temperature": 0.25,
        "top_k": 7,
        "metadata": {"user_id": "u1"},
        "service_tier": "standard_only",
        "tools": [{**WEATHER, "cache_control": {"type": "ephemeral"}}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    }
    client.messages.create(
        model="anthropic/claude-sonnet-4-5",
        max_tokens=body["max_tokens"],
        messages=body["messages"],
        extra_body=body,
        extra_headers={"anthropic-beta": "some-beta-1"},
    )
    sent = emulator.request(mark)
    assert json.loads(sent["body"]) == {"model": "claude-sonnet-4-5", **body}
    assert sent["headers"]["anthropic-beta"] == "some-beta-1"


def test_openai_gets_the_same_in_its_own_words(client, api, mark, emulator):
    raw = client.messages.with_raw_response.create(
        model="openai/gpt-4o",
        max_tokens=77,
        system="Be short.",
        messages=[user(mark)],
        stop_sequences=["END"],
        extra_body={"temperature": 0.25},
        metadata={"user_id": "u1"},
        tools=[{**WEATHER, "strict": True}],
        tool_choice={"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True},
    )
    assert raw.parse().stop_reason == "tool_use"
    function = {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": WEATHER["input_schema"],
        "strict": True,
    }
    assert json.loads(emulator.request(mark)["body"]) == {
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": "Be short."}, user(mark)],
        "max_completion_tokens": 77,
        "stop": ["END"],
        "temperature": 0.25,
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "parallel_tool_calls": False,
    }
    assert api.record(raw.headers["x-aistrale-inference-id"])["metadata"] == {"user_id": "u1"}


@pytest.mark.parametrize(
    "field, value, pointer",
    [
        ("top_k", 7, "/top_k"),
        ("container", "c1", "/container"),
        ("tools", [{"type": "web_search_20250305", "name": "web_search"}], "/tools/0"),
        ("messages", [user([{"type": "search_result", "title": "t"}])], "/messages/0/content/0"),
    ],
)
def test_what_another_format_cannot_say_is_a_400_that_names_it(client, field, value, pointer):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**asked("openai"), extra_body={field: value})
    error = caught.value.body["error"]
    assert (caught.value.body["type"], error["type"], error["code"]) == (
        "error",
        "invalid_request_error",
        "invalid_request",
    )
    assert error["message"].startswith(f"{pointer}: ")


@pytest.mark.parametrize("provider", WITH_EYES)
def test_an_image(client, mark, emulator, provider):
    media, _, data = DATA_URL.removeprefix("data:").partition(";base64,")
    image = {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    content = [image, {"type": "text", "text": mark}]
    client.messages.create(**asked(provider, content, model=WITH_EYES[provider]))
    assert data in emulator.request(mark)["body"]
    assert base64.b64decode(data)


@pytest.mark.parametrize("provider", WITH_SCHEMAS)
def test_an_answer_of_a_form(client, provider):
    class City(pydantic.BaseModel):
        name: str

    message = client.messages.parse(
        **asked(provider, "Facts about Paris", model=WITH_SCHEMAS[provider]), output_format=City
    )
    assert isinstance(message.parsed_output, City)


def test_a_request_with_a_key_is_paid_once(client, mark, emulator):
    request = {**asked("openai", mark), "extra_headers": {"Idempotency-Key": mark}}
    first = client.messages.with_raw_response.create(**request)
    again = client.messages.with_raw_response.create(**request)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.text() == first.text()
    assert len(emulator.requests(mark)) == 1


def test_tokens_are_counted_by_who_can(client):
    request = asked("anthropic")
    del request["max_tokens"]
    assert client.messages.count_tokens(**request).input_tokens == 6
    with pytest.raises(anthropic.BadRequestError, match="OpenAI cannot be asked"):
        client.messages.count_tokens(**{**request, "model": "openai/gpt-4o"})


def test_the_models_that_can_be_asked(client):
    page = client.models.list(limit=5)
    assert (len(page.data), page.has_more) == (5, True)
    models = list(page)  # the client gets the other pages
    assert {f"{provider}/{model}" for provider, model in MODELS.items()} <= {m.id for m in models}
    assert len({model.id for model in models}) == len(models) > 5
    assert {model.type for model in models} == {"model"}
    backwards = client.models.list(limit=3, before_id=models[5].id)
    assert [model.id for model in backwards.data] == [model.id for model in models[2:5]]
    one = client.models.retrieve("openai/gpt-4o")
    assert (one.id, one.display_name, one.created_at.year) == ("openai/gpt-4o", "gpt-4o", 1970)
    assert (one.max_input_tokens, one.max_tokens) == (128000, 16384)
    assert one == next(model for model in models if model.id == one.id)
    with pytest.raises(anthropic.NotFoundError, match="no-such-model") as caught:
        client.models.retrieve("no-such-model")
    assert caught.value.body["error"]["type"] == "not_found_error"


def test_an_answer_is_gone_on_with_by_anthropic_only(client, mark, emulator):
    begun = [user(mark), {"role": "assistant", "content": "I say"}]
    client.messages.create(**asked("anthropic", messages=begun))
    assert json.loads(emulator.request(mark)["body"])["messages"] == begun
    for provider in FOREIGN:
        with pytest.raises(anthropic.BadRequestError, match="/messages/1: .*leave out the last turn"):
            client.messages.create(**asked(provider, messages=begun))


SCREEN = {"name": "screen", "input_schema": {"type": "object", "properties": {}}}


@pytest.mark.parametrize("provider", WITH_EYES)
def test_an_image_that_a_tool_answered(client, mark, emulator, provider):
    """The emulated services refuse what stands between the results of a turn."""
    media, _, data = DATA_URL.removeprefix("data:").partition(";base64,")
    image = {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    calls = [{"type": "tool_use", "id": f"toolu_{i}", "name": "screen", "input": {}} for i in range(2)]
    results = [
        {"type": "tool_result", "tool_use_id": "toolu_0", "content": [image]},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": mark},
    ]
    history = [user("Look."), {"role": "assistant", "content": calls}, user(results)]
    request = asked(provider, model=WITH_EYES[provider], messages=history, tools=[SCREEN])
    client.messages.create(**request)
    assert data in emulator.request(mark)["body"]


def test_tokens_of_images_and_tools_are_counted(client):
    media, _, data = DATA_URL.removeprefix("data:").partition(";base64,")
    image = {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    request = asked("anthropic", [image, {"type": "text", "text": "What?"}], tools=[WEATHER])
    del request["max_tokens"]
    assert client.messages.count_tokens(**request).input_tokens > 6


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def failure(client, kind, **request) -> dict:
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**request)
    assert type(caught.value) is kind, caught.value
    body = caught.value.body
    assert body["type"] == "error"
    assert body["request_id"] == caught.value.request_id
    return {**body["error"], "status": caught.value.status_code}


def test_a_wrong_key(client):
    error = failure(
        client.with_options(api_key="ais_wrong"), anthropic.AuthenticationError, **asked("openai")
    )
    assert (error["status"], error["type"], error["code"]) == (
        401,
        "authentication_error",
        "authentication_failed",
    )


@pytest.mark.parametrize(
    "fault, kind, status, type_, code",
    [
        ("429-retry-after-70", anthropic.RateLimitError, 429, "rate_limit_error", "provider_rate_limited"),
        ("status-503+delay-2ms", anthropic.InternalServerError, 502, "api_error", "provider_failed"),
    ],
)
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_what_the_provider_does(client, provider, fault, kind, status, type_, code):
    model = f"{MODELS[provider]}+fault-{fault}"
    error = failure(client, kind, **asked(provider, model=model))
    assert (error["status"], error["type"], error["code"]) == (status, type_, code)


def test_a_model_nobody_serves(client):
    error = failure(
        client,
        anthropic.UnprocessableEntityError,
        model="mistral/mistral-large",
        max_tokens=5,
        messages=[user("Hi")],
    )
    assert (error["code"], error["type"]) == ("no_provider", "invalid_request_error")
    assert "aistrale tokens add --provider mistral" in error["message"]


@pytest.mark.parametrize("provider", MODELS)
def test_a_stream_that_breaks_off_says_so(client, provider):
    model = f"{MODELS[provider]}+fault-cut-after-2"
    with (
        pytest.raises(anthropic.APIStatusError) as caught,
        client.messages.stream(**asked(provider, "a long enough prompt to say", model=model)) as stream,
    ):
        stream.get_final_message()
    error = caught.value.body["error"]
    assert (error["type"], error["code"]) == ("api_error", "provider_failed")
