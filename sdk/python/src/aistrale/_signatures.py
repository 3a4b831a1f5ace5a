"""The signatures of Standard Webhooks 1.0.0: `v1`, HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, Protocol, TypeAlias

from ._errors import WebhookVerificationError

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
TOLERANCE: Final = 300
"""Seconds that a signature may be old, or ahead."""

_NAMES = frozenset([ID, TIMESTAMP, SIGNATURE])
_SECONDS = re.compile("0|[1-9][0-9]{0,17}", re.ASCII)
"""Whole seconds, written in the one way there is."""


class HeaderItems(Protocol):
    """What has headers as pairs: those of Flask, Starlette, aiohttp, `http.client` and others."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """Return the pairs."""
        ...


Body: TypeAlias = bytes | bytearray | memoryview | str
Headers: TypeAlias = Mapping[str, Any] | HeaderItems | Iterable[tuple[Any, Any]]
Secrets: TypeAlias = str | Iterable[str]


def raw(body: Body) -> bytes:
    """Return the body's bytes. TypeError for what was taken apart already."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    if not isinstance(body, str):
        raise TypeError(
            f"the body is a {type(body).__name__}: pass the raw body, the bytes as they came "
            "(`request.get_data()`, `await request.body()`, `request.body`), not what was made of "
            "them; its signature is over those bytes"
        )
    try:
        return body.encode()
    except UnicodeEncodeError:
        raise refused(
            "the body is text that is not what came: pass the raw body, the bytes as they came"
        ) from None


def keys(given: Secrets) -> list[bytes]:
    """Return the secrets' bytes. The messages show none of them."""
    several: Any = given
    if several is None or isinstance(several, (str, bytes)):
        several = [several]
    found = [_key(each) for each in several]
    if not found:
        raise refused("there is no secret to check it with: pass the webhook's (`whsec_…`)")
    return found


def _key(secret: object) -> bytes:
    if not isinstance(secret, str):
        raise TypeError(f"the secret is text, `whsec_…`, not {type(secret).__name__}")
    text = secret.strip().removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise refused(
            "the secret is not `whsec_` and base64: pass it as it was shown when the webhook was "
            "made"
        )
    return key


def value(secret_keys: Iterable[bytes], identity: str, timestamp: str, body: bytes) -> str:
    """Return the value of `webhook-signature`: one for each key."""
    return " ".join([_signature(key, identity, timestamp, body) for key in secret_keys])


def _signature(key: bytes, identity: str, timestamp: str, body: bytes) -> str:
    mac = hmac.new(key, f"{identity}.{timestamp}.".encode("utf-8", "surrogatepass"), sha256)
    mac.update(body)
    return "v1," + base64.b64encode(mac.digest()).decode()


def check(body: bytes, headers: Headers, secret: Secrets, now: int) -> None:
    """Raise WebhookVerificationError unless one of the signatures is good."""
    secret_keys = keys(secret)
    found = picked(headers)
    for name in (ID, TIMESTAMP, SIGNATURE):
        if not found.get(name):
            raise refused(
                f"the request has no {name} header: it is not a webhook's, or something on the way "
                "here dropped it"
            )
    timestamp = found[TIMESTAMP]
    if not _SECONDS.fullmatch(timestamp):
        raise refused(f"{TIMESTAMP} is not a time in whole seconds since 1970")
    age = now - int(timestamp)
    if abs(age) > TOLERANCE:
        raise refused(
            f"it was signed {abs(age)} s {'ago' if age > 0 else 'in the future'}, and {TOLERANCE} "
            "s are accepted: it was held up or sent again by somebody, or a clock is wrong"
        )
    good = False
    given = [each.encode("utf-8", "replace") for each in found[SIGNATURE].split(" ")]
    for key in secret_keys:
        expected = _signature(key, found[ID], timestamp, body).encode()
        for each in given:
            good |= hmac.compare_digest(expected, each)
    if not good:
        raise refused(
            f"no signature in {SIGNATURE} is that of the body by the secret: pass the body as it "
            "came, byte for byte, and the secret of the webhook that sends here"
        )


def picked(headers: Headers) -> dict[str, str]:
    """Return the three headers by their names, from whatever has them.

    Names are in whatever case, `HTTP_WEBHOOK_ID` as in a WSGI environment, or bytes as in ASGI.
    """
    found: dict[str, str] = {}
    given: Any = headers
    pairs: Iterable[tuple[Any, Any]] = given.items() if hasattr(given, "items") else given
    for name, values in pairs:
        known = _name(name)
        if known not in _NAMES:
            continue
        several: Iterable[Any] = values
        if not isinstance(values, (list, tuple)):
            several = (values,)
        for each in several:
            text = each.decode("latin-1") if isinstance(each, bytes) else str(each)
            if found.setdefault(known, text) != text:
                raise refused(f"the request has {known} twice, and not twice the same")
    return found


def _name(name: object) -> str:
    text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
    text = text.lower()
    return text[5:].replace("_", "-") if text.startswith("http_") else text


def refused(why: str) -> WebhookVerificationError:
    """Return the error of what is not to be trusted."""
    return WebhookVerificationError(f"not a webhook to be trusted: {why}")
