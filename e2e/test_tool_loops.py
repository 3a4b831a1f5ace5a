"""A model calls a tool, hears its result, and answers: with all it thought meanwhile."""

import copy
import json

import pytest

from support.emulator import MODELS
from test_native_fields import WEATHER

ASK = 'call get_weather {"city": "Paris"}'
TWICE = 'call get_weather {"city": "Paris"} and call get_weather {"city": "Rome"}'
# Models that refuse the second turn when the thoughts of the first do not come back as they were.
THINKING = {
    "anthropic": ("anthropic/claude-sonnet-4-5", "medium"),
    "anthropic-adaptive": ("anthropic/claude-opus-4-6", "medium"),
    "gemini": ("gemini/gemini-3-flash-preview", "high"),
}


def ask(api, stream: bool, **request) -> dict:
    return api.events(**request)[-1].data if stream else api.answer(**request)


def tool_results(message: dict, *results: str) -> list[dict]:
    return [
        {"role": "tool", "tool_call_id": call["id"], "content": result}
        for call, result in zip(message["tool_calls"], results, strict=True)
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("provider", MODELS)
def test_a_tool_is_called_and_its_result_heard(api, provider, stream):
    request = {"model": f"{provider}/{MODELS[provider]}", "tools": [WEATHER]}
    question = {"role": "user", "content": TWICE}
    first = ask(api, stream, messages=[question], **request)
    assert first["finish_reason"] == "tool_calls"
    assert first["tool_calls"] == first["message"]["tool_calls"]
    calls = [
        (call["type"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in first["tool_calls"]
    ]
    assert calls == [
        ("function", "get_weather", {"city": "Paris"}),
        ("function", "get_weather", {"city": "Rome"}),
    ]
    assert len({call["id"] for call in first["tool_calls"]}) == 2

    second = ask(
        api,
        stream,
        messages=[question, first["message"], *tool_results(first["message"], "21", "25")],
        **request,
    )
    assert (second["text"], second["finish_reason"]) == ("The tool answered: 21; 25", "stop")


@pytest.mark.parametrize("provider", MODELS)
def test_a_streamed_call_comes_in_fragments(api, provider):
    events = api.events(prompt=ASK, model=f"{provider}/{MODELS[provider]}", tools=[WEATHER])
    fragments = [
        event.data["tool_call"]
        for event in events
        if event.name == "delta" and "tool_call" in event.data
    ]
    [call] = events[-1].data["tool_calls"]
    assert (fragments[0]["id"], fragments[0]["name"]) == (call["id"], "get_weather")
    assert all("id" not in fragment and "name" not in fragment for fragment in fragments[1:])
    assert {fragment["index"] for fragment in fragments} == {0}
    assert json.loads("".join(fragment.get("arguments", "") for fragment in fragments)) == {
        "city": "Paris"
    }


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("name", THINKING)
def test_thoughts_survive_a_tool_loop(api, name, stream):
    model, effort = THINKING[name]
    request = {"model": model, "tools": [WEATHER], "reasoning_effort": effort}
    messages = []
    for result in ("21", "22"):
        messages.append({"role": "user", "content": ASK})
        call = ask(api, stream, messages=messages, **request)
        assert call["finish_reason"] == "tool_calls"
        messages += [call["message"], *tool_results(call["message"], result)]
        answer = ask(api, stream, messages=messages, **request)
        assert answer["text"] == f"The tool answered: {result}"
        messages.append(answer["message"])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_changed_thought_is_refused_by_the_provider(api, stream):
    """So that the loops above show something: the signature that is not given back as it came breaks them."""
    request = {"model": THINKING["anthropic"][0], "tools": [WEATHER], "reasoning_effort": "medium"}
    question = {"role": "user", "content": ASK}
    first = ask(api, stream, messages=[question], **request)
    [thought] = first["message"]["thinking_blocks"]
    assert thought["type"] == "thinking" and thought["signature"]
    changed = copy.deepcopy(first["message"])
    changed["thinking_blocks"][0]["signature"] += "x"
    response = api.run(messages=[question, changed, *tool_results(changed, "21")], **request)
    assert (response.status_code, response.json()["code"], response.json()["upstream_status"]) == (
        400,
        "provider_rejected",
        400,
    )


def test_redacted_thoughts_survive_a_tool_loop(api):
    request = {"model": THINKING["anthropic"][0], "tools": [WEATHER], "reasoning_effort": "medium"}
    question = {
        "role": "user",
        "content": f"ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING {ASK}",
    }
    first = api.answer(messages=[question], **request)
    [thought] = first["message"]["thinking_blocks"]
    assert set(thought) == {"type", "data"} and thought["type"] == "redacted_thinking"
    second = api.answer(
        messages=[question, first["message"], *tool_results(first["message"], "21")], **request
    )
    assert second["text"] == "The tool answered: 21"


def test_a_thought_is_streamed_as_one(api):
    events = api.events(prompt="Hello", model=THINKING["anthropic"][0], reasoning_effort="medium")
    thought = "".join(event.data.get("thinking", "") for event in events if event.name == "delta")
    assert thought == events[-1].data["message"]["thinking_blocks"][0]["thinking"] != ""
    assert thought not in events[-1].data["text"]
