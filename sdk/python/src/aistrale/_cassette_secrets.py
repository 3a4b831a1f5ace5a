"""What a cassette may not hold, and what stands there instead; see contract/cassettes.md."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

from ._credentials import FORM, names_credential
from ._fields import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
_SCHEME = re.compile(r"^(?:Bearer|Basic|Token) +", re.IGNORECASE)


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
        _without_fields(path, body, self.learn)

    def body(self, path: str, body: Any) -> Any:
        """Return a body without its credentials."""
        return self.value(_without_fields(path, body))

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
        return [clean for clean in self._pieces(chunks) if clean]

    def events(self, chunks: Sequence[bytes]) -> list[bytes]:
        """Return the pieces of a stream without credentials, also where events cut one in two."""
        series: dict[tuple[object, ...], list[_Delta]] = {}
        # before what is looked for in the pieces, which would leave the rest of what events cut
        for each in _deltas(b"".join(chunks)):
            series.setdefault(each.of, []).append(each)
        edits: dict[int, _Edit] = {}
        for deltas in series.values():
            texts = self._pieces([each.text.encode(errors="surrogatepass") for each in deltas])
            for delta, text in zip(deltas, texts, strict=True):
                if delta.change(text.decode(errors="surrogatepass")):
                    edits[delta.start] = delta.edit()
        return self.chunks(_spliced(chunks, sorted(edits.values())))

    def _pieces(self, chunks: Sequence[bytes]) -> list[bytes]:
        """Return as many pieces; what stands in a credential's place is in the first of its own."""
        found = self._forms().finditer(b"".join(chunks).decode("latin-1"))
        return _spliced(chunks, [(*each.span(), _placeholder(each[0]).encode()) for each in found])

    def _forms(self) -> re.Pattern[str]:
        """Return what finds credentials: those known, as any text may have them, and all forms."""
        if self._pattern is None:
            known: set[str] = set()
            for secret in self._known:
                in_bytes = secret.encode().decode("latin-1")
                in_json = json.dumps(secret)[1:-1]
                known |= {secret, in_bytes, in_json, quote(secret, safe="")}
            longest_first = sorted(known, key=lambda text: (-len(text), text))
            self._pattern = re.compile("|".join([*map(re.escape, longest_first), FORM]))
        return self._pattern


def _without_fields(
    path: str, body: Any, learn: Callable[[str], None] = lambda secret: None
) -> Any:
    """Return a body whose fields hold no credentials. `learn` is told those that it held."""
    of_ours = _RESOURCES.match(path) is not None

    def taken(name: str, value: Any, above: str | None, *, at_top: bool) -> Any:
        if isinstance(value, str):
            headers = above is not None and above.endswith("headers")
            credential = (
                (of_ours and at_top and name in _FIELDS)
                or names_credential(name)
                or (headers and _CREDENTIAL.search(name) is not None)
            )
            if credential:
                learn(value)
                learn(_SCHEME.sub("", value))
            ours = of_ours and above == "headers"
            return _placeholder(value) if credential or ours else value
        if is_object(value):
            return {inner: taken(inner, each, name, at_top=False) for inner, each in value.items()}
        if is_list(value):
            return [taken(name, each, above, at_top=False) for each in value]
        return value

    if not is_object(body):
        return taken("", body, None, at_top=False)
    return {name: taken(name, each, None, at_top=True) for name, each in body.items()}


_Edit: TypeAlias = tuple[int, int, bytes]
"""From where until where something else stands, and what."""


def _spliced(chunks: Sequence[bytes], edits: Iterable[_Edit]) -> list[bytes]:
    """Return as many pieces, edited. What is put in stands whole in the first piece it touches."""
    whole = b"".join(chunks)
    ends = list(accumulate(len(chunk) for chunk in chunks))
    out, at, piece = [b""] * len(chunks), 0, 0

    def copy(until: int, instead: bytes | None = None) -> None:
        nonlocal at, piece
        while at < until:
            while ends[piece] <= at:
                piece += 1
            upto = min(until, ends[piece])
            out[piece] += whole[at:upto] if instead is None else instead
            at, instead = upto, b"" if instead is not None else None

    for start, end, instead in edits:
        copy(start)
        copy(end, instead)
    copy(len(whole))
    return out


_EVENT = re.compile(rb"(?:[^\r\n]+(?:\r\n|\r|\n|\Z))+")
_IS_DELTA = re.compile(rb"^event: ?delta$", re.MULTILINE)
_DATA = re.compile(rb"^data: ?(.*)$", re.MULTILINE)


@dataclass(slots=True)
class _Delta:
    """A piece of a text in a stream: of which text, the member that has it, its event's data."""

    of: tuple[object, ...]
    holder: dict[str, Any]
    member: str
    data: dict[str, Any]
    start: int
    end: int

    @property
    def text(self) -> str:
        return str(self.holder[self.member])

    def change(self, text: str) -> bool:
        """Put another text in its place; return whether it is another."""
        before, self.holder[self.member] = self.text, text
        return text != before

    def edit(self) -> _Edit:
        """Return what writes the event's data anew."""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return self.start, self.end, data.encode(errors="surrogatepass")


def _deltas(stream: bytes) -> Iterator[_Delta]:
    """Yield the pieces of texts that a stream has."""
    for event in _EVENT.finditer(stream):
        lines = event[0].replace(b"\r", b"\n")
        found = list(_DATA.finditer(lines))
        if len(found) != 1 or _IS_DELTA.search(lines) is None:
            continue
        try:
            data = json.loads(found[0][1])
        except ValueError:
            continue
        if not is_object(data):
            continue
        start, end = (event.start() + at for at in found[0].span(1))
        for kind in ("text", "thinking"):
            if isinstance(data.get(kind), str):
                yield _Delta((kind,), data, kind, data, start, end)
        call = data.get("tool_call")
        if is_object(call) and isinstance(call.get("arguments"), str):
            yield _Delta(("call", repr(call.get("index"))), call, "arguments", data, start, end)


def _placeholder(secret: str) -> str:
    if secret.startswith("ais_"):
        return REDACTED_KEY
    return REDACTED_SECRET if secret.startswith("whsec_") else REDACTED
