"""The official anthropic client, unchanged."""

import anthropic
import common
import pydantic
import pytest

TOOL = {"name": "get_weather", "description": "The weather in a city", "input_schema": common.WEATHER}


class City(pydantic.BaseModel):
    name: str
    country: str


def ask(client, model, content=common.WORDS, **more):
    more = {"max_tokens": 2000, **more}
    return client.messages.create(model=model, messages=[{"role": "user", "content": content}], **more)


def text_of(message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_a_message_answers_with_text_and_usage(anthropic_client, anthropic_target):
    message = ask(anthropic_client, anthropic_target.model, system="Be brief.")
    assert "pineapple lighthouse" in text_of(message).lower()
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert message._request_id.startswith("req_")


def test_the_stream_helper_puts_the_same_message_together(anthropic_client, anthropic_target):
    with anthropic_client.messages.stream(
        model=anthropic_target.model, max_tokens=500, messages=[{"role": "user", "content": common.WORDS}]
    ) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert "pineapple lighthouse" in text.lower()
    assert text_of(final) == text and final.stop_reason == "end_turn" and final.usage.output_tokens > 1


def test_raw_events_come_in_the_documented_order(anthropic_client, anthropic_target):
    events = [
        event.type
        for event in anthropic_client.messages.create(
            model=anthropic_target.model,
            max_tokens=500,
            messages=[{"role": "user", "content": common.WORDS}],
            stream=True,
        )
    ]
    assert events[0] == "message_start" and events[-2:] == ["message_delta", "message_stop"]
    assert events.index("content_block_start") < events.index("content_block_delta") < events.index("content_block_stop")


def test_a_tool_loop_ends_in_an_answer_from_the_result(anthropic_client, anthropic_target):
    messages = [{"role": "user", "content": common.CALL_PARIS}]
    options = {"model": anthropic_target.model, "max_tokens": 500, "tools": [TOOL]}
    first = anthropic_client.messages.create(messages=messages, **options)
    call = next(block for block in first.content if block.type == "tool_use")
    assert first.stop_reason == "tool_use" and call.input == {"city": "Paris"}
    messages.append({"role": "assistant", "content": first.content})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": common.FORECAST}
    messages.append({"role": "user", "content": [result]})
    assert "18" in text_of(anthropic_client.messages.create(messages=messages, **options))


def test_parallel_calls_stream_in_fragments(anthropic_client, anthropic_target):
    with anthropic_client.messages.stream(
        model=anthropic_target.model,
        max_tokens=500,
        tools=[TOOL],
        messages=[{"role": "user", "content": common.CALL_TWO}],
    ) as stream:
        final = stream.get_final_message()
    assert sorted(b.input["city"] for b in final.content if b.type == "tool_use") == ["Paris", "Rome"]


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "get_weather"}])
def test_tool_choice_forces_a_call(anthropic_client, anthropic_target, choice):
    message = ask(anthropic_client, anthropic_target.model, "Tell me of Oslo", tools=[TOOL], tool_choice=choice)
    assert [b.name for b in message.content if b.type == "tool_use"] == ["get_weather"]


