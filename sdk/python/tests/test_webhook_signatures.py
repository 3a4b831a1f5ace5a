"""`contract/vectors/webhook-signatures.json`, the official library, and headers of every kind."""

from __future__ import annotations

import base64
import http.client
import inspect
import io
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
import standardwebhooks
from django.http.request import HttpHeaders
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers as StarletteHeaders
from werkzeug.datastructures import EnvironHeaders, Headers

import aistrale
from aistrale import _signatures

from .conftest import ROOT

VECTORS = json.loads((ROOT / "contract" / "vectors" / "webhook-signatures.json").read_text("utf-8"))
NOW = VECTORS["verify_at"]
SECRET = "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR"
OTHER = "whsec_" + base64.b64encode(bytes(24)).decode()
EVENT = {
    "id": "evt_1",
    "type": "prompt.updated",
    "timestamp": "2026-11-25T08:30:00.412Z",
    "workspace_id": "ws_1",
    "test": True,
    "data": {
        "name": "größe 🙂",
        "version": 3,
        "labels": ["production"],
        "change": "of_the_future",
        "updated_by": "key_1",
        "more": 1,
    },
    "later": [1],
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def payload(case: dict[str, Any]) -> bytes:
    return base64.b64decode(case["payload_b64"])


def at(now: int, body: Any, headers: Any, secret: Any) -> None:
    _signatures.check(_signatures.raw(body), headers, secret, now)


def test_the_vectors_are_all_there() -> None:
    counts = {name: len(VECTORS[name]) for name in ("sign", "verify", "rotation", "divergent")}
    assert counts == {"sign": 45, "verify": 63, "rotation": 3, "divergent": 15}
    assert VECTORS["tolerance_seconds"] == _signatures.TOLERANCE


@pytest.mark.parametrize("case", named(VECTORS["sign"]))
def test_every_signature(case: dict[str, Any]) -> None:
    headers = aistrale.webhooks.sign(
        payload(case), case["secret"], id=case["id"], timestamp=case["timestamp"]
    )
    assert headers == {
        "webhook-id": case["id"],
        "webhook-timestamp": str(case["timestamp"]),
        "webhook-signature": case["expected"],
    }
    at(case["timestamp"], payload(case), headers, case["secret"])


@pytest.mark.parametrize("case", named(VECTORS["verify"] + VECTORS["divergent"]))
def test_every_verdict(case: dict[str, Any]) -> None:
    if case["expect"] == "accept":
        at(NOW, payload(case), case["headers"], case["secret"])
        return
    with pytest.raises(aistrale.WebhookVerificationError) as raised:
        at(NOW, payload(case), case["headers"], case["secret"])
    assert case["secret"] == "whsec_" or case["secret"][6:] not in str(raised.value)


@pytest.mark.parametrize("case", named(VECTORS["rotation"]))
def test_every_rotation(case: dict[str, Any]) -> None:
    body, secrets = case["payload"].encode(), case["secrets"]
    headers = aistrale.webhooks.sign(body, secrets, id=case["id"], timestamp=case["timestamp"])
    assert headers["webhook-signature"] == case["expected_header"]
    for secret in secrets:
        at(case["timestamp"], body, headers, secret)
        at(case["timestamp"], body, headers, [OTHER, secret])
    with pytest.raises(aistrale.WebhookVerificationError):
        at(case["timestamp"], body, headers, OTHER)


def test_the_official_library_verifies_what_we_sign() -> None:
    headers = aistrale.webhooks.sign(BODY, [OTHER, SECRET])
    for secret in (OTHER, SECRET):
        assert standardwebhooks.Webhook(secret).verify(BODY, headers) == EVENT
    with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(BODY + b" ", headers)


def test_we_verify_what_the_official_library_signs() -> None:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(SECRET).sign("msg_1", now, BODY.decode()),
    }
    aistrale.webhooks.verify(BODY, headers, SECRET)
    with pytest.raises(aistrale.WebhookVerificationError):
        aistrale.webhooks.verify(b"", headers, SECRET)


