"""Prompts that are loaded and kept: what is asked when, and what is used if nobody answers."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aistrale
from aistrale import PromptVersion, _prompt_cache
from aistrale._ambient import Ambient
from aistrale._prompt_cache import NEVER, Known, is_away, patience, plan

from .conftest import KEY, Flavour
from .fake_server import FakeServer, cut_body, hang, hang_up, plain, problem, reply, reset
from .test_prompts import PROMPT, THE_VERSION, VERSION

PATH = "/api/v1/prompts/greeting/versions/production"


def version(number: int, text: str = "Greet {{who}}.") -> dict[str, Any]:
    return {**VERSION, "version": number, "text": text}


class Clock:
    """A monotonic clock that goes when it is told to, and a wall clock that jumps about."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._jumps = 0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        self._jumps += 1
        return 1e9 * (self._jumps % 3)

    def ambient(self) -> Ambient:
        return Ambient(monotonic=self, now=self.wall, sleep=lambda _: None, chance=lambda: 0.0)


class Loader:
    """A client whose `load` blocks, of whichever kind the client is."""

    def __init__(self, flavour: Flavour, url: str, **arguments: Any) -> None:
        self.clock = Clock()
        self.runner = asyncio.Runner()
        arguments.setdefault("_ambient", self.clock.ambient())
        self.client = flavour.client(url, **arguments)
        self._blocking = flavour.name == "sync"

    def now(self, value: Any) -> Any:
        if self._blocking:
            return value

        async def main() -> Any:
            return await value

        return self.runner.run(main())

    def load(self, prompt: Any = "greeting@production", **options: Any) -> PromptVersion:
        found: PromptVersion = self.now(self.client.prompts.load(prompt, **options))
        return found

    def number(self, prompt: Any = "greeting@production", **options: Any) -> int:
        return self.load(prompt, **options).version

    def close(self) -> None:
        self.now(self.client.close())
        self.runner.close()


Made = Callable[..., Loader]


