from __future__ import annotations

import asyncio
import contextlib
import json
import stat
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio

import aistrale
from aistrale._deadline import Deadline
from aistrale._steps import Request
from aistrale.testing import Cassette, CassetteError, CassetteMissError, cassette

from .conftest import KEY, ROOT, Flavour, Streamed
from .fake_server import (
    FakeServer,
    cut_body,
    drip,
    event,
    hang,
    hang_up,
    inference,
    plain,
    problem,
    reply,
    sse,
    story,
)
from .test_prompts import VERSION

AWAY = "http://127.0.0.1:9"
"""Nobody listens there: whoever is answered was answered from a cassette."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "tape.json"


def recorded(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text("utf-8"))
    assert content["cassette"] == 1
    interactions: list[dict[str, Any]] = content["interactions"]
    return interactions


def test_a_run_is_recorded_once_and_played_from_then_on(flavour: Flavour, path: Path) -> None:
    answers = []
    with FakeServer(reply(inference("Hi Ada.", cost_usd=0.000012345))) as server:
        with cassette(path) as tape:
            assert tape.recording
            answers.append(flavour.run(server.url, "Hello", temperature=0.5))
        assert len(server.requests) == 1
    for mode in ("once", "none"):
        with cassette(path, mode) as tape:
            assert not tape.recording
            answers.append(flavour.run(AWAY, "Hello", temperature=0.5, client={"api_key": None}))
            assert tape.unplayed == []
    assert [answer.text for answer in answers] == ["Hi Ada."] * 3
    assert answers[0] == answers[1] == answers[2]
    assert recorded(path) == [
        {
            "request": {
                "method": "POST",
                "path": "/api/v1/inferences",
                "body": {"prompt": "Hello", "temperature": 0.5},
            },
            "response": {
                "status": 200,
                "headers": {"content-type": "application/json", "x-request-id": "req_1"},
                "body": inference("Hi Ada.", cost_usd=0.000012345),
            },
        }
    ]
    assert path.read_bytes().startswith(b'{\n  "cassette": 1,\n')
    assert path.read_bytes().endswith(b"\n}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["tape.json"]


def test_the_languages_play_each_others(flavour: Flavour, path: Path) -> None:
    """What one flavour records, another plays."""
    other = Flavour({"sync": "async", "async": "trio", "trio": "sync"}[flavour.name])
    with FakeServer(reply(inference("Hi.")), sse(*story("One ", "two"))) as server, cassette(path):
        flavour.run(server.url, "Hello")
        flavour.stream(server.url, "Count")
    with cassette(path, "none"):
        assert other.run(AWAY, "Hello").text == "Hi."
        assert other.stream(AWAY, "Count").texts == ["One ", "two"]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_is_played_in_the_pieces_in_which_it_came(
    flavour: Flavour, path: Path, size: int
) -> None:
    """Borders within an event, and within a letter of three bytes, are where they were."""
    pieces = drip(story("Grüße, ", "世界", "!"), size)
    with FakeServer(sse(*pieces, pause=0.001 if size > 1 else 0)) as server:
        with cassette(path):
            live = flavour.stream(server.url)
    (interaction,) = recorded(path)
    with cassette(path, "none"):
        played = flavour.stream(AWAY)
    assert live.texts == played.texts == ["Grüße, ", "世界", "!"]
    assert live.events == played.events
    response = interaction["response"]
    assert "closed" not in response
    assert "failure" not in response
    chunks = response["chunks"]
    if size == 1:
        assert any(isinstance(chunk, dict) for chunk in chunks), "a letter was cut in no two"
    assert len(chunks) >= min(3, len(pieces))


def test_the_pieces_of_a_file_are_given_one_by_one(flavour: Flavour, path: Path) -> None:
    """At the place of the network, so that whoever reads them meets what it met there."""
    write(path, stream_of(["event: de", {"base64": "////"}, "lta"]))
    request = Request("POST", "/api/v1/inferences", (), STREAM_BODY)
    deadline = Deadline(5.0, time.monotonic)
    with cassette(path, "none") as tape:
        nobody: Any = None
        if flavour.name == "sync":
            opened: Any = tape.blocking(nobody).send(request, deadline)
            pieces = [opened.read() for _ in range(4)]
        else:

            async def read() -> list[Any]:
                opened: Any = await tape.asynchronous(nobody).send(request, deadline)
                return [await opened.read() for _ in range(4)]

            pieces = trio.run(read) if flavour.name == "trio" else asyncio.run(read())
    assert pieces == [b"event: de", b"\xff\xff\xff", b"lta", b""]


STREAM_BODY = b'{"prompt":"hi","resumable":true,"stream":true}'


def stream_of(chunks: list[Any], **response: Any) -> dict[str, Any]:
    headers = {"content-type": "text/event-stream", "x-aistrale-inference-id": inference()["id"]}
    return {
        "request": {
            "method": "POST",
            "path": "/api/v1/inferences",
            "body": json.loads(STREAM_BODY),
        },
        "response": {"status": 200, "headers": headers, "chunks": chunks, **response},
    }


def write(path: Path, *interactions: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cassette": 1, "interactions": interactions}), "utf-8")


def test_a_stream_that_was_resumed_is_resumed_again(flavour: Flavour, path: Path) -> None:
    """Each connection is recorded, the break between them too."""
    one, two, *rest = story("Once ", "upon ", "a time")
    script = [sse(one, two, end="reset"), sse(*rest)]
    with FakeServer(*script) as server, cassette(path):
        live = flavour.stream(server.url)
    assert live.texts == ["Once ", "upon ", "a time"]
    broken, whole = recorded(path)
    assert broken["response"]["failure"]["kind"] == "lost"
    assert "headers" not in broken["request"]
    assert whole["request"]["headers"] == {"last-event-id": "1"}
    with cassette(path, "none"):
        played = flavour.stream(AWAY)
    assert (played.texts, played.error) == (live.texts, None)
    assert played.completed == live.completed


def test_a_stream_that_broke_off_breaks_off_again(flavour: Flavour, path: Path) -> None:
    options: Any = {"resumable": False, "max_retries": 0}
    with FakeServer(sse(*story("Once ", "upon")[:1], end="reset")) as server, cassette(path):
        live = flavour.stream(server.url, **options)
    with cassette(path, "none"):
        played = flavour.stream(AWAY, **options)
    for streamed in (live, played):
        assert isinstance(streamed.error, aistrale.StreamInterruptedError)
        assert streamed.error.text == "Once "
    assert str(live.error) == str(played.error)


def test_retries_are_played_without_their_waits(flavour: Flavour, path: Path) -> None:
    away = problem(503, "overloaded", headers={"retry_after": "1"})
    began = time.monotonic()
    with FakeServer(away, away, reply(inference("At last."))) as server, cassette(path):
        assert flavour.run(server.url).text == "At last."
    assert time.monotonic() - began > 1.9
    began = time.monotonic()
    with cassette(path, "none") as tape:
        assert flavour.run(AWAY).text == "At last."
        assert len(tape.requests) == 3
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    ("answer", "kind", "options"),
    [
        (problem(401, "authentication_failed"), aistrale.AuthenticationError, {}),
        (problem(402, "budget_exceeded", "No."), aistrale.BudgetExceededError, {}),
        (plain(502, b"<html>\xff</html>", content_type="text/html"), aistrale.APIStatusError, {}),
        (plain(500, b""), aistrale.APIStatusError, {}),
        (hang_up, aistrale.APIConnectionError, {}),
        (cut_body, aistrale.APIConnectionError, {}),
        (hang, aistrale.APITimeoutError, {"timeout": 0.3}),
    ],
    ids=["401", "402", "not UTF-8", "empty", "lost", "cut", "deadline"],
)
def test_errors_are_played_as_what_they_were(
    flavour: Flavour, path: Path, answer: Any, kind: type[Exception], options: Any
) -> None:
    seen: list[Any] = []
    with FakeServer(answer) as server:
        url = server.url
        with cassette(path), pytest.raises(kind) as live:
            flavour.run(url, max_retries=0, **options)
        seen.append(live.value)
    with cassette(path, "none"), pytest.raises(kind) as played:
        flavour.run(url, max_retries=0, **options)
    seen.append(played.value)
    assert str(seen[0]) == str(seen[1])
    assert vars(seen[0]) == vars(seen[1])


def test_what_cannot_be_reached_is_not_recorded(flavour: Flavour, path: Path) -> None:
    """A forgotten server must not become a test that is green for ever."""
    with pytest.raises(CassetteError) as raised:
        with cassette(path):
            with pytest.raises(aistrale.APIConnectionError):
                flavour.run(AWAY, max_retries=0)
    assert str(raised.value) == (
        f"{path} was not recorded: the server cannot be reached (connection refused). Start one "
        "with `aistrale serve`, or set AISTRALE_API_URL to one that runs. What a program does "
        "without a server is tested without a cassette."
    )
    assert not path.exists()


def test_what_was_reached_at_last_is_recorded(path: Path) -> None:
    """A server that begins to listen between two attempts: the answer is all there is to play."""
    with FakeServer() as gone:
        url = gone.url
    later: list[FakeServer] = []

    def begin() -> None:
        time.sleep(0.2)
        server = FakeServer.__new__(FakeServer)
        later.append(server)
        listen_at(server, gone.port, reply(inference("Hi.")))

    thread = threading.Thread(target=begin)
    thread.start()
    with cassette(path):
        assert Flavour("sync").run(url).text == "Hi."
    thread.join()
    later[0].__exit__()
    assert len(recorded(path)) == 1


def listen_at(server: FakeServer, port: int, *script: Any) -> None:
    import socket

    made = socket.create_server

    def at(_: Any, **options: Any) -> socket.socket:
        return made(("127.0.0.1", port), **options)

    socket.create_server = at  # type: ignore[assignment]
    try:
        server.__init__(*script)  # type: ignore[misc]
    finally:
        socket.create_server = made


def test_every_way_to_call_is_covered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions of the module, clients made before and inside, other threads, a client's own."""
    answers = [reply(inference(str(n))) for n in range(6)]
    with FakeServer(*answers) as server:
        url = server.url
        monkeypatch.setenv("AISTRALE_API_URL", url)
        before = aistrale.Aistrale(api_url=url)
        with cassette(path):
            live = all_ways(before, url)
    with cassette(path, "none"):
        played = all_ways(before, url)
    assert live == played == ["0", "1", "2", "3", "4", "5"]
    before.close()


