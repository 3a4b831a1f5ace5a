"""Rendering a prompt here, by the cases that every language's rendering must agree with."""

from __future__ import annotations

import json
import re
from collections import UserDict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale import Message, PromptVariable, PromptVersion, RenderedPrompt
from aistrale._fields import parse
from aistrale._prompt_decode import version as decoded
from aistrale._render import uses

from .conftest import ROOT, Flavour
from .fake_server import FakeServer, head, reply
from .test_prompts import VERSION

VECTORS = ROOT / "contract" / "vectors" / "render"


def cases(file: str) -> dict[str, Any]:
    """Return the cases by name; numbers with a fraction keep their digits."""
    found = parse((VECTORS / file).read_bytes())["cases"]
    return {case["name"]: case for case in found}


TEMPLATES, VALUES = cases("templates.json"), cases("values.json")


def test_no_case_is_missed() -> None:
    """A file that came later needs a test of its own."""
    assert len(TEMPLATES) >= 55
    assert len(VALUES) >= 30
    assert {each.name for each in VECTORS.glob("*.json")} == {
        "dotprompt.json",  # of the server's importer
        "templates.json",
        "values.json",
    }


def version_of(template: str, variables: list[Any]) -> PromptVersion:
    """Return a version as the server would have answered it, without what it derives."""
    whole = {"name": "p", "version": 1, "text": template, "variables": variables}
    return decoded(whole)


def kind_of(value: Any) -> str:
    kinds = {str: "string", bool: "boolean", list: "array", dict: "object"}
    return kinds.get(type(value), "number")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template(name: str) -> None:
    case = TEMPLATES[name]
    assert uses(case["template"]) == case["uses"]
    variables = [{"name": key, "type": kind_of(value)} for key, value in case["values"].items()]
    rendered = version_of(case["template"], variables).render(case["values"])
    assert rendered == RenderedPrompt(
        name="p",
        version=1,
        text=case["rendered"],
        messages=(Message(role="user", content=case["rendered"]),),
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_in_every_place_of_a_message(name: str) -> None:
    case = TEMPLATES[name]
    template, text = case["template"], case["rendered"]

    def messages(text: str) -> list[dict[str, Any]]:
        parts = [
            {"type": "text", "text": text},
            {"type": "image_url", "image_url": {"url": text, "detail": "{{x}}"}},
            {"type": "of_the_future", "input": "{{x}}"},
        ]
        return [
            {"role": "system", "content": text, "name": "{{x}}"},
            {"role": "user", "content": parts},
            {"role": "assistant", "content": None},
        ]

    version = PromptVersion(
        name="p",
        version=1,
        messages=tuple(messages(template)),
        variables=tuple(
            PromptVariable(name=key, type=kind_of(value)) for key, value in case["values"].items()
        ),
        settings={"temperature": 0.5},
    )
    rendered = version.render(case["values"])
    assert [each.to_dict() for each in rendered.messages] == messages(text)
    assert (rendered.text, rendered.settings) == (None, {"temperature": 0.5})
    assert version.messages == tuple(messages(template))


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    case = VALUES[name]
    version = version_of(case["template"], case["variables"])
    if "rendered" in case:
        assert version.render(case["values"]).text == case["rendered"]
        return
    with pytest.raises(aistrale.BadRequestError) as raised:
        version.render(case["values"])
    error = raised.value
    assert (error.status, error.code, error.request_id) == (400, "invalid_request", None)
    assert [each["pointer"] for each in error.errors] == [
        each["pointer"] for each in case["errors"]
    ]
    for ours, theirs in zip(error.errors, case["errors"], strict=True):
        assert theirs.get("contains", "") in ours["detail"]
        assert f"\n  {ours['pointer']}: {ours['detail']}" in str(error)


def test_the_mistakes_in_words() -> None:
    version = version_of("{{a}} {{b}} {{c}}", [{"name": "n", "type": "integer"}])
    with pytest.raises(aistrale.BadRequestError) as raised:
        version.render({"n": [1.5], "a": True, "b": datetime(2026, 1, 1, tzinfo=UTC), "d": 1})
    assert str(raised.value) == (
        "p@1 cannot be rendered with these variables:\n"
        "  /variables/n: must be a whole number, not an array\n"
        "  /variables/a: must be a string, not true\n"
        "  /variables/b: must be a string, not a datetime\n"
        "  /variables/c: is missing; the prompt needs a string\n"
        "  /variables/d: the prompt has no variable `d`"
    )


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("string", "a\x00b", r"has U\+0000 or half of a surrogate pair in it"),
        ("string", "\ud83d", r"has U\+0000 or half of a surrogate pair in it"),
        ("object", {"a": ["\x00"]}, r"has U\+0000 or half of a surrogate pair in it"),
        ("object", {"\udc00": 1}, r"has U\+0000 or half of a surrogate pair in it"),
        ("number", float("nan"), "nan is no number that JSON has"),
        ("integer", float("inf"), "must be a whole number, not the number inf"),
        ("array", [Decimal("Infinity")], "Infinity is no number that JSON has"),
        ("array", b"ab", "must be an array, not a bytes"),
    ],
)
def test_what_no_text_can_hold(kind: str, value: Any, says: str) -> None:
    version = PromptVersion(
        name="p", version=1, text="{{v}}", variables=(PromptVariable(name="v", type=kind),)
    )
    with pytest.raises(aistrale.BadRequestError, match=says):
        version.render({"v": value})