@pytest.fixture
def loader(flavour: Flavour) -> Iterator[Made]:
    made: list[Loader] = []

    def make(url: str, **arguments: Any) -> Loader:
        made.append(Loader(flavour, url, **arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


# ── the policy ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("known", "max_age", "fallback", "does"),
    [
        (Known(), 60, False, "ask"),
        (Known(), 60, True, "ask"),
        (Known(None, NEVER, 996), 60, True, "use"),
        (Known(None, NEVER, 995), 60, True, "ask"),
        (Known(None, NEVER, 996), 60, False, "ask"),
        (Known(THE_VERSION, 941), 60, False, "use"),
        (Known(THE_VERSION, 940), 60, False, "ask"),
        (Known(THE_VERSION, 1000), 0, False, "ask"),
        (Known(THE_VERSION, 0), float("inf"), False, "use"),
        (Known(THE_VERSION, NEVER), float("inf"), False, "ask"),
        (Known(THE_VERSION, 940, 996), 60, False, "use"),
        (Known(THE_VERSION, 940, 995), 60, True, "ask"),
        (Known(THE_VERSION, 941, 900), 60, False, "use"),
    ],
)
def test_what_is_done_when(known: Known, max_age: float, fallback: bool, does: str) -> None:
    assert plan(known, max_age=max_age, fallback=fallback, now=1000) == does


@given(
    st.floats(0, 1e6),
    st.one_of(st.just(NEVER), st.floats(0, 1e6)),
    st.floats(0, 1e6),
    st.booleans(),
)
def test_nothing_old_is_used_unless_the_server_was_away_just_now(
    asked: float, failed: float, max_age: float, fallback: bool
) -> None:
    now = 1e6
    known = Known(THE_VERSION, asked, failed)
    used = plan(known, max_age=max_age, fallback=fallback, now=now) == "use"
    assert used == (now - asked < max_age or now - failed < 5)


@pytest.mark.parametrize(
    ("known", "fallback", "given_", "takes"),
    [
        (Known(), False, None, None),
        (Known(), False, 30, 30),
        (Known(), True, None, 5),
        (Known(), True, 30, 30),
        (Known(), True, aistrale.NO_TIMEOUT, aistrale.NO_TIMEOUT),
        (Known(THE_VERSION, 0), False, None, 2),
        (Known(THE_VERSION, 0), True, 30, 2),
        (Known(THE_VERSION, 0), False, 0.5, 0.5),
        (Known(THE_VERSION, 0), False, aistrale.NO_TIMEOUT, 2),
    ],
)
def test_how_long_is_asked(known: Known, fallback: bool, given_: Any, takes: Any) -> None:
    assert patience(known, fallback=fallback, given=given_) == takes


@pytest.mark.parametrize(
    ("status", "away"),
    [
        *[(status, True) for status in (200, 302, 408, 429, 500, 502, 503, 504)],
        *[(status, False) for status in (400, 401, 403, 404, 409, 412)],
    ],
)
def test_which_answers_say_that_the_server_is_away(status: int, away: bool) -> None:
    assert is_away(aistrale.APIStatusError("x", status=status)) == away
    assert is_away(aistrale.APIConnectionError("x"))
    assert is_away(aistrale.APITimeoutError("x"))
    assert not is_away(aistrale.ConfigurationError("x"))


# ── what is kept, and how long ───────────────────────────────────────────────────────────────────


def test_it_is_asked_for_once_while_it_is_fresh(loader: Made) -> None:
    with FakeServer(reply(version(3)), reply(version(4))) as server:
        prompts = loader(server.url)
        assert prompts.load() == THE_VERSION
        prompts.clock.now += 59.9
        assert prompts.load() == THE_VERSION
        assert len(server.requests) == 1
        prompts.clock.now += 0.1
        assert prompts.number() == 4
        prompts.clock.now += 59.9
        assert prompts.number() == 4
    assert [(got.method, got.path) for got in server.requests] == [("GET", PATH)] * 2


def test_each_caller_has_its_own_age(loader: Made) -> None:
    answers = [reply(version(number)) for number in range(1, 6)]
    with FakeServer(*answers) as server:
        prompts = loader(server.url)
        assert [prompts.number(max_age=0) for _ in range(2)] == [1, 2]
        prompts.clock.now += 10
        assert prompts.number(max_age=11) == 2
        assert prompts.number(max_age=10) == 3
        prompts.clock.now += 1e9
        assert prompts.number(max_age=float("inf")) == 3
        assert prompts.number() == 4
    assert len(server.requests) == 4


def test_it_is_as_old_as_its_request(loader: Made) -> None:
    """Not as its answer: a label may have been moved while that was on its way."""
    clock: list[Clock] = []

    def slow(connection: socket.socket, got: Any) -> bool:
        clock[0].now += 1.5
        return reply(version(3))(connection, got)

    with FakeServer(slow, reply(version(4))) as server:
        prompts = loader(server.url)
        clock.append(prompts.clock)
        assert prompts.number() == 3
        prompts.clock.now += 58.5
        assert prompts.number() == 4


def test_names_versions_labels_and_workspaces_are_kept_apart(loader: Made) -> None:
    wanted: list[tuple[Any, dict[str, Any], str]] = [
        ("greeting@production", {}, "greeting/versions/production"),
        ("greeting@3", {}, "greeting/versions/3"),
        ("greeting@latest", {}, "greeting/versions/latest"),
        ("greeting@0", {}, "greeting/versions/0"),
        (aistrale.PromptRef("other", version=3), {}, "other/versions/3"),
        ("greeting@3", {"workspace": "ws_2"}, "greeting/versions/3"),
    ]
    with FakeServer(*[reply(version(number)) for number in range(6)]) as server:
        prompts = loader(server.url)
        for _ in range(2):
            for number, (prompt, options, _path) in enumerate(wanted):
                assert prompts.number(prompt, **options) == number
        assert prompts.number(aistrale.PromptUse(name="greeting", version=3)) == 1
    assert [got.path for got in server.requests] == [f"/api/v1/prompts/{w[2]}" for w in wanted]
    assert server.requests[5].headers["x-aistrale-workspace"] == "ws_2"


def test_with_neither_label_nor_version_it_is_production_or_else_the_latest(loader: Made) -> None:
    script = [
        reply(version(2)),
        problem(404, "not_found"),
        reply(version(3)),
        problem(404, "not_found"),
        problem(404, "not_found", "There is no prompt greeting."),
    ]
    with FakeServer(*script) as server:
        prompts = loader(server.url)
        assert [prompts.number("greeting"), prompts.number("greeting")] == [2, 2]
        prompts.clock.now += 60
        assert prompts.number("greeting") == 3
        prompts.clock.now += 60
        with pytest.raises(aistrale.NotFoundError, match="There is no prompt greeting"):
            prompts.load("greeting")
    labels = ["production", "production", "latest", "production", "latest"]
    assert [got.path.rpartition("/")[2] for got in server.requests] == labels


def test_only_so_many_are_kept(loader: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were used last."""
    monkeypatch.setattr(_prompt_cache, "MOST", 3)
    with FakeServer(forever=reply(version(1))) as server:
        prompts = loader(server.url)
        for name in ("a", "b", "c", "a", "d", "a", "c", "d"):
            prompts.load(f"{name}@1")
        assert [got.path.split("/")[4] for got in server.requests] == ["a", "b", "c", "d"]
        prompts.load("b@1")
        assert len(server.requests) == 5


def test_what_one_caller_changes_is_no_others(loader: Made) -> None:
    answer = {
        **version(3),
        "text": None,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "{{x}}"}]}],
        "variables": [{"name": "x", "type": "array", "required": False, "default": [1]}],
        "settings": {"stop": ["a"]},
    }
    with FakeServer(reply(answer)) as server:
        prompts = loader(server.url)
        for _ in range(2):
            found = prompts.load()
            assert found.render().messages[0].content == ({"type": "text", "text": "[1]"},)
            assert found.settings == {"stop": ["a"]}
            assert found.messages is not None
            found.messages[0]["content"][0]["text"] = "changed"
            found.settings["stop"].append("b")  # type: ignore[union-attr]
            found.variables[0].default.append(2)
    assert len(server.requests) == 1


# ── while the server is away ─────────────────────────────────────────────────────────────────────

AWAY: dict[str, Any] = {
    "overloaded": problem(503, "overloaded"),
    "no database": problem(503, "database_unavailable", headers={"retry_after": "30"}),
    "a defect": problem(500, "internal"),
    "a proxy without a server": plain(502, b"<html>", content_type="text/html"),
    "a proxy that waited": plain(504, b""),
    "a proxy's limit": plain(429, b""),
    "a page": plain(200, b"<html>We are back soon", content_type="text/html"),
    "a redirect": plain(302, b"", location="https://status.example"),
    "a reset": reset,
    "a hang-up": hang_up,
    "half an answer": cut_body,
    "what is no version": reply({"name": "greeting"}),
}


@pytest.mark.parametrize("name", AWAY)
def test_the_last_good_one_is_used(
    name: str, loader: Made, caplog: pytest.LogCaptureFixture
) -> None:
    """With one warning; it is asked for again five seconds later, once each time."""
    away = AWAY[name]
    with FakeServer(reply(version(3)), away, away, reply(version(4)), away) as server:
        prompts = loader(server.url)
        assert prompts.number() == 3
        prompts.clock.now += 60
        assert [prompts.number() for _ in range(3)] == [3, 3, 3]
        assert len(server.requests) == 2
        prompts.clock.now += 4.9
        assert prompts.number() == 3
        assert len(server.requests) == 2
        prompts.clock.now += 0.1
        assert prompts.number() == 3
        assert len(server.requests) == 3
        (said,) = warnings(caplog)
        assert said.startswith(
            "prompt greeting@production: version 3, the last that came, is used until the server "
            "answers again; it is asked every 5 s. "
        )
        assert KEY not in said
        prompts.clock.now += 5
        assert [prompts.number(), prompts.number()] == [4, 4]
        assert len(warnings(caplog)) == 1
        prompts.clock.now += 60
        assert prompts.number() == 4
        assert len(server.requests) == 5
        assert len(warnings(caplog)) == 2


def test_a_night_without_a_server(loader: Made, caplog: pytest.LogCaptureFixture) -> None:
    """Half an hour, two loads every five seconds: one warning, no error, one request for both."""
    with FakeServer(reply(version(3)), forever=hang_up) as server:
        prompts = loader(server.url)
        assert prompts.number() == 3
        prompts.clock.now += 55
        for _ in range(360):
            prompts.clock.now += 5
            assert prompts.number() == 3
            assert prompts.number() == 3
        assert len(server.requests) == 1 + 360
    assert len(warnings(caplog)) == 1
    prompts.clock.now += 5
    assert prompts.number() == 3


@pytest.mark.parametrize(
    "fallback",
    ["Hello {{who}}!", PromptVersion(name="mine", version=7, text="Hello {{who}}!")],
    ids=["text", "version"],
)
def test_a_fallback_stands_in_for_what_never_came(
    fallback: Any, loader: Made, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeServer(problem(503, "overloaded"), reset, reply(version(3)), reset) as server:
        prompts = loader(server.url, max_retries=0)
        found = prompts.load(fallback=fallback)
        assert found.render({"who": "Ada"}).text == "Hello Ada!"
        if isinstance(fallback, str):
            who = aistrale.PromptVariable(name="who", required=True)
            assert found == PromptVersion(
                name="greeting", version=0, text=fallback, variables=(who,)
            )
        else:
            assert found == fallback
        prompts.clock.now += 4.9
        assert prompts.load(fallback=fallback) == found
        assert len(server.requests) == 1
        prompts.clock.now += 0.1
        assert prompts.load(fallback=fallback) == found
        assert len(server.requests) == 2
        (said,) = warnings(caplog)
        assert said.startswith("prompt greeting@production: the fallback is used until the server")
        prompts.clock.now += 5
        assert prompts.number(fallback=fallback) == 3
        prompts.clock.now += 60
        assert prompts.number(fallback=fallback) == 3
        assert len(server.requests) == 4


@pytest.mark.parametrize("name", AWAY)
def test_without_anything_to_use_it_is_the_error(
    name: str, loader: Made, caplog: pytest.LogCaptureFixture
) -> None:
    """And the server is asked each time."""
    with FakeServer(AWAY[name], AWAY[name], reply(version(3))) as server:
        prompts = loader(server.url, max_retries=0)
        for _ in range(2):
            with pytest.raises(aistrale.APIError):
                prompts.load()
        assert prompts.number() == 3
    assert len(server.requests) == 3
    assert warnings(caplog) == []


def test_the_first_time_is_tried_as_any_call_is(loader: Made) -> None:
    """By the client's retries; afterwards one attempt will do, for there is something to use."""
    busy = problem(503, "overloaded")
    with FakeServer(busy, busy, reply(version(3)), busy, reply(version(4))) as server:
        prompts = loader(server.url)
        assert prompts.number() == 3
        assert len(server.requests) == 3
        prompts.clock.now += 60
        assert prompts.number(max_retries=5) == 3
        assert len(server.requests) == 4


@pytest.mark.parametrize("code", ["authentication_failed", "permission_denied", "not_found"])
def test_what_the_server_says_of_it_is_raised_whatever_there_is(
    code: str, loader: Made, caplog: pytest.LogCaptureFixture
) -> None:
    """And ends it: what was deleted, or is not this key's any more, does not come back."""
    status = {"authentication_failed": 401, "permission_denied": 403, "not_found": 404}[code]
    says = problem(status, code)
    with FakeServer(reply(version(3)), says, says, reset, says) as server:
        prompts = loader(server.url, max_retries=0)
        assert prompts.number() == 3
        prompts.clock.now += 60
        for _ in range(2):
            with pytest.raises(aistrale.APIStatusError) as raised:
                prompts.load(fallback="Hello!")
            assert (raised.value.status, raised.value.code) == (status, code)
        with pytest.raises(aistrale.APIConnectionError):
            prompts.load()
        with pytest.raises(aistrale.APIStatusError):
            prompts.load(fallback="Hello!")
    assert len(server.requests) == 5
    assert warnings(caplog) == []


def test_a_server_that_hangs_holds_nobody_up_for_long(flavour: Flavour) -> None:
    """Two seconds where there is a version, and no longer than a timeout given."""
    with FakeServer(reply(version(3)), hang, hang, hang) as server:
        prompts = Loader(flavour, server.url, _ambient=Ambient())
        assert prompts.number() == 3
        began = time.monotonic()
        assert prompts.number(max_age=0) == 3
        assert 1.8 < time.monotonic() - began < 4
        began = time.monotonic()
        assert prompts.number(max_age=0) == 3
        assert time.monotonic() - began < 1.5
        shelf = prompts.client.prompts._shelf()
        shelf._cache = _prompt_cache.PromptCache(time.monotonic)
        with pytest.raises(aistrale.APITimeoutError):
            prompts.load(timeout=0.2)
        assert prompts.number(timeout=0.2, fallback="x") == 0
        assert time.monotonic() - began < 5
        prompts.close()


# ── changes of one's own ─────────────────────────────────────────────────────────────────────────

CHANGES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "set_label": (lambda of: of.set_label("greeting", "production", 4), reply(PROMPT)),
    "create_version": (lambda of: of.create_version("greeting", text="x"), reply(VERSION, 201)),
    "create": (lambda of: of.create("greeting", text="x"), reply(PROMPT, 201)),
    "import_dotprompt": (lambda of: of.import_dotprompt("greeting", "x"), reply(VERSION)),
    "remove_label": (lambda of: of.remove_label("greeting", "production"), plain(204)),
    "delete": (lambda of: of.delete("greeting"), plain(204)),
}
GONE = ("remove_label", "delete")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_this_clients_own_is_seen_at_once(name: str, loader: Made) -> None:
    change, answer = CHANGES[name]
    script = [reply(version(3)), reply(version(8)), answer, reply(version(4))]
    with FakeServer(*script) as server:
        prompts = loader(server.url)
        assert [prompts.number(), prompts.number("other@1")] == [3, 8]
        prompts.now(change(prompts.client.prompts))
        assert [prompts.number(), prompts.number("other@1")] == [4, 8]
    assert len(server.requests) == 4


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_may_have_been_made(name: str, loader: Made) -> None:
    """The server is away afterwards: what is gone is not used, what was is used on."""
    change, _ = CHANGES[name]
    with FakeServer(reply(version(3)), reset, reset, reset) as server:
        prompts = loader(server.url, max_retries=0)
        assert prompts.number() == 3
        with pytest.raises(aistrale.APIConnectionError):
            prompts.now(change(prompts.client.prompts))
        if name in GONE:
            with pytest.raises(aistrale.APIConnectionError):
                prompts.load()
        else:
            assert prompts.number() == 3


def test_what_was_asked_before_a_change_is_not_kept() -> None:
    """Its answer was on its way, with the label where it had been."""
    asked, moved = threading.Event(), threading.Event()

    def late(connection: socket.socket, got: Any) -> bool:
        asked.set()
        moved.wait(10)
        return reply(version(3))(connection, got)

    with (
        FakeServer(late, reply(PROMPT), reply(version(4)), reply(version(5))) as server,
        aistrale.Aistrale(api_url=server.url) as client,
        ThreadPoolExecutor() as pool,
    ):
        before = pool.submit(client.prompts.load, "greeting@production")
        assert asked.wait(10)
        client.prompts.set_label("greeting", "production", 4)
        assert client.prompts.load("greeting@production").version == 4
        moved.set()
        assert before.result(10).version == 3
        assert client.prompts.load("greeting@production").version == 4
    assert len(server.requests) == 3


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


class Gate:
    """An answer that is given once it is open."""

    def __init__(self, answer: Any) -> None:
        self.asked, self.open = threading.Event(), threading.Event()
        self._answer = answer

    def __call__(self, connection: socket.socket, got: Any) -> bool:
        self.asked.set()
        self.open.wait(10)
        done: bool = self._answer(connection, got)
        return done


def waiting(client: Any, many: int) -> None:
    """Return once so many wait for another's request."""
    cache = client.prompts._shelf().cache
    for _ in range(2000):
        if sum(len(flight._wake) for flight in list(cache._flights.values())) >= many:
            return
        time.sleep(0.005)
    raise AssertionError("they do not wait")


def test_many_threads_make_one_request() -> None:
    gate = Gate(reply(version(3)))
    with (
        FakeServer(gate) as server,
        aistrale.Aistrale(api_url=server.url) as client,
        ThreadPoolExecutor(32) as pool,
    ):
        loads = [pool.submit(client.prompts.load, "greeting@production") for _ in range(32)]
        waiting(client, 31)
        gate.open.set()
        assert [load.result(10) for load in loads] == [THE_VERSION] * 32
        assert len(server.requests) == 1
        first, second = loads[0].result(), loads[1].result()
        assert first.settings is not second.settings


def test_many_tasks_make_one_request() -> None:
    gate = Gate(reply(version(3)))

    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url) as client:
            loads = [
                asyncio.create_task(client.prompts.load("greeting@production", max_age=0))
                for _ in range(200)
            ]
            await asyncio.to_thread(waiting, client, 199)
            gate.open.set()
            assert await asyncio.gather(*loads) == [THE_VERSION] * 200

    with FakeServer(gate) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 1


