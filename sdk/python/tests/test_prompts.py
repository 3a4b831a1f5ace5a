from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import aistrale

from .conftest import Flavour
from .fake_server import FakeServer, plain, problem, reply, reset

WHEN = "2026-11-25T08:30:00.000Z"
AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)

PROMPT = {
    "name": "greeting",
    "description": "How we say hello",
    "labels": {"production": 2},
    "latest_version": 3,
    "revision": 5,
    "created_at": WHEN,
    "updated_at": WHEN,
}

VERSION = {
    "name": "greeting",
    "version": 3,
    "text": "Greet {{who}}.",
    "messages": None,
    "variables": [
        {
            "name": "who",
            "type": "string",
            "required": False,
            "default": "world",
            "description": "Whom we greet",
        }
    ],
    "settings": {"model": "openai/gpt-4o", "temperature": 0.2, "seed": None},
    "note": "shorter",
    "labels": ["production"],
    "created_at": WHEN,
    "created_by": "key_1",
}

RENDERED = {
    "name": "greeting",
    "version": 3,
    "text": "Greet Ada.",
    "messages": [{"role": "user", "content": "Greet Ada."}],
    "settings": {"model": "openai/gpt-4o", "temperature": 0.2},
}

DIFF = {
    "name": "greeting",
    "from": 2,
    "to": 3,
    "changes": [
        {"pointer": "/text", "before": "Say hello.", "after": "Greet {{who}}."},
        {"pointer": "/settings/temperature", "before": None, "after": 0.2},
    ],
    "unified": "--- greeting@2\n+++ greeting@3\n",
}

FILE = "---\nmodel: openai/gpt-4o\n---\nGreet {{who}}. 🙂\n"

THE_PROMPT = aistrale.Prompt(
    name="greeting",
    description="How we say hello",
    labels={"production": 2},
    latest_version=3,
    revision=5,
    created_at=AT,
    updated_at=AT,
)

THE_VERSION = aistrale.PromptVersion(
    name="greeting",
    version=3,
    text="Greet {{who}}.",
    variables=(
        aistrale.PromptVariable(
            name="who", required=False, default="world", description="Whom we greet"
        ),
    ),
    settings={"model": "openai/gpt-4o", "temperature": 0.2},
    note="shorter",
    labels=("production",),
    created_at=AT,
    created_by="key_1",
)

THE_RENDERING = aistrale.RenderedPrompt(
    name="greeting",
    version=3,
    text="Greet Ada.",
    messages=(aistrale.Message(role="user", content="Greet Ada."),),
    settings={"model": "openai/gpt-4o", "temperature": 0.2},
)

THE_DIFF = aistrale.PromptDiff(
    name="greeting",
    from_version=2,
    to_version=3,
    changes=(
        aistrale.PromptChange(pointer="/text", before="Say hello.", after="Greet {{who}}."),
        aistrale.PromptChange(pointer="/settings/temperature", before=None, after=0.2),
    ),
    unified="--- greeting@2\n+++ greeting@3\n",
)

Use = Callable[[Any], Any]

