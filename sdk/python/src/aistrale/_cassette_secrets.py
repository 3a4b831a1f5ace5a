"""What a cassette may not hold, and what stands there instead; see contract/cassettes.md."""

from __future__ import annotations

import base64
import json
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ._fields import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REDACTED: Final = "redacted"
REDACTED_KEY: Final = "ais_redacted"
REDACTED_SECRET: Final = "whsec_" + base64.b64encode(b"redacted" * 3).decode()
"""A secret of the right form: webhooks can be signed and verified by it."""

_SHORTEST = 8
"""Characters. What is shorter is taken out of its field only: it would be found in any text."""

_SHORTEST_KEY = 16
"""Characters that an API key has at least; a word in its place is a word elsewhere too."""

_CREDENTIAL = re.compile(r"auth|cookie|key|password|secret|token", re.IGNORECASE)
"""Names of headers whose values may stand nowhere else either; others say `production`."""

_RESOURCES = re.compile(r"/api/v1/(?:tokens|webhooks|api-keys)(?:/|$)")
_FIELDS = ("token", "secret", "key")
_FORMS = (
    r"ais_[A-Za-z0-9_-]{16,}",
    r"whsec_[A-Za-z0-9+/]{32,}={0,2}",
    r"sk-[A-Za-z0-9_-]{20,}",
    r"(?:gsk|hf)_[A-Za-z0-9]{20,}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"AQ\.[A-Za-z0-9_-]{30,}",
)


class Redactor:
    """Knows the credentials that went by, and takes them out of what is written or compared."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Take this out from now on, wherever it stands."""
        if len(secret) >= _SHORTEST and secret not in self._known:
            self._known.add(secret)
            self._pattern = None

    def learn_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Learn the API key of a request."""
        for name, value in headers:
            key = value.removeprefix("Bearer ")
            if name == "authorization" and len(key) >= _SHORTEST_KEY:
                self.learn(key)

    def learn_body(self, path: str, body: Any) -> None:
        """Learn what the body of a request for this path, or of its answer, has in its fields."""
        for _, header, value in _secret_fields(path, body):
            if header is None or _CREDENTIAL.search(header):
                self.learn(value)

    def body(self, path: str, body: Any) -> Any:
        """Return a body without its credentials."""
        found = list(_secret_fields(path, body))
        if found:
            body = {**body}
            for name, header, value in found:
                if header is None:
                    body[name] = _placeholder(value)
                else:
                    body[name] = {**body[name], header: REDACTED}
        return self.value(body)

    def value(self, value: Any) -> Any:
        """Return a JSON value, none of whose texts has a credential in it."""
        if isinstance(value, str):
            return self.text(value)
        if is_object(value):
            return {self.text(name): self.value(each) for name, each in value.items()}
        if is_list(value):
            return [self.value(each) for each in value]
        return value

    def text(self, text: str) -> str:
        """Return a text without credentials."""
        return self._forms().sub(lambda found: _placeholder(found[0]), text)

    def chunks(self, chunks: Sequence[bytes]) -> list[bytes]:
        """Return the pieces of a body without credentials, also where one lies on their borders."""
        whole = b"".join(chunks).decode("latin-1")
        ends = list(accumulate(len(chunk) for chunk in chunks))
        out, at, piece = [""] * len(chunks), 0, 0

        def copy(until: int, instead: str | None = None) -> None:
            nonlocal at, piece
            while at < until:
                while ends[piece] <= at:
                    piece += 1
                upto = min(until, ends[piece])
                out[piece] += whole[at:upto] if instead is None else instead
                at, instead = upto, "" if instead is not None else None

        for found in self._forms().finditer(whole):
            copy(found.start())
            copy(found.end(), _placeholder(found[0]))
        copy(len(whole))
        return [text.encode("latin-1") for text in out if text]

    def _forms(self) -> re.Pattern[str]:
        """Return what finds credentials: those known, as any text may have them, and all forms."""
        if self._pattern is None:
            known: set[str] = set()
            for secret in self._known:
                in_bytes = secret.encode().decode("latin-1")
                in_json = json.dumps(secret)[1:-1]
                known |= {secret, in_bytes, in_json, quote(secret, safe="")}
            longest_first = sorted(known, key=lambda text: (-len(text), text))
            forms = [*map(re.escape, longest_first), rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})"]
            self._pattern = re.compile("|".join(forms))
        return self._pattern


def _secret_fields(path: str, body: Any) -> Iterable[tuple[str, str | None, str]]:
    """Yield the fields that hold a credential: name, name in a field of headers, value."""
    if not is_object(body) or not _RESOURCES.match(path):
        return
    for name in _FIELDS:
        value = body.get(name)
        if isinstance(value, str):
            yield name, None, value
    headers = body.get("headers")
    if is_object(headers):
        for header, value in headers.items():
            if isinstance(value, str):
                yield "headers", header, value


def _placeholder(secret: str) -> str:
    if secret.startswith("ais_"):
        return REDACTED_KEY
    return REDACTED_SECRET if secret.startswith("whsec_") else REDACTED
