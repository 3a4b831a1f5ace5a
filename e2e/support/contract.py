"""Holds answers to contract/openapi.yaml: that their status is in it, and their JSON is as it says."""

import json
import re
from decimal import Decimal
from functools import cache
from typing import Any

import httpx2
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .machine import ROOT

CONTRACT = yaml.load((ROOT / "contract" / "openapi.yaml").read_text(), yaml.CSafeLoader)
REGISTRY = Registry().with_resource("urn:contract", Resource(CONTRACT, DRAFT202012))


def _pattern(path: str, item: dict) -> re.Pattern:
    slashes = {
        parameter["name"]
        for operation in item.values()
        for parameter in operation.get("parameters", [])
        if parameter.get("x-slashes")
    }
    pieces = re.split(r"\{([^}]+)\}", path)
    return re.compile(
        "".join(
            re.escape(piece) if number % 2 == 0 else ".+" if piece in slashes else "[^/]+"
            for number, piece in enumerate(pieces)
        )
    )


# The most literal path first.
PATHS = sorted(
    ((_pattern(path, item), path, item) for path, item in CONTRACT["paths"].items()),
    key=lambda entry: entry[1].count("{"),
)


def check_answer(response: httpx2.Response) -> None:
    """As a hook of a client: reads the JSON of an answer, and leaves streams alone."""
    request = response.request
    path = request.url.raw_path.decode().partition("?")[0]
    item = next((item for pattern, _, item in PATHS if pattern.fullmatch(path)), None)
    operation = (item or {}).get(request.method.lower())
    if operation is None:
        assert response.status_code >= 400, f"{request.method} {path} is not in the contract"
        return
    name = f"{request.method} {path} → {response.status_code}"
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{name}: the contract does not know this status here"
    content = resolve(described).get("content")
    media = response.headers.get("content-type", "").partition(";")[0]
    if content is None:
        assert not media, f"{name}: nothing was expected, not {media}"
        return
    assert media in content, f"{name}: the content type is {media!r}, none of {list(content)}"
    if media.endswith("json"):
        response.read()
        value = json.loads(response.text, parse_float=Decimal)
        found = mistakes(content[media]["schema"], value)
        assert not found, f"{name}: {found}"


def mistakes(schema: dict[str, Any], value: Any) -> list[str]:
    """Where a value is not as a schema of the contract says, in words."""
    return [
        f"{error.json_path}: {error.message}"
        for error in _validator(json.dumps(schema)).iter_errors(value)
    ]


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        kind, name = node["$ref"].split("/")[-2:]
        node = CONTRACT["components"][kind][name]
    return node


@cache
def _validator(schema: str) -> Draft202012Validator:
    absolute = schema.replace('"#/', '"urn:contract#/')
    return Draft202012Validator(json.loads(absolute), registry=REGISTRY)
