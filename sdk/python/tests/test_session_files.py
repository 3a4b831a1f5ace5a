"""Conversations that are saved, loaded and forked."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import stat
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import aistrale
from aistrale._session_file import KEPT

from .conftest import KEY, Flavour
from .fake_server import FakeServer, inference, problem, reply
from .test_prompts import RENDERED

SAID = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "add", "arguments": '{"a": 9007199254740993}', "strict": True},
            "index": 0,
        }
    ],
    "thinking_blocks": [
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "eA=="},
    ],
    "of_the_future": {"n": 9007199254740993},
}
PARTS = [
    {"type": "text", "text": "Grüße 🙂"},
    {"type": "image_url", "image_url": {"url": "data:x"}},
]


class Talk:
    """The same steps, blocking or asynchronous; `now` awaits where it must."""

    def __init__(self, flavour: Flavour, url: str) -> None:
        self._flavour = flavour
        self._url = url

    def __call__(self, use: Any, **client: Any) -> Any:
        """Return what `await use(client, now)` returns; `now(x)` is x, awaited if need be."""
        blocking = self._flavour.name == "sync"

        async def now(value: Any) -> Any:
            return value if blocking else await value

        async def main() -> Any:
            if blocking:
                with self._flavour.client(self._url, **client) as made:
                    return await use(made, now)
            async with self._flavour.client(self._url, **client) as made:
                return await use(made, now)

        return asyncio.run(main())


def test_a_session_goes_on_where_it_was_saved(flavour: Flavour, tmp_path: Path) -> None:
    """Everything is sent as the session that was never saved would have sent it."""
    path = tmp_path / "talk.json"
    script = [
        reply(inference("", message=SAID)),
        reply(inference("2")),
        reply(inference("2")),
    ]
    result = {"role": "tool", "tool_call_id": "call_1", "content": "2"}
    options: dict[str, Any] = {
        "system": "Be brief.",
        "model": "openai/gpt-4o",
        "temperature": 0.25,
        "metadata": {"team": "ü"},
        "tools": [{"type": "function", "function": {"name": "add"}}],
        "stop": ("a", "b"),
        "seed": 9007199254740993,
        "fallbacks": ["groq/x"],
        "timeout_ms": 5000,
    }

    async def use(client: Any, now: Any) -> None:
        session = client.session(messages=[{"role": "user", "content": PARTS}], **options)
        await now(session.run("1+1?"))
        await now(session.save(path))
        await now(session.run(messages=[result]))
        loaded = await now(client.load_session(path))
        assert type(loaded) is type(session)
        assert loaded.session_id == session.session_id
        assert loaded.messages == session.messages[:3]
        await now(loaded.run(messages=[result]))
        assert loaded.messages == session.messages

    with FakeServer(*script) as server:
        Talk(flavour, server.url)(use)
    _, unsaved, saved = server.requests
    assert saved.json == unsaved.json
    assert saved.json["messages"][2] == SAID


def test_what_a_file_looks_like(flavour: Flavour, tmp_path: Path) -> None:
    """Fixed: files live longer than versions of this package do."""
    path = tmp_path / "talk.json"

    async def use(client: Any, now: Any) -> Any:
        session = client.session(
            session_id="ses_1",
            system="Be brief.",
            workspace="ws_1",
            timeout=3,
            max_retries=1,
            extra_headers={"x-secret": "hunter2"},
            on_response=lambda _: None,
            trace_id="a" * 32,
            parent_span_id="b" * 16,
            temperature=None,
        )
        await now(session.run("hi"))
        await now(session.save(path))
        return session.to_dict()

    with FakeServer(reply(inference("Grüße 🙂 \u2028"))) as server:
        whole = Talk(flavour, server.url)(use)
    assert path.read_text("utf-8") == (
        '{\n "aistrale_session": 1,\n "session_id": "ses_1",\n "messages": [\n'
        '  {\n   "role": "user",\n   "content": "hi"\n  },\n'
        '  {\n   "role": "assistant",\n   "content": "Grüße 🙂 \u2028"\n  }\n ],\n'
        ' "options": {\n  "system": "Be brief.",\n  "workspace": "ws_1"\n }\n}\n'
    )
    assert json.loads(path.read_text("utf-8")) == whole
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_secret_is_in_a_file(flavour: Flavour, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"

    async def use(client: Any, now: Any) -> None:
        session = client.session(extra_headers={"x-secret": "hunter2"})
        await now(session.run("hi", idempotency_key="mine"))
        await now(session.save(path))

    with FakeServer(reply(inference("ho"))) as server:
        Talk(flavour, server.url)(use, headers={"x-of-the-client": "swordfish"})
    text = path.read_text("utf-8")
    for secret in (KEY, "hunter2", "swordfish", "mine", server.url):
        assert secret not in text


def test_every_option_of_an_inference_is_kept_or_left_out_on_purpose() -> None:
    left_out = {
        "messages",
        "session_id",
        "prompt_ref",
        "variables",
        "trace_id",
        "parent_span_id",
        "idempotency_key",
        "timeout",
        "max_retries",
        "extra_headers",
        "on_response",
    }
    options = set(aistrale.RunOptions.__annotations__) | set(aistrale.CallOptions.__annotations__)
    assert options >= left_out | set(KEPT)
    assert left_out.isdisjoint(KEPT)


DICT = {"type": "function", "function": {"name": "approve", "parameters": {"type": "object"}}}


def chosen(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    ("dicts", "choice", "kept"),
    [
        ([], "required", {}),
        ([], chosen("add"), {}),
        ([DICT], "required", {"tools": [DICT], "tool_choice": "required"}),
        ([DICT], chosen("add"), {"tools": [DICT]}),
        ([DICT], chosen("approve"), {"tools": [DICT], "tool_choice": chosen("approve")}),
    ],
)
def test_functions_and_what_chose_among_them_are_to_be_given_again(
    dicts: list[Any], choice: Any, kept: dict[str, Any]
) -> None:
    def add(a: int, b: int) -> int:
        return a + b

    async def use(client: Any, now: Any) -> Any:
        session = client.session(tools=[add, *dicts], tool_choice=choice)
        await now(client.load_session(session.to_dict()).run("hi"))
        return session.to_dict()

    with FakeServer(reply(inference("ho"))) as server:
        whole = Talk(Flavour("sync"), server.url)(use)
    assert whole["options"] == kept
    assert server.requests[0].json == {
        "messages": [{"role": "user", "content": "hi"}],
        "session_id": whole["session_id"],
        **kept,
    }


def test_options_given_when_it_is_loaded_go_first(flavour: Flavour) -> None:
    """And a dict is as good as a file."""

    async def use(client: Any, now: Any) -> None:
        saved = client.session(model="small", temperature=0.5, session_id="ses_1").to_dict()
        loaded = await now(client.load_session(saved, model="large", session_id="ses_2", top_p=0.1))
        await now(loaded.run("hi"))

    with FakeServer(reply(inference("ho"))) as server:
        Talk(flavour, server.url)(use)
    sent = server.requests[0].json
    assert (sent["model"], sent["temperature"], sent["top_p"]) == ("large", 0.5, 0.1)
    assert sent["session_id"] == "ses_2"


def test_a_session_that_begins_with_a_prompt(flavour: Flavour, tmp_path: Path) -> None:
    """Saved before it was rendered, and after."""
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    script = [
        reply(RENDERED),
        reply(inference("one")),
        reply(inference("two")),
        reply(RENDERED),
        reply(inference("one")),
    ]

    async def use(client: Any, now: Any) -> None:
        session = client.session(prompt_ref="greeting@production", variables={"who": "Ada"})
        await now(session.save(before))
        await now(session.run("a"))
        await now(session.save(after))
        await now((await now(client.load_session(after))).run("b"))
        await now((await now(client.load_session(before))).run("a"))

    with FakeServer(*script) as server:
        Talk(flavour, server.url)(use)
    _, first, second, rendering, again = server.requests
    assert json.loads(before.read_text("utf-8"))["prompt_ref"] == {
        "name": "greeting",
        "label": "production",
        "variables": {"who": "Ada"},
    }
    assert (second.json["model"], second.json["temperature"]) == ("openai/gpt-4o", 0.2)
    assert [each["content"] for each in second.json["messages"]] == ["Greet Ada.", "a", "one", "b"]
    assert rendering.json == {"label": "production", "variables": {"who": "Ada"}}
    assert again.json == {**first.json, "session_id": again.json["session_id"]}


def test_a_fork_goes_on_apart(flavour: Flavour) -> None:
    async def use(client: Any, now: Any) -> None:
        session = client.session(model="small", system="Be brief.")
        await now(session.run("a"))
        fork = session.fork()
        assert type(fork) is type(session)
        assert fork.messages == session.messages
        assert fork.session_id != session.session_id
        assert fork.session_id.startswith("ses_")
        await now(fork.run("b"))
        await now(session.run("c"))
        twice = fork.fork()
        assert [len(each.messages) for each in (session, fork, twice)] == [4, 4, 4]
        assert len({each.session_id for each in (session, fork, twice)}) == 3

    script = [reply(inference(text)) for text in ("1", "2", "3")]
    with FakeServer(*script) as server:
        Talk(flavour, server.url)(use)
    _, of_fork, of_session = (got.json for got in server.requests)
    assert [each["content"] for each in of_fork["messages"]] == ["a", "1", "b"]
    assert [each["content"] for each in of_session["messages"]] == ["a", "1", "c"]
    assert of_fork["session_id"] != of_session["session_id"]
    assert of_fork["model"] == of_session["model"] == "small"
    assert of_fork["system"] == of_session["system"] == "Be brief."


def test_a_fork_of_one_that_begins_with_a_prompt(flavour: Flavour) -> None:
    """Made before it was rendered, each renders for itself."""

    async def use(client: Any, now: Any) -> None:
        session = client.session(prompt_ref="greeting")
        fork = session.fork()
        await now(session.run("a"))
        await now(fork.run("b"))
        assert [len(session.messages), len(fork.messages)] == [3, 3]

    script = [reply(RENDERED), reply(inference("1")), reply(RENDERED), reply(inference("2"))]
    with FakeServer(*script) as server:
        Talk(flavour, server.url)(use)
    assert server.requests[3].json["temperature"] == 0.2


def saved(**changes: Any) -> dict[str, Any]:
    whole = {"aistrale_session": 1, "session_id": "ses_1", "messages": [], "options": {}}
    return {name: value for name, value in {**whole, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"line 1: no saved session: it is not JSON"),
        (b'{"aistrale_session": 1,\n', r"talk\.json, line 2: no saved session: it is not JSON"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"[" * 100_000, "is not JSON|nested too deeply"),
        ([], "'aistrale_session' with the version of its format is missing"),
        (saved(aistrale_session=...), "'aistrale_session' with the version of its format"),
        (saved(aistrale_session=True), "'aistrale_session' with the version of its format"),
        (saved(aistrale_session="1"), "'aistrale_session' with the version of its format"),
        (
            saved(aistrale_session=2),
            r"by a later version of this package \(format 2; this one reads up to 1\): update it,",
        ),
        (saved(session_id=...), "its session_id is not text"),
        (saved(session_id=""), "its session_id is empty"),
        (saved(messages={}), "its messages is not a list"),
        (saved(messages=[{"role": "user", "content": "a"}, "b"]), "its message 2 is no message"),
        (saved(messages=[{"content": "a"}]), "its message 1 is no message"),
        (saved(options=...), "its options is not an object"),
        (saved(options={"extra_headers": {}}), "this version knows no option 'extra_headers'"),
        (saved(options={"temprature": 1}), "this version knows no option 'temprature'"),
        (saved(settings=[]), "its settings is not an object"),
        (saved(prompt_ref=[]), "its prompt_ref is not an object"),
        (saved(prompt_ref={"name": ""}), "its prompt_ref names no prompt"),
        (saved(prompt_ref={"nam": "a"}), "its prompt_ref names no prompt"),
        (
            saved(prompt_ref={"name": "a"}, messages=[{"role": "user", "content": "a"}]),
            "it has messages, and a prompt that they should begin with",
        ),
    ],
)
def test_what_is_no_saved_session(
    flavour: Flavour, tmp_path: Path, content: Any, says: str
) -> None:
    path = tmp_path / "talk.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    async def use(client: Any, now: Any) -> None:
        gc.collect()  # what other tests left has to go before, as deep down there is no room for it
        with pytest.raises(aistrale.ConfigurationError, match=says) as raised:
            await now(client.load_session(path))
        assert str(raised.value).startswith(str(path))
        assert raised.value.path == str(path)

    Talk(flavour, "http://127.0.0.1:1")(use)


def test_credentials_of_a_provider_are_in_no_file(flavour: Flavour) -> None:
    given = {
        "api_key": "sk-1",
        "extra_headers": {"x": "sk-2"},
        "top_k": 3,
        "nested": [{"Access-Token": "sk-3", "max_tokens": 5}],
    }

    async def use(client: Any, now: Any) -> Any:
        return client.session(provider_options=given)

    kept = Talk(flavour, "http://127.0.0.1:1")(use).to_dict()["options"]
    assert kept == {"provider_options": {"top_k": 3, "nested": [{"max_tokens": 5}]}}


def test_later_fields_do_no_harm(flavour: Flavour) -> None:
    async def use(client: Any, now: Any) -> Any:
        return await now(client.load_session(saved(of_the_future=1)))

    assert Talk(flavour, "http://127.0.0.1:1")(use).session_id == "ses_1"


def test_what_does_not_go_with_a_saved_session(flavour: Flavour) -> None:
    async def use(client: Any, now: Any) -> None:
        for options in ({"messages": []}, {"prompt_ref": "a"}, {"variables": {}}):
            with pytest.raises(TypeError, match="does not go with a saved session"):
                await now(client.load_session(saved(), **options))
        with pytest.raises(TypeError, match="a session has no option 'temprature'; did you mean"):
            await now(client.load_session(saved(), temprature=1))
        with pytest.raises(
            aistrale.ConfigurationError, match="^this is no saved session"
        ) as raised:
            await now(client.load_session({}))
        assert raised.value.path is None

    Talk(flavour, "http://127.0.0.1:1")(use)


def test_a_file_that_is_not_there(flavour: Flavour, tmp_path: Path) -> None:
    async def use(client: Any, now: Any) -> None:
        with pytest.raises(FileNotFoundError, match=r"none\.json"):
            await now(client.load_session(tmp_path / "none.json"))

    Talk(flavour, "http://127.0.0.1:1")(use)


def test_it_is_written_whole_or_not_at_all(
    flavour: Flavour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays when the disk is full, and nothing is left beside it."""
    path = tmp_path / "talk.json"
    path.write_text("before", "utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    async def use(client: Any, now: Any) -> None:
        session = client.session(messages=[{"role": "user", "content": "x" * 100_000}])
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left on device") as raised:
                await now(session.save(path))
            assert raised.value.filename == str(path)
        assert path.read_text("utf-8") == "before"
        assert [each.name for each in tmp_path.iterdir()] == ["talk.json"]
        await now(session.save(path))
        assert [each.name for each in tmp_path.iterdir()] == ["talk.json"]
        assert len(path.read_bytes()) > 100_000

    Talk(flavour, "http://127.0.0.1:1")(use)


def test_who_reads_while_it_is_written_sees_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    with aistrale.Aistrale(api_url="http://127.0.0.1:1") as client:
        sessions = [
            client.session(messages=[{"role": "user", "content": letter * 200_000}])
            for letter in "ab"
        ]
        sessions[0].save(path)
        over = threading.Event()

        def write() -> None:
            for at in range(60):
                sessions[at % 2].save(path)
            over.set()

        writer = threading.Thread(target=write)
        writer.start()
        reads = 0
        while not over.is_set() or reads < 10:
            (message,) = client.load_session(path).messages
            assert message["content"] in ("a" * 200_000, "b" * 200_000)
            reads += 1
        writer.join()


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are the others'")
def test_links_stay_links_and_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    target, link, pipe = tmp_path / "target.json", tmp_path / "link.json", tmp_path / "pipe"
    target.write_text("before", "utf-8")
    target.chmod(0o644)
    link.symlink_to(target)
    os.mkfifo(pipe)
    with aistrale.Aistrale(api_url="http://127.0.0.1:1") as client:
        session = client.session()
        session.save(link)
        assert link.is_symlink()
        assert client.load_session(target).session_id == session.session_id
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with pytest.raises(OSError, match="not a file"):
            session.save(pipe)
        with pytest.raises(IsADirectoryError):
            session.save(tmp_path)
        with pytest.raises(FileNotFoundError, match="none/talk"):
            session.save(tmp_path / "none" / "talk.json")
        assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_odd_texts_and_numbers_come_back(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    text = "\ud83d half, \x00 \x1f \u2028 \\ud83d"
    with aistrale.Aistrale(api_url="http://127.0.0.1:1") as client:
        session = client.session(
            messages=[{"role": "user", "content": text}], provider_options={"x": Decimal("0.1")}
        )
        session.save(path)
        loaded = client.load_session(str(path))
        assert loaded.messages == [{"role": "user", "content": text}]
        assert loaded.to_dict()["options"] == {"provider_options": {"x": 0.1}}
        odd = client.session(messages=[{"role": "user", "content": {1, 2}}])
        with pytest.raises(TypeError, match="set cannot be written as JSON"):
            odd.save(path)
        assert client.load_session(path).messages == loaded.messages


def test_of_the_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    with FakeServer(forever=reply(inference("ho"))) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        session = aistrale.session()
        session.run("a")
        session.save(path)
        aistrale.load_session(path).run("b")

        async def main() -> None:
            loaded = await aistrale.load_session_async(path, temperature=0.5)
            await loaded.run("c")
            await loaded.save(path)

        asyncio.run(main())
        assert len(aistrale.load_session(path).messages) == 4
    sent = [got.json for got in server.requests]
    assert len({each["session_id"] for each in sent}) == 1
    assert [each["content"] for each in sent[2]["messages"]] == ["a", "ho", "c"]


def test_a_turn_that_fails_is_not_saved(flavour: Flavour, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"

    async def use(client: Any, now: Any) -> None:
        session = client.session()
        with pytest.raises(aistrale.BadRequestError):
            await now(session.run("a"))
        await now(session.save(path))
        assert (await now(client.load_session(path))).messages == []

    with FakeServer(problem(400, "invalid_request")) as server:
        Talk(flavour, server.url)(use)
