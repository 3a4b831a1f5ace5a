"""Structured output: the schema that is sent, the type that comes back, and the second attempt."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import enum
import json
import re
import threading
import uuid
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import pydantic
import pytest
from typing_extensions import TypedDict

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, hang, inference, problem, reply
from .test_tools import ADD, add, calling, told

T = TypeVar("T")


class City(pydantic.BaseModel):
    """A town."""

    name: str
    population: int = pydantic.Field(ge=0, description="Inhabitants.")


CITY = {
    "type": "object",
    "description": "A town.",
    "properties": {
        "name": {"type": "string"},
        "population": {"type": "integer", "minimum": 0, "description": "Inhabitants."},
    },
    "required": ["name", "population"],
    "additionalProperties": False,
}
PARIS = '{"name": "Paris", "population": 2102650}'


def asked(wanted: Any, text: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    """What comes back when the model says that, and the format that was asked for."""
    with FakeServer(reply(inference(text))) as server:
        value = Flavour("sync").run(server.url, output=wanted, **options)
    return value, server.requests[0].json["response_format"]


def schema_of(wanted: Any, text: str) -> tuple[Any, bool]:
    described = asked(wanted, text)[1]["json_schema"]
    return described["schema"], described["strict"]


def test_a_model_comes_back(flavour: Flavour) -> None:
    with FakeServer(reply(inference(PARIS))) as server:
        city = flavour.run(server.url, "Paris?", output=City, model="m")
    assert city == City(name="Paris", population=2102650)
    (got,) = server.requests
    assert got.json == {
        "prompt": "Paris?",
        "model": "m",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "City", "schema": CITY, "strict": True},
        },
    }


@dataclasses.dataclass
class Point:
    x: int
    label: str | None = None


class Options(TypedDict, total=False):
    width: int


class Color(enum.Enum):
    RED = "red"


class Box(pydantic.BaseModel, Generic[T]):
    inside: T


NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("wanted", "text", "value", "name"),
    [
        (int, '{"value": 3}', 3, "int"),
        (str, '{"value": "a"}', "a", "str"),
        (list[int], '{"value": [1, 2]}', [1, 2], "list_int"),
        (Literal["a", "b"], '{"value": "b"}', "b", "Literal"),
        (Color, '{"value": "red"}', Color.RED, "Color"),
        (int | None, '{"value": null}', None, "int_None"),
        (Annotated[int, pydantic.Field(ge=1)], '{"value": 1}', 1, "int"),
        (Point, '{"x": 1, "label": null}', Point(1), "Point"),
        (Options, '{"width": 2}', {"width": 2}, "Options"),
        (Box[int], '{"inside": 2}', Box(inside=2), "Box_int"),
        (dict[str, int], '{"a": 1}', {"a": 1}, "dict_str_int"),
        (tuple[int, str], '{"value": [1, "a"]}', (1, "a"), "tuple_int_str"),
        (Decimal, '{"value": "1.10"}', Decimal("1.10"), "Decimal"),
        (list[City], f'{{"value": [{PARIS}]}}', [City(name="Paris", population=2102650)], "list_C"),
        (pydantic.TypeAdapter(list[int]), '{"value": [1]}', [1], "list_int"),
        # what a model says that did not take the wrapper along
        (list[int], "[1, 2]", [1, 2], "list_int"),
        (int, "3", 3, "int"),
    ],
)
def test_every_type_that_pydantic_takes(wanted: Any, text: str, value: Any, name: str) -> None:
    came, sent = asked(wanted, text)
    assert came == value
    assert str(came) == str(value)
    assert sent["json_schema"]["name"].startswith(name)


def test_what_is_no_object_is_wrapped_in_one() -> None:
    assert schema_of(list[City], '{"value": []}') == (
        {
            "type": "object",
            "properties": {"value": {"type": "array", "items": {"$ref": "#/$defs/City"}}},
            "required": ["value"],
            "additionalProperties": False,
            "$defs": {"City": CITY},
        },
        True,
    )


class Node(pydantic.BaseModel):
    name: str
    children: list[Node]


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]


class Everything(pydantic.BaseModel):
    title: str = pydantic.Field("x", title="T", examples=["a"])
    """A field whose name is a keyword of JSON Schema."""

    home: City = pydantic.Field(description="Where it lives.")
    pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    tags: set[str] = pydantic.Field(max_length=3)
    site: pydantic.HttpUrl
    code: str = pydantic.Field(pattern="^[a-z]+$", min_length=2)
    price: Annotated[float, pydantic.Field(gt=0, multiple_of=0.5)]
    at: dt.datetime
    id: uuid.UUID | None = None


def pet(kind: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": [kind]}},
        "required": ["kind"],
        "additionalProperties": False,
    }


EVERYTHING = {
    "title": "a",
    "home": {"name": "Paris", "population": 1},
    "pet": {"kind": "dog"},
    "tags": ["a"],
    "site": "https://a.example",
    "code": "ab",
    "price": 1.5,
    "at": "2026-11-26T08:00:00Z",
    "id": None,
}


def test_the_strict_form() -> None:
    schema, strict = schema_of(Everything, json.dumps(EVERYTHING))
    assert strict is True
    assert schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "home": {**CITY, "description": "Where it lives."},
            "pet": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]},
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "maxItems": 3,
                "description": "(uniqueItems: True)",
            },
            "site": {
                "type": "string",
                "minLength": 1,
                "maxLength": 2083,
                "description": "(format: uri)",
            },
            "code": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2},
            "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
            "at": {"type": "string", "format": "date-time"},
            "id": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
        },
        "required": [*EVERYTHING],
        "additionalProperties": False,
        "$defs": {"City": CITY, "Cat": pet("cat"), "Dog": pet("dog")},
    }


def test_a_model_of_itself() -> None:
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        },
        "required": ["name", "children"],
        "additionalProperties": False,
    }
    assert schema_of(Node, '{"name": "a", "children": []}') == (
        {**node, "$defs": {"Node": node}},
        True,
    )


class Free(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    a: int


class Holds(pydantic.BaseModel):
    anything: Any


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (dict[str, int], "{}"),
        (tuple[int, str], '{"value": [1, "a"]}'),
        (Free, '{"a": 1}'),
        (Holds, '{"anything": 1}'),
        (list, '{"value": []}'),
        (list[dict[str, City]], '{"value": []}'),
    ],
)
def test_what_has_no_strict_form_is_sent_as_it_is(wanted: Any, text: str) -> None:
    schema, strict = schema_of(wanted, text)
    assert strict is False
    assert schema["type"] == "object"
    assert '"title"' not in json.dumps(schema)


class Endless(pydantic.BaseModel):
    next: Endless = pydantic.Field(description="And so on.")


def test_a_model_that_no_answer_is_fits_nothing() -> None:
    with FakeServer(reply(inference("{}"))) as server:
        with pytest.raises(aistrale.OutputValidationError, match="/next: Field required"):
            Flavour("sync").run(server.url, output=Endless, output_retries=0)
    assert server.requests[0].json["response_format"]["json_schema"]["strict"] is False


class Valued(pydantic.BaseModel):
    value: int


def test_a_model_that_looks_like_the_wrapper() -> None:
    assert asked(Valued, '{"value": 1}')[0] == Valued(value=1)
    assert asked(list[Valued], '{"value": [{"value": 1}]}')[0] == [Valued(value=1)]


class Aliased(pydantic.BaseModel):
    first: int = pydantic.Field(alias="firstOne")
    second: int = pydantic.Field(validation_alias="secondOne")


class Named(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(validate_by_name=True, validate_by_alias=False)
    first: int = pydantic.Field(alias="firstOne")


def test_names_where_a_model_wants_those() -> None:
    value, sent = asked(Named, '{"first": 1}')
    assert value.first == 1
    assert sent["json_schema"]["schema"]["required"] == ["first"]


def test_aliases_are_what_a_model_is_told_and_may_say() -> None:
    value, sent = asked(Aliased, '{"firstOne": 1, "secondOne": 2}')
    assert (value.first, value.second) == (1, 2)
    assert sent["json_schema"]["schema"]["required"] == ["firstOne", "secondOne"]


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{PARIS}\n```",
        f"```\n{PARIS}\n```",
        f"```JSON\r\n{PARIS}\r\n```",
        f"Here it is:\n\n```json\n{PARIS}\n```\nAnything else?",
        f"\ufeff \n{PARIS}\n",
    ],
)
def test_fences_are_taken_off(text: str) -> None:
    assert asked(City, text)[0].name == "Paris"


ROME = '{"name": "Rome", "population": 2749031}'


@pytest.mark.parametrize(
    "text",
    [
        f"Here it is: {PARIS}",
        f"{PARIS}\n\nHope this helps!",
        f"A {{city}} [1], or {{}}: {PARIS}.",
        f'With {{"other": "fields"}}, {PARIS}',
        f"<think>Is it {ROME}? No.</think>\n{PARIS}",
        f"Is it {ROME}? No.</think>\n\n```json\n{PARIS}\n```",
    ],
)
def test_prose_around_the_answer_costs_no_second_one(text: str) -> None:
    assert asked(City, text)[0] == City(name="Paris", population=2102650)


def test_prose_around_a_value_that_is_no_object() -> None:
    assert asked(list[int], 'As [1] says: {"value": [4, 5]}')[0] == [4, 5]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (City, f"Either {PARIS} or {ROME}."),
        (City, f"<think>Maybe {PARIS}"),
        (City, f'{{"cities": [{PARIS}'),
        (City, f'Here: {{"cities": [{PARIS}'),
        (list[int], "As [1] says, it is 4."),
        (int, '{"value": 5'),
        (int, 'Here: {"value": 5'),
        (list[int], '{"value": [1, 2]'),
        (City, f'{{"value": {PARIS}'),
    ],
)
def test_what_is_cut_or_may_be_either_is_asked_for_again(wanted: Any, text: str) -> None:
    with FakeServer(reply(inference(text))) as server:
        with pytest.raises(aistrale.OutputValidationError, match="Invalid JSON"):
            Flavour("sync").run(server.url, output=wanted, output_retries=0)


def test_backticks_inside_of_the_answer_stay() -> None:
    text = json.dumps({"name": "```json\n1\n```", "population": 1})
    assert asked(City, text)[0].name == "```json\n1\n```"


# ── what does not fit ──


def test_what_does_not_fit_is_shown_to_the_model(flavour: Flavour) -> None:
    wrong = '{"name": 1, "population": -1}'
    thinking = [{"type": "thinking", "thinking": "hm", "signature": "c2ln"}]
    said = {"role": "assistant", "content": wrong, "thinking_blocks": thinking}
    with FakeServer(reply(inference(wrong, message=said)), reply(inference(PARIS))) as server:
        city = flavour.run(server.url, "Paris?", output=City, idempotency_key="mine")
    assert city.population == 2102650
    one, two = server.requests
    assert two.json["messages"] == [
        {"role": "user", "content": "Paris?"},
        said,
        {
            "role": "user",
            "content": "That does not fit the JSON Schema:\n"
            "- /name: Input should be a valid string\n"
            "- /population: Input should be greater than or equal to 0\n"
            "Answer again, with the whole corrected JSON and nothing else.",
        },
    ]
    assert two.json["response_format"] == one.json["response_format"]
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert keys[0] == "mine"
    assert re.fullmatch("mine-2-[0-9a-f]{8}", keys[1])


@pytest.mark.parametrize("retries", [None, 0, 2])
def test_what_never_fits(flavour: Flavour, retries: int | None) -> None:
    times = 2 if retries is None else retries + 1
    with FakeServer(forever=reply(inference("I do not know."))) as server:
        with pytest.raises(aistrale.OutputValidationError) as raised:
            flavour.run(server.url, output=City, output_retries=retries)
    assert len(server.requests) == times
    error = raised.value
    assert str(error).startswith(f"The model's answer does not fit City, asked {times} times: Inva")
    assert error.text == "I do not know."
    assert error.errors == (
        {"pointer": "", "detail": "Invalid JSON: expected ident at line 1 column 2"},
    )
    assert isinstance(error.__cause__, pydantic.ValidationError)
    assert error.inference is not None
    assert len(error.inference.rounds) == times - 1
    if retries != 0:
        assert error.inference.total_cost_usd == Decimal("0.000012345") * times


def test_where_it_does_not_fit() -> None:
    text = '{"value": [{"name": "a/b", "population": -1}, {"population": 1}, 3, 4, 5]}'
    with FakeServer(forever=reply(inference(text))) as server:
        with pytest.raises(aistrale.OutputValidationError, match="; and 2 more") as raised:
            Flavour("sync").run(server.url, output=list[City], output_retries=0)
    assert [each["pointer"] for each in raised.value.errors] == [
        "/0/population",
        "/1/name",
        "/2",
        "/3",
        "/4",
    ]


REFUSED = {"role": "assistant", "content": "", "refusal": "I won't."}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            inference('{"name": "Par', finish_reason="length"),
            "The answer was cut before its end .*max_output",
        ),
        (inference(PARIS, finish_reason="length"), "The answer was cut before its end"),
        (
            inference("", finish_reason="content_filter"),
            "The answer was withheld by the provider's",
        ),
        (inference("", message=REFUSED), "The model refused to answer: I won't."),
        (calling(("mine", {})), "The model called mine, which is no function of tools="),
    ],
)
def test_what_no_second_attempt_helps(
    flavour: Flavour, answer: dict[str, Any], message: str
) -> None:
    mine = {"type": "function", "function": {"name": "mine"}}
    with FakeServer(forever=reply(answer)) as server:
        with pytest.raises(aistrale.OutputValidationError, match=f"No City. {message}") as raised:
            flavour.run(server.url, output=City, tools=[mine])
    assert len(server.requests) == 1
    assert (raised.value.text, raised.value.errors) == (answer["text"], ())
    assert raised.value.inference is not None
    assert raised.value.inference.finish_reason == answer["finish_reason"]


def test_tools_that_a_prompt_of_the_server_brings_are_nobodys(flavour: Flavour) -> None:
    with FakeServer(forever=reply(calling(("theirs", {})))) as server:
        with pytest.raises(aistrale.OutputValidationError, match="called theirs"):
            flavour.run(server.url, None, prompt_ref="city", output=City)
    assert len(server.requests) == 1


def test_one_deadline_for_both_attempts(flavour: Flavour) -> None:
    with FakeServer(reply(inference("no"), 200, 0.2), hang) as server:
        with pytest.raises(aistrale.APITimeoutError, match="within 0.5 s"):
            flavour.run(server.url, output=City, timeout=0.5)
    assert len(server.requests) == 2


def test_an_error_of_the_second_attempt_is_raised(flavour: Flavour) -> None:
    with FakeServer(reply(inference("no")), problem(402, "budget_exceeded")) as server:
        with pytest.raises(aistrale.BudgetExceededError):
            flavour.run(server.url, output=City)


def test_a_prompt_of_the_server_is_rendered_for_a_second_attempt_alone(flavour: Flavour) -> None:
    words = {"role": "user", "content": "Paris?"}
    rendered = {"name": "city", "version": 2, "messages": [words], "settings": {}}
    script = [
        reply(inference("no", prompt={"name": "city", "version": 2})),
        reply(rendered),
        reply(inference(PARIS)),
    ]
    with FakeServer(*script) as server:
        city = flavour.run(server.url, None, prompt_ref="city", output=City)
    assert city.name == "Paris"
    assert server.requests[1].json == {"version": 2, "variables": {}}
    assert server.requests[2].json["messages"][0] == words


# ── what is refused ──


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": threading.Thread}, "output=Thread is not a type whose values JSON can hold"),
        ({"output": "City"}, "output=City is not a type"),
        ({"output": City(name="a", population=1)}, "is not a type"),
        ({"output": City, "output_retries": -1}, "output_retries is below 0"),
        ({"output": City, "output_retries": "1"}, "output_retries is not an integer"),
        ({"output_retries": 1}, "output_retries= goes with output="),
        (
            {"output": City, "response_format": {"type": "json_schema", "json_schema": {}}},
            "output= makes response_format= by itself",
        ),
        ({"output": City, "temprature": 1}, "an inference has no option 'temprature'"),
    ],
)
def test_what_cannot_be_asked_for(flavour: Flavour, options: dict[str, Any], message: str) -> None:
    with FakeServer() as server:
        with pytest.raises((TypeError, ValueError), match=message):
            flavour.run(server.url, **options)
    assert server.requests == []


def test_streams_and_whole_sessions_have_no_output(flavour: Flavour) -> None:
    client = flavour.client("http://127.0.0.1:1")
    with pytest.raises(TypeError, match="an inference has no option 'output'"):
        client.stream("hi", output=City)
    with pytest.raises(TypeError, match="a session has no option 'output'"):
        client.session(output=City)


def test_a_model_that_takes_no_schema_is_told_in_words(flavour: Flavour) -> None:
    with FakeServer(reply(inference(PARIS))) as server:
        city = flavour.run(
            server.url, output=City, response_format={"type": "json_object"}, system="Be brief."
        )
    assert city.name == "Paris"
    sent = server.requests[0].json
    assert sent["response_format"] == {"type": "json_object"}
    words, _, schema = sent["system"].rpartition(": ")[0], ":", sent["system"]
    assert words.startswith("Be brief.\n\nAnswer with JSON that fits this JSON Schema")
    assert json.loads(schema[schema.index("{") :]) == CITY


# ── with tools, in sessions ──


def test_tools_first_then_output(flavour: Flavour) -> None:
    call = calling(("add", {"a": 1, "b": 2}))
    script = [reply(call), reply(inference("three")), reply(inference('{"value": 3}'))]
    with FakeServer(*script) as server:
        value = flavour.run(server.url, "1+2?", output=int, tools=[add], max_rounds=2)
    assert value == 3
    assert all(got.json["tools"] == [ADD] for got in server.requests)
    assert all("response_format" in got.json for got in server.requests)
    assert [said["role"] for said in server.requests[2].json["messages"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]


def test_a_session_keeps_what_fitted(flavour: Flavour) -> None:
    def sync(client: Any) -> Any:
        session = client.session(tools=[add], max_rounds=2)
        return session.run("Paris?", output=City), session

    async def asynchronous(client: Any) -> Any:
        session = client.session(tools=[add], max_rounds=2)
        return await session.run("Paris?", output=City), session

    call = calling(("add", {"a": 1, "b": 2}))
    script = [reply(inference("no")), reply(call), reply(inference(PARIS))]
    with FakeServer(*script) as server:
        city, session = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert city.name == "Paris"
    assert session.messages == [
        {"role": "user", "content": "Paris?"},
        call["message"],
        told("3"),
        {"role": "assistant", "content": PARIS},
    ]


def test_a_turn_that_does_not_fit_leaves_no_trace() -> None:
    with FakeServer(forever=reply(inference("no"))) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
            session = client.session()
            with pytest.raises(aistrale.OutputValidationError):
                session.run("Paris?", output=City)
    assert session.messages == []


def test_output_of_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(forever=reply(inference(PARIS))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        assert aistrale.run("Paris?", output=City).population == 2102650
        assert asyncio.run(aistrale.run_async("Paris?", output=City)).population == 2102650
        with aistrale.session() as session:
            assert session.run("Paris?", output=City).population == 2102650
