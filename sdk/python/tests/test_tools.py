"""Functions as tools: what a model is told of them, and the loop that calls them."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import datetime as dt
import enum
import functools
import json
import math
import re
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import pydantic
import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, event, hang, inference, problem, reply, sse, story
from .test_resume import CANCEL_BY_KEY

THINKING = [{"type": "thinking", "thinking": "hm", "signature": "c2ln"}]


def wire_call(name: str, arguments: Any, identity: str = "call_1") -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": text}}


def calling(*calls: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    """An answer that calls functions: `("add", {"a": 1})`, or the arguments as text."""
    made = [wire_call(name, given, f"call_{n}") for n, (name, given) in enumerate(calls, 1)]
    said = {"role": "assistant", "content": None, "tool_calls": made}
    whole = {"message": said, "tool_calls": made, "finish_reason": "tool_calls"}
    return inference("", **(whole | changes))


def told(content: str, identity: str = "call_1") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": identity, "content": content}


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail() -> str:
    """Say how the weather is."""
    raise ValueError("the weather station is closed")


class City(pydantic.BaseModel):
    name: str
    population: int = pydantic.Field(ge=0)


ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


UNFIT = "Error: the arguments of add do not fit:\n{}\nCall it again with arguments that do."


def test_the_loop(flavour: Flavour) -> None:
    first = calling(("add", {"a": 1, "b": 2}))
    first["message"]["thinking_blocks"] = THINKING
    script = [reply(first), reply(inference("It is 3."))]
    with FakeServer(*script) as server:
        answer = flavour.run(server.url, "1+2?", tools=[add], model="m")
    one, two = (got.json for got in server.requests)
    assert one == {"prompt": "1+2?", "model": "m", "tools": [ADD]}
    assert two == {
        "messages": [{"role": "user", "content": "1+2?"}, first["message"], told("3")],
        "model": "m",
        "tools": [ADD],
    }
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert len(set(keys)) == 2
    assert (answer.text, len(answer.rounds)) == ("It is 3.", 1)
    assert answer.rounds[0].tool_calls[0].name == "add"
    assert answer.rounds[0].rounds == ()
    assert answer.total_cost_usd == Decimal("0.00002469")
    assert repr(answer).endswith("output_tokens=2, rounds=1, cost_usd=0.000012345, latency_ms=12)")


def test_a_cost_that_is_not_known_makes_the_sum_unknown(flavour: Flavour) -> None:
    script = [reply(calling(("add", {"a": 1, "b": 2}), cost_usd=None)), reply(inference())]
    with FakeServer(*script) as server:
        answer = flavour.run(server.url, tools=[add])
    assert answer.cost_usd is not None
    assert answer.total_cost_usd is None


def test_a_model_that_calls_nothing_is_asked_once(flavour: Flavour) -> None:
    with FakeServer(reply(inference("Hi"))) as server:
        answer = flavour.run(server.url, tools=[add], max_rounds=1)
    assert (answer.text, answer.rounds, len(server.requests)) == ("Hi", (), 1)


def test_several_calls_at_once_are_answered_in_their_order(flavour: Flavour) -> None:
    calls = [("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4}), ("fail", {})]
    with FakeServer(reply(calling(*calls)), reply(inference())) as server:
        flavour.run(server.url, tools=[add, fail])
    assert server.requests[1].json["messages"][2:] == [
        told("3"),
        told("7", "call_2"),
        told("ValueError: the weather station is closed", "call_3"),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("fail", "{}", "ValueError: the weather station is closed"),
        ("fail", "", "ValueError: the weather station is closed"),
        ("ad", "{}", "Error: there is no tool named 'ad'. There are: add, fail, mine."),
        (
            "add",
            '{"a": 1',
            UNFIT.format("- Invalid JSON: EOF while parsing an object at line 1 column 7"),
        ),
        (
            "add",
            '{"a": "one", "c": 3}',
            UNFIT.format(
                "- /a: Input should be a valid integer, unable to parse string as an integer\n"
                "- /b: Field required\n- /c: Extra inputs are not permitted"
            ),
        ),
    ],
)
def test_what_goes_wrong_is_told_to_the_model(
    flavour: Flavour, name: str, arguments: str, expected: str
) -> None:
    mine = {"type": "function", "function": {"name": "mine"}}
    with FakeServer(reply(calling((name, arguments))), reply(inference("oh"))) as server:
        answer = flavour.run(server.url, tools=[add, fail, mine])
    assert server.requests[1].json["messages"][-1] == told(expected)
    assert answer.text == "oh"


def test_an_exception_without_words_is_told_by_its_name(flavour: Flavour) -> None:
    def stop() -> None:
        raise StopIteration

    with FakeServer(reply(calling(("stop", {}))), reply(inference())) as server:
        flavour.run(server.url, tools=[stop])
    assert server.requests[1].json["messages"][-1] == told("StopIteration")


@dataclasses.dataclass
class Point:
    x: int
    at: dt.date


class Unit(str, enum.Enum):  # noqa: UP042 - what users have
    CELSIUS = "C"


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("as it is: ü", "as it is: ü"),
        ("", ""),
        (None, "null"),
        (True, "true"),
        (3, "3"),
        ([1, "ü"], '[1,"ü"]'),
        ({"city": "Paris", "population": 2102650}, '{"city":"Paris","population":2102650}'),
        (City(name="Paris", population=1), '{"name":"Paris","population":1}'),
        ([City(name="P", population=1)], '[{"name":"P","population":1}]'),
        (Point(1, dt.date(2026, 11, 26)), '{"x":1,"at":"2026-11-26"}'),
        (Decimal("1.10"), '"1.10"'),
        (Unit.CELSIUS, "C"),
    ],
)
def test_what_a_function_returns(value: Any, content: str) -> None:
    def give() -> Any:
        return value

    with FakeServer(reply(calling(("give", {}))), reply(inference())) as server:
        Flavour("sync").run(server.url, tools=[give])
    assert server.requests[1].json["messages"][-1] == told(content)


class BrokenError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unsayable(pydantic.BaseModel):
    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def now(self) -> int:
        raise LookupError("gone")


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


NO_JSON = "which cannot be written as JSON"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"\xff", "bytes"),
        (bytearray(b"a"), "bytearray"),
        (object(), "object"),
        ({"a": object()}, "dict"),
        (nested(300), "list"),
        (Unsayable(), "Unsayable"),
    ],
)
def test_a_result_that_no_model_can_be_told_is_told_as_an_error(
    flavour: Flavour, value: Any, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    paid = []

    def pay(amount: int) -> str:
        paid.append(amount)
        return "done"

    def give() -> Any:
        return value

    script = [reply(calling(("pay", {"amount": 1}), ("give", {}))), reply(inference("Sorry"))]
    with FakeServer(*script) as server:
        assert flavour.run(server.url, tools=[pay, give]).text == "Sorry"
    *_, first, second = server.requests[1].json["messages"]
    assert first == told("done")
    assert second["content"].startswith(f"TypeError: the tool 'give' returned {kind}, {NO_JSON} (")
    assert paid == [1]
    said = f"the tool give returned {kind}, {NO_JSON}: return text, or what JSON has"
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [("WARNING", said)]


def test_an_exception_that_cannot_say_its_words_is_told_by_its_name(flavour: Flavour) -> None:
    def give() -> str:
        raise BrokenError

    with FakeServer(reply(calling(("give", {}))), reply(inference("Sorry"))) as server:
        assert flavour.run(server.url, tools=[give]).text == "Sorry"
    assert server.requests[1].json["messages"][-1] == told("BrokenError")


# ── what a model is told of a function ──


def described(tool: Any) -> dict[str, Any]:
    """The function's description as it is sent."""
    with FakeServer(reply(inference())) as server:
        Flavour("sync").run(server.url, tools=[tool])
    (said,) = server.requests[0].json["tools"]
    assert said["type"] == "function"
    function: dict[str, Any] = said["function"]
    return function


