"""Structured output: the schema that a model is given, and its answer made into the type."""

from __future__ import annotations

import contextlib
import json
import re
from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import pydantic

from ._misfits import UNUSABLE, misfits
from ._schema import resolved, strict, tidy

T = TypeVar("T")

_FENCED: Final = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)
_WRAPPED: Final = re.compile(r"\{\s*\"value\"\s*:")
_OPENING: Final = re.compile(r"\{(?=\s*\")")
_DECODER: Final = json.JSONDecoder()


class MisfitError(Exception):
    """An answer does not fit; `errors` says where."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class Output(Generic[T]):
    """What `output=` asks for: a pydantic model, all that `TypeAdapter` takes, or one of those.

    Providers want an object. What is none is asked for as the `value` of one, and taken out again.

    TypeError for what is no type, or has no JSON schema.
    """

    __slots__ = ("_adapter", "_wrapped", "name", "schema", "strict")

    def __init__(self, wanted: Any) -> None:
        self.name = _name(wanted)
        try:
            self._adapter: pydantic.TypeAdapter[T] = (
                wanted if isinstance(wanted, pydantic.TypeAdapter) else pydantic.TypeAdapter(wanted)
            )
            schema = resolved(tidy(self._adapter.json_schema()))
        except UNUSABLE as why:
            raise TypeError(
                f"output={self.name} is not a type whose values JSON can hold: "
                f"{str(why).partition(chr(10))[0]}"
            ) from why
        self._wrapped = schema.get("type") != "object"
        if self._wrapped:
            definitions = schema.pop("$defs", None)
            schema = {
                "type": "object",
                "properties": {"value": schema},
                "required": ["value"],
                "additionalProperties": False,
            }
            if definitions:
                schema["$defs"] = definitions
        closed = strict(schema)
        self.strict = closed is not None
        self.schema = schema if closed is None else closed

    @property
    def response_format(self) -> dict[str, Any]:
        """What the server is told."""
        name = re.sub(r"[^a-zA-Z0-9_-]+", "_", self.name).strip("_")[:64] or "output"
        described = {"name": name, "schema": self.schema, "strict": self.strict}
        return {"type": "json_schema", "json_schema": described}

    def read(self, text: str) -> T:
        """Return what an answer says. MisfitError when that is not what was asked for."""
        raw = text.strip().lstrip("\ufeff")
        if not raw.startswith(("{", "[", '"')):
            raw = _thought_out(raw)
        if not raw.startswith(("{", "[")) and (fenced := _FENCED.search(raw)):
            raw = fenced[1].strip()
        try:
            return self._read(raw)
        except pydantic.ValidationError as why:
            found = self._among(raw) if why.errors()[0]["type"] == "json_invalid" else []
            if len(found) != 1:
                raise MisfitError(misfits(why)) from why
            return found[0]

    def _read(self, raw: str) -> T:
        if self._wrapped and raw.endswith("}") and (opening := _WRAPPED.match(raw)):
            raw = raw[opening.end() : -1]
        return self._adapter.validate_json(raw)

    def _among(self, text: str) -> list[T]:
        """Return what fits among the objects in a text that is not JSON as a whole.

        What begins like an object and does not end like one was cut: what is in it is no answer.
        """
        found: list[T] = []
        at = 0
        while opening := _OPENING.search(text, at):
            try:
                at = _DECODER.raw_decode(text, opening.start())[1]
            except (ValueError, RecursionError):
                return []
            raw = text[opening.start() : at]
            if not self._wrapped or _WRAPPED.match(raw):
                with contextlib.suppress(pydantic.ValidationError):
                    found.append(self._read(raw))
        return found


def _thought_out(text: str) -> str:
    """Return what a model said after it had thought aloud: drafts are no answers."""
    _, closing, rest = text.partition("</think>")
    return rest.strip() if closing or text.startswith("<think>") else text


@lru_cache(maxsize=128)
def _known(wanted: Any) -> Output[Any]:
    return Output(wanted)


def output_of(wanted: Any) -> Output[Any]:
    """Return what `output=` asks for; known types are not looked into twice."""
    try:
        hash(wanted)
    except TypeError:
        return Output(wanted)
    return _known(wanted)


def _name(wanted: Any) -> str:
    if isinstance(wanted, pydantic.TypeAdapter):
        return _name(getattr(cast("Any", wanted), "_type", "output"))
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return _name(arguments[0])
    if origin in (Union, UnionType):
        return " | ".join([_name(each) for each in arguments])
    if wanted is NoneType:
        return "None"
    if origin is not None and origin is not Literal:
        return f"{_name(origin)}[{', '.join([_name(each) for each in arguments])}]"
    return getattr(wanted, "__name__", None) or str(wanted)
