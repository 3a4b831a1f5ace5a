"""Sessions that are saved, prompts that are loaded, answers as they came: against a real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import aistrale

from .test_real_server import MODEL, PROVIDER, eventually

TYPES = ("string", "number", "integer", "boolean", "array", "object")

VALUES: list[tuple[str, Any]] = [
    ("string", 'Ada {{n}} "quoted" \\ 🙂 \u2028\x1f\x7f\r\n\t'),
    ("string", ""),
    ("number", 0),
    ("number", -1.5),
    ("number", 1e16),
    ("number", 1e22),
    ("number", 1.0),
    ("number", 1e-7),
    ("number", 0.000001),
    ("number", -0.0),
    ("number", 9007199254740993),
    ("number", Decimal("1.50")),
    ("number", Decimal("1E+3")),
    ("number", Decimal("0.1234567890123456789012345")),
    ("number", Decimal("0E-9")),
    ("number", Decimal("-0.00")),
    ("number", 5e-324),
    ("number", 1.7976931348623157e308),
    ("integer", 2.0),
    ("integer", Decimal("2E+2")),
    ("integer", 12345678901234567890),
    ("boolean", True),
    ("array", [1, "a b", None, {"k": []}, 1.5, Decimal("2.50"), False]),
    ("array", ()),
    ("object", {"b": 1, "a": 'ü "q"\n\x01', "ключ": {}}),
    ("object", {"a/b~c": "\\u0000 \x08\x0c\x1b / </script> \x7f é"}),
]

WRONG: list[dict[str, Any]] = [
    {},
    {"v": None},
    {"v": 1, "w": 2, "vv": 3},
    {"v": True},
    {"v": []},
    {"a/b~c": "x", "v": "y"},
]


@pytest.fixture
def client() -> Iterator[aistrale.Aistrale]:
    with aistrale.Aistrale() as client:
        yield client


@pytest.fixture
def name(client: aistrale.Aistrale) -> Iterator[str]:
    """The name of a prompt that is gone after the test."""
    name = f"kept-{uuid.uuid4().hex[:12]}"
    yield name
    with contextlib.suppress(aistrale.NotFoundError):
        client.prompts.delete(name)


def mistakes(error: aistrale.BadRequestError) -> list[tuple[str, str]]:
    """Return them without what was perhaps meant: each side has its own idea of what is near."""
    return [
        (each["pointer"], each["detail"].partition("; did you mean")[0]) for each in error.errors
    ]


def test_what_is_rendered_here_is_what_the_server_renders(
    client: aistrale.Aistrale, name: str
) -> None:
    """Digit by digit, and with the same mistakes."""
    client.prompts.create(name, text="{{v}}")
    versions = {
        kind: client.prompts.create_version(
            name,
            messages=[
                {"role": "system", "content": "{ {{v}} }} {{ v }}{{other}}"},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "{{v}}"},
                        {"type": "image_url", "image_url": {"url": "https://a.example/{{other}}"}},
                    ],
                },
            ],
            variables=[
                {"name": "v", "type": kind},
                {"name": "other", "type": "number", "default": Decimal("1.50")},
            ],
            settings={"model": MODEL, "temperature": 0.25, "stop": ["x"]},
        )
        for kind in TYPES
    }
    for kind, value in VALUES:
        loaded = client.prompts.load(f"{name}@{versions[kind].version}")
        theirs = client.prompts.render(f"{name}@{versions[kind].version}", {"v": value})
        assert loaded.render({"v": value}) == theirs
    loaded = client.prompts.load(f"{name}@{versions['string'].version}")
    for values in WRONG:
        with pytest.raises(aistrale.BadRequestError) as here:
            loaded.render(values)
        with pytest.raises(aistrale.BadRequestError) as there:
            client.prompts.render(f"{name}@{loaded.version}", values)
        ours, whole = here.value, there.value
        assert mistakes(ours) == mistakes(whole)
        assert (ours.status, ours.code) == (whole.status, whole.code)
        assert str(whole).count(whole.errors[0]["detail"]) == 1


def test_a_prompt_is_loaded_while_its_label_moves(client: aistrale.Aistrale, name: str) -> None:
    client.prompts.create(name, text="One, {{who}}.")
    assert client.prompts.load(name).render({"who": "Ada"}).text == "One, Ada."
    client.prompts.create_version(name, text="Two, {{who}}.")
    assert client.prompts.load(name).version == 2
    client.prompts.set_label(name, "production", 1)
    assert client.prompts.load(name).labels == ("production",)
    assert client.prompts.load(f"{name}@production").version == 1
    with aistrale.Aistrale() as other:
        other.prompts.set_label(name, "production", 2)
    assert client.prompts.load(f"{name}@production").version == 1
    assert client.prompts.load(f"{name}@production", max_age=0).version == 2

    async def main() -> None:
        async with aistrale.AsyncAistrale() as asynchronous:
            loads = [asynchronous.prompts.load(f"{name}@production") for _ in range(20)]
            assert {each.version for each in await asyncio.gather(*loads)} == {2}
            await asynchronous.prompts.delete(name)
            with pytest.raises(aistrale.NotFoundError):
                await asynchronous.prompts.load(f"{name}@production", fallback="x")

    asyncio.run(main())
    with pytest.raises(aistrale.NotFoundError):
        client.prompts.load(f"{name}@production", max_age=0, fallback="x")


def test_a_key_that_was_revoked_loads_nothing(client: aistrale.Aistrale, name: str) -> None:
    client.prompts.create(name, text="One.")
    made = client.api_keys.create(f"e2e {name}", role="viewer")
    with aistrale.Aistrale(api_key=made.key) as other:
        assert other.prompts.load(name).render().text == "One."
        client.api_keys.revoke(made.id)
        assert other.prompts.load(name).version == 1
        with pytest.raises(aistrale.AuthenticationError):
            other.prompts.load(name, max_age=0, fallback="x")


def test_a_session_is_saved_loaded_and_forked(client: aistrale.Aistrale, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    session = client.session(model=MODEL, provider=PROVIDER, system="Be brief.")
    session.run("Hello, I am Ada.")
    session.save(path)
    fork = session.fork()
    answers = [session.run("Who am I?"), fork.run("Who am I?")]

    async def main() -> aistrale.Inference:
        async with aistrale.AsyncAistrale() as asynchronous:
            loaded = await asynchronous.load_session(path)
            answer = await loaded.run("Who am I?")
            await loaded.save(path)
            return answer

    answers.append(asyncio.run(main()))
    assert client.load_session(path).messages[:3] == session.messages[:3]
    assert len(client.load_session(path).messages) == 4
    kept = [client.inferences.get(each.id).session_id for each in answers]
    assert kept == [session.session_id, fork.session_id, session.session_id]
    assert len(set(kept)) == 2


def test_answers_as_they_came() -> None:
    heard: list[aistrale.RawResponse] = []
    with aistrale.Aistrale(on_response=heard.append) as client:
        answer = client.run("Hello", model=MODEL, provider=PROVIDER)
        streamed = client.stream("Hello", model=MODEL, provider=PROVIDER).final()
        with pytest.raises(aistrale.NotFoundError) as raised:
            client.prompts.get("nowhere")
        with client.telemetry.stream() as feed, ThreadPoolExecutor(1) as pool:
            first = pool.submit(next, feed)
            eventually(lambda: len(heard) == 4)
            client.run("Hello", model=MODEL, provider=PROVIDER)
            assert first.result(10).id
    whole, stream, missing, live, _ = heard
    assert json.loads(whole.body or b"")["id"] == answer.id
    assert whole.headers["x-aistrale-inference-id"] == answer.id
    assert (stream.body, stream.headers["x-aistrale-inference-id"]) == (None, streamed.id)
    assert (missing.status, missing.request_id) == (404, raised.value.request_id)
    assert (live.status, live.body) == (200, None)
    assert len({each.request_id for each in heard} - {None}) == 5


def test_a_limit_has_all_its_digits(client: aistrale.Aistrale) -> None:
    most = Decimal("999999999.123456789")
    budget = client.budgets.create(
        f"e2e {uuid.uuid4().hex[:8]}",
        scope=aistrale.BudgetScope(type="metadata", key="team", value="nobody"),
        period="day",
        limit_usd=most,
    )
    try:
        assert budget.limit_usd == client.budgets.get(budget.id).limit_usd == most
    finally:
        client.budgets.delete(budget.id)


def test_the_modules_resources() -> None:
    assert aistrale.whoami().workspace_id.startswith("ws_")
    assert aistrale.health().status == "ok"
    assert PROVIDER in {each.name for each in aistrale.providers()}
    answer = aistrale.run("Hello", model=MODEL, provider=PROVIDER)
    assert aistrale.inferences.get(answer.id).id == answer.id
    assert isinstance(answer, aistrale.models.Inference)
    with pytest.raises(aistrale.exceptions.NotFoundError):
        aistrale.aliases.get("nobody-has-this")