def called(tool: Any, arguments: Any) -> str:
    """What the model is told when it calls the one function."""
    name = described(tool)["name"]
    with FakeServer(reply(calling((name, arguments))), reply(inference())) as server:
        Flavour("sync").run(server.url, tools=[tool])
    content: str = server.requests[1].json["messages"][-1]["content"]
    return content


@dataclasses.dataclass
class Where:
    city: str


def weather(
    where: Where,
    unit: Literal["C", "F"],
    /,
    days: Annotated[int, pydantic.Field(ge=1), "How many days."] = 1,
    *,
    since: dt.date | None = None,
    like: City,
) -> str:
    """Return the weather.

    It is never bad.

    Args:
        where: The place.
        days: not this.
        like: A city of that kind.
    """
    return f"{where.city} {unit} {days} {since!r} {like!r}"


def test_a_signature_in_full() -> None:
    assert described(weather) == {
        "name": "weather",
        "description": "Return the weather.\n\nIt is never bad.",
        "parameters": {
            "type": "object",
            "$defs": {
                "Where": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}},
                    "required": ["city"],
                    "additionalProperties": False,
                },
                "City": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "population": {"type": "integer", "minimum": 0},
                    },
                    "required": ["name", "population"],
                },
            },
            "properties": {
                "where": {"$ref": "#/$defs/Where", "description": "The place."},
                "unit": {"type": "string", "enum": ["C", "F"]},
                "days": {
                    "type": "integer",
                    "minimum": 1,
                    "default": 1,
                    "description": "How many days.",
                },
                "since": {
                    "anyOf": [{"type": "string", "format": "date"}, {"type": "null"}],
                    "default": None,
                },
                "like": {"$ref": "#/$defs/City", "description": "A city of that kind."},
            },
            "required": ["where", "unit", "like"],
            "additionalProperties": False,
        },
        "strict": False,
    }


def test_arguments_become_what_the_hints_say() -> None:
    given = {"where": {"city": "Rome"}, "unit": "C", "like": {"name": "P", "population": 1}}
    assert called(weather, given) == "Rome C 1 None City(name='P', population=1)"
    given |= {"days": 2, "since": "2026-11-26"}
    assert called(weather, given).startswith("Rome C 2 datetime.date(2026, 11, 26) ")
    assert "- /days: Input should be greater than or equal to 1" in called(
        weather, {**given, "days": 0}
    )


def test_a_positional_only_default_is_the_functions_own() -> None:
    def take(a: int = 1, b: int = 2, /, c: object = threading.Lock) -> str:
        return f"{a} {b} {c is threading.Lock}"

    assert described(take)["parameters"]["properties"]["c"] == {}
    assert called(take, {"b": 5}) == "1 5 True"


def test_without_hints_anything_goes() -> None:
    def take(a, b="x"):  # type: ignore[no-untyped-def]
        return [a, b]

    assert "description" not in described(take)
    assert described(take)["strict"] is False
    assert called(take, {"a": {"deep": [1]}}) == '[{"deep":[1]},"x"]'


class Station:
    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, sensor: int) -> str:
        """Read a sensor."""
        return f"{self.name} {sensor}"

    @aistrale.tool(name="pressure", description="Read the pressure.")
    def other(self, sensor: int) -> str:
        return f"{self.name} pressure {sensor}"

    def __call__(self, sensor: int) -> str:
        """Not this."""
        return f"{self.name} called {sensor}"


