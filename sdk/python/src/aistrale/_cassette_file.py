"""The file of a cassette, read and written; contract/cassettes.md describes it."""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast
from urllib.parse import parse_qsl

from ._fields import is_list, is_object
from ._steps import Failure, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ._cassette_secrets import Redactor
    from ._steps import Request

VERSION: Final = 1
JSON: Final = ("application/json", "application/problem+json")
IN_CHUNKS: Final = ("text/event-stream", "application/x-ndjson", "text/csv")
REQUEST_HEADERS: Final = ("if-match", "last-event-id")
REPLY_HEADERS: Final = frozenset(
    [
        "content-type",
        "etag",
        "idempotency-replayed",
        "retry-after",
        "retry-after-ms",
        "x-request-id",
        "x-should-retry",
    ]
)
REPLY_HEADER_FAMILIES: Final = ("x-aistrale-", "x-ratelimit-")

LARGEST_INTEGER: Final = 2**53
"""Beyond it, not every language's JSON keeps an integer."""

End: TypeAlias = Failure | Literal["whole", "closed"]
"""How an answer ended: by itself, cut, or because its reader wanted no more."""


class CassetteError(AssertionError):
    """A cassette cannot be read, or what happened cannot be recorded.

    Not an `AistraleError`: it is about the test, and no program should take it for an answer.
    """

    __module__ = "aistrale.testing"


@dataclass(slots=True)
class Interaction:
    """A request as the file has it, and what came: an answer, or None and how it failed."""

    request: dict[str, Any]
    reply: Reply | None = None
    chunks: list[bytes] = field(default_factory=list[bytes])
    end: End = "closed"
    played: bool = False


def request_of(request: Request) -> dict[str, Any]:
    """Return a request in the file's form; its credentials are still in it."""
    path, _, query = request.path.partition("?")
    written: dict[str, Any] = {"method": request.method, "path": path}
    if query:
        asked: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            asked.setdefault(name, []).append(value)
        written["query"] = asked
    headers = {name: value for name, value in request.headers if name in REQUEST_HEADERS}
    if headers:
        written["headers"] = headers
    return written | body_of(request.body)


