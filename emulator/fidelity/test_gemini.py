"""The official google-genai client, unchanged."""

import common
import conftest
import pydantic
import pytest
from google.genai import errors, types

TOOL = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            description="The weather in a city",
            parameters=types.Schema(
                type="OBJECT", properties={"city": types.Schema(type="STRING")}, required=["city"]
            ),
        )
    ]
)
BY_HAND = types.AutomaticFunctionCallingConfig(disable=True)


class City(pydantic.BaseModel):
    name: str
    country: str


def test_an_answer_has_text_and_usage(gemini_client, gemini_target):
    answer = gemini_client.models.generate_content(
        model=gemini_target.model,
        contents=common.WORDS,
        config=types.GenerateContentConfig(system_instruction="Be brief.", temperature=0),
    )
    usage = answer.usage_metadata
    assert "pineapple lighthouse" in answer.text.lower()
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert usage.total_token_count == (
        usage.prompt_token_count + usage.candidates_token_count + (usage.thoughts_token_count or 0)
    )


def test_a_stream_gives_the_text_in_pieces(gemini_client, gemini_target):
    chunks = list(gemini_client.models.generate_content_stream(model=gemini_target.model, contents=common.WORDS))
    assert "pineapple lighthouse" in "".join(chunk.text or "" for chunk in chunks).lower()
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.candidates_token_count > 0
    assert len({chunk.response_id for chunk in chunks}) == 1


@pytest.mark.parametrize("which", ["model", "thinking_model"])
def test_a_tool_loop_ends_in_an_answer_from_the_result(gemini_client, gemini_target, which):
    model = getattr(gemini_target, which)
    config = types.GenerateContentConfig(tools=[TOOL], automatic_function_calling=BY_HAND)
    question = types.Content(role="user", parts=[types.Part(text=common.CALL_PARIS)])
    first = gemini_client.models.generate_content(model=model, contents=[question], config=config)
    assert first.function_calls[0].args == {"city": "Paris"}
    result = types.Part.from_function_response(name="get_weather", response={"result": common.FORECAST})
    contents = [question, first.candidates[0].content, types.Content(role="user", parts=[result])]
    assert "18" in gemini_client.models.generate_content(model=model, contents=contents, config=config).text


def test_the_third_generation_wants_its_thought_signature_back(gemini_client, gemini_target):
    config = types.GenerateContentConfig(tools=[TOOL], automatic_function_calling=BY_HAND)
    question = types.Content(role="user", parts=[types.Part(text=common.CALL_PARIS)])
    model = gemini_target.thinking_model
    first = gemini_client.models.generate_content(model=model, contents=[question], config=config)
    call = next(part for part in first.candidates[0].content.parts if part.function_call)
    assert call.thought_signature
    stripped = types.Content(role="model", parts=[types.Part(function_call=call.function_call)])
    result = types.Part.from_function_response(name="get_weather", response={"result": common.FORECAST})
    contents = [question, stripped, types.Content(role="user", parts=[result])]
    with pytest.raises(errors.ClientError, match="missing a thought_signature"):
        gemini_client.models.generate_content(model=model, contents=contents, config=config)


def test_automatic_function_calling_runs_the_function(gemini_client, gemini_target):
    asked = []

    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return common.FORECAST

    answer = gemini_client.models.generate_content(
        model=gemini_target.model,
        contents=common.CALL_PARIS,
        config=types.GenerateContentConfig(tools=[get_weather]),
    )
    assert asked == ["Paris"] and "18" in answer.text


def test_mode_any_forces_a_call_and_mode_none_forbids_it(gemini_client, gemini_target):
    for mode, names in (("ANY", ["get_weather"]), ("NONE", [])):
        config = types.GenerateContentConfig(
            tools=[TOOL],
            automatic_function_calling=BY_HAND,
            tool_config=types.ToolConfig(function_calling_config=types.FunctionCallingConfig(mode=mode)),
        )
        answer = gemini_client.models.generate_content(
            model=gemini_target.model, contents=common.CALL_PARIS, config=config
        )
        assert [call.name for call in answer.function_calls or []] == names


def test_parsed_is_an_instance_of_the_model(gemini_client, gemini_target):
    answer = gemini_client.models.generate_content(
        model=gemini_target.model,
        contents="Facts about Paris",
        config=types.GenerateContentConfig(response_mime_type="application/json", response_schema=City),
    )
    assert isinstance(answer.parsed, City)