def test_methods_partials_and_objects() -> None:
    station = Station("alpine")
    assert described(station.read)["description"] == "Read a sensor."
    assert [*described(station.read)["parameters"]["properties"]] == ["sensor"]
    assert called(station.read, {"sensor": 1}) == "alpine 1"
    assert described(station.other)["name"] == "pressure"
    assert called(station.other, {"sensor": 1}) == "alpine pressure 1"
    assert described(station)["name"] == "Station"
    assert called(station, {"sensor": 1}) == "alpine called 1"
    bound = functools.partial(add, b=40)
    assert described(bound)["name"] == "add"
    assert [*described(bound)["parameters"]["properties"]] == ["a"]
    assert called(bound, {"a": 2}) == "42"
    assert called(functools.partial(add, 1), {"b": 1}) == "2"
    assert called(math.sqrt, {"x": 4}) == "2.0"


def test_what_is_bound_is_read_once_and_not_mistaken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service gives its methods in each call: the model that reads arguments is made once."""

    class Scale:
        def __init__(self, name: str) -> None:
            self.name = name

        def weigh(self, thing: str, unit: str) -> str:
            return f"{self.name}: {thing} in {unit}"

    made: list[str] = []
    make = pydantic.create_model

    def counted(name: str, **fields: Any) -> Any:
        made.append(" ".join(field.alias for _, field in list(fields.values())[1:]))
        return make(name, **fields)

    monkeypatch.setattr(pydantic, "create_model", counted)
    for name in ("one", "two"):
        scale = Scale(name)
        assert called(scale.weigh, {"thing": "tea", "unit": "g"}) == f"{name}: tea in g"
        for thing in ("tea", "salt"):
            by_name = functools.partial(scale.weigh, thing=thing)
            by_place = functools.partial(scale.weigh, thing)
            for tool in (by_name, by_place):
                assert called(tool, {"unit": name}) == f"{name}: {thing} in {name}"
            no_unit = functools.partial(scale.weigh, unit=thing)
            assert called(no_unit, {"thing": "tea"}) == f"{name}: tea in {thing}"
        assert called(functools.partial(Scale.weigh, scale), {"thing": "a", "unit": "b"})
    assert made == ["thing unit", "unit", "unit", "thing", "thing unit"]


def test_a_name_and_description_of_its_own() -> None:
    double = aistrale.tool(lambda number: 2 * number, name="double", description="Double it.")
    assert double(4) == 8
    assert called(double, {"number": 4}) == "8"
    assert described(double)["description"] == "Double it."
    assert described(aistrale.tool(add, name="plus"))["name"] == "plus"
    assert described(add) == ADD["function"]

    @aistrale.tool
    def plain() -> str:
        """Do it."""
        return "done"

    @aistrale.tool(description="Another.")
    def renamed() -> str:
        """Do it."""
        return "done"

    assert described(plain)["description"] == "Do it."
    assert (described(renamed)["name"], described(renamed)["description"]) == (
        "renamed",
        "Another.",
    )
    assert renamed() == "done"
    with pytest.raises(TypeError, match="a tool is a function, not str"):
        aistrale.tool("add", name="x")  # type: ignore[call-overload]


def starred(*rest: int) -> None: ...
def keyed(**rest: int) -> None: ...
def unsayable(a: threading.Thread) -> None: ...
def unknown(a: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def nämlich() -> None: ...  # noqa: PLC2401
async def later() -> str:
    """Say it later."""
    await asyncio.sleep(0)
    return "later"


@pytest.mark.parametrize(
    ("tools", "error", "message"),
    [
        ([lambda: 1], TypeError, "a lambda has no name that a model could call it by: aistrale.t"),
        ([starred], TypeError, r"the tool 'starred' takes \*rest, which no model can be told of"),
        ([keyed], TypeError, r"the tool 'keyed' takes \*\*rest"),
        ([unsayable], TypeError, "the tool 'unsayable' has a type hint that no JSON fits"),
        ([unknown], TypeError, "the tool 'unknown' has a type hint that cannot be looked up: name"),
        ([nämlich], ValueError, "'nämlich' is no name for a tool"),
        ([City], TypeError, "the class City is no tool: give a function"),
        ([1], TypeError, "a tool is a function or a dict, not int"),
        (add, TypeError, "tools is a list of functions or dicts, not function"),
        ([add, add], ValueError, "two tools are named 'add'"),
        ([add, ADD], ValueError, "two tools are named 'add'"),
    ],
)
def test_what_no_model_could_call_is_refused_before_anything_is_sent(
    flavour: Flavour, tools: Any, error: type[Exception], message: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(error, match=message):
            flavour.run(server.url, tools=tools)
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [({"max_rounds": 0}, "max_rounds is below 1: 0"), ({"max_rounds": True}, "not an integer")],
)
def test_wrong_numbers_of_rounds(flavour: Flavour, options: dict[str, Any], message: str) -> None:
    with FakeServer() as server:
        with pytest.raises((TypeError, ValueError), match=message):
            flavour.run(server.url, tools=[add], **options)


def test_a_blocking_call_takes_no_asynchronous_function() -> None:
    class Later:
        async def __call__(self) -> None: ...

    with FakeServer() as server, aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
        for tool in (later, functools.partial(later), Later()):
            for use in (client.run, client.stream, client.session().run, client.session().stream):
                with pytest.raises(TypeError, match="asynchronous: give it to an asynchronous"):
                    use("hi", tools=[tool])
    assert server.requests == []


def test_a_function_that_turns_out_to_be_asynchronous() -> None:
    def hidden() -> Any:
        return later()

    with FakeServer(forever=reply(calling(("hidden", {})))) as server:
        with pytest.raises(TypeError, match="'hidden' returned what is to be awaited"):
            Flavour("sync").run(server.url, tools=[hidden])
    with FakeServer(reply(calling(("hidden", {}))), reply(inference())) as server:
        Flavour("async").run(server.url, tools=[hidden])
    assert server.requests[1].json["messages"][-1] == told("later")


# ── dicts, which are the caller's ──


def test_the_call_of_a_dict_ends_the_loop(flavour: Flavour) -> None:
    mine = {"type": "function", "function": {"name": "mine", "parameters": {"type": "object"}}}
    calls = []

    def ours() -> str:
        calls.append("ours")
        return "x"

    script = [reply(calling(("ours", {}))), reply(calling(("ours", {}), ("mine", {"a": 1})))]
    with FakeServer(*script) as server:
        answer = flavour.run(server.url, tools=[ours, mine])
    assert server.requests[0].json["tools"][1] == mine
    assert [call.name for call in answer.tool_calls] == ["ours", "mine"]
    assert (len(answer.rounds), calls) == (1, ["ours"])


def test_dicts_alone_make_no_loop(flavour: Flavour) -> None:
    with FakeServer(reply(calling(("add", {"a": 1})))) as server:
        answer = flavour.run(server.url, tools=[ADD], max_rounds=3)
    assert server.requests[0].json == {"prompt": "hi", "tools": [ADD]}
    assert answer.tool_calls[0].arguments == '{"a": 1}'


@pytest.mark.parametrize("how", ["length", "content_filter"])
def test_a_call_that_was_cut_is_not_made(flavour: Flavour, how: str) -> None:
    with FakeServer(reply(calling(("add", '{"a": 1, "b": 2}'), finish_reason=how))) as server:
        answer = flavour.run(server.url, tools=[add])
    assert (answer.finish_reason, len(answer.tool_calls), answer.rounds) == (how, 1, ())


# ── the loop's limits ──


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_loop_without_end(flavour: Flavour, rounds: int) -> None:
    calls: list[int] = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    with FakeServer(forever=reply(calling(("count", {})))) as server:
        with pytest.raises(
            aistrale.ToolRoundsError, match=rf"asked {rounds} times.*\(count\)"
        ) as e:
            flavour.run(server.url, tools=[count], max_rounds=rounds)
    assert (len(server.requests), len(calls)) == (rounds, rounds - 1)
    inference = e.value.inference
    assert inference is not None
    assert len(inference.rounds) == rounds - 1
    messages = e.value.messages
    assert [each["role"] for each in messages] == [
        "user",
        *(["assistant", "tool"] * (rounds - 1)),
        "assistant",
    ]
    assert messages[-1] == calling(("count", {}))["message"]


def test_ten_rounds_unless_told(flavour: Flavour) -> None:
    with FakeServer(forever=reply(calling(("add", {"a": 1, "b": 1})))) as server:
        with pytest.raises(aistrale.ToolRoundsError):
            flavour.run(server.url, tools=[add])
    assert len(server.requests) == 10


@pytest.mark.parametrize(
    ("choice", "later_choice"),
    [
        ("required", None),
        ({"type": "function", "function": {"name": "add"}}, None),
        ("auto", "auto"),
    ],
)
def test_a_forced_choice_holds_until_a_function_was_called(
    flavour: Flavour, choice: Any, later_choice: Any
) -> None:
    script = [reply(calling(("add", {"a": 1, "b": 1}))), reply(inference())]
    with FakeServer(*script) as server:
        flavour.run(server.url, tools=[add], tool_choice=choice)
    one, two = (got.json for got in server.requests)
    assert one["tool_choice"] == choice
    assert two.get("tool_choice") == later_choice


def test_a_key_for_every_round(flavour: Flavour) -> None:
    again = reply(calling(("add", {"a": 1, "b": 1})))
    script = [
        again,
        problem(503, "overloaded", headers={"retry-after": "0"}),
        again,
        reply(inference()),
    ]
    with FakeServer(*script) as server:
        flavour.run(server.url, tools=[add], idempotency_key="mine")
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert [key[:6] for key in keys] == ["mine", "mine-2", "mine-2", "mine-3"]
    assert all(re.fullmatch(r"mine-[23]-[0-9a-f]{8}", key) for key in keys[1:])
    assert keys[1] == keys[2]


def test_a_key_knows_a_round_again_by_what_is_asked(flavour: Flavour) -> None:
    results = iter([1, 2, 1])

    def count() -> int:
        return next(results)

    script = [reply(calling(("count", {}))), reply(inference())] * 3
    with FakeServer(*script) as server:
        for _ in range(3):
            flavour.run(server.url, tools=[count], idempotency_key="mine")
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert keys[::2] == ["mine"] * 3
    assert keys[1] == keys[5]
    assert keys[1] != keys[3]


def test_one_deadline_for_all_rounds(flavour: Flavour) -> None:
    script = [reply(calling(("add", {"a": 1, "b": 1})), 200, 0.3), hang]
    with FakeServer(*script) as server:
        began = time.monotonic()
        with pytest.raises(aistrale.APITimeoutError, match="within 0.6 s"):
            flavour.run(server.url, tools=[add], timeout=0.6)
    assert 0.5 < time.monotonic() - began < 0.9
    assert len(server.requests) == 2


def test_a_function_that_takes_too_long_ends_the_loop() -> None:
    called = []

    def slow() -> str:
        time.sleep(0.4)
        called.append("slow")
        return "x"

    with FakeServer(reply(calling(("slow", {})))) as server:
        late = r"\(inference 2 was not begun\).* its inferences \(1 so far\)"
        with pytest.raises(aistrale.APITimeoutError, match=late):
            Flavour("sync").run(server.url, tools=[slow], timeout=0.3)
    assert called == ["slow"]
    with FakeServer(reply(calling(("slow", {}), ("slow", {})))) as server:
        late = r"\(before the tool 'slow' was called\).* its inferences \(1 so far\)"
        with pytest.raises(aistrale.APITimeoutError, match=late):
            Flavour("sync").run(server.url, tools=[slow], timeout=0.3)
    assert len(called) == 2


def test_asynchronous_functions_are_cancelled_at_the_deadline() -> None:
    ended = []

    async def slow() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("slow")
            raise

    with FakeServer(reply(calling(("slow", {})))) as server:
        began = time.monotonic()
        with pytest.raises(aistrale.APITimeoutError, match="'slow' was still running"):
            Flavour("async").run(server.url, tools=[slow], timeout=0.3)
    assert time.monotonic() - began < 1
    assert ended == ["slow"]


# ── how functions are called ──


def test_asynchronous_functions_are_called_at_once() -> None:
    there = asyncio.Event()
    meeting = threading.Barrier(2, timeout=5)

    async def first() -> str:
        await asyncio.wait_for(there.wait(), 5)
        return "1"

    async def second() -> str:
        there.set()
        return "2"

    def blocking(name: str) -> str:
        meeting.wait()
        return name

    calls = [
        ("first", {}),
        ("second", {}),
        ("blocking", {"name": "a"}),
        ("blocking", {"name": "b"}),
    ]
    with FakeServer(reply(calling(*calls)), reply(inference())) as server:
        Flavour("async").run(server.url, tools=[first, second, blocking])
    told = [said["content"] for said in server.requests[1].json["messages"][2:]]
    assert told == ["1", "2", "a", "b"]


def test_context_variables_are_seen(flavour: Flavour) -> None:
    user = contextvars.ContextVar[str]("user")
    seen = []

    def who() -> str:
        seen.append((user.get(), threading.current_thread() is threading.main_thread()))
        return "x"

    def sync(client: Any) -> Any:
        user.set("Ada")
        return client.run("hi", tools=[who])

    async def asynchronous(client: Any) -> Any:
        user.set("Ada")
        return await client.run("hi", tools=[who])

    with FakeServer(reply(calling(("who", {}))), reply(inference())) as server:
        contextvars.copy_context().run(
            flavour.call, server.url, sync if flavour.name == "sync" else asynchronous
        )
    assert seen == [("Ada", flavour.name == "sync")]


def test_an_interrupt_is_no_answer() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with FakeServer(reply(calling(("interrupt", {})))) as server:
        with pytest.raises(KeyboardInterrupt):
            Flavour("sync").run(server.url, tools=[interrupt])
    assert len(server.requests) == 1


class StopError(BaseException):
    pass


def test_what_is_no_exception_ends_the_call(flavour: Flavour) -> None:
    def stop() -> None:
        raise StopError

    with FakeServer(reply(calling(("stop", {}), ("add", {"a": 1, "b": 1})))) as server:
        with pytest.raises(StopError):
            flavour.run(server.url, tools=[stop, add])
    assert len(server.requests) == 1


def test_what_is_no_exception_ends_the_other_functions_too() -> None:
    async def slow() -> None:
        await asyncio.sleep(30)

    async def stop() -> None:
        raise StopError

    with FakeServer(reply(calling(("slow", {}), ("stop", {})))) as server:
        began = time.monotonic()
        with pytest.raises(StopError):
            Flavour("async").run(server.url, tools=[slow, stop])
    assert time.monotonic() - began < 5


def test_a_cancelled_task_cancels_its_functions() -> None:
    began = threading.Event()
    ended = []

    async def slow() -> None:
        began.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("slow")

    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            task = asyncio.create_task(client.run("hi", tools=[slow, add]))
            await asyncio.to_thread(began.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with FakeServer(reply(calling(("slow", {}), ("add", {"a": 1, "b": 1})))) as server:
        asyncio.run(main(server.url))
    assert ended == ["slow"]
    assert len(server.requests) == 1


def test_a_task_that_a_function_had_cancelled_is_told_to_the_model() -> None:
    async def wait() -> str:
        inner = asyncio.create_task(asyncio.sleep(5))
        await asyncio.sleep(0)
        inner.cancel()
        await inner
        return "x"

    def block() -> str:
        asyncio.run(wait())
        return "x"

    async def main(url: str) -> aistrale.Inference:
        async with aistrale.AsyncAistrale(api_url=url, api_key=KEY) as client:
            return await client.run("hi", tools=[wait, block])

    script = [reply(calling(("wait", {}), ("block", {}))), reply(inference("Sorry"))]
    with FakeServer(*script) as server:
        assert asyncio.run(main(server.url)).text == "Sorry"
    assert server.requests[1].json["messages"][2:] == [
        told("CancelledError"),
        told("CancelledError", "call_2"),
    ]
    with FakeServer(reply(calling(("block", {}))), reply(inference("Sorry"))) as server:
        assert Flavour("sync").run(server.url, tools=[block]).text == "Sorry"
    assert server.requests[1].json["messages"][2:] == [told("CancelledError")]


# ── streams ──


def streaming(*calls: tuple[str, Any], **changes: Any) -> list[bytes]:
    """A stream that says "Let me see." and calls functions."""
    whole = calling(*calls, **changes)
    deltas = [event("delta", {"text": "Let me see. "}, 1)]
    for n, each in enumerate(whole["tool_calls"]):
        piece = {"index": n, "id": each["id"], **each["function"]}
        deltas.append(event("delta", {"tool_call": piece}, n + 2))
    return [*deltas, event("completed", whole | {"text": "Let me see. "}, len(deltas) + 1)]


def test_a_stream_shows_every_round(flavour: Flavour) -> None:
    first = streaming(("add", {"a": 1, "b": 2}), ("fail", {}))
    with FakeServer(sse(*first), sse(*story("It is ", "3."))) as server:
        streamed = flavour.stream(server.url, "1+2?", tools=[add, fail], timeout=5)
    assert streamed.error is None
    *events, completed = streamed.events
    assert events == [
        aistrale.TextDelta("Let me see. ", "1"),
        aistrale.ToolCallDelta(0, "call_1", "add", '{"a": 1, "b": 2}', "2"),
        aistrale.ToolCallDelta(1, "call_2", "fail", "{}", "3"),
        aistrale.ToolResult("call_1", "add", "3"),
        aistrale.ToolResult(
            "call_2", "fail", "ValueError: the weather station is closed", failed=True
        ),
        aistrale.TextDelta("It is ", "0"),
        aistrale.TextDelta("3.", "1"),
    ]
    assert (completed.inference.text, len(completed.inference.rounds)) == ("It is 3.", 1)
    assert streamed.stream.text == "Let me see. It is 3."
    one, two = (got.json for got in server.requests)
    assert one["stream"] is two["stream"] is one["resumable"] is two["resumable"] is True
    assert [said["role"] for said in two["messages"]] == ["user", "assistant", "tool", "tool"]
    assert server.cancelled == []


def test_the_end_of_a_round_does_not_shorten_the_time_of_the_next(flavour: Flavour) -> None:
    """The rest of a stream is waited for briefly, under the same deadline."""

    def rest() -> str:
        time.sleep(0.15)
        return "x"

    script = [sse(*streaming(("rest", {}))), sse(*story("a", "b"), pause=0.1)]
    with FakeServer(*script) as server:
        streamed = flavour.stream(server.url, tools=[rest])
    assert streamed.error is None
    assert streamed.texts == ["Let me see. ", "a", "b"]


def test_the_whole_of_a_stream_with_rounds(flavour: Flavour) -> None:
    def sync(client: Any) -> Any:
        with client.stream("hi", tools=[add]) as stream:
            return stream.final(), stream.final()

    async def asynchronous(client: Any) -> Any:
        async with client.stream("hi", tools=[add]) as stream:
            return await stream.final(), await stream.final()

    script = [sse(*streaming(("add", {"a": 1, "b": 2}))), sse(*story("3"))]
    with FakeServer(*script) as server:
        once, twice = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert once is twice
    assert (once.text, [each.text for each in once.rounds]) == ("3", ["Let me see. "])
    assert server.connections == 1


def test_a_later_round_of_a_stream_goes_on_where_it_was(flavour: Flavour) -> None:
    pieces = story("It is ", "3.")
    script = [
        sse(*streaming(("add", {"a": 1, "b": 2}))),
        sse(event("delta", {"text": "It is "}, 1), end="reset"),
        sse(event("delta", {"text": "3."}, 2), pieces[-1].replace(b"id: 2", b"id: 3")),
    ]
    with FakeServer(*script) as server:
        streamed = flavour.stream(server.url, tools=[add])
    assert streamed.error is None
    assert streamed.texts == ["Let me see. ", "It is ", "3."]
    assert [got.headers.get("last-event-id") for got in server.requests] == [None, None, "1"]
    keys = [got.headers["idempotency-key"] for got in server.requests]
    assert keys[0] != keys[1] == keys[2]


def test_a_later_round_that_is_cut_has_nothing_of_the_first(flavour: Flavour) -> None:
    first = sse(*streaming(("add", {"a": 1, "b": 2})))
    cut = sse(event("delta", {"text": "It is "}, 1), end="reset", identity="inf_second")
    with FakeServer(first, cut) as server:
        streamed = flavour.stream(server.url, tools=[add], resumable=False)
    assert isinstance(streamed.error, aistrale.StreamInterruptedError)
    assert (streamed.error.tool_calls, streamed.error.inference_id) == ((), "inf_second")
    assert streamed.error.text == "Let me see. It is "


def test_a_later_round_that_does_not_begin_is_ended_by_its_key_and_no_earlier_one(
    flavour: Flavour,
) -> None:
    with FakeServer(sse(*streaming(("add", {"a": 1, "b": 2}))), hang) as server:
        streamed = flavour.stream(server.url, tools=[add], timeout=0.5)
        time.sleep(0.2)
    assert isinstance(streamed.error, aistrale.APITimeoutError)
    assert streamed.stream.inference_id is None
    (cancelled,) = server.cancelled
    assert cancelled.path == CANCEL_BY_KEY
    assert cancelled.headers["idempotency-key"] == server.requests[1].headers["idempotency-key"]


def test_leaving_a_later_round_ends_that_inference(flavour: Flavour) -> None:
    def sync(client: Any) -> None:
        with client.stream("hi", tools=[add]) as stream:
            assert any(isinstance(each, aistrale.ToolResult) for each in stream)
            assert next(stream).text == "It is "
            assert stream.inference_id == "inf_second"

    async def asynchronous(client: Any) -> None:
        async with client.stream("hi", tools=[add]) as stream:
            while not isinstance(await anext(stream), aistrale.ToolResult):
                pass
            assert (await anext(stream)).text == "It is "
            assert stream.inference_id == "inf_second"

    second = sse(event("delta", {"text": "It is "}, 1), end="hang", identity="inf_second")
    with FakeServer(sse(*streaming(("add", {"a": 1, "b": 2}))), second) as server:
        flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
        deadline = time.monotonic() + 5
        while not server.cancelled and time.monotonic() < deadline:
            time.sleep(0.01)
    assert [got.path for got in server.cancelled] == ["/api/v1/inferences/inf_second/cancel"]


def test_leaving_between_rounds_asks_nobody_any_more(flavour: Flavour) -> None:
    def sync(client: Any) -> None:
        with client.stream("hi", tools=[add]) as stream:
            assert any(isinstance(each, aistrale.ToolResult) for each in stream)

    async def asynchronous(client: Any) -> None:
        async with client.stream("hi", tools=[add]) as stream:
            while not isinstance(await anext(stream), aistrale.ToolResult):
                pass

    with FakeServer(sse(*streaming(("add", {"a": 1, "b": 2})))) as server:
        flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert (len(server.requests), server.cancelled) == (1, [])


def test_a_stream_that_is_closed_while_a_function_runs() -> None:
    with FakeServer(sse(*streaming(("shut", {})))) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:

            def shut() -> None:
                stream.close()

            stream = client.stream("hi", tools=[shut])
            assert [type(each).__name__ for each in stream][2:] == ["ToolResult"]
            with pytest.raises(aistrale.StreamInterruptedError):
                stream.final()
    assert len(server.requests) == 1


def test_a_stream_that_another_thread_closes_while_a_function_runs() -> None:
    running, closed = threading.Event(), threading.Event()

    def wait() -> None:
        running.set()
        assert closed.wait(5)

    def close() -> None:
        assert running.wait(5)
        stream.close()
        closed.set()

    with FakeServer(sse(*streaming(("wait", {}))), hang) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
            stream = client.stream("hi", tools=[wait])
            closing = threading.Thread(target=close)
            closing.start()
            with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
                stream.final()
            closing.join()
    assert len(server.requests) == 1


def test_a_stream_whose_rounds_are_used_up(flavour: Flavour) -> None:
    with FakeServer(sse(*streaming(("add", {"a": 1, "b": 2})))) as server:
        streamed = flavour.stream(server.url, tools=[add], max_rounds=1)
    assert isinstance(streamed.error, aistrale.ToolRoundsError)
    assert [type(each).__name__ for each in streamed.events] == ["TextDelta", "ToolCallDelta"]
    assert "closed" in repr(streamed.stream)


def test_an_error_in_a_later_round_is_raised_as_ever(flavour: Flavour) -> None:
    script = [sse(*streaming(("add", {"a": 1, "b": 2}))), problem(400, "invalid_request")]
    with FakeServer(*script) as server:
        streamed = flavour.stream(server.url, tools=[add])
    assert isinstance(streamed.error, aistrale.BadRequestError)
    script = [reply(calling(("add", {"a": 1, "b": 2}))), problem(400, "provider_rejected")]
    with FakeServer(*script) as server:
        with pytest.raises(aistrale.ProviderError):
            flavour.run(server.url, tools=[add])


def test_an_error_names_the_rounds_that_are_paid(flavour: Flavour) -> None:
    again = calling(("add", {"a": 1, "b": 2}))
    streams = [
        sse(*streaming(("add", {"a": 1, "b": 2}))),
        sse(*streaming(("add", {"a": 1, "b": 2}))),
    ]
    with FakeServer(*streams, problem(400, "invalid_request")) as server:
        error = flavour.stream(server.url, tools=[add]).error
    assert [each.finish_reason for each in error.rounds] == ["tool_calls", "tool_calls"]
    assert all(isinstance(each, aistrale.Inference) for each in error.rounds)
    with FakeServer(reply({**again, "id": "inf_a"}), hang) as server:
        with pytest.raises(aistrale.APITimeoutError) as late:
            flavour.run(server.url, tools=[add], timeout=0.5)
    assert [each.id for each in late.value.rounds] == ["inf_a"]
    prompt_is_gone = problem(404, "not_found")
    with FakeServer(reply({**again, "id": "inf_a"}), prompt_is_gone) as server:
        with pytest.raises(aistrale.NotFoundError) as gone:
            flavour.run(server.url, None, prompt_ref="sum", tools=[add])
    assert [each.id for each in gone.value.rounds] == ["inf_a"]
    with FakeServer(problem(400, "invalid_request")) as server:
        with pytest.raises(aistrale.BadRequestError) as first:
            flavour.run(server.url, tools=[add])
    assert first.value.rounds == ()


def test_an_error_of_the_programs_names_the_rounds_that_are_paid(flavour: Flavour) -> None:
    class Picky(pydantic.BaseModel):
        name: str

        @pydantic.field_validator("name")
        @classmethod
        def check(cls, value: str) -> str:
            raise LookupError(value)

    script = [
        reply({**calling(("add", {"a": 1, "b": 2})), "id": "inf_a"}),
        reply(inference('{"name": "x"}', id="inf_b")),
    ]
    with FakeServer(*script) as server:
        with pytest.raises(LookupError) as raised:
            flavour.run(server.url, tools=[add], output=Picky)
    note = "aistrale: this call had been answered before, and paid: inf_a, inf_b"
    assert raised.value.__notes__ == [note]


# ── prompts of the server ──


def rendered(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"name": "sum", "version": 3, "messages": [*messages], "settings": {}, **changes}


def test_a_prompt_of_the_server_is_rendered_when_its_words_are_needed(flavour: Flavour) -> None:
    used = {"name": "sum", "version": 3}
    words = {"role": "user", "content": "1+2?"}
    script = [
        reply(calling(("add", {"a": 1, "b": 2}), prompt=used)),
        reply(rendered(words, settings={"model": "of-the-prompt", "temperature": 0.1})),
        reply(inference("3")),
    ]
    with FakeServer(*script) as server:
        flavour.run(
            server.url,
            None,
            prompt_ref="sum@production",
            variables={"a": 1},
            tools=[add],
            temperature=0.5,
            client={"model": "configured", "provider": "elsewhere"},
        )
    one, render, two = server.requests
    assert one.json["prompt_ref"] == {"name": "sum", "label": "production", "variables": {"a": 1}}
    assert render.path == "/api/v1/prompts/sum/render"
    assert render.json == {"version": 3, "variables": {"a": 1}}
    assert two.json["messages"][0] == words
    assert (two.json["model"], two.json["temperature"]) == ("of-the-prompt", 0.5)
    assert two.json.keys().isdisjoint(("prompt_ref", "provider"))


def test_a_stream_of_a_prompt_of_the_server(flavour: Flavour) -> None:
    words = {"role": "user", "content": "1+2?"}
    first = streaming(("add", {"a": 1, "b": 2}), prompt={"name": "sum", "version": 3})
    with FakeServer(sse(*first), reply(rendered(words)), sse(*story("3"))) as server:
        streamed = flavour.stream(server.url, None, prompt_ref="sum", tools=[add])
    assert streamed.error is None
    assert server.requests[2].json["messages"][0] == words
    assert streamed.texts == ["Let me see. ", "3"]


def test_a_stream_that_is_closed_while_its_prompt_is_rendered_calls_nothing() -> None:
    called = []

    def note(a: int) -> None:
        called.append(a)

    script = [sse(*streaming(("note", {"a": 1}))), reply(rendered(), 200, 0.5), hang]
    with FakeServer(*script) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
            stream = client.stream(prompt_ref="sum", tools=[note])

            def close() -> None:
                while len(server.requests) < 2:
                    time.sleep(0.01)
                stream.close()

            closing = threading.Thread(target=close)
            closing.start()
            with pytest.raises(aistrale.StreamInterruptedError, match="it was closed before that"):
                stream.final()
            closing.join()
    assert called == []
    assert len(server.requests) == 2


def test_what_a_function_raises_is_in_the_log_by_its_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "aistrale")
    with FakeServer(reply(calling(("fail", {}))), reply(inference())) as server:
        Flavour("sync").run(server.url, tools=[fail])
    assert "the tool fail raised ValueError" in caplog.text
    assert "weather" not in caplog.text


# ── sessions ──


def conversation(flavour: Flavour, url: str, *turns: dict[str, Any], **options: Any) -> Any:
    def sync(client: Any) -> Any:
        session = client.session(**options)
        for turn in turns:
            session.run(**turn)
        return session

    async def asynchronous(client: Any) -> Any:
        session = client.session(**options)
        for turn in turns:
            await session.run(**turn)
        return session

    return flavour.call(url, sync if flavour.name == "sync" else asynchronous)


def test_a_session_keeps_the_whole_exchange(flavour: Flavour) -> None:
    call = calling(("add", {"a": 1, "b": 2}))
    script = [reply(call), reply(inference("3")), reply(inference("Yes"))]
    with FakeServer(*script) as server:
        turns = [{"prompt": "1+2?"}, {"prompt": "Sure?"}]
        session = conversation(flavour, server.url, *turns, tools=[add], system="Be brief.")
    expected = [
        {"role": "user", "content": "1+2?"},
        call["message"],
        told("3"),
        {"role": "assistant", "content": "3"},
        {"role": "user", "content": "Sure?"},
    ]
    assert server.requests[2].json["messages"] == expected
    assert session.messages == [*expected, {"role": "assistant", "content": "Yes"}]
    assert {got.json["session_id"] for got in server.requests} == {session.session_id}
    assert {got.json["system"] for got in server.requests} == {"Be brief."}


def test_a_turn_whose_rounds_are_used_up_leaves_no_trace(flavour: Flavour) -> None:
    with FakeServer(forever=reply(calling(("add", {"a": 1, "b": 2})))) as server:

        def sync(client: Any) -> Any:
            session = client.session(tools=[add], max_rounds=2)
            with pytest.raises(aistrale.ToolRoundsError):
                session.run("1+2?")
            return session

        async def asynchronous(client: Any) -> Any:
            session = client.session(tools=[add], max_rounds=2)
            with pytest.raises(aistrale.ToolRoundsError):
                await session.run("1+2?")
            return session

        session = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert session.messages == []


def test_a_session_streams_with_tools(flavour: Flavour) -> None:
    def sync(client: Any) -> Any:
        session = client.session(tools=[add])
        session.stream("1+2?").final()
        return session

    async def asynchronous(client: Any) -> Any:
        session = client.session(tools=[add])
        await session.stream("1+2?").final()
        return session

    with FakeServer(sse(*streaming(("add", {"a": 1, "b": 2}))), sse(*story("3"))) as server:
        session = flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert [said["role"] for said in session.messages] == ["user", "assistant", "tool", "assistant"]


def test_a_session_that_begins_with_a_prompt_of_the_server(flavour: Flavour) -> None:
    words = {"role": "user", "content": "1+2?"}
    script = [
        reply(rendered(words)),
        reply(calling(("add", {"a": 1, "b": 2}), prompt={"name": "sum", "version": 3})),
        reply(inference("3")),
    ]
    with FakeServer(*script) as server:
        session = conversation(flavour, server.url, {"prompt_ref": "sum"}, tools=[add])
    assert server.requests[1].json["prompt_ref"] == {"name": "sum", "version": 3}
    assert server.requests[2].json["messages"][0] == words
    assert [said["role"] for said in session.messages] == ["user", "assistant", "tool", "assistant"]


def test_tools_of_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    call = calling(("add", {"a": 1, "b": 2}))
    script = [reply(call), reply(inference("3"))]
    with FakeServer(*script, *script) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        assert aistrale.run("1+2?", tools=[add]).text == "3"
        answer = asyncio.run(aistrale.run_async("1+2?", tools=[add, later]))
        assert answer.text == "3"
    assert len(server.requests) == 4


def test_a_client_is_shared_by_threads_with_tools() -> None:
    def answered(got: Any) -> Callable[..., Any]:
        done = "messages" in got.json
        return reply(inference("3") if done else calling(("add", {"a": 1, "b": 2})))

    with FakeServer(forever=lambda connection, got: answered(got)(connection, got)) as server:
        with aistrale.Aistrale(api_url=server.url, api_key=KEY) as client:
            texts: list[str] = []
            threads = [
                threading.Thread(target=lambda: texts.append(client.run("1+2?", tools=[add]).text))
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert texts == ["3"] * 8