def all_ways(before: aistrale.Aistrale, url: str) -> list[str]:
    said = [aistrale.run("module").text, before.run("before").text]
    with aistrale.Aistrale(api_url=url) as inside:
        said.append(inside.run("inside").text)
    thread = threading.Thread(target=lambda: said.append(aistrale.run("thread").text))
    thread.start()
    thread.join()
    with httpx2.Client() as own, aistrale.Aistrale(api_url=url, http_client=own) as client:
        said.append(client.run("own").text)

    async def main() -> str:
        async with httpx2.AsyncClient() as own:
            async with aistrale.AsyncAistrale(api_url=url, http_client=own) as client:
                return (await client.run("own")).text

    return [*said, asyncio.run(main())]


def test_outside_its_block_nothing_is_recorded_or_played(flavour: Flavour, path: Path) -> None:
    with FakeServer(*[reply(inference(str(n))) for n in range(3)]) as server:
        assert flavour.run(server.url).text == "0"
        with cassette(path):
            assert flavour.run(server.url).text == "1"
        with cassette(path, "none"):
            assert flavour.run(server.url).text == "1"
        assert flavour.run(server.url).text == "2"
    assert len(recorded(path)) == 1


def test_playing_starts_no_local_server(
    flavour: Flavour, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is started for a program that finds none, but not for what is there already."""
    with FakeServer(reply(inference("Hi."))) as server, cassette(path):
        flavour.run(server.url, "Hello")
    command, started = tmp_path / "aistrale", tmp_path / "started"
    command.write_text(f"#!/bin/sh\ntouch '{started}'\nexit 3\n")
    command.chmod(0o755)
    monkeypatch.setenv("AISTRALE_COMMAND", str(command))
    monkeypatch.setenv("AISTRALE_API_URL", server.url)

    def run() -> str:
        if flavour.name == "sync":
            return aistrale.run("Hello").text
        return asyncio.run(aistrale.run_async("Hello")).text

    with cassette(path, "none"):
        assert run() == "Hi."
        assert not started.exists()
    with pytest.raises(aistrale.APIConnectionError):
        run()
    assert started.exists()


def test_the_inner_one_of_two_is_used(path: Path, tmp_path: Path) -> None:
    run = Flavour("sync").run
    with FakeServer(*[reply(inference(str(n))) for n in range(3)]) as server:
        with cassette(path):
            run(server.url, "outer")
            with cassette(tmp_path / "inner.json"):
                run(server.url, "inner")
            run(server.url, "outer again")
    assert prompts(path) == ["outer", "outer again"]
    assert prompts(tmp_path / "inner.json") == ["inner"]


def prompts(path: Path) -> list[str]:
    return [each["request"]["body"]["prompt"] for each in recorded(path)]


def test_two_threads_have_each_their_own(tmp_path: Path) -> None:
    both = threading.Barrier(2)
    with FakeServer(*[reply(inference("Hi."))] * 6) as server:

        def use(name: str) -> None:
            with cassette(tmp_path / f"{name}.json"):
                both.wait()
                for number in range(3):
                    Flavour("sync").run(server.url, f"{name} {number}")
                both.wait()

        threads = [threading.Thread(target=use, args=(name,)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert prompts(tmp_path / "one.json") == ["one 0", "one 1", "one 2"]
    assert prompts(tmp_path / "two.json") == ["two 0", "two 1", "two 2"]


def test_at_once_in_any_order(flavour: Flavour, path: Path) -> None:
    """What runs at once is told apart by what it asks, however it is scheduled the next time."""
    names = [str(n) for n in range(8)]

    async def main(url: str, order: list[str]) -> dict[str, str]:
        async with aistrale.AsyncAistrale(api_url=url) as client:
            texts = await asyncio.gather(*[client.run(f"say {name}") for name in order])
        return dict(zip(order, [each.text for each in texts], strict=True))

    def echo(connection: Any, got: Any) -> bool:
        return reply(inference(got.json["prompt"].removeprefix("say ")))(connection, got)

    with FakeServer(forever=echo) as server, cassette(path):
        asyncio.run(main(server.url, names))
    with cassette(path, "none"):
        found = asyncio.run(main(AWAY, names[::-1]))
    assert found == {name: name for name in names}


def test_the_same_again_is_answered_in_its_row(flavour: Flavour, path: Path) -> None:
    with FakeServer(reply(inference("first")), reply(inference("second"))) as server:
        with cassette(path):
            for _ in range(2):
                flavour.run(server.url)
    with cassette(path, "none"):
        assert [flavour.run(AWAY).text for _ in range(2)] == ["first", "second"]


def test_modes(path: Path) -> None:
    run = Flavour("sync").run
    with FakeServer(*[reply(inference(str(n))) for n in range(4)]) as server:
        with pytest.raises(CassetteMissError) as raised, cassette(path, "none"):
            run(server.url, "a")
        assert str(raised.value) == (
            f"POST /api/v1/inferences is not recorded: there is no cassette {path}.\n"
            'To record it, use mode="once".'
        )
        with cassette(path, "all"):
            run(server.url, "a")
            run(server.url, "b")
        with cassette(path, "all"):
            assert prompts(path) == ["a", "b"], "the old one stays until the new one is whole"
            run(server.url, "c")
        assert prompts(path) == ["c"]
        with pytest.raises(CassetteMissError), cassette(path, "once"):
            run(server.url, "d")
    with pytest.raises(ValueError, match="mode is 'new'; known are none, once, all"):
        cassette(path, "new")  # type: ignore[arg-type]


def test_nothing_is_written_when_the_test_failed(path: Path) -> None:
    with FakeServer(*[reply(inference("Hi."))] * 2) as server:
        with pytest.raises(ZeroDivisionError), cassette(path):
            Flavour("sync").run(server.url)
            raise ZeroDivisionError
        assert not path.parent.exists()
        with cassette(path):
            pass
        assert not path.parent.exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one(path: Path) -> None:
    """A text that no file can hold, on its way: the old file is there, and no piece of a new."""
    write(path, stream_of([]))
    old = path.read_bytes()
    with FakeServer(reply(inference("Hi."))) as server:
        with pytest.raises(UnicodeEncodeError), cassette(path, "all"):
            Flavour("sync").run(server.url)
            tape_of_now()._interactions[0].request["headers"] = {"last-event-id": "\ud800"}
    assert path.read_bytes() == old
    assert [each.name for each in path.parent.iterdir()] == ["tape.json"]


def tape_of_now() -> Cassette:
    from aistrale import _cassette

    return _cassette._in_use[-1]


def test_what_changes_by_itself_is_not_compared(flavour: Flavour, path: Path) -> None:
    """Keys, ids made here, the address, the API key, and traces."""

    def talk(url: str, key: str, trace: str, model: str | None = None) -> str:
        def sync(client: Any) -> str:
            session = client.session()
            session.run("One.", trace_id=trace)
            return str(session.run("Two.", idempotency_key=trace, extra_headers={"x-a": trace}))

        async def asynchronous(client: Any) -> str:
            session = client.session()
            await session.run("One.", trace_id=trace)
            again = await session.run("Two.", idempotency_key=trace, extra_headers={"x-a": trace})
            return str(again)

        use = sync if flavour.name == "sync" else asynchronous
        return str(flavour.call(url, use, api_key=key))

    with FakeServer(reply(inference("1")), reply(inference("2"))) as server, cassette(path):
        assert talk(server.url, KEY, "a" * 32) == "2"
    with cassette(path, "none"):
        assert talk(AWAY, "another-key", "b" * 32) == "2"


def test_json_is_compared_by_value(path: Path) -> None:
    with FakeServer(reply(inference("Hi."))) as server, cassette(path):
        Flavour("sync").run(server.url, "Hello", temperature=1, metadata={"a": "1", "b": "2"})
    text = path.read_text("utf-8")
    content = json.loads(text)
    request = content["interactions"][0]["request"]
    request["body"] = dict(reversed(request["body"].items()))
    request["body"]["metadata"] = dict(reversed(request["body"]["metadata"].items()))
    path.write_text(json.dumps(content), "utf-8")
    options: Any = {"metadata": {"a": "1", "b": "2"}}
    with cassette(path, "none"):
        assert Flavour("sync").run(AWAY, "Hello", temperature=1.0, **options).text == "Hi."
    with pytest.raises(CassetteMissError), cassette(path, "none"):
        Flavour("sync").run(AWAY, "Hello", temperature=True, **options)


def test_numbers_that_json_loses_are_kept_and_compared_to_the_digit(path: Path) -> None:
    seed = 2**53 + 1
    answer = json.dumps(inference("Hi.")).replace("1.2345e-05", "0.10000000000000000001").encode()
    with FakeServer(plain(200, answer, content_type="application/json")) as server, cassette(path):
        live = Flavour("sync").run(server.url, seed=seed)
    (interaction,) = recorded(path)
    assert json.loads(interaction["request"]["text"])["seed"] == seed
    assert "0.10000000000000000001" in interaction["response"]["text"]
    with cassette(path, "none"):
        assert Flavour("sync").run(AWAY, seed=seed).cost_usd == live.cost_usd
    with pytest.raises(CassetteMissError) as raised, cassette(path, "none"):
        Flavour("sync").run(AWAY, seed=seed + 1)
    assert "/body/seed\n    recorded: 9007199254740993\n    now:      9007199254740994" in str(
        raised.value
    )


def test_queries_are_compared_by_their_names(path: Path) -> None:
    page = {"data": [], "next_cursor": None}
    with FakeServer(reply(page)) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url) as client:
            list(client.telemetry.list(provider="openai", model="a b", limit=5))
    (interaction,) = recorded(path)
    assert interaction["request"] == {
        "method": "GET",
        "path": "/api/v1/telemetry",
        "query": {"provider": ["openai"], "model": ["a b"], "limit": ["5"]},
    }
    interaction["request"]["query"] = dict(reversed(interaction["request"]["query"].items()))
    write(path, interaction)
    with aistrale.Aistrale(api_url=AWAY) as client:
        with cassette(path, "none"):
            assert list(client.telemetry.list(model="a b", provider="openai", limit=5)) == []
        with pytest.raises(CassetteMissError, match="/query/limit/0") as raised:
            with cassette(path, "none"):
                list(client.telemetry.list(model="a b", provider="openai", limit=6))
    assert 'recorded: "5"\n    now:      "6"' in str(raised.value)


def test_preconditions_are_compared(path: Path) -> None:
    with FakeServer(plain(204)) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url) as client:
            client.prompts.delete("greeting", if_match=4)
    with aistrale.Aistrale(api_url=AWAY) as client:
        with cassette(path, "none"):
            client.prompts.delete("greeting", if_match=4)
        with pytest.raises(CassetteMissError, match="/headers/if-match"), cassette(path, "none"):
            client.prompts.delete("greeting", if_match=5)


def test_a_miss_says_what_differs(flavour: Flavour, path: Path) -> None:
    long = "x" * 200
    with FakeServer(*[reply(inference("Hi."))] * 2) as server, cassette(path):
        flavour.run(server.url, "Something else", temperature=0.9)
        flavour.run(server.url, f"{long} Greet Ada.", metadata={"a/b": "1", "c": "2"})
    with pytest.raises(CassetteMissError) as raised, cassette(path, "none"):
        flavour.run(AWAY, f"{long} Greet Ada warmly.", metadata={"a/b": "2"}, model="gpt-4o")
    assert (
        str(raised.value)
        == f"""\
POST /api/v1/inferences is not in the cassette {path}.
The nearest recorded request (2 of 2) differs in:
  /body/prompt
    recorded: …(186 characters)…"xxxxxxxxxxxxxx Greet Ada."
    now:      …(186 characters)…"xxxxxxxxxxxxxx Greet Ada warmly."
  /body/metadata/a~1b
    recorded: "1"
    now:      "2"
  /body/metadata/c
    recorded: "2"
    now:      absent
  /body/model
    recorded: absent
    now:      "gpt-4o"
  Where a call names no model, that of the configuration counts (AISTRALE_MODEL,
  AISTRALE_PROVIDER, the profile in the config file).
To record it again, use mode="all", or delete the file and use mode="once"."""
    )


def test_once_more_than_recorded(flavour: Flavour, path: Path) -> None:
    with FakeServer(reply(inference("Hi."))) as server, cassette(path):
        flavour.run(server.url)
    with pytest.raises(CassetteMissError) as raised, cassette(path, "none"):
        flavour.run(AWAY)
        flavour.run(AWAY)
    assert str(raised.value).splitlines()[0] == (
        f"POST /api/v1/inferences was asked once more than it is in the cassette {path}, which has "
        "it once."
    )


def test_a_miss_that_the_program_caught_is_not_forgotten(flavour: Flavour, path: Path) -> None:
    write(path)

    def app(url: str) -> str:
        try:
            return str(flavour.run(url))
        except Exception:  # noqa: BLE001 - such programs exist
            return "Sorry."

    with pytest.raises(CassetteMissError, match="Nothing is recorded in it"):
        with cassette(path, "none"):
            assert app(AWAY) == "Sorry."
    with pytest.raises(AssertionError) as raised:
        with cassette(path, "none"):
            assert app(AWAY) == "Hi."
    assert not isinstance(raised.value, CassetteMissError)
    (note,) = raised.value.__notes__
    assert note.startswith("A request was not in the cassette:\nPOST /api/v1/inferences is not in")


def test_what_is_public_is_documented() -> None:
    names = "Cassette CassetteError CassetteMissError Emulator RecordMode cassette".split()
    assert aistrale.testing.__all__ == names
    for name in names[:-2]:
        owner = getattr(aistrale.testing, name)
        members = [member for member in vars(owner) if not member.startswith("_")]
        assert owner.__doc__
        assert [member for member in members if not getattr(owner, member).__doc__] == []
    assert "ignore:" in (aistrale.testing.cassette.__doc__ or "")


def test_no_program_takes_a_miss_for_an_answer() -> None:
    assert not issubclass(CassetteMissError, aistrale.AistraleError)
    assert issubclass(CassetteMissError, CassetteError)
    assert issubclass(CassetteError, AssertionError)


def test_what_the_user_ignores(path: Path) -> None:
    run = Flavour("sync").run
    with FakeServer(reply(inference("Hi."))) as server, cassette(path):
        messages = [{"role": "user", "content": "It is Monday."}]
        run(server.url, None, messages=messages, metadata={"run/1": "a"})
    messages = [{"role": "user", "content": "It is Tuesday."}]
    ignore = ["/body/metadata/run~11", "/body/messages/*/content"]
    with cassette(path, "none", ignore=ignore):
        assert run(AWAY, None, messages=messages, metadata={"run/1": "b"}).text == "Hi."
    with pytest.raises(CassetteMissError) as raised, cassette(path, "none", ignore=ignore):
        run(AWAY, None, messages=[{**messages[0], "role": "system"}])
    assert "/body/messages/0/role" in str(raised.value)
    assert "/content" not in str(raised.value)
    with pytest.raises(ValueError, match="'body/prompt', which is no JSON pointer"):
        cassette(path, ignore=["body/prompt"])
    with pytest.raises(TypeError, match="a list of JSON pointers"):
        cassette(path, ignore="/body/prompt")


def test_a_stream_that_was_left(flavour: Flavour, path: Path) -> None:
    """It ends at the server, which is recorded or not; reading on is a miss."""

    def first(client: Any) -> str:
        with client.stream("hi") as stream:
            return str(next(stream).text)

    async def first_too(client: Any) -> str:
        async with client.stream("hi") as stream:
            return str((await anext(stream)).text)

    leave: Callable[[Any], Any] = first if flavour.name == "sync" else first_too
    with FakeServer(sse(*story("Once ", "upon")[:1], end="hang")) as server, cassette(path):
        assert flavour.call(server.url, leave) == "Once "
    stream = recorded(path)[0]
    assert stream["response"]["closed"] is True
    with cassette(path, "none"):
        assert flavour.call(AWAY, leave) == "Once "
    write(path, stream)
    with cassette(path, "none"):
        assert flavour.call(AWAY, leave) == "Once "

    def read_on() -> Streamed:
        return flavour.stream(AWAY)

    with pytest.raises(CassetteMissError, match="has no more of this answer"):
        with cassette(path, "none"):
            read_on()


def test_a_stream_that_another_thread_closed(path: Path) -> None:
    """Its reader was woken: that is no loss of the connection."""
    with FakeServer(sse(*story("Once ", "upon")[:1], end="hang")) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url) as client, client.stream("hi") as stream:
            assert next(stream) is not None
            timer = threading.Timer(0.3, stream.close)
            timer.start()
            with contextlib.suppress(aistrale.AistraleError):
                list(stream)
            timer.join()
    response = recorded(path)[0]["response"]
    assert response["closed"] is True
    assert "failure" not in response


def test_live_feeds(flavour: Flavour, path: Path) -> None:
    """A feed that goes on by itself over a break, and is left in the end."""
    from .test_events import envelope

    def happened(number: int) -> bytes:
        return event("webhook.test", envelope(number), number)

    script = [sse(happened(1), end="eof"), sse(happened(2), happened(3), end="hang")]

    def sync(client: Any) -> list[str]:
        with client.events.stream() as feed:
            return [next(feed).id for _ in range(3)]

    async def asynchronous(client: Any) -> list[str]:
        async with client.events.stream() as feed:
            return [(await anext(feed)).id for _ in range(3)]

    use: Callable[[Any], Any] = sync if flavour.name == "sync" else asynchronous
    with FakeServer(*script) as server, cassette(path):
        live = flavour.call(server.url, use)
    with cassette(path, "none"):
        assert flavour.call(AWAY, use) == live
    assert len(set(live)) == 3
    assert [each["request"].get("headers") for each in recorded(path)][1] == {"last-event-id": "1"}


def test_loaded_prompts_are_of_the_cassette(flavour: Flavour, path: Path, tmp_path: Path) -> None:
    """A test asks for the same alone and after others, whose loads its client remembers."""
    other = tmp_path / "other.json"

    def sync(client: Any) -> list[str]:
        found = [client.prompts.load("greeting@1").text]
        for file in (path, other):
            with cassette(file):
                found += [client.prompts.load("greeting@1").text for _ in range(2)]
        return [*found, client.prompts.load("greeting@1").text]

    async def asynchronous(client: Any) -> list[str]:
        found = [(await client.prompts.load("greeting@1")).text]
        for file in (path, other):
            with cassette(file):
                found += [(await client.prompts.load("greeting@1")).text for _ in range(2)]
        return [*found, (await client.prompts.load("greeting@1")).text]

    use: Callable[[Any], Any] = sync if flavour.name == "sync" else asynchronous
    script = [reply({**VERSION, "text": text}) for text in ("live", "one", "two")]
    with FakeServer(*script) as server:
        found = flavour.call(server.url, use)
        assert len(server.requests) == 3
    assert found == ["live", "one", "one", "two", "two", "live"]
    assert [len(recorded(file)) for file in (path, other)] == [1, 1]


def test_whoever_listens_is_told_the_same(flavour: Flavour, path: Path) -> None:
    told: list[list[Any]] = []

    def calls(url: str) -> None:
        heard: list[Any] = []
        told.append(heard)

        def hear(raw: aistrale.RawResponse) -> None:
            kept = {name: raw.headers.get(name) for name in ("content-type", "x-request-id")}
            heard.append((raw.method, raw.path, raw.status, raw.attempt, raw.request_id, kept))

        flavour.run(url, on_response=hear)

    away = problem(503, "overloaded", headers={"retry_after_ms": "1"})
    with FakeServer(away, reply(inference("Hi."))) as server, cassette(path):
        calls(server.url)
    with cassette(path, "none"):
        calls(AWAY)
    assert len(told[0]) == 2
    assert told[0] == told[1]


def test_exports_are_played_in_lines(path: Path) -> None:
    lines = b'{"id":"inf_1"}\n{"id":"inf_2"}\n'
    script = plain(200, lines, content_type="application/x-ndjson")
    with FakeServer(script) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url) as client:
            assert "".join(client.telemetry.export()) == lines.decode()
    assert recorded(path)[0]["response"]["chunks"] == [lines.decode()]
    with cassette(path, "none"), aistrale.Aistrale(api_url=AWAY) as client:
        assert list(client.telemetry.export()) == ['{"id":"inf_1"}\n', '{"id":"inf_2"}\n']


def test_what_was_asked_can_be_looked_at(flavour: Flavour, path: Path) -> None:
    with FakeServer(reply(inference("Hi."))) as server, cassette(path) as tape:
        flavour.run(server.url, f"my key is {KEY}")
        live = tape.requests
    with cassette(path, "none") as tape:
        assert tape.unplayed == live
        flavour.run(AWAY, f"my key is {KEY}")
        assert tape.requests == live
        assert tape.unplayed == []
    body = {"prompt": "my key is ais_redacted"}
    assert live == [{"method": "POST", "path": "/api/v1/inferences", "body": body}]
    assert repr(tape) == "<Cassette tape.json replaying, 1 interactions>"


BEGUN = '{"cassette": 1, "interactions": [{"request": {"method": "GET", "path": "/"}, '


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[]", 'is no cassette: it has no "cassette": 1'),
        ('{"cassette": true}', 'is no cassette: it has no "cassette": 1'),
        ('{"cassette": 2, "interactions": []}', "is a cassette of version 2, and this package"),
        ('{"cassette": 1}', 'has no list "interactions"'),
        ('{"cassette": 1, "interactions": [{}]}', "broken at /interactions/0: 'request' is miss"),
        (
            '{"cassette": 1, "interactions": [{"request": {"method": "GET", "path": "/"}}]}',
            "broken at /interactions/0: 'response' is missing",
        ),
        (
            BEGUN + '"response": {"status": "200"}}]}',
            "broken at /interactions/0: response.status is not a number",
        ),
        (
            BEGUN + '"failure": {"kind": "unreachable"}}]}',
            "broken at /interactions/0: a failure is lost or deadline, not 'unreachable'",
        ),
        (
            BEGUN + '"response": {"status": 200, "chunks": "abc"}}]}',
            "broken at /interactions/0: response.chunks is not a list",
        ),
        (
            BEGUN + '"response": {"status": 200, "chunks": [{"base64": "!"}]}}]}',
            "broken at /interactions/0: base64 that is none",
        ),
    ],
)
def test_a_file_that_is_none(path: Path, content: str, said: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(content, "utf-8")
    with pytest.raises(CassetteError) as raised, cassette(path):
        raise AssertionError("the block must not begin")
    assert str(path) in str(raised.value)
    assert said in str(raised.value)
    assert "ecord it again." in str(raised.value)
    with FakeServer(reply(inference("Hi."))) as server, cassette(path, "all"):
        Flavour("sync").run(server.url)
    assert len(recorded(path)) == 1


def test_one_cassette_is_not_used_twice_at_once(path: Path) -> None:
    tape = cassette(path)
    with tape, pytest.raises(RuntimeError, match="in use already"), tape:
        pass
    with tape:
        pass


VECTORS = ROOT / "contract" / "vectors" / "cassettes"


def test_the_vectors_of_every_language(flavour: Flavour) -> None:
    """Plays what `contract/vectors/cassettes/README.md` says that every SDK must play."""
    with cassette(VECTORS / "everything.json", "none") as tape:
        answer = flavour.run(AWAY, "Hello", temperature=1.0)
        assert (answer.text, answer.cost_usd) == ("Hello there", Decimal("0.000012345"))
        again = flavour.run(AWAY, "Hello", temperature=1.0)
        assert again.text == "Hello again"
        streamed = flavour.stream(AWAY, "Greet the world")
        assert streamed.texts == ["Grüße, ", "世界"]
        assert streamed.completed is not None
        resumed = flavour.stream(AWAY, "Tell a story")
        assert resumed.texts == ["Once ", "upon ", "a time"]
        cut = flavour.stream(AWAY, "Break off", resumable=False)
        assert isinstance(cut.error, aistrale.StreamInterruptedError)
        assert cut.error.text == "Half "
        assert flavour.run(AWAY, "Try again").text == "At last"
        with pytest.raises(aistrale.APITimeoutError):
            flavour.run(AWAY, "Take long", timeout=30)
        with pytest.raises(aistrale.APIStatusError) as raised:
            flavour.run(AWAY, "A proxy's page", max_retries=0)
        assert raised.value.status == 502
        big = flavour.run(AWAY, "Big", seed=2**53 + 1)
        assert big.text == "Big"
        left = flavour.call(AWAY, first_of if flavour.name == "sync" else first_of_async)
        assert left == "First "
        key = flavour.call(AWAY, lambda client: client.api_keys.create("ci"))
        assert key.key == "ais_redacted"
        assert tape.unplayed == []
        with pytest.raises(CassetteMissError):
            flavour.run(AWAY, "Hello", temperature=1.0)
        tape._misses.clear()


def first_of(client: Any) -> str:
    with client.stream("Leave early") as stream:
        return str(next(stream).text)


async def first_of_async(client: Any) -> str:
    async with client.stream("Leave early") as stream:
        return str((await anext(stream)).text)
