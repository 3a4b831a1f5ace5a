"""Tools and structured output against a real server whose providers are the emulator.

AISTRALE_E2E_TOOL_MODELS lists further models, `PROVIDER/MODEL` with spaces between: those of other
formats than OpenAI's, whose thoughts have to go back as they came.
"""

from __future__ import annotations

import asyncio
import json
import os
from decimal import Decimal
from typing import Annotated, Any

import pydantic
import pytest

import aistrale

MODEL = os.environ.get("AISTRALE_E2E_MODEL", "gpt-4o")
PROVIDER = os.environ.get("AISTRALE_E2E_PROVIDER", "openai")
MODELS = [f"{PROVIDER}/{MODEL}", *os.environ.get("AISTRALE_E2E_TOOL_MODELS", "").split()]


CITIES = ("Paris", "Rome")


class City(pydantic.BaseModel):
    """A town."""

    name: str
    population: int = pydantic.Field(ge=0)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail() -> str:
    """Say how the weather is."""
    raise ValueError("the weather station is closed")


async def lookup(city: Annotated[str, "Its name."]) -> City:
    """Look a city up."""
    await asyncio.sleep(0)
    return City(name=city, population=2102650)


@pytest.mark.parametrize(
    ("model", "effort"), [(each, None) for each in MODELS] + [(each, "low") for each in MODELS[1:]]
)
def test_the_loop(model: str, effort: Any) -> None:
    prompt = 'call add {"a": 1, "b": 2} call fail {}'
    answer = aistrale.run(prompt, model=model, tools=[add, fail], reasoning_effort=effort)
    assert answer.text == "The tool answered: 3; ValueError: the weather station is closed"
    (first,) = answer.rounds
    assert [call.name for call in first.tool_calls] == ["add", "fail"]
    assert None not in (first.cost_usd, answer.cost_usd)
    assert answer.total_cost_usd == (first.cost_usd or Decimal(0)) + (answer.cost_usd or Decimal(0))
    with aistrale.Aistrale() as client:
        records = [client.inferences.get(each.id) for each in (first, answer)]
    assert [record.status for record in records] == ["completed", "completed"]
    assert [record.finish_reason for record in records] == ["tool_calls", "stop"]


@pytest.mark.parametrize("model", MODELS)
def test_asynchronous_tools(model: str) -> None:
    async def main() -> aistrale.Inference:
        prompt = " ".join([f'call lookup {{"city": "{city}"}}' for city in CITIES])
        return await aistrale.run_async(prompt, model=model, tools=[lookup, add])

    answer = asyncio.run(main())
    paris, rome = (answer.text.find(f'{{"name":"{city}","population":2102650}}') for city in CITIES)
    assert 0 < paris < rome


@pytest.mark.parametrize("model", MODELS)
def test_a_forced_call(model: str) -> None:
    answer = aistrale.run("Seven and seven", model=model, tools=[add], tool_choice="required")
    assert answer.text.startswith("The tool answered: ")


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_with_tools(model: str) -> None:
    with aistrale.stream('call add {"a": 20, "b": 22}', model=model, tools=[add]) as stream:
        events = list(stream)
    names = [
        type(event).__name__ for event in events if not isinstance(event, aistrale.UnknownEvent)
    ]
    assert names.count("ToolResult") == names.count("Completed") == 1
    assert names[0] == "ToolCallDelta"
    assert names[-1] == "Completed"
    assert stream.final().text == stream.text == "The tool answered: 42"
    assert len(stream.final().rounds) == 1


@pytest.mark.parametrize("model", MODELS)
def test_a_session_goes_on_after_tools(model: str) -> None:
    with aistrale.session(model=model, tools=[add]) as session:
        session.run('call add {"a": 1, "b": 2}')
        last = session.run("say: and so on")
        roles = [message["role"] for message in session.messages]
    assert roles == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert last.rounds == ()
    with aistrale.Aistrale() as client:
        records = list(client.telemetry.list(last="1h", session_id=session.session_id))
    assert len(records) == 3


@pytest.mark.parametrize("model", MODELS)
def test_output(model: str) -> None:
    city = aistrale.run("Paris", output=City, model=model)
    assert city == City(name="Paris", population=0)
    assert aistrale.run("Rome", output=list[City], model=model) == [City(name="Rome", population=0)]


@pytest.mark.parametrize("model", MODELS)
def test_what_does_not_fit_is_asked_for_once_more(model: str) -> None:
    """The emulator looks at no pattern, and says the last message again."""

    class Corrected(pydantic.BaseModel):
        said: str = pydantic.Field(pattern="^That does not fit")

    with aistrale.session(model=model) as session:
        assert "/said: String should match" in session.run("Paris", output=Corrected).said
        assert [message["role"] for message in session.messages] == ["user", "assistant"]
    with aistrale.Aistrale() as client:
        records = list(client.telemetry.list(last="1h", session_id=session.session_id))
    assert len(records) == 2
    with pytest.raises(aistrale.OutputValidationError) as raised:
        aistrale.run("Paris", output=Corrected, model=model, output_retries=0)
    assert json.loads(raised.value.text) == {"said": "Paris"}
    assert raised.value.errors[0]["pointer"] == "/said"


def test_tools_then_output() -> None:
    city = aistrale.run('call add {"a": 1, "b": 2}', output=City, model=MODELS[0], tools=[add])
    assert city.population == 0


def test_what_was_cut_or_withheld_says_so() -> None:
    with pytest.raises(aistrale.OutputValidationError, match="cut before its end"):
        aistrale.run("Paris " * 20, output=City, model=MODELS[0], max_output_tokens=2)
    with pytest.raises(aistrale.OutputValidationError, match="withheld|refused"):
        aistrale.run("trigger the content filter", output=City, model=MODELS[0])


def test_a_prompt_of_the_server_with_tools() -> None:
    with aistrale.Aistrale() as client:
        client.prompts.create(
            "e2e-tools",
            text='call add {"a": {{a}}, "b": 2}',
            variables=[aistrale.PromptVariable(name="a")],
            settings={"model": MODELS[0]},
        )
        try:
            answer = client.run(prompt_ref="e2e-tools", variables={"a": "40"}, tools=[add])
        finally:
            client.prompts.delete("e2e-tools")
    assert answer.text == "The tool answered: 42"
    assert answer.rounds[0].prompt is not None