def body_of(body: bytes) -> dict[str, Any]:
    """Return a body as `body` (JSON), `text` or `base64`, the first that loses nothing of it."""
    if not body:
        return {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    try:
        return {"body": _lossless(text)}
    except ValueError:
        return {"text": text}


def _lossless(text: str) -> Any:
    """Return a JSON value. ValueError for one that is another after reading and writing."""

    def number(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value) or Decimal(repr(value)) != Decimal(digits):
            raise ValueError(digits)
        return value

    def integer(digits: str) -> int:
        value = int(digits)
        if abs(value) > LARGEST_INTEGER or digits == "-0":
            raise ValueError(digits)
        return value

    def constant(name: str) -> Any:
        raise ValueError(name)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            raise ValueError("a name stands there twice")
        return value

    value = json.loads(
        text,
        parse_float=number,
        parse_int=integer,
        parse_constant=constant,
        object_pairs_hook=members,
    )
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is a ValueError
    return value


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an answer that belong into a cassette."""
    return {
        name: value
        for name, value in headers.items()
        if name in REPLY_HEADERS or name.startswith(REPLY_HEADER_FAMILIES)
    }


def written(interaction: Interaction, redactor: Redactor) -> dict[str, Any]:
    """Return an interaction in the file's form, without credentials."""
    request = redacted_request(interaction.request, redactor)
    if interaction.reply is None:
        return {"request": request, "failure": _failure(cast("Failure", interaction.end))}
    headers = kept_headers(interaction.reply.headers)
    response: dict[str, Any] = {
        "status": interaction.reply.status,
        "headers": {name: redactor.text(value) for name, value in sorted(headers.items())},
    }
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if interaction.end != "whole" or kind in IN_CHUNKS:
        redact = redactor.events if kind == "text/event-stream" else redactor.chunks
        response["chunks"] = [_chunk(chunk) for chunk in redact(interaction.chunks)]
    else:
        response |= _answer(request["path"], b"".join(interaction.chunks), kind, redactor)
    if interaction.end == "closed":
        response["closed"] = True
    elif isinstance(interaction.end, Failure):
        response["failure"] = _failure(interaction.end)
    return {"request": request, "response": response}


def redacted_request(request: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a request in the file's form, without credentials."""
    plain = {name: value for name, value in request.items() if name not in ("body", "base64")}
    clean: dict[str, Any] = redactor.value(plain)
    if "body" in request:
        clean["body"] = redactor.body(request["path"], request["body"])
    elif "base64" in request:
        clean |= body_of(b"".join(redactor.chunks([base64.b64decode(request["base64"])])))
    return clean


def _answer(path: str, body: bytes, kind: str, redactor: Redactor) -> dict[str, Any]:
    found = body_of(body)
    if "body" in found and kind in JSON:
        return {"body": redactor.body(path, found["body"])}
    clean = b"".join(redactor.chunks([body])) if body else b""
    if not clean:
        return {}
    chunk = _chunk(clean)
    return {"text": chunk} if isinstance(chunk, str) else chunk


def _chunk(chunk: bytes) -> str | dict[str, str]:
    try:
        return chunk.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(chunk).decode()}


def _failure(failure: Failure) -> dict[str, str]:
    return {"kind": failure.kind, "detail": failure.detail}


def save(path: Path, interactions: Iterable[dict[str, Any]]) -> None:
    """Write a cassette, whole or not at all. OSError where that cannot be done."""
    content = {"cassette": VERSION, "interactions": list(interactions)}
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}"
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def load(path: Path) -> list[Interaction]:
    """Return what a cassette holds. CassetteError for a file that is none; FileNotFoundError."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as cause:
        raise CassetteError(f"{path} cannot be read: {cause.strerror}") from None
    except ValueError as cause:
        raise CassetteError(f"{path} is not JSON ({cause}). {_AGAIN}") from None
    members: dict[str, Any] = content if is_object(content) else {}
    version = members.get("cassette")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise CassetteError(f'{path} is no cassette: it has no "cassette": {VERSION}. {_AGAIN}')
    if version > VERSION:
        raise CassetteError(
            f"{path} is a cassette of version {version}, and this package reads up to {VERSION}: "
            "install a later one (pip install -U aistrale), or record it again."
        )
    interactions = members.get("interactions")
    if not is_list(interactions):
        raise CassetteError(f'{path} has no list "interactions". {_AGAIN}')
    read: list[Interaction] = []
    for number, each in enumerate(interactions):
        try:
            read.append(_interaction(each))
        except (KeyError, TypeError, ValueError, AttributeError) as cause:
            why = f"{cause} is missing" if isinstance(cause, KeyError) else str(cause)
            at = f"/interactions/{number}"
            raise CassetteError(f"{path} is broken at {at}: {why}. {_AGAIN}") from None
    return read


_AGAIN = "Mend it, or record it again."


def _interaction(each: Any) -> Interaction:
    request = each["request"]
    for name in ("method", "path"):
        if not isinstance(request[name], str):
            raise TypeError(f"request.{name} is not a text")
    if "failure" in each:
        return Interaction(request, end=_read_failure(each["failure"]))
    response = each["response"]
    status = response["status"]
    if isinstance(status, bool) or not isinstance(status, int):
        raise TypeError("response.status is not a number")
    headers = response.get("headers", {})
    if not is_object(headers) or not all(isinstance(text, str) for text in headers.values()):
        raise TypeError("response.headers are not texts by their names")
    reply = Reply(status, {name.lower(): value for name, value in headers.items()})
    end: End = "closed" if response.get("closed") is True else "whole"
    if "failure" in response:
        end = _read_failure(response["failure"])
    return Interaction(request, reply, _read_chunks(response), end)


def _read_failure(failure: Mapping[str, Any]) -> Failure:
    kind, detail = failure["kind"], failure.get("detail", "")
    if kind not in ("lost", "deadline") or not isinstance(detail, str):
        raise ValueError(f"a failure is lost or deadline, not {kind!r}")
    return Failure(kind, detail)


def _read_chunks(response: Mapping[str, Any]) -> list[bytes]:
    if "chunks" in response:
        if not is_list(response["chunks"]):
            raise TypeError("response.chunks is not a list")
        return [_read_chunk(chunk) for chunk in response["chunks"]]
    if "body" in response:
        text = json.dumps(response["body"], ensure_ascii=False, separators=(",", ":"))
        return [text.encode()]
    if "text" in response:
        return [_read_chunk(response["text"])]
    return [_read_chunk({"base64": response["base64"]})] if "base64" in response else []


def _read_chunk(chunk: Any) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode()
    if not is_object(chunk) or not isinstance(chunk.get("base64"), str):
        raise TypeError('a piece of a body is a text or {"base64": …}')
    try:
        return base64.b64decode(chunk["base64"], validate=True)
    except binascii.Error as cause:
        raise ValueError(f"base64 that is none: {cause}") from None