def test_event_loops_of_several_threads_make_one_request() -> None:
    gate = Gate(reply(version(3)))
    with FakeServer(gate) as server, ThreadPoolExecutor(8) as pool:
        client = aistrale.AsyncAistrale(api_url=server.url)

        async def main() -> PromptVersion:
            return await client.prompts.load("greeting@production")

        loads = [pool.submit(asyncio.run, main()) for _ in range(8)]
        waiting(client, 7)
        gate.open.set()
        assert [load.result(10) for load in loads] == [THE_VERSION] * 8
        assert len(server.requests) == 1


def test_many_share_an_error_too() -> None:
    """Each has one of its own: they are raised in several threads."""
    gate = Gate(problem(404, "not_found", "There is no prompt greeting."))
    with (
        FakeServer(gate) as server,
        aistrale.Aistrale(api_url=server.url) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        loads = [pool.submit(client.prompts.load, "greeting@production") for _ in range(8)]
        waiting(client, 7)
        gate.open.set()
        errors = [load.exception(10) for load in loads]
        assert len(server.requests) == 1
    assert len({id(error) for error in errors}) == 8
    for error in errors:
        assert isinstance(error, aistrale.NotFoundError)
        assert (error.status, error.request_id) == (404, "req_1")
        assert str(error).startswith("There is no prompt greeting.")


def test_many_fall_back_together(caplog: pytest.LogCaptureFixture) -> None:
    """Each to what it has: the last good version, its own fallback, or the error."""
    gate = Gate(reset)
    with (
        FakeServer(gate) as server,
        aistrale.Aistrale(api_url=server.url, max_retries=0) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        with_one = [pool.submit(client.prompts.load, "a@1", fallback=f"{n}") for n in range(4)]
        without = [pool.submit(client.prompts.load, "a@1") for n in range(4)]
        waiting(client, 7)
        gate.open.set()
        assert [load.result(10).text for load in with_one] == ["0", "1", "2", "3"]
        for load in without:
            assert isinstance(load.exception(10), aistrale.APIConnectionError)
        assert len(server.requests) == 1
    assert len(warnings(caplog)) <= 1


def test_who_gives_up_leaves_it_to_the_others() -> None:
    """A task that is cancelled while it asks; the next one asks in its place."""
    gate = Gate(reply(version(9)))

    async def main(url: str) -> None:
        async with aistrale.AsyncAistrale(api_url=url) as client:
            first = asyncio.create_task(client.prompts.load("greeting@production"))
            await asyncio.to_thread(gate.asked.wait, 10)
            others = [
                asyncio.create_task(client.prompts.load("greeting@production")) for _ in range(3)
            ]
            await asyncio.to_thread(waiting, client, 3)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert [(await each).version for each in others] == [3, 3, 3]

    with FakeServer(gate, reply(version(3))) as server:
        asyncio.run(main(server.url))
        assert len(server.requests) == 2
        gate.open.set()


def test_what_a_listener_raises_is_its_callers_alone() -> None:
    gate = Gate(reply(version(9)))

    def refuse(_: aistrale.RawResponse) -> None:
        raise KeyError("mine")

    with (
        FakeServer(gate, reply(version(3))) as server,
        aistrale.Aistrale(api_url=server.url) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        first = pool.submit(client.prompts.load, "greeting@production", on_response=refuse)
        assert gate.asked.wait(10)
        others = [pool.submit(client.prompts.load, "greeting@production") for _ in range(3)]
        waiting(client, 3)
        gate.open.set()
        assert isinstance(first.exception(10), KeyError)
        assert [each.result(10).version for each in others] == [3, 3, 3]
        assert len(server.requests) == 2


def test_each_waits_as_long_as_it_may(flavour: Flavour) -> None:
    """Who has little time does not wait for who has more, nor fails those."""
    gate = Gate(reply(version(3)))
    with FakeServer(gate) as server:
        client = flavour.client(server.url)

        def load(timeout: float, **options: Any) -> Any:
            loading = client.prompts.load("greeting@production", timeout=timeout, **options)
            if flavour.name == "sync":
                return loading

            async def main() -> PromptVersion:
                return await loading  # type: ignore[no-any-return]

            return asyncio.run(main())

        with ThreadPoolExecutor(3) as pool:
            patient = pool.submit(load, 20)
            assert gate.asked.wait(10)
            hurried = pool.submit(load, 0.2)
            error = hurried.exception(10)
            assert isinstance(error, aistrale.APITimeoutError)
            assert "within 0.2 s" in str(error)
            assert pool.submit(load, 0.2, fallback="x").result(10).version == 0
            gate.open.set()
            assert patient.result(10).version == 3
        assert len(server.requests) == 1


def test_who_has_more_time_asks_again_after_who_had_less() -> None:
    first = Gate(hang)
    first.open.set()
    with (
        FakeServer(first, reply(version(3))) as server,
        aistrale.Aistrale(api_url=server.url) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        hurried = pool.submit(client.prompts.load, "greeting@production", timeout=0.5)
        assert first.asked.wait(10)
        patient = pool.submit(client.prompts.load, "greeting@production", timeout=20)
        assert isinstance(hurried.exception(10), aistrale.APITimeoutError)
        assert patient.result(10).version == 3
    assert len(server.requests) == 2


def test_an_event_loop_that_ends_without_a_word_holds_nobody_up_for_ever() -> None:
    """Nobody ends what it had begun; after its time another asks."""
    clock = Clock()
    gate = Gate(reply(version(9)))
    with FakeServer(gate, reply(version(3))) as server:
        client = aistrale.AsyncAistrale(api_url=server.url, _ambient=clock.ambient())
        cache = client.prompts._shelf().cache
        key = _prompt_cache.Key("greeting", None, "production", None)
        asking = cache.look(key, max_age=60, fallback=False)
        assert isinstance(asking, _prompt_cache.Asking)
        assert asking.mine
        asking.flight.until = clock.now + 3
        gate.open.set()
        again = cache.look(key, max_age=60, fallback=False)
        assert isinstance(again, _prompt_cache.Asking)
        assert (again.mine, again.flight) == (False, asking.flight)
        clock.now += 3
        other = cache.look(key, max_age=60, fallback=False)
        assert isinstance(other, _prompt_cache.Asking)
        assert other.mine


# ── forks, the module, mistakes ──────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_what_was_loaded_and_waits_for_nobody() -> None:
    """Even when a thread of its parent was asking, or held the lock, at that moment."""
    with FakeServer(forever=reply(version(3))) as server:
        script = f"""
import os, threading, aistrale
from aistrale import _prompt_cache
client = aistrale.Aistrale(api_url={server.url!r}, api_key="x")
client.prompts.load("a@1")
cache = client.prompts._shelf().cache
asking = cache.look(_prompt_cache.Key("b", 1, None, None), max_age=60, fallback=False)
assert asking.mine
cache._lock.acquire()
child = os.fork()
if not child:
    numbers = [client.prompts.load(name, timeout=5).version for name in ("a@1", "b@1")]
    os._exit(0 if numbers == [3, 3] else 1)
cache._lock.release()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert client.prompts._shelf().cache._flights
"""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stdout == "0\n"
        assert [got.path for got in server.requests] == [
            f"/api/v1/prompts/{name}/versions/1" for name in ("a", "b")
        ]


def test_the_modules_are_those_of_the_client_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server, or another key, has nothing of what the one before gave."""
    with (
        FakeServer(reply(version(3)), reply(PROMPT), reply(version(4))) as one,
        FakeServer(reply(version(7)), problem(404, "not_found")) as other,
    ):
        monkeypatch.setenv("AISTRALE_API_URL", one.url)
        assert [aistrale.prompts.load("greeting@production").version for _ in range(2)] == [3, 3]
        aistrale.prompts.set_label("greeting", "production", 4)
        assert [aistrale.prompts.load("greeting@production").version for _ in range(2)] == [4, 4]
        monkeypatch.setenv("AISTRALE_API_URL", other.url)
        assert aistrale.prompts.load("greeting@production").version == 7
        monkeypatch.setenv("AISTRALE_API_KEY", "ais_another")
        with pytest.raises(aistrale.NotFoundError):
            aistrale.prompts.load("greeting@production")
    assert (len(one.requests), len(other.requests)) == (3, 2)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"max_age": -1}, ValueError, "max_age is below 0 seconds: -1"),
        ({"max_age": float("nan")}, ValueError, "max_age is below 0 seconds: nan"),
        ({"max_age": None}, TypeError, "max_age is not a number of seconds: None"),
        ({"max_age": True}, TypeError, "max_age is not a number of seconds: True"),
        ({"fallback": 1}, TypeError, "fallback is a template or a PromptVersion: int"),
        ({"prompt": 1}, TypeError, "a prompt is named by text or a PromptRef, not by int"),
        ({"prompt": "a@"}, ValueError, "names no prompt"),
        ({"prompt": "."}, ValueError, "the prompt's name or version is '.'"),
        (
            {"prompt": aistrale.PromptRef("a", variables={"b": 1})},
            TypeError,
            "variables= are given to the loaded version's render",
        ),
        ({"max_aeg": 1}, TypeError, "prompts.load has no option 'max_aeg'"),
        ({"timeout": -1}, ValueError, "timeout is not above 0"),
        ({"on_response": 1}, TypeError, "on_response is not a function"),
    ],
)
def test_mistakes_are_told_before_anything_is_sent(
    loader: Made, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with FakeServer(reply(version(3))) as server:
        prompts = loader(server.url)
        with pytest.raises(error, match=says):
            prompts.load(**{"prompt": "greeting@production", **arguments})
        assert server.requests == []
        assert prompts.number() == 3


def test_every_answer_is_told_of(loader: Made) -> None:
    heard: list[tuple[int, str]] = []

    def listen(response: aistrale.RawResponse) -> None:
        heard.append((response.status, response.path.rpartition("/")[2]))

    with FakeServer(problem(404, "not_found"), reply(version(3))) as server:
        prompts = loader(server.url, on_response=listen)
        assert [prompts.number("greeting"), prompts.number("greeting")] == [3, 3]
    assert heard == [(404, "production"), (200, "latest")]


def test_a_version_that_was_loaded_is_rendered_here(loader: Made) -> None:
    with FakeServer(reply(version(3))) as server:
        found = loader(server.url).load()
        assert found.render({"who": "Ada"}).text == "Greet Ada."
        assert found.render().text == "Greet world."
        with pytest.raises(aistrale.BadRequestError, match="/variables/whom"):
            found.render({"whom": "Ada"})
    assert len(server.requests) == 1


def test_it_can_be_used_where_processes_are_spawned() -> None:
    """A version goes through a pipe whole."""
    with FakeServer(reply(version(3))) as server, aistrale.Aistrale(api_url=server.url) as client:
        found = client.prompts.load("greeting@production")
    assert (
        multiprocessing.reduction.ForkingPickler.loads(
            bytes(multiprocessing.reduction.ForkingPickler.dumps(found))
        )
        == found
    )
