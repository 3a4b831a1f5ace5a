"""JSON schemas in the form that providers hold models to: closed, and everything required."""

from __future__ import annotations

from typing import Any, Final, cast

from ._fields import is_list

_NOISE: Final = frozenset(
    ["title", "default", "examples", "deprecated", "readOnly", "writeOnly", "discriminator"]
)
"""Says nothing about what fits."""

_KEPT: Final = frozenset(
    [
        "description",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "type",
    ]
)

_WORDS: Final = frozenset(
    ["contentEncoding", "contentMediaType", "format", "pattern", "uniqueItems"]
)
"""What is said in the description where providers do not know it."""

_FORMATS: Final = frozenset(
    ["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"]
)


class _OpenError(Exception):
    """A schema that has no strict form."""


def strict(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the strict form of an object's schema; None when it has none.

    Maps with free keys, tuples and values of any kind have none. What may be left out has to be
    given there: what fits the strict form fits the schema too.
    """
    definitions = schema.get("$defs", {})
    root = {name: value for name, value in schema.items() if name != "$defs"}
    try:
        closed = _Closing(definitions).node(root, ())
        if definitions:
            inner = {
                name: _Closing(definitions).node(each, ()) for name, each in definitions.items()
            }
            closed["$defs"] = inner
    except _OpenError:
        return None
    return closed


def tidy(node: Any) -> Any:
    """Return a schema without the titles that are made of names."""
    if is_list(node):
        return [tidy(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidied: dict[str, Any] = {}
    for name, value in cast("dict[str, Any]", node).items():
        if name in ("properties", "$defs"):
            tidied[name] = {key: tidy(each) for key, each in value.items()}
        elif name in ("default", "enum", "const", "examples"):
            tidied[name] = value
        elif name != "title":
            tidied[name] = tidy(value)
    return tidied


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose root is not a reference, as that of a recursive model is."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    rest = {name: value for name, value in schema.items() if name != "$ref"}
    return {**schema["$defs"][_name(reference)], **rest}


class _Closing:
    __slots__ = ("_definitions",)

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def node(self, node: Any, inside: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(node, dict):
            raise _OpenError
        said = cast("dict[str, Any]", node)
        node = {name: value for name, value in said.items() if name not in _NOISE}
        reference = node.pop("$ref", None)
        if reference is not None:
            return self._reference(reference, node, inside)
        if len(node.get("allOf", ())) == 1:
            (only,) = node.pop("allOf")
            return self.node({**only, **node}, inside)
        return self._plain(node, inside)

    def _reference(
        self, reference: str, beside: dict[str, Any], inside: tuple[str, ...]
    ) -> dict[str, Any]:
        """Beside a reference nothing may stand: then it is written out."""
        if not beside:
            return {"$ref": reference}
        if reference in inside:
            raise _OpenError
        target = self._definitions[_name(reference)]
        return self.node({**target, **beside}, (*inside, reference))

    def _plain(self, node: dict[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        closed: dict[str, Any] = {}
        words: list[str] = []
        for name, value in node.items():
            if name in _KEPT:
                closed[name] = value
            elif name == "const":
                closed["enum"] = [value]
            elif name in ("anyOf", "oneOf"):
                closed["anyOf"] = [self.node(each, inside) for each in value]
            elif name == "items":
                closed["items"] = self.node(value, inside)
            elif name in _WORDS:
                if _known(name, value):
                    closed[name] = value
                else:
                    words.append(f"{name}: {value}")
            elif name not in ("additionalProperties", "properties", "required"):
                raise _OpenError
        if closed.keys().isdisjoint(("type", "enum", "anyOf")):
            raise _OpenError
        if closed.get("type") == "array" and "items" not in closed:
            raise _OpenError
        if closed.get("type") == "object" or "properties" in node:
            if node.get("additionalProperties", "properties" not in node) is not False:
                raise _OpenError
            properties = node.get("properties", {})
            closed["properties"] = {
                name: self.node(each, inside) for name, each in properties.items()
            }
            closed["required"] = [*properties]
            closed["additionalProperties"] = False
        if words:
            said = [closed["description"]] if "description" in closed else []
            closed["description"] = " ".join([*said, f"({', '.join(words)})"])
        return closed


def _known(name: str, value: Any) -> bool:
    if name == "format":
        return value in _FORMATS
    return name == "pattern" and not any(look in value for look in ("(?=", "(?!", "(?<"))


def _name(reference: str) -> str:
    name = reference.removeprefix("#/$defs/")
    return name.replace("~1", "/").replace("~0", "~")