def test_thinking_comes_back_signed_through_a_tool_loop(anthropic_client, anthropic_target):
    options = {
        "model": anthropic_target.thinking_model,
        "max_tokens": 3000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [TOOL],
    }
    messages = [{"role": "user", "content": "Think about it, then: " + common.CALL_PARIS}]
    with anthropic_client.messages.stream(messages=messages, **options) as stream:
        first = stream.get_final_message()
    assert first.content[0].type == "thinking" and first.content[0].signature and first.content[0].thinking
    call = next(block for block in first.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": common.FORECAST}
    turn = {"role": "user", "content": [result]}
    whole = [*messages, {"role": "assistant", "content": first.content}, turn]
    assert "18" in text_of(anthropic_client.messages.create(messages=whole, **options))
    tampered = first.content[0].model_copy(update={"thinking": "Something else"})
    broken = [*messages, {"role": "assistant", "content": [tampered, *first.content[1:]]}, turn]
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature` in `thinking` block"):
        anthropic_client.messages.create(messages=broken, **options)
    without = [*messages, {"role": "assistant", "content": [call]}, turn]
    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking` or `redacted_thinking`"):
        anthropic_client.messages.create(messages=without, **options)


def test_parse_gives_an_instance_of_the_model(anthropic_client, anthropic_target):
    message = anthropic_client.messages.parse(
        model=anthropic_target.model,
        max_tokens=500,
        messages=[{"role": "user", "content": "Facts about Paris"}],
        output_format=City,
    )
    assert isinstance(message.parsed_output, City)


def test_an_image_is_taken(anthropic_client, anthropic_target, png_base64):
    source = {"type": "base64", "media_type": "image/png", "data": png_base64}
    content = [{"type": "image", "source": source}, {"type": "text", "text": common.WORDS}]
    assert "pineapple lighthouse" in text_of(ask(anthropic_client, anthropic_target.model, content)).lower()


def test_a_marked_prompt_is_written_to_the_cache_and_read_from_it(anthropic_client, anthropic_target):
    import uuid

    part = {"type": "text", "text": f"{uuid.uuid4()} " + "lorem ipsum " * 3000, "cache_control": {"type": "ephemeral"}}
    first = ask(anthropic_client, anthropic_target.model, system=[part])
    second = ask(anthropic_client, anthropic_target.model, system=[part])
    assert first.usage.cache_creation_input_tokens > 4096 and first.usage.cache_read_input_tokens == 0
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
    assert second.usage.cache_creation_input_tokens == 0
    assert first.usage.input_tokens == second.usage.input_tokens < 100


def test_tokens_are_counted_as_they_are_used(anthropic_client, anthropic_target):
    messages = [{"role": "user", "content": common.WORDS}]
    counted = anthropic_client.messages.count_tokens(model=anthropic_target.model, messages=messages)
    assert counted.input_tokens == ask(anthropic_client, anthropic_target.model).usage.input_tokens


def test_a_stop_sequence_is_named(anthropic_client, anthropic_target):
    message = ask(anthropic_client, anthropic_target.model, stop_sequences=["lighthouse"])
    assert message.stop_reason == "stop_sequence" and message.stop_sequence == "lighthouse"
    assert "lighthouse" not in text_of(message)


def test_too_few_tokens_end_with_max_tokens(anthropic_client, anthropic_target):
    assert ask(anthropic_client, anthropic_target.model, "write 500 words", max_tokens=8).stop_reason == "max_tokens"


def test_models_are_listed(anthropic_client, anthropic_target):
    models = list(anthropic_client.models.list())
    assert any(model.id.startswith(anthropic_target.model) for model in models)


def test_an_unknown_model_raises_not_found(anthropic_client):
    with pytest.raises(anthropic.NotFoundError, match="model: claude-none"):
        ask(anthropic_client, "claude-none")


def test_a_wrong_key_raises_authentication_error(anthropic_client):
    with pytest.raises(anthropic.AuthenticationError, match="(?i)invalid"):
        anthropic_client.with_options(api_key="sk-ant-bad").models.list()


def test_a_call_without_its_result_raises_bad_request(anthropic_client, anthropic_target):
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": "Well?"},
    ]
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result` blocks immediately after: toolu_1"):
        anthropic_client.messages.create(
            model=anthropic_target.model, max_tokens=100, messages=messages, tools=[TOOL]
        )


@pytest.mark.emulator
@pytest.mark.parametrize(
    "status,expected,kind",
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (403, anthropic.PermissionDeniedError, "permission_error"),
        (404, anthropic.NotFoundError, "not_found_error"),
        (413, anthropic.ContentTooLargeError, "request_too_large"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (503, anthropic.ServiceUnavailableError, "api_error"),
        (529, anthropic.OverloadedError, "overloaded_error"),
    ],
)
def test_every_status_raises_its_exception(anthropic_client, status, expected, kind):
    with pytest.raises(expected) as raised:
        ask(anthropic_client, f"fault-status-{status}")
    assert raised.value.body["error"]["type"] == kind
    assert raised.value.request_id == raised.value.body["request_id"]


@pytest.mark.emulator
def test_a_rate_limit_says_how_long_to_wait(anthropic_client):
    with pytest.raises(anthropic.RateLimitError) as raised:
        ask(anthropic_client, "fault-429-retry-after-7")
    assert raised.value.response.headers["retry-after"] == "7"


@pytest.mark.emulator
def test_an_error_event_in_mid_stream_raises(anthropic_client):
    with pytest.raises(anthropic.APIStatusError) as raised:
        for _ in ask(anthropic_client, "fault-error-after-4", stream=True):
            pass
    assert raised.value.body["error"]["type"] == "overloaded_error"


@pytest.mark.emulator
def test_redacted_thinking_goes_through_a_tool_loop(anthropic_client, anthropic_target):
    words = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING " + common.CALL_PARIS
    options = {
        "model": anthropic_target.thinking_model,
        "max_tokens": 3000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [TOOL],
    }
    first = anthropic_client.messages.create(messages=[{"role": "user", "content": words}], **options)
    assert [block.type for block in first.content] == ["redacted_thinking", "tool_use"]
    result = {"type": "tool_result", "tool_use_id": first.content[1].id, "content": common.FORECAST}
    messages = [
        {"role": "user", "content": words},
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    assert "18" in text_of(anthropic_client.messages.create(messages=messages, **options))


@pytest.mark.emulator
def test_adaptive_models_hide_their_thinking_and_refuse_budgets_and_sampling(anthropic_client):
    hidden = ask(anthropic_client, "claude-opus-4-8", thinking={"type": "adaptive"})
    assert hidden.content[0].thinking == "" and hidden.content[0].signature
    shown = ask(anthropic_client, "claude-opus-4-8", thinking={"type": "adaptive", "display": "summarized"})
    assert shown.content[0].thinking
    with pytest.raises(anthropic.BadRequestError, match="thinking.type.enabled"):
        ask(anthropic_client, "claude-opus-4-8", thinking={"type": "enabled", "budget_tokens": 1024})
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs are not permitted"):
        ask(anthropic_client, "claude-opus-4-8", extra_body={"temperature": 0.5})