@given(st.binary(), st.binary())
def test_what_is_signed_is_verified_and_nothing_else(body: bytes, other: bytes) -> None:
    headers = aistrale.webhooks.sign(body, SECRET)
    aistrale.webhooks.verify(body, headers, SECRET)
    if other != body:
        with pytest.raises(aistrale.WebhookVerificationError):
            aistrale.webhooks.verify(other, headers, SECRET)


@given(st.text(), st.text(), st.text())
def test_no_header_is_too_strange_to_be_refused(a: str, b: str, c: str) -> None:
    headers = {"webhook-id": a, "webhook-timestamp": b, "webhook-signature": c}
    with pytest.raises(aistrale.WebhookVerificationError):
        aistrale.webhooks.verify(BODY, headers, SECRET)


SIGNED = aistrale.webhooks.sign(BODY, SECRET, id="evt_1", timestamp=NOW)


def environ() -> dict[str, Any]:
    found: dict[str, Any] = {"wsgi.input": io.BytesIO(BODY)}
    setup_testing_defaults(found)
    return found | {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in SIGNED.items()}


@pytest.mark.parametrize(
    "headers",
    [
        SIGNED,
        {name.title(): value for name, value in SIGNED.items()},
        [*SIGNED.items(), ("host", "a.example")],
        iter(SIGNED.items()),
        environ(),
        [(name.encode(), value.encode()) for name, value in SIGNED.items()],
        {name: [value] for name, value in SIGNED.items()},
        Headers(SIGNED),
        EnvironHeaders(environ()),
        StarletteHeaders(SIGNED),
        HttpHeaders(environ()),
        http.client.parse_headers(
            io.BytesIO("".join(f"{name}: {v}\r\n" for name, v in SIGNED.items()).encode() + b"\r\n")
        ),
        [*SIGNED.items(), *SIGNED.items()],
    ],
    ids=[
        "dict",
        "other case",
        "pairs",
        "iterator",
        "WSGI",
        "ASGI",
        "lists",
        "Werkzeug",
        "Flask",
        "Starlette",
        "Django",
        "http.client",
        "twice the same",
    ],
)
def test_headers_are_taken_as_everybody_has_them(headers: Any) -> None:
    at(NOW, BODY, headers, SECRET)


def test_a_header_that_is_there_twice_is_nobodys() -> None:
    with pytest.raises(aistrale.WebhookVerificationError, match="has webhook-id twice"):
        at(NOW, BODY, [*SIGNED.items(), ("Webhook-Id", "another")], SECRET)


@pytest.mark.parametrize("body", [BODY, bytearray(BODY), memoryview(BODY), BODY.decode()])
def test_bodies_are_bytes_or_their_text(body: Any) -> None:
    at(NOW, body, SIGNED, SECRET)


@pytest.mark.parametrize("body", [EVENT, [EVENT], None, io.BytesIO(BODY), 5])
def test_a_body_that_was_taken_apart_is_told_so(body: Any) -> None:
    with pytest.raises(TypeError, match="pass the raw body, the bytes as they came"):
        aistrale.webhooks.verify(body, SIGNED, SECRET)


