from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import pytest

import aistrale

from .conftest import KEY, Flavour
from .fake_server import FakeServer, inference, plain, problem, reply, reset

TOKEN = "sk-very-secret-token"
PROMPT = "a private prompt"


def test_no_secret_is_in_a_repr_or_an_error(flavour: Flavour) -> None:
    client = flavour.client("http://a.example", proxy="http://me:hunter2@p.example")
    shown = repr(client) + repr(vars(client)) + repr(client._core) + repr(client._sender)
    script = [reset, problem(401, "authentication_failed"), plain(502, b"<html>"), plain(200, b"x")]
    with FakeServer(*script) as server:
        for _ in script:
            with pytest.raises(aistrale.APIError) as raised:
                flavour.call(
                    server.url, lambda client: client.tokens.add("openai", TOKEN), max_retries=0
                )
            shown += "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
    assert KEY not in shown.replace("api_key='•••'", "")
    assert TOKEN not in shown
    assert "hunter2" not in shown


def test_no_secret_is_in_the_log_of_anything_we_use(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeServer(problem(429, "rate_limited", headers={"retry_after_ms": "1"})) as server:
        with pytest.raises(aistrale.APIStatusError):
            Flavour("sync").run(server.url, PROMPT)
    text = caplog.text
    assert "POST /api/v1/inferences 429 request id req_1" in text
    assert "POST /api/v1/inferences again in 0.00 s" in text
    assert KEY not in text
    assert PROMPT not in text


@pytest.mark.parametrize("level", ["debug", None])
def test_the_variable_turns_the_log_on(level: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(reply(inference())) as server:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        monkeypatch.setenv("AISTRALE_API_KEY", KEY)
        if level is not None:
            monkeypatch.setenv("AISTRALE_LOG", level)
        result = subprocess.run(
            [sys.executable, "-c", f"import aistrale; print(aistrale.run({PROMPT!r}))"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert result.stdout == "Hello there\n"
    assert ("POST /api/v1/inferences 200" in result.stderr) == (level == "debug")
    assert KEY not in result.stderr
    assert PROMPT not in result.stderr
