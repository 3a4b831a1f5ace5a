from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import threading
import typing
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

import aistrale

from .conftest import RESOURCES, ROOT
from .fake_server import FakeServer, event, inference, plain, problem, reply, sse, story
from .test_access import ENTRY, KEY, SECRET
from .test_events import envelope as happened
from .test_money import BUDGET
from .test_prompts import DIFF, PROMPT, RENDERED, VERSION
from .test_resources import TOKEN, record
from .test_routing import ALIAS, MODEL, PROVIDER
from .test_telemetry import SUMMARY, TRACE
from .test_webhook_signatures import SECRET as WEBHOOK_SECRET
from .test_webhooks import DELIVERY, WEBHOOK, WHOLE

HERE = Path(__file__).parent
README = HERE.parent / "README.md"


def test_the_exported_names() -> None:
    """A name added or taken away is a decision: write it down in public_names.txt too."""
    expected = (HERE / "public_names.txt").read_text("utf-8").split()
    assert sorted(aistrale.__all__) == expected
    assert {name for name in dir(aistrale) if not name.startswith("_")} - set(expected) == {
        "TYPE_CHECKING"
    }


def members(owner: type) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(owner).items() if not name.startswith("_")]


def test_everything_public_is_documented() -> None:
    missing = [
        f"{owner.__name__}.{member}"
        for pair in RESOURCES.values()
        for owner in pair
        for member, code in members(owner)
        if not code.__doc__
    ]
    for name in aistrale.__all__:
        value = getattr(aistrale, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            if not value.__doc__:
                missing.append(name)
        if inspect.isclass(value) and value.__module__.startswith("aistrale"):
            missing += [
                f"{name}.{member}"
                for member, code in members(value)
                if (inspect.isfunction(code) or isinstance(code, property)) and not code.__doc__
            ]
    assert missing == []


def test_no_type_of_the_http_library_is_in_a_public_signature() -> None:
    owners = [owner for pair in RESOURCES.values() for owner in pair]
    owners += [aistrale.Stream, aistrale.AsyncStream, aistrale.Feed, aistrale.AsyncFeed]
    for owner in owners:
        for name, value in [("__init__", owner.__init__), *members(owner)]:
            if inspect.isfunction(value):
                signature = str(inspect.signature(value))
                assert "httpx2" not in signature, (owner, name)
                assert "httpcore2" not in signature, (owner, name)


def test_options_can_be_looked_at() -> None:
    options = typing.get_type_hints(aistrale.RunOptions)
    assert {"model", "temperature", "timeout", "max_retries"} <= set(options)
    assert all(f"{name}" in (aistrale.RunOptions.__doc__ or "") for name in ("model", "metadata"))


def test_one_version_for_everything() -> None:
    written = (ROOT / "VERSION").read_text("utf-8").strip()
    assert aistrale.__version__ == written
    assert version("aistrale-client") == written


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'aistrale' has no attribute 'rum'"):
        aistrale.rum  # type: ignore[attr-defined]  # noqa: B018


def test_importing_imports_next_to_nothing() -> None:
    script = (
        "import sys; before = set(sys.modules); import aistrale; "
        "print(sorted(set(sys.modules) - before)); dir(aistrale); "
        "print('httpcore2' in sys.modules, 'aistrale._client' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['aistrale']\nFalse False\n"


def test_a_call_does_not_import_what_it_does_not_need() -> None:
    with FakeServer(reply(inference())) as server:
        script = (
            f"import aistrale, sys; aistrale.Aistrale(api_url={server.url!r}).run('hi'); "
            "print([name for name in ('httpx2', 'pydantic', 'tomllib', 'urllib.request', "
            "'aistrale._prompts', 'aistrale._prompt_models', "
            "'aistrale._telemetry', 'aistrale._telemetry_models', 'aistrale._feeding', "
            "'aistrale._access', 'aistrale._access_models', "
            "'aistrale._budgets', 'aistrale._routing', 'aistrale._routing_models', "
            "'aistrale._webhooks', 'aistrale._webhook_models', 'aistrale._event_models', "
            "'aistrale._signatures', "
            "'aistrale._rounds', 'aistrale._tools', 'aistrale._output', 'aistrale._invoke') "
            "if name in sys.modules])"
        )
        result = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
    assert result.stdout == "[]\n"


SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)

SCRIPTS = {
    "Hello, world!": [reply(inference("Hi."))],
    "temperature=0.7": [reply(inference("Hi."))],
    "stream.text_deltas()": [sse(*story("Once ", "upon"))],
    "What is my name?": [reply(inference("Hello Ada.")), reply(inference("Ada."))],
    "prompts.create(": [
        reply(PROMPT, 201),
        reply(PROMPT),
        reply(inference("Hello Ada.", prompt={"name": "greeting", "version": 1})),
    ],
    "prompts.create_version(": [
        reply(PROMPT),
        reply(VERSION, 201),
        reply(DIFF),
        reply(RENDERED),
        problem(412, "precondition_failed", "It is at revision 6, not 5."),
    ],
    "telemetry.summary(": [
        reply(SUMMARY),
        plain(200, b"{}\n", content_type="application/x-ndjson"),
        sse(event("inference", record("inf_1", status="failed")), end="hang"),
    ],
    "add_spans": [reply(inference("A cat.")), reply({"accepted": 1}), reply(TRACE)],
    "api_keys.create(": [
        reply({**KEY, "key": SECRET}, 201),
        reply(KEY),
        reply({"data": [ENTRY], "next_cursor": None}),
        plain(204),
    ],
    "budgets.create(": [
        reply(BUDGET, 201),
        reply(ALIAS),
        reply(inference("Hi.")),
        reply({"data": [MODEL], "next_cursor": None}),
        reply(PROVIDER),
    ],
    "webhooks.create(": [
        reply({**WEBHOOK, "secret": WEBHOOK_SECRET}, 201),
        reply(WHOLE),
        reply({"data": [{**DELIVERY, "status": "failed"}], "next_cursor": None}),
        reply({"recovered": 1}, 202),
        sse(event("webhook.test", happened(1)), end="hang"),
    ],
    "webhooks.unwrap(": [],
    "asyncio.run(main())": [reply(inference("Hi.")), sse(*story("Hi.")), reply(inference("Hi."))],
    "client.tokens.add": [
        reply({"workspace_id": "ws_1", "workspace_name": "a"}),
        reply(TOKEN, 201),
        reply({}, 204),
        reply({"data": [record("inf_1", status="failed")], "next_cursor": None}),
    ],
    "NoProviderError": [
        reply({"status": 422, "code": "no_provider", "detail": "Run aistrale tokens add."}, 422)
    ],
}

PRINTED = {
    "Hello, world!": "Hi.\n",
    "temperature=0.7": "Hi. Usage(input_tokens=3, ",
    "stream.text_deltas()": "Once upon\n Usage(input_tokens=3, ",
    "What is my name?": "Ada.\n",
    "prompts.create(": "Hello Ada. greeting@1\n",
    "prompts.create_version(": "--- greeting@2\n+++ greeting@3\n\nGreet Ada.\nIt is at ",
    "telemetry.summary(": "gpt-4o 120 1200 0.0665\ninf_1 None\n",
    "add_spans": "1\n",
    "api_keys.create(": f"{SECRET}\nAuditActor(api_key_id='key_operator', operator=True) {{'",
    "budgets.create(": "112.403250001 of 200\n[('openai', 'completed')]\nopenai/m 2.5\nProvider",
    "webhooks.create(": f"{WEBHOOK_SECRET}\nof_the_future\nprompt.updated http_status 503\nevt_1 ",
    "webhooks.unwrap(": "",
    "asyncio.run(main())": "Hi.\nTextDelta(text='Hi.', id='0')\nCompleted(inference=Inference(",
    "client.tokens.add": "a\ninf_1 openai None\n",
    "NoProviderError": "Run aistrale tokens add. (422 no_provider from ",
}


def test_every_snippet_of_the_readme_is_run() -> None:
    marks = [[mark for mark in SCRIPTS if mark in snippet] for snippet in SNIPPETS]
    assert marks == [[mark] for mark in SCRIPTS]


@pytest.mark.parametrize("mark", SCRIPTS)
def test_the_readme_is_true(
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    (snippet,) = [snippet for snippet in SNIPPETS if mark in snippet]
    with FakeServer(*SCRIPTS[mark]) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        exec(compile(snippet, str(README), "exec"), {"__name__": "snippet"})
        assert len(server.requests) == len(SCRIPTS[mark])
    assert capsys.readouterr().out.startswith(PRINTED[mark])


def test_the_receiver_of_the_readme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run by a server, asked over a socket."""
    (snippet,) = [snippet for snippet in SNIPPETS if "def application" in snippet]
    names: dict[str, Any] = {}
    exec(compile(snippet, str(README), "exec"), names)
    monkeypatch.setenv("AISTRALE_WEBHOOK_SECRET", WEBHOOK_SECRET)
    schema = (ROOT / "contract" / "events" / "cost.threshold_exceeded.json").read_text("utf-8")
    body = json.dumps(json.loads(schema)["examples"][0]).encode()
    with make_server("127.0.0.1", 0, names["application"], handler_class=Quiet) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()

        def posted(sent: bytes, secret: str) -> int:
            connection = HTTPConnection("127.0.0.1", receiver.server_port, timeout=10)
            try:
                headers = aistrale.webhooks.sign(body, secret)
                connection.request("POST", "/", sent, headers)
                return connection.getresponse().status
            finally:
                connection.close()

        assert posted(body, WEBHOOK_SECRET) == 204
        assert capsys.readouterr().out == "search team is at 80 percent\n"
        assert posted(body + b" ", WEBHOOK_SECRET) == 400
        assert capsys.readouterr().out.startswith("not a webhook to be trusted: ")
        receiver.shutdown()


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_message(self, *_: Any) -> None:
        pass