def test_what_is_fine_beside_it() -> None:
    version = version_of("{{v}}", [{"name": "v", "type": "object"}])
    assert version.render({"v": {"a": "\\u0000"}}).text == '{"a":"\\\\u0000"}'


def test_what_is_no_json_at_all_is_a_type_error() -> None:
    version = version_of("{{v}}", [{"name": "v", "type": "array"}])
    with pytest.raises(TypeError, match="datetime cannot be written as JSON"):
        version.render({"v": [datetime(2026, 1, 1, tzinfo=UTC)]})
    with pytest.raises(TypeError, match="variables are a dict, not list"):
        version.render([("v", 1)])  # type: ignore[arg-type]


def test_a_type_that_came_later_takes_everything() -> None:
    version = version_of("{{v}}|{{w}}", [{"name": n, "type": "date"} for n in "vw"])
    assert version.render({"v": "2026", "w": 7}).text == "2026|7"
    with pytest.raises(aistrale.BadRequestError, match="needs a value of the type date"):
        version.render({"v": 1})


def test_whatever_is_a_mapping_or_a_sequence_will_do() -> None:
    version = version_of(
        "{{a}}{{o}}", [{"name": "a", "type": "array"}, {"name": "o", "type": "object"}]
    )
    assert version.render(UserDict(a=(1, 2), o=UserDict(x=None))).text == '[1,2]{"x":null}'


def test_a_default_keeps_its_digits(flavour: Flavour) -> None:
    """As it came over the wire; to everybody else it is a float."""
    variable = {"name": "n", "type": "number"}
    body = json.dumps(
        {
            **VERSION,
            "text": "{{n}} {{o}}",
            "variables": [
                {**variable, "default": "N"},
                {"name": "o", "type": "object", "default": {"a": ["M"]}},
            ],
        }
    )
    text = body.replace('"N"', "1.50").replace('"M"', "0.123456789012345678901")

    def answer(connection: Any, got: Any) -> bool:
        data = text.encode()
        connection.sendall(head(200, {"content-type": "application/json"}, len(data)) + data)
        return True

    with FakeServer(answer, reply(VERSION, 201)) as server:
        version = flavour.call(server.url, lambda client: client.prompts.get_version("greeting", 3))
        assert version.render().text == '1.50 {"a":[0.123456789012345678901]}'
        assert version.variables[0].default == 1.5
        assert repr(version.variables[0].default) == "1.5"
        flavour.call(
            server.url,
            lambda client: client.prompts.create_version(
                "greeting", text="{{n}}", variables=version.variables
            ),
        )
    assert b'"default":1.5' in server.requests[1].body


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e16, "1E+16"),
        (1e-7, "1E-7"),
        (0.000001, "0.000001"),
        (-0.0, "0.0"),
        (1.0, "1.0"),
        (Decimal("1.50"), "1.50"),
        (Decimal("-0"), "0"),
        (9007199254740993, "9007199254740993"),
        (-1.5, "-1.5"),
    ],
)
def test_a_number_is_written_as_the_server_writes_it(value: Any, text: str) -> None:
    """Each was looked up there; `e2e` looks again."""
    assert version_of("{{n}}", [{"name": "n", "type": "number"}]).render({"n": value}).text == text


def test_the_longest_rendering() -> None:
    version = version_of("{{a}}{{a}}", [])
    assert len(version.render({"a": "x" * 10_000_000}).text or "") == 20_000_000
    with pytest.raises(aistrale.BadRequestError, match="make a rendering of 20000002 characters"):
        version.render({"a": "x" * 10_000_001})


def test_the_settings_given_out_are_a_copy() -> None:
    version = PromptVersion(name="p", version=1, text="a", settings={"stop": ["x"]})
    stop = version.render().settings["stop"]
    assert isinstance(stop, list)
    stop.append("y")
    assert version.settings == {"stop": ["x"]}


def test_what_is_no_prompt() -> None:
    version = PromptVersion(name="p", version=1, messages=({"content": "a"},))
    with pytest.raises(ValueError, match=r"p@1 is no prompt: message\.role is missing"):
        version.render()


@given(st.text(alphabet="{} ab_1\n"), st.text(alphabet="{} ab$\\"))
def test_any_text_is_a_template(template: str, value: str) -> None:
    """Each variable is replaced once, everything else stays; and it takes no time."""
    names = uses(template)
    version = PromptVersion(name="p", version=1, text=template)
    text = version.render(dict.fromkeys(names, value)).text
    parts = re.split(r"\{\{ *(?:[A-Za-z_][A-Za-z0-9_]*) *\}\}", template)
    assert text == value.join(parts)
    assert bool(names) == (len(parts) > 1)


def test_odd_templates_take_no_time() -> None:
    """Ten times the longest; if it took quadratic time, this took hours."""
    for piece in ("{{", "{{ ", "{{a", "{{ a ", "{{a }", "{ {"):
        template = piece * (2_000_000 // len(piece))
        assert uses(template) == []
    assert uses("{{" + " " * 2_000_000 + "a") == []
    assert uses("{{" + "a" * 2_000_000 + " " * 2_000_000) == []