CALLS: dict[str, tuple[Use, Any, Any, str, Any]] = {
    "get": (
        lambda client: client.prompts.get("greeting"),
        reply(PROMPT),
        THE_PROMPT,
        "GET /prompts/greeting",
        None,
    ),
    "create": (
        lambda client: client.prompts.create(
            "greeting",
            text="Greet {{who}}.",
            description="How we say hello",
            variables=[aistrale.PromptVariable(name="who", default="world"), {"name": "b"}],
            settings={"model": "openai/gpt-4o", "temperature": 0.2},
            note=None,
        ),
        reply(PROMPT, 201),
        THE_PROMPT,
        "POST /prompts",
        {
            "name": "greeting",
            "description": "How we say hello",
            "text": "Greet {{who}}.",
            "variables": [{"name": "who", "type": "string", "default": "world"}, {"name": "b"}],
            "settings": {"model": "openai/gpt-4o", "temperature": 0.2},
        },
    ),
    "update": (
        lambda client: client.prompts.update("greeting", description=None),
        reply(PROMPT),
        THE_PROMPT,
        "POST /prompts/greeting",
        {"description": None},
    ),
    "delete": (
        lambda client: client.prompts.delete("greeting"),
        plain(204),
        None,
        "DELETE /prompts/greeting",
        None,
    ),
    "get_version": (
        lambda client: client.prompts.get_version("greeting", 3),
        reply(VERSION),
        THE_VERSION,
        "GET /prompts/greeting/versions/3",
        None,
    ),
    "create_version": (
        lambda client: client.prompts.create_version(
            "greeting",
            messages=[aistrale.Message(role="user", content="Greet {{who}}.")],
            variables=THE_VERSION.variables,
            note="shorter",
        ),
        reply(VERSION, 201),
        THE_VERSION,
        "POST /prompts/greeting/versions",
        {
            "messages": [{"role": "user", "content": "Greet {{who}}."}],
            "variables": VERSION["variables"],
            "note": "shorter",
        },
    ),
    "set_label": (
        lambda client: client.prompts.set_label("greeting", "production", 2),
        reply(PROMPT),
        THE_PROMPT,
        "PUT /prompts/greeting/labels/production",
        {"version": 2},
    ),
    "remove_label": (
        lambda client: client.prompts.remove_label("greeting", "production"),
        plain(204),
        None,
        "DELETE /prompts/greeting/labels/production",
        None,
    ),
    "render": (
        lambda client: client.prompts.render("greeting@production", {"who": "Ada"}),
        reply(RENDERED),
        THE_RENDERING,
        "POST /prompts/greeting/render",
        {"label": "production", "variables": {"who": "Ada"}},
    ),
    "diff": (
        lambda client: client.prompts.diff("greeting", 2, "production"),
        reply(DIFF),
        THE_DIFF,
        "GET /prompts/greeting/diff?from=2&to=production",
        None,
    ),
    "export_dotprompt": (
        lambda client: client.prompts.export_dotprompt("greeting@3"),
        plain(200, FILE.encode(), content_type="text/plain; charset=utf-8"),
        FILE,
        "GET /prompts/greeting/dotprompt?version=3",
        None,
    ),
    "import_dotprompt": (
        lambda client: client.prompts.import_dotprompt("greeting", FILE),
        reply(VERSION, 201),
        THE_VERSION,
        "PUT /prompts/greeting/dotprompt",
        FILE,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call(flavour: Flavour, name: str) -> None:
    use, answer, expected, line, body = CALLS[name]
    with FakeServer(answer) as server:
        assert flavour.call(server.url, use) == expected
    (got,) = server.requests
    assert f"{got.method} {got.path}" == line.replace(" ", " /api/v1", 1)
    if isinstance(body, str):
        assert got.body.decode() == body
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
    else:
        assert (got.json if got.body else None) == body
    assert "if-match" not in got.headers


def test_lists_are_paged(flavour: Flavour) -> None:
    def use(client: Any) -> Any:
        found = client.prompts.list(q="e r", limit=1)
        versions = client.prompts.versions("greeting", cursor="3")
        if flavour.name == "sync":
            return [*found, *versions]

        async def both() -> list[Any]:
            return [each async for each in found] + [each async for each in versions]

        return both()

    script = [
        reply({"data": [PROMPT], "next_cursor": "greeting"}),
        reply({"data": [{**PROMPT, "name": "other", "colour": "red"}], "next_cursor": None}),
        reply({"data": [VERSION], "next_cursor": None}),
    ]
    with FakeServer(*script) as server:
        first, other, version = flavour.call(server.url, use)
    assert (first, version) == (THE_PROMPT, THE_VERSION)
    assert (other.name, other.extra) == ("other", {"colour": "red"})
    assert [got.path for got in server.requests] == [
        "/api/v1/prompts?q=e%20r&limit=1",
        "/api/v1/prompts?q=e%20r&limit=1&cursor=greeting",
        "/api/v1/prompts/greeting/versions?cursor=3",
    ]


CHANGES: dict[str, Use] = {
    "update": lambda client: client.prompts.update("greeting", description="x", if_match=5),
    "delete": lambda client: client.prompts.delete("greeting", if_match=5),
    "create_version": lambda client: client.prompts.create_version(
        "greeting", text="x", if_match='"5"'
    ),
    "set_label": lambda client: client.prompts.set_label("greeting", "a", 1, if_match=5),
    "remove_label": lambda client: client.prompts.remove_label("greeting", "a", if_match="5"),
    "import_dotprompt": lambda client: client.prompts.import_dotprompt("greeting", "x", if_match=5),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_starts_from_what_is_gone(flavour: Flavour, name: str) -> None:
    detail = "The prompt is at revision 6, not 5."
    with FakeServer(problem(412, "precondition_failed", detail)) as server:
        with pytest.raises(aistrale.ConflictError, match="revision 6, not 5") as raised:
            flavour.call(server.url, CHANGES[name])
    assert raised.value.status == 412
    assert [got.headers["if-match"] for got in server.requests] == ['"5"']


@pytest.mark.parametrize(
    ("name", "again"),
    [
        *[(name, True) for name in ("get", "get_version", "render", "diff", "export_dotprompt")],
        *[(name, True) for name in ("update", "set_label", "import_dotprompt")],
        *[(name, False) for name in ("create", "create_version", "delete", "remove_label")],
    ],
)
def test_what_does_no_harm_twice_is_tried_again(flavour: Flavour, name: str, again: bool) -> None:
    use, answer, expected, _, _ = CALLS[name]
    with FakeServer(reset, answer) as server:
        if again:
            assert flavour.call(server.url, use, max_retries=1) == expected
        else:
            with pytest.raises(aistrale.APIConnectionError, match="may have been carried out"):
                flavour.call(server.url, use, max_retries=1)
    assert len(server.requests) == (2 if again else 1)


def test_a_change_with_a_precondition_is_not_tried_again(flavour: Flavour) -> None:
    """The first attempt may have done it: the second would be told that the resource changed."""
    with FakeServer(reset, reply(PROMPT)) as server:
        with pytest.raises(aistrale.APIConnectionError):
            flavour.call(server.url, CHANGES["set_label"])
    assert len(server.requests) == 1


def test_a_variable_that_is_wrong_is_named(flavour: Flavour) -> None:
    errors = [{"pointer": "/variables/who", "detail": "is missing"}]
    with FakeServer(problem(400, "invalid_request", "1 is wrong.", errors=errors)) as server:
        with pytest.raises(aistrale.BadRequestError, match="/variables/who: is missing") as raised:
            flavour.call(server.url, lambda client: client.prompts.render("greeting"))
    assert raised.value.errors == tuple(errors)
    assert server.requests[0].json == {"variables": {}}


def test_every_call_takes_the_options_of_a_call(flavour: Flavour) -> None:
    with FakeServer(forever=problem(503, "overloaded")) as server:
        for use in (
            lambda client: client.prompts.get("a", max_retries=0, extra_headers={"x-team": "b"}),
            lambda client: client.prompts.render("a", {}, max_retries=0, workspace="ws_1"),
        ):
            with pytest.raises(aistrale.OverloadedError):
                flavour.call(server.url, use)
    first, second = server.requests
    assert first.headers["x-team"] == "b"
    assert "x-aistrale-workspace" not in first.headers
    assert second.headers["x-aistrale-workspace"] == "ws_1"


WRONG: list[tuple[Use, type[Exception], str]] = [
    (lambda c: c.prompts.get(""), ValueError, "the prompt's name is empty"),
    (lambda c: c.prompts.get("a", timeot=1), TypeError, "did you mean timeout?"),
    (lambda c: c.prompts.create("a", txt="b"), TypeError, "did you mean text?"),
    (lambda c: c.prompts.create("a", text="b", variables=["c"]), TypeError, "a PromptVariable or"),
    (lambda c: c.prompts.render("@production"), ValueError, "names no prompt"),
    (lambda c: c.prompts.render("a@"), ValueError, "names no prompt"),
    (lambda c: c.prompts.render(5), TypeError, "by text or a PromptRef, not by int"),
    (lambda c: c.prompts.render("a", ["b"]), TypeError, "variables are a dict, not list"),
    (lambda c: c.prompts.delete("a", if_match=True), TypeError, "neither a revision nor an ETag"),
    (lambda c: c.prompts.get_version("a", None), TypeError, "is not text: NoneType"),
    (lambda c: c.prompts.set_label("a", "..", 1), ValueError, "is '..'"),
    (lambda c: c.prompts.import_dotprompt("a", b"x"), TypeError, "content is text, not bytes"),
]


@pytest.mark.parametrize(("use", "error", "says"), WRONG)
def test_mistakes_are_told_before_anything_is_sent(
    flavour: Flavour, use: Use, error: type[Exception], says: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(error, match=re.escape(says)):
            flavour.call(server.url, use)
        assert server.requests == []


def test_a_version_goes_back_as_it_came(flavour: Flavour) -> None:
    """What a later server adds to settings and variables survives the round trip."""
    strange = {
        **VERSION,
        "settings": {"model": "m", "mood": "calm"},
        "variables": [{"name": "who", "type": "colour", "required": True, "hue": 0.5}],
    }

    def use(client: Any) -> Any:
        if flavour.name == "sync":
            version = client.prompts.get_version("greeting", 3)
            return client.prompts.create_version(
                "greeting", settings=version.settings, variables=version.variables
            )

        async def both() -> Any:
            version = await client.prompts.get_version("greeting", 3)
            return await client.prompts.create_version(
                "greeting", settings=version.settings, variables=version.variables
            )

        return both()

    with FakeServer(reply(strange), reply(VERSION, 201)) as server:
        flavour.call(server.url, use)
    assert server.requests[1].json == {
        "settings": strange["settings"],
        "variables": strange["variables"],
    }


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({**VERSION, "version": None}, r"version\.version is missing"),
        ({**VERSION, "labels": [1]}, r"version\.labels is not a list of strings"),
        ({**VERSION, "messages": ["hi"]}, r"version\.messages is not a list of objects"),
        ({**VERSION, "settings": []}, r"version\.settings is not an object"),
    ],
)
def test_what_is_no_version_is_an_error(flavour: Flavour, answer: Any, says: str) -> None:
    with FakeServer(reply(answer)) as server:
        with pytest.raises(aistrale.APIStatusError, match=says) as raised:
            flavour.call(server.url, lambda client: client.prompts.get_version("greeting", 3))
    assert (raised.value.status, raised.value.code) == (200, None)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("a", aistrale.PromptRef("a")),
        ("a@production", aistrale.PromptRef("a", label="production")),
        ("a@3", aistrale.PromptRef("a", version=3)),
        ("a@latest", aistrale.PromptRef("a", label="latest")),
    ],
)
def test_a_reference_and_its_text(text: str, reference: aistrale.PromptRef) -> None:
    assert aistrale.PromptRef.parse(text) == reference
    assert str(reference) == text


def test_a_reference_is_one_version_or_one_label() -> None:
    with pytest.raises(ValueError, match="a version or a label, not both"):
        aistrale.PromptRef("a", version=1, label="b")
    with pytest.raises(ValueError, match="name is empty"):
        aistrale.PromptRef("")


def test_the_modules_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(reply(PROMPT), reply({"data": [PROMPT], "next_cursor": None})) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        assert aistrale.prompts.get("greeting") == THE_PROMPT
        assert list(aistrale.prompts.list()) == [THE_PROMPT]
        with FakeServer(reply(PROMPT)) as other:
            monkeypatch.setenv("AISTRALE_API_URL", other.url)
            aistrale.prompts.get("greeting")
            assert len(other.requests) == 1
