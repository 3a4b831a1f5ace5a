"""Prompts kept on the server, run by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

import aistrale

from .conftest import Flavour
from .fake_server import FakeServer, inference, problem, reply, sse, story
from .test_prompts import RENDERED

USED = {"name": "greeting", "version": 3}


@pytest.mark.parametrize(
    ("prompt", "options", "sent"),
    [
        (None, {"prompt_ref": "greeting"}, {"name": "greeting"}),
        (
            None,
            {"prompt_ref": "greeting@production", "variables": {"who": "Ada"}},
            {"name": "greeting", "label": "production", "variables": {"who": "Ada"}},
        ),
        (
            aistrale.PromptRef("greeting", version=3, variables={"who": "Ada", "n": 1}),
            {"variables": {"n": [2]}},
            {"name": "greeting", "version": 3, "variables": {"who": "Ada", "n": [2]}},
        ),
        (None, {"prompt_ref": aistrale.PromptUse(name="greeting", version=3)}, USED),
    ],
)
def test_run_and_stream(
    flavour: Flavour, prompt: Any, options: dict[str, Any], sent: dict[str, Any]
) -> None:
    script = [reply(inference(prompt=USED)), sse(*story("a", "b", prompt=USED))]
    with FakeServer(*script) as server:
        answer = flavour.run(server.url, prompt, temperature=0.5, **options)
        streamed = flavour.stream(server.url, prompt, **options)
    assert server.requests[0].json == {"prompt_ref": sent, "temperature": 0.5}
    assert server.requests[1].json == {"prompt_ref": sent, "resumable": True, "stream": True}
    assert answer.prompt == aistrale.PromptUse(name="greeting", version=3)
    assert str(answer.prompt) == "greeting@3"
    assert streamed.completed is not None
    assert streamed.completed.prompt == answer.prompt


def test_a_configured_model_does_not_go_before_the_prompts_own(flavour: Flavour) -> None:
    client = {"model": "m", "provider": "p"}
    with FakeServer(forever=reply(inference())) as server:
        flavour.run(server.url, None, prompt_ref="greeting", client=client)
        flavour.run(server.url, None, prompt_ref="greeting", model="mine", client=client)
    assert [got.json for got in server.requests] == [
        {"prompt_ref": {"name": "greeting"}},
        {"prompt_ref": {"name": "greeting"}, "model": "mine"},
    ]


@pytest.mark.parametrize(
    ("prompt", "options", "says"),
    [
        ("hi", {"prompt_ref": "greeting"}, "one of them"),
        (None, {"prompt_ref": "greeting", "messages": []}, "one of them"),
        (aistrale.PromptRef("a"), {"prompt_ref": "greeting"}, "one of them"),
        ("hi", {"variables": {"a": 1}}, "variables= are those of a prompt_ref="),
        (None, {"prompt_ref": {"name": "a"}}, "by text or a PromptRef, not by dict"),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    flavour: Flavour, prompt: Any, options: dict[str, Any], says: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(TypeError, match=re.escape(says)):
            flavour.run(server.url, prompt, **options)
        assert server.requests == []


def test_a_trace_of_ones_own(flavour: Flavour) -> None:
    with FakeServer(reply(inference())) as server:
        flavour.run(server.url, "hi", trace_id="t1", parent_span_id="s1")
    assert server.requests[0].json == {"prompt": "hi", "trace_id": "t1", "parent_span_id": "s1"}


def talk(flavour: Flavour, url: str, begin: dict[str, Any], *turns: Any, **client: Any) -> Any:
    """Hold a conversation, and return its messages. A turn is (how, prompt, options)."""

    def sync(client: Any) -> Any:
        session = client.session(**begin)
        for how, prompt, options in turns:
            if how == "run":
                session.run(prompt, **options)
            else:
                list(session.stream(prompt, **options))
        return session.messages

    async def asynchronous(client: Any) -> Any:
        session = client.session(**begin)
        for how, prompt, options in turns:
            if how == "run":
                await session.run(prompt, **options)
            else:
                async for _ in session.stream(prompt, **options):
                    pass
        return session.messages

    use = sync if flavour.name == "sync" else asynchronous
    return flavour.call(url, use, **client)


USER = {"role": "user", "content": "Greet Ada."}
SAID = {"role": "assistant", "content": "Hello there"}
NEXT = {"role": "user", "content": "And now?"}


@pytest.mark.parametrize("how", ["run", "stream"])
def test_a_conversation_whose_first_turn_is_a_prompt(flavour: Flavour, how: str) -> None:
    """The first turn names the prompt, at the version that was rendered: its record shows it."""
    first, second = [reply(inference())] * 2
    if how == "stream":
        first, second = [sse(*story("Hello there"))] * 2
    turns = [
        (how, None, {"prompt_ref": "greeting@production", "variables": {"who": "Ada"}}),
        (how, "And now?", {}),
    ]
    with FakeServer(reply(RENDERED), first, second) as server:
        messages = talk(flavour, server.url, {"system": "Be brief."}, *turns)
    assert messages == [USER, SAID, NEXT, SAID]
    render, one, two = server.requests
    assert render.path == "/api/v1/prompts/greeting/render"
    assert render.json == {"label": "production", "variables": {"who": "Ada"}}
    assert one.json["prompt_ref"] == {"name": "greeting", "version": 3, "variables": {"who": "Ada"}}
    assert {"messages", "model"}.isdisjoint(one.json)
    assert one.json["system"] == two.json["system"] == "Be brief."
    assert two.json["messages"] == [USER, SAID, NEXT]
    assert {"prompt_ref", "model", "temperature"}.isdisjoint(two.json)
    assert one.json["session_id"] == two.json["session_id"]


@pytest.mark.parametrize("how", ["run", "stream"])
def test_a_conversation_that_begins_with_a_prompt(flavour: Flavour, how: str) -> None:
    """It is rendered once; its settings hold for every turn, where that has no choice."""
    answer = reply(inference()) if how == "run" else sse(*story("Hello there"))
    begin = {"prompt_ref": "greeting", "variables": {"who": "Ada"}, "timeout": 30}
    turns = [(how, "And now?", {}), (how, "And now?", {"temperature": 1, "seed": 7})]
    rendered = reply({**RENDERED, "settings": {"model": "gpt-4o", "temperature": 0.2}})
    with FakeServer(rendered, answer, answer) as server:
        messages = talk(flavour, server.url, begin, *turns, model="configured", provider="p")
    assert messages == [USER, NEXT, SAID, NEXT, SAID]
    render, one, two = server.requests
    assert render.json == {"variables": {"who": "Ada"}}
    assert one.json["messages"] == [USER, NEXT]
    assert (one.json["model"], one.json["temperature"]) == ("gpt-4o", 0.2)
    assert (two.json["temperature"], two.json["seed"]) == (1, 7)
    assert {"prompt_ref", "variables", "provider"}.isdisjoint(one.json)


def test_a_later_turn_that_is_a_prompt_is_sent_as_what_it_renders_to(flavour: Flavour) -> None:
    script = [reply(inference()), reply({**RENDERED, "settings": {"mood": "calm", "seed": 3}})]
    turns = [("run", "And now?", {}), ("run", aistrale.PromptRef("greeting"), {})]
    with FakeServer(*script, reply(inference())) as server:
        messages = talk(flavour, server.url, {}, *turns)
    assert messages == [NEXT, SAID, USER, SAID]
    last = server.requests[2].json
    assert last["messages"] == [NEXT, SAID, USER]
    assert last["seed"] == 3
    assert {"prompt_ref", "mood"}.isdisjoint(last)


def test_a_model_takes_the_provider_of_another_away(flavour: Flavour) -> None:
    settings = {"model": "gpt-4o", "provider": "openai"}
    script = [reply({**RENDERED, "settings": settings}), reply(inference()), reply(inference())]
    script += [reply({**RENDERED, "settings": {"model": "groq/llama"}}), reply(inference())]
    turns = [
        ("run", "a", {}),
        ("run", "b", {"model": "anthropic/claude"}),
        ("run", None, {"prompt_ref": "other"}),
    ]
    with FakeServer(*script) as server:
        talk(flavour, server.url, {"prompt_ref": "greeting"}, *turns)
    runs = [got.json for got in server.requests if got.path.endswith("/inferences")]
    assert [(sent["model"], sent.get("provider")) for sent in runs] == [
        ("gpt-4o", "openai"),
        ("anthropic/claude", None),
        ("groq/llama", None),
    ]


def test_a_prompt_that_is_not_there_leaves_the_conversation_as_it_was(flavour: Flavour) -> None:
    with FakeServer(problem(404, "not_found"), reply(inference())) as server:
        with pytest.raises(aistrale.NotFoundError):
            talk(flavour, server.url, {}, ("run", None, {"prompt_ref": "none"}))
        with pytest.raises(TypeError, match="one of them"):
            talk(flavour, server.url, {"prompt_ref": "a", "messages": []})


def test_rendering_and_run_have_one_deadline(flavour: Flavour) -> None:
    script = [reply(RENDERED, 200, 0.25), reply(inference(), 200, 0.25)]
    with FakeServer(*script) as server:
        with pytest.raises(aistrale.APITimeoutError, match=r"within 0\.4 s"):
            talk(flavour, server.url, {}, ("run", None, {"prompt_ref": "greeting", "timeout": 0.4}))
    assert len(server.requests) == 2
