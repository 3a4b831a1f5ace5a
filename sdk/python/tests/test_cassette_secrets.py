"""No credential is in a cassette: each is sent or received, and then looked for in the file."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import aistrale
from aistrale import _cassette_file as file
from aistrale._cassette_secrets import REDACTED_SECRET, Redactor
from aistrale._steps import Reply
from aistrale.testing import cassette

from .conftest import Flavour
from .fake_server import FakeServer, event, inference, plain, problem, reply, sse, story
from .test_access import KEY as KEY_RECORD
from .test_cassettes import AWAY, recorded
from .test_resources import TOKEN as TOKEN_RECORD
from .test_webhooks import WEBHOOK

OPERATOR = "an operator's own key, of 2026 & more"
API_KEY = "ais_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk"
TOKEN = "a-providers/token+that looks=like none"
NEW_KEY = "ais_zyxwvtsrqpnmkjhgfedcba9876543210zyxwvtsrqpnmkjhgfedc"
HOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
RECEIVER = "Bearer of-the-receiver-4711"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tape.json"


def forms(secret: str) -> list[bytes]:
    """A text as files may have it."""
    forms = [secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret)]
    return [form.encode() for form in forms] + [base64.b64encode(secret.encode())]


def refuse(content: bytes, *secrets: str) -> None:
    for secret in secrets:
        for form in forms(secret):
            assert form not in content, secret


def use(client: aistrale.Aistrale) -> list[Any]:
    token = client.tokens.add("openai", TOKEN, name="the team's")
    client.tokens.update(token.id, token=TOKEN)
    with pytest.raises(aistrale.ProviderError):
        client.tokens.add("openai", TOKEN)
    key = client.api_keys.create("ci")
    headers = {"x-receiver": RECEIVER, "x-env": "production"}
    hook = client.webhooks.create("https://a.example", ["*"], headers=headers, secret=HOOK_SECRET)
    turned = client.webhooks.rotate_secret(hook.id)
    answer = client.run(f"Repeat {API_KEY} and {TOKEN}, in production.")
    with client.stream("Repeat it.") as stream:
        text = stream.final().text
    list(client.telemetry.list(q=TOKEN))
    return [key.key, hook.secret, turned.secret, answer.text, text]


def script() -> list[Any]:
    refused = f"Incorrect API key provided: {TOKEN}"
    said = f"You said {API_KEY} and {TOKEN}, in production."
    whole = b"".join(story(said, f" {NEW_KEY}", " and that is all"))
    turned = {**WEBHOOK, "secret": HOOK_SECRET.replace("MDEy", "AAAA")}
    return [
        reply(TOKEN_RECORD, 201),
        reply(TOKEN_RECORD),
        problem(400, "provider_rejected", refused),
        reply({**KEY_RECORD, "key": NEW_KEY}, 201, 0, set_cookie=f"a={NEW_KEY}"),
        reply({**WEBHOOK, "secret": HOOK_SECRET}, 201),
        reply(turned),
        reply(inference(said), 200, 0, x_aistrale_note=API_KEY, x_secret=TOKEN),
        sse(*[whole[at : at + 40] for at in range(0, len(whole), 40)], pause=0.002),
        reply({"data": [], "next_cursor": None}),
    ]


def test_no_credential_is_in_the_file(path: Path) -> None:
    with FakeServer(*script()) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url, api_key=API_KEY) as client:
            live = use(client)
        sent = [got.body + got.path.encode() for got in server.requests]
    assert live[:2] == [NEW_KEY, HOOK_SECRET]
    assert TOKEN.encode() in b"".join(sent)
    assert quote(TOKEN, safe="").encode() in sent[-1]
    content = path.read_bytes()
    turned = HOOK_SECRET.replace("MDEy", "AAAA")
    refuse(content, API_KEY, TOKEN, NEW_KEY, HOOK_SECRET, turned, RECEIVER)
    assert b"set-cookie" not in content
    assert b"x-secret" not in content
    assert b"Bearer" not in content
    assert b"127.0.0.1" not in content
    assert b"in production." in content, "a word that a header has is no secret"

    with cassette(path, "none") as tape:
        with aistrale.Aistrale(api_url=AWAY) as client:
            played = use(client)
        assert tape.unplayed == []
    said = "You said ais_redacted and redacted, in production."
    assert played == [
        "ais_redacted",
        REDACTED_SECRET,
        REDACTED_SECRET,
        said,
        f"{said} ais_redacted and that is all",
    ]
    headers = aistrale.webhooks.sign(b"{}", REDACTED_SECRET)
    assert headers["webhook-signature"].startswith("v1,")
    bodies = [each["request"].get("body") for each in recorded(path)]
    assert bodies[0] == {"provider": "openai", "token": "redacted", "name": "the team's"}
    assert bodies[4]["headers"] == {"x-receiver": "redacted", "x-env": "redacted"}


@pytest.mark.parametrize("key", [API_KEY, "a-key-of-the-operators-own-2026"])
def test_the_api_key_is_in_no_failed_call(flavour: Flavour, path: Path, key: str) -> None:
    page = plain(502, f"<html>{key}</html>".encode(), content_type="text/html")
    odd = plain(500, b"\xff" + key.encode(), content_type="application/octet-stream")
    cut = sse(*[bytes([each]) for each in story(f"It is {key} ")[0]], end="eof")
    with FakeServer(page, odd, cut) as server, cassette(path):
        for _ in range(2):
            with pytest.raises(aistrale.APIStatusError) as raised:
                flavour.run(server.url, key, client={"api_key": key}, max_retries=0)
            assert key in str(raised.value.body)
        options: Any = {"client": {"api_key": key}, "resumable": False, "max_retries": 0}
        streamed = flavour.stream(server.url, f"stream {key}", **options)
        assert streamed.texts == [f"It is {key} "]
    refuse(path.read_bytes(), key)
    assert len(recorded(path)) == 3


def test_what_the_user_names(path: Path) -> None:
    with FakeServer(reply(inference('It is "4711-0815".'))) as server:
        with cassette(path, redact=["4711-0815"]):
            Flavour("sync").run(server.url, "My number is 4711-0815.")
    refuse(path.read_bytes(), "4711-0815")
    with cassette(path, "none", redact=["4711-0815"]):
        answer = Flavour("sync").run(AWAY, "My number is 4711-0815.")
    assert answer.text == 'It is "redacted".'


def test_no_secret_is_in_what_a_miss_says(path: Path) -> None:
    with FakeServer(reply(TOKEN_RECORD, 201)) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url, api_key=API_KEY) as client:
            client.tokens.add("openai", TOKEN)
    with pytest.raises(AssertionError) as raised, cassette(path, "none") as tape:
        with aistrale.Aistrale(api_url=AWAY, api_key=API_KEY) as client:
            client.tokens.add("groq", TOKEN, name=f"{TOKEN} {API_KEY}")
    refuse(str(raised.value).encode(), TOKEN, API_KEY)
    assert 'now:      "redacted ais_redacted"' in str(raised.value)
    assert "/body/token" not in str(raised.value)
    assert TOKEN not in repr(tape) + repr(tape.requests)


def test_a_short_word_is_taken_from_its_field_only(path: Path) -> None:
    with FakeServer(reply(TOKEN_RECORD, 201), reply(inference("a test"))) as server:
        with cassette(path), aistrale.Aistrale(api_url=server.url) as client:
            client.tokens.add("openai", "test")
            client.run("This is a test")
    bodies = [each["request"]["body"] for each in recorded(path)]
    assert bodies == [{"provider": "openai", "token": "redacted"}, {"prompt": "This is a test"}]


OPTIONS: dict[str, Any] = {
    "api_key": "supersecret value",
    "apiKey": "supersecret-1",
    "headers": {
        "Authorization": "Bearer zzzzyyyyxxxx",
        "X-Team-Token": "of-the-team",
        "X-Env": "dev",
    },
    "tools": [{"type": "mcp", "authorization": "Basic dXNlcjpwYXNz", "password": "hunter22"}],
    "aws": {"secretAccessKey": "wJalrXUtnFEMI/K7", "session_token": ["FwoGZXIvYXdz"]},
    "prompt_cache_key": "a-cache-key",
    "schema": {"properties": {"password": {"type": "string"}}},
    "max_tokens": 7,
}
HELD = [
    "supersecret value",
    "supersecret-1",
    "zzzzyyyyxxxx",
    "of-the-team",
    "dXNlcjpwYXNz",
    "hunter22",
    "wJalrXUtnFEMI/K7",
    "FwoGZXIvYXdz",
]


@pytest.mark.parametrize("seed", [1, 2**60], ids=["json", "as a text"])
def test_credentials_that_a_provider_is_given(path: Path, seed: int) -> None:
    """In fields that are named so, at any depth, and where the answer repeats one of them."""
    said = f"Your key is {HELD[0]}, your token {HELD[2]}."
    with FakeServer(reply(inference(said))) as server, cassette(path):
        Flavour("sync").run(server.url, "hi", provider_options=OPTIONS, seed=seed)
        (sent,) = server.requests
        assert sent.json["provider_options"] == OPTIONS
    refuse(path.read_bytes(), *HELD)
    (each,) = recorded(path)
    assert each["response"]["body"]["text"] == "Your key is redacted, your token redacted."
    body = each["request"].get("body") or json.loads(each["request"]["text"])
    kept = body["provider_options"]
    assert kept["prompt_cache_key"] == "a-cache-key"
    assert kept["schema"] == OPTIONS["schema"]
    assert kept["headers"]["X-Env"] == "dev"
    assert kept["max_tokens"] == 7
    other = {**OPTIONS, "api_key": "another's key, as tests have it"} if seed == 1 else OPTIONS
    with cassette(path, "none"):
        Flavour("sync").run(AWAY, "hi", provider_options=other, seed=seed)


LOOKS = ["xai-", "pplx-", "nvapi-", "csk-", "r8_", "fw_", "ghp_"]


@pytest.mark.parametrize("beginning", LOOKS)
def test_what_looks_like_a_key_of_a_providers(beginning: str) -> None:
    key = beginning + "0123456789abcdefABCDEF"
    assert Redactor().text(f"<{key}>") == "<redacted>"
    assert Redactor().text(f"x{key}") == f"x{key}", "a word that goes on before it"


def test_what_looks_like_a_token_in_a_header() -> None:
    assert Redactor().text("Bearer abc.def-0123456789==.") == "Bearer redacted."
    assert Redactor().text("Bearer responsibilities of us") == "Bearer responsibilities of us"


def test_a_secret_that_a_stream_has_piece_by_piece(flavour: Flavour, path: Path) -> None:
    """Models say few characters an event: no event has it, and yet the file would."""
    secret = "my-sécret-word-xyz"
    said = ["It is <my-sé", "cret", "-word", "-xyz> and sk-01234567", "89abcdef0123456789", "."]
    thought = ["my-sécret-wo", "rd-xyz!"]
    call = {"index": 0, "id": "call_1", "name": "tell", "arguments": '{"it": "my-sécr'}
    events = [
        *[event("delta", {"text": each}, n) for n, each in enumerate(said[:3])],
        *[event("delta", {"thinking": each}, 3 + n) for n, each in enumerate(thought)],
        event("delta", {"tool_call": call}, 5),
        event("delta", {"tool_call": {"index": 1, "arguments": "my-"}}, 6, "\r\n"),
        event("delta", {"tool_call": {"index": 0, "arguments": 'et-word-xyz"}'}}, 7),
        *[event("delta", {"text": each}, 8 + n) for n, each in enumerate(said[3:])],
        event("completed", inference("".join(said)), 11),
    ]
    with FakeServer(sse(*events, pause=0.002)) as server, cassette(path, redact=[secret]):
        live = flavour.stream(server.url)
    assert "".join(live.texts) == "".join(said)
    content = path.read_bytes()
    for half in ("cret", "-xyz", "my-s", "89abcdef"):
        assert half.encode() not in content, half
    with cassette(path, "none", redact=[secret]):
        played = flavour.stream(AWAY)
    assert [type(each) for each in played.events] == [type(each) for each in live.events]
    assert played.texts == ["It is <redacted", "", "", "> and redacted", "", "."]
    assert played.completed is not None
    assert played.completed.text == "".join(played.texts)
    kinds = (aistrale.ThinkingDelta, aistrale.ToolCallDelta)
    assert [each for each in played.events if isinstance(each, kinds)] == [
        aistrale.ThinkingDelta("redacted", "3"),
        aistrale.ThinkingDelta("!", "4"),
        aistrale.ToolCallDelta(0, "call_1", "tell", '{"it": "redacted', "5"),
        aistrale.ToolCallDelta(1, None, None, "my-", "6"),
        aistrale.ToolCallDelta(0, None, None, '"}', "7"),
    ]


def test_a_stream_that_ends_in_the_line_that_completes_a_secret() -> None:
    pieces = [event("delta", {"text": "a sec"}), event("delta", {"text": "ret of ours"})[:-2]]
    clean = b"".join(Redactor(["a secret of ours"]).events(pieces))
    assert clean.endswith(b'data: {"text":""}')
    assert b"ours" not in clean


@given(st.lists(st.text(max_size=3), min_size=1, max_size=8), st.integers(1, 50))
def test_a_stream_without_secrets_is_the_same(texts: list[str], size: int) -> None:
    whole = b"".join(event("delta", {"text": each}, n, "\r\n") for n, each in enumerate(texts))
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert Redactor(["a secret of ours"]).events(pieces) == pieces


PIECES = st.lists(st.binary(max_size=12), max_size=6)


@given(before=PIECES, after=PIECES, cuts=st.lists(st.integers(0, 60), max_size=8))
def test_a_secret_on_borders(before: list[bytes], after: list[bytes], cuts: list[int]) -> None:
    """However a body is cut, and whatever stands around it."""
    secret = "sécret-of-the-test"
    whole = b"".join(before) + secret.encode() + b"".join(after)
    places = sorted({0, *[cut for cut in cuts if cut < len(whole)], len(whole)})
    pieces = [whole[a:b] for a, b in pairwise(places)]
    clean = Redactor([secret]).chunks(pieces)
    joined = b"".join(clean)
    assert secret.encode() not in joined
    assert joined == whole.replace(secret.encode(), b"redacted")
    assert len(clean) <= len(pieces)
    assert all(clean)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def through_the_file(chunks: list[bytes], kind: str, end: Any = "whole") -> list[bytes]:
    request = {"method": "GET", "path": "/api/v1/x"}
    made = file.Interaction(request, Reply(200, {"content-type": kind}), chunks, end)
    text = json.dumps(file.written(made, Redactor()), ensure_ascii=False)
    return file._interaction(json.loads(text.encode())).chunks


@given(JSON, st.booleans())
@example("\ud800", True)
@example(-0.0, False)
@example(2**53 + 1, False)
def test_any_json_is_the_same_behind_the_file(value: Any, ascii_only: bool) -> None:
    try:
        body = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    (back,) = through_the_file([body], "application/json")
    assert json.loads(back) == value
    assert repr(json.loads(back)) == repr(value)


@given(st.lists(st.binary(min_size=1), max_size=6))
def test_any_bytes_are_the_same_behind_the_file(chunks: list[bytes]) -> None:
    assert through_the_file(chunks, "text/event-stream") == chunks
    assert through_the_file(chunks, "application/json", "closed") == chunks
    assert b"".join(through_the_file(chunks, "image/png")) == b"".join(chunks)


@given(st.lists(st.binary(min_size=1), max_size=6))
def test_any_request_is_itself(parts: list[bytes]) -> None:
    """What is compared is what would be written, and it is the same each time."""
    once = file.body_of(b"".join(parts))
    assert once == file.body_of(b"".join(parts))
    if "body" in once:
        assert "text" not in once


def test_no_word_of_the_operator_is_left(path: Path) -> None:
    """A key with characters that JSON and queries write otherwise, in a piece of an event."""
    secret = OPERATOR.replace(" ", "_").replace("'", '"')
    said = event("delta", {"text": f"<{secret}>"}, 1)
    with FakeServer(sse(said[:30], said[30:], *story("", "x")[1:])) as server, cassette(path):
        with aistrale.Aistrale(api_url=server.url, api_key=secret) as client:
            with client.stream(secret) as stream:
                assert stream.final().text == "x"
                assert stream.text == f"<{secret}>x"
    refuse(path.read_bytes(), secret)