def test_text_that_is_not_what_came_is_told_so() -> None:
    with pytest.raises(aistrale.WebhookVerificationError, match="pass the raw body"):
        at(NOW, b"\xff".decode("ascii", "surrogateescape"), SIGNED, SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64", "whsec_SR3C*", "sk-ä", "a"])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(aistrale.WebhookVerificationError) as raised:
        at(NOW, BODY, SIGNED, secret)
    assert str(raised.value) == (
        "not a webhook to be trusted: the secret is not `whsec_` and base64: pass it as it was "
        "shown when the webhook was made"
    )
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("secret", [None, b"whsec_a", 5, [None], [b"a"]])
def test_a_secret_that_is_no_text_is_a_mistake(secret: Any) -> None:
    with pytest.raises(TypeError):
        at(NOW, BODY, SIGNED, secret)


def test_the_end_of_the_line_of_a_secrets_file_is_not_the_secrets() -> None:
    at(NOW, BODY, SIGNED, f" {SECRET}\n")


@pytest.mark.parametrize("written", [f"0{NOW}", f"+{NOW}", f" {NOW}", f"{NOW}.0", "١٧٩٥٤٤٦٠٠٠"])
def test_a_time_that_is_written_otherwise_is_refused(written: str) -> None:
    """Also where the signature is over what is written so: there is one way to write a time."""
    signature = _signatures.value(_signatures.keys(SECRET), "evt_1", written, BODY)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": written, "webhook-signature": signature}
    with pytest.raises(aistrale.WebhookVerificationError, match="not a time in whole seconds"):
        at(NOW, BODY, headers, SECRET)


def test_refusals_say_what_is_wrong() -> None:
    def why(now: int = NOW, headers: Any = SIGNED, secret: Any = SECRET) -> str:
        with pytest.raises(aistrale.WebhookVerificationError) as raised:
            at(now, BODY, headers, secret)
        return str(raised.value)

    assert "signed 301 s ago" in why(NOW + 301)
    assert "signed 301 s in the future" in why(NOW - 301)
    assert "there is no secret" in why(secret=[])
    assert "has no webhook-id header" in why(headers={})
    assert "byte for byte" in why(secret=OTHER)


def test_a_signature_is_of_now_and_of_an_id_of_its_own_unless_told() -> None:
    begun = int(time.time())
    first, second = aistrale.webhooks.sign(b"", SECRET), aistrale.webhooks.sign(b"", SECRET)
    assert first["webhook-id"] != second["webhook-id"]
    assert len(first["webhook-id"]) == len("evt_") + 26
    assert begun <= int(first["webhook-timestamp"]) <= time.time()
    told = aistrale.webhooks.sign(b"", SECRET, timestamp=datetime(2026, 11, 25, 8, 30, tzinfo=UTC))
    assert told["webhook-timestamp"] == "1795595400"
    with pytest.raises(ValueError, match="has no time zone"):
        aistrale.webhooks.sign(b"", SECRET, timestamp=datetime(2026, 11, 25))


def test_an_event_is_unwrapped() -> None:
    event = aistrale.webhooks.unwrap(BODY, aistrale.webhooks.sign(BODY, SECRET), [OTHER, SECRET])
    assert event == aistrale.Event(
        id="evt_1",
        type="prompt.updated",
        timestamp=datetime(2026, 11, 25, 8, 30, 0, 412000, tzinfo=UTC),
        workspace_id="ws_1",
        test=True,
        data=aistrale.PromptUpdated(
            name="größe 🙂",
            version=3,
            labels=("production",),
            change="of_the_future",
            updated_by="key_1",
            extra={"more": 1},
        ),
        extra={"later": [1]},
    )
    with pytest.raises(aistrale.WebhookVerificationError):
        aistrale.webhooks.unwrap(BODY, aistrale.webhooks.sign(BODY, OTHER), SECRET)


def test_an_event_of_a_later_type_is_readable() -> None:
    body = json.dumps({**EVENT, "type": "sun.risen", "data": {"height": 0.5}})
    event = aistrale.webhooks.unwrap(body, aistrale.webhooks.sign(body, SECRET), SECRET)
    assert (event.type, event.data) == ("sun.risen", {"height": 0.5})


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[1]", b'{"id":1}', b"not JSON", b"\xff"])
def test_what_is_signed_and_yet_no_event_is_not_trusted(body: bytes) -> None:
    with pytest.raises(aistrale.WebhookVerificationError, match="yet this is no event of AISTRALE"):
        aistrale.webhooks.unwrap(body, aistrale.webhooks.sign(body, SECRET), SECRET)


def test_its_functions_are_documented() -> None:
    names = {name for name, value in vars(aistrale.webhooks).items() if inspect.isfunction(value)}
    assert names == set(aistrale.webhooks.__all__)
    assert all(getattr(aistrale.webhooks, name).__doc__ for name in names)


def test_a_receiver_imports_no_client() -> None:
    script = (
        "import sys; from aistrale.webhooks import verify, sign; "
        f"verify(b'{{}}', sign(b'{{}}', {SECRET!r}), {SECRET!r}); "
        "print([n for n in ('httpcore2', 'aistrale._client', 'ssl') if n in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
