from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

import aistrale
from aistrale._ambient import Ambient
from aistrale._ids import session_id

from .conftest import KEY, Flavour
from .fake_server import FakeServer, event, inference, problem, reply, sse, story


def converse(flavour: Flavour, url: str, *turns: Any, **options: Any) -> Any:
    """Play turns, each a prompt or a dict of options; return the session."""

    def sync(client: Any) -> Any:
        with client.session(**options) as session:
            for turn in turns:
                session.run(turn) if isinstance(turn, str) else session.run(**turn)
            return session

    async def asynchronous(client: Any) -> Any:
        async with client.session(**options) as session:
            for turn in turns:
                await (session.run(turn) if isinstance(turn, str) else session.run(**turn))
            return session

    return flavour.call(url, sync if flavour.name == "sync" else asynchronous)


def test_each_turn_sees_what_was_said_before(flavour: Flavour) -> None:
    with FakeServer(reply(inference("Hello Ada")), reply(inference("Ada"))) as server:
        session = converse(flavour, server.url, "I am Ada", "Who am I?", system="Be brief.")
    first, second = (got.json for got in server.requests)
    assert first["messages"] == [{"role": "user", "content": "I am Ada"}]
    assert second["messages"] == [
        {"role": "user", "content": "I am Ada"},
        {"role": "assistant", "content": "Hello Ada"},
        {"role": "user", "content": "Who am I?"},
    ]
    assert first["system"] == second["system"] == "Be brief."
    assert first["session_id"] == second["session_id"] == session.session_id
    assert re.fullmatch("ses_[0-7][0-9a-hjkmnp-tv-z]{25}", session.session_id)
    assert session.messages[-1] == {"role": "assistant", "content": "Ada"}
    keys = {got.headers["idempotency-key"] for got in server.requests}
    assert len(keys) == 2


def test_tool_calls_and_thinking_blocks_are_sent_back_as_they_came(flavour: Flavour) -> None:
    said = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "add", "arguments": "{}", "strict": True},
                "index": 0,
            }
        ],
        "thinking_blocks": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "eA=="},
        ],
        "reasoning_content": "hm",
        "refusal": None,
    }
    result = {"role": "tool", "tool_call_id": "call_1", "content": "2"}
    script = [reply(inference("", message=said)), reply(inference("2"))]
    with FakeServer(*script) as server:
        session = converse(flavour, server.url, "1+1?", {"messages": [result]})
    assert server.requests[1].json["messages"] == [
        {"role": "user", "content": "1+1?"},
        said,
        result,
    ]
    assert [message["role"] for message in session.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


def test_a_failed_run_leaves_the_conversation_as_it_was() -> None:
    script = [reply(inference("one")), problem(400, "invalid_request"), reply(inference("two"))]
    with (
        FakeServer(*script) as server,
        aistrale.Aistrale(api_url=server.url, api_key=KEY) as client,
        client.session() as session,
    ):
        session.run("a")
        before = session.messages
        with pytest.raises(aistrale.BadRequestError):
            session.run("b")
        assert session.messages == before
        session.run("c")
    assert [said["content"] for said in server.requests[2].json["messages"]] == ["a", "one", "c"]


def test_a_stream_counts_once_it_has_completed(flavour: Flavour) -> None:
    script = [
        sse(event("delta", {"text": "lost"}), end="eof"),
        sse(*story("to", "ld")),
        reply(inference("after")),
    ]

    def sync(client: Any) -> Any:
        session = client.session(resumable=False)
        with pytest.raises(aistrale.StreamInterruptedError):
            session.stream("a").final()
        assert session.messages == []
        assert session.stream("b").final().text == "told"
        session.run("c")
        return session

    async def asynchronous(client: Any) -> Any:
        session = client.session(resumable=False)
        with pytest.raises(aistrale.StreamInterruptedError):
            await session.stream("a").final()
        assert session.messages == []
        assert (await session.stream("b").final()).text == "told"
        await session.run("c")
        return session

    with FakeServer(*script) as server:
        flavour.call(server.url, sync if flavour.name == "sync" else asynchronous)
    assert [said["content"] for said in server.requests[2].json["messages"]] == ["b", "told", "c"]


def test_the_messages_given_out_are_a_copy() -> None:
    with FakeServer(forever=reply(inference("x"))) as server:
        session = converse(Flavour("sync"), server.url, "a")
    session.messages[0]["content"] = "changed"
    session.messages.clear()
    assert session.messages[0]["content"] == "a"


def test_options_of_a_turn_go_before_the_sessions() -> None:
    with FakeServer(forever=reply(inference())) as server:
        converse(
            Flavour("sync"),
            server.url,
            "a",
            {"prompt": "b", "model": "large"},
            model="small",
            session_id="ses_mine",
            messages=[{"role": "user", "content": "before"}],
        )
    first, second = (got.json for got in server.requests)
    assert (first["model"], second["model"]) == ("small", "large")
    assert first["session_id"] == "ses_mine"
    assert first["messages"][0] == {"role": "user", "content": "before"}


@pytest.mark.parametrize("options", [{"idempotency_key": "x"}, {"temprature": 1}])
def test_a_session_refuses_what_cannot_hold_for_every_turn(options: dict[str, Any]) -> None:
    with aistrale.Aistrale(api_key=KEY) as client, pytest.raises(TypeError, match="has no option"):
        client.session(**options)


def test_session_ids_are_sorted_by_time_and_version_7() -> None:
    ids = [
        session_id(Ambient(now=lambda now=now: now, entropy=lambda n: b"\xff" * n))  # type: ignore[misc]
        for now in (0.001, 1.0, 1_790_000_000.0)
    ]
    assert ids == sorted(ids)
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    value = 0
    for letter in ids[2][4:]:
        value = value * 32 + alphabet.index(letter)
    assert value >> 80 == 1_790_000_000_000
    assert value >> 76 & 0xF == 7
    assert value >> 62 & 0b11 == 0b10


def test_sessions_of_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(forever=reply(inference("x"))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        with aistrale.session() as session:
            session.run("a")

        async def main() -> None:
            async with aistrale.session_async() as other:
                await other.run("b")

        asyncio.run(main())
    assert [got.json["messages"][0]["content"] for got in server.requests] == ["a", "b"]