def test_thoughts_are_shown_on_request(gemini_client, gemini_target):
    answer = gemini_client.models.generate_content(
        model=gemini_target.thinking_model,
        contents="How many primes are below 100? " + common.WORDS,
        config=types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True)),
    )
    assert any(part.thought for part in answer.candidates[0].content.parts)
    assert answer.usage_metadata.thoughts_token_count > 0


def test_an_image_is_taken(gemini_client, gemini_target, png):
    parts = [types.Part.from_bytes(data=png, mime_type="image/png"), common.WORDS]
    answer = gemini_client.models.generate_content(model=gemini_target.model, contents=parts)
    assert "pineapple lighthouse" in answer.text.lower()


def test_a_chat_keeps_its_history(gemini_client, gemini_target):
    chat = gemini_client.chats.create(model=gemini_target.model)
    chat.send_message("Remember the word pineapple.")
    assert "lighthouse" in chat.send_message("Now say the word lighthouse.").text.lower()
    assert [content.role for content in chat.get_history()] == ["user", "model", "user", "model"]


def test_tokens_are_counted_as_they_are_used(gemini_client, gemini_target):
    counted = gemini_client.models.count_tokens(model=gemini_target.model, contents=common.WORDS)
    used = gemini_client.models.generate_content(model=gemini_target.model, contents=common.WORDS)
    assert counted.total_tokens == used.usage_metadata.prompt_token_count


def test_too_few_tokens_end_with_max_tokens(gemini_client, gemini_target):
    answer = gemini_client.models.generate_content(
        model=gemini_target.model,
        contents="write 500 words",
        config=types.GenerateContentConfig(max_output_tokens=8),
    )
    assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def test_models_are_listed(gemini_client, gemini_target):
    assert f"models/{gemini_target.model}" in [model.name for model in gemini_client.models.list()]


def test_an_unknown_model_raises_not_found(gemini_client):
    with pytest.raises(errors.ClientError) as raised:
        gemini_client.models.generate_content(model="gemini-none", contents="Hi")
    assert (raised.value.code, raised.value.status) == (404, "NOT_FOUND")


def test_a_wrong_key_raises_invalid_argument(gemini_target):
    client = conftest.gemini(gemini_target.base_url, "AIza-bad")
    with pytest.raises(errors.ClientError) as raised:
        client.models.generate_content(model=gemini_target.model, contents="Hi")
    assert (raised.value.code, raised.value.status) == (400, "INVALID_ARGUMENT")
    assert raised.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_a_response_without_its_call_is_refused(gemini_client, gemini_target):
    result = types.Part.from_function_response(name="get_weather", response={"result": "x"})
    contents = [
        types.Content(role="user", parts=[types.Part(text="Hi")]),
        types.Content(role="model", parts=[types.Part(text="Hello")]),
        types.Content(role="user", parts=[result]),
    ]
    with pytest.raises(errors.ClientError, match="immediately after a function call turn"):
        gemini_client.models.generate_content(
            model=gemini_target.model, contents=contents, config=types.GenerateContentConfig(tools=[TOOL])
        )


@pytest.mark.emulator
@pytest.mark.parametrize(
    "status,expected,name",
    [
        (400, errors.ClientError, "INVALID_ARGUMENT"),
        (403, errors.ClientError, "PERMISSION_DENIED"),
        (404, errors.ClientError, "NOT_FOUND"),
        (429, errors.ClientError, "RESOURCE_EXHAUSTED"),
        (500, errors.ServerError, "INTERNAL"),
        (503, errors.ServerError, "UNAVAILABLE"),
    ],
)
def test_every_status_raises_its_exception(gemini_client, status, expected, name):
    with pytest.raises(expected) as raised:
        gemini_client.models.generate_content(model=f"fault-status-{status}", contents="Hi")
    assert (raised.value.code, raised.value.status) == (status, name)


@pytest.mark.emulator
def test_a_rate_limit_says_how_long_to_wait(gemini_client):
    with pytest.raises(errors.ClientError) as raised:
        gemini_client.models.generate_content(model="fault-429-retry-after-7", contents="Hi")
    kinds = {detail["@type"].rsplit(".", 1)[-1]: detail for detail in raised.value.details["error"]["details"]}
    assert kinds["RetryInfo"]["retryDelay"] == "7s" and {"QuotaFailure", "Help"} <= set(kinds)
