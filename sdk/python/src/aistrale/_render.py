"""Filling in a prompt's variables, as the server does: `contract/vectors/render/` has the rules."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from ._decode import message
from ._errors import BadRequestError
from ._fields import UnreadableError, is_list, is_object
from ._json_text import json_text
from ._models import Message
from ._prompt_models import PromptSettings, PromptVariable, PromptVersion, RenderedPrompt

LONGEST: Final = 20_000_000
"""Characters of a rendering at most: a value can stand in many places."""

_VARIABLE: Final = re.compile(r"\{\{ *+([A-Za-z_][A-Za-z0-9_]*+) *+\}\}")

_WORDS: Final[Mapping[str, str]] = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
}

_NO_TEXT: Final = "has U+0000 or half of a surrogate pair in it, which no text can hold"


def uses(template: str) -> list[str]:
    """Return the names of the variables in a template, each once, by their first place."""
    return list(dict.fromkeys(_VARIABLE.findall(template)))


def filled(template: str, texts: Mapping[str, str]) -> str:
    """Return a template with each variable's text in its place."""
    return _VARIABLE.sub(lambda found: texts.get(found[1], ""), template)


def render(version: PromptVersion, given: Mapping[str, Any] | None) -> RenderedPrompt:
    """Return a version with its variables filled in. BadRequestError names every mistake."""
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"variables are a dict, not {type(given).__name__}")
    messages = copy.deepcopy(list(version.messages or ()))
    slots = list(_slots(messages))
    templates = [each[0][each[1]] for each in slots] if version.text is None else [version.text]
    texts = _texts(version, templates, given or {})
    rendered = [filled(template, texts) for template in templates]
    if version.text is not None:
        (text,) = rendered
        said: tuple[Message, ...] = (Message(role="user", content=text),)
    else:
        for (holder, field), words in zip(slots, rendered, strict=True):
            holder[field] = words
        said = _messages(version, messages)
    return RenderedPrompt(
        name=version.name,
        version=version.version,
        text=None if version.text is None else rendered[0],
        messages=said,
        settings=PromptSettings(**copy.deepcopy(version.settings)),
    )


def declared(version: PromptVersion, templates: Sequence[str]) -> list[PromptVariable]:
    """Return the variables that a version declares, then those that its templates merely use."""
    found = {each.name: each for each in version.variables}
    for template in templates:
        for name in uses(template):
            found.setdefault(name, PromptVariable(name=name, required=True))
    return list(found.values())


def _slots(messages: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what holds a template, and the field: texts, and the URLs of images."""
    for each in messages:
        content = each.get("content")
        if isinstance(content, str):
            yield each, "content"
        for part in content if is_list(content) else ():
            if is_object(part) and isinstance(part.get("text"), str):
                yield part, "text"
            image = part.get("image_url") if is_object(part) else None
            if is_object(image) and isinstance(image.get("url"), str):
                yield image, "url"


def _messages(version: PromptVersion, messages: list[dict[str, Any]]) -> tuple[Message, ...]:
    try:
        return tuple([message(each) for each in messages])
    except UnreadableError as why:
        raise ValueError(f"{version.name}@{version.version} is no prompt: {why}") from None


def _texts(
    version: PromptVersion, templates: Sequence[str], given: Mapping[str, Any]
) -> dict[str, str]:
    """Return what stands in each variable's place."""
    mistakes: list[dict[str, str]] = []
    texts: dict[str, str] = {}
    variables = declared(version, templates)
    for each in variables:
        value = given.get(each.name)
        if value is not None:
            wrong = _wrong(each, value)
        else:
            value = each.default
            needed = value is None if each.required is None else each.required
            words = _WORDS.get(each.type, f"a value of the type {each.type}")
            wrong = f"is missing; the prompt needs {words}" if needed and value is None else None
        if wrong is not None:
            mistakes.append(_mistake(each.name, wrong))
        else:
            texts[each.name] = "" if value is None else _text(value)
    names = [each.name for each in variables]
    mistakes += [
        _mistake(name, f"the prompt has no variable `{name}`{_hint(name, names)}")
        for name in given
        if name not in names
    ]
    if not mistakes:
        length = sum(_length(template, texts) for template in templates)
        if length > LONGEST:
            said = f"make a rendering of {length} characters; the most is {LONGEST}"
            mistakes.append({"pointer": "/variables", "detail": said})
    if mistakes:
        raise _refused(version, mistakes)
    return texts


def _wrong(variable: PromptVariable, value: Any) -> str | None:
    """Return what is wrong with a value, None if nothing is."""
    if not _takes(variable.type, value):
        return f"must be {_WORDS[variable.type]}, not {_kind(value)}"
    try:
        text = _text(value)
    except ValueError as why:
        return str(why)
    return None if _is_text(value, text) else _NO_TEXT


def _takes(kind: str, value: Any) -> bool:
    """Whether a value is of a type; of one that came later, every value is."""
    number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return number
        case "integer":
            return number and math.isfinite(value) and value == int(value)
        case "boolean":
            return isinstance(value, bool)
        case "array":
            return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))
        case "object":
            return isinstance(value, Mapping)
        case _:
            return True


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return f"the number {value}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "an array"
    return f"a {type(value).__name__}"


def _text(value: Any) -> str:
    """Return how a value stands in the text: a string as it is, everything else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def _is_text(value: Any, text: str) -> bool:
    """Whether no string within has what no text in UTF-8 has, or no database takes."""
    if ("\x00" if isinstance(value, str) else "\\u0000") in text:
        return not _has_zero(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    several: Any = value
    if isinstance(value, Mapping):
        return any(_has_zero(each) for pair in several.items() for each in pair)
    return isinstance(value, Sequence) and any(_has_zero(each) for each in several)


def _length(template: str, texts: Mapping[str, str]) -> int:
    length = len(template)
    for found in _VARIABLE.finditer(template):
        length += len(texts.get(found[1], "")) - len(found[0])
    return length


def _hint(name: Any, names: Sequence[str]) -> str:
    near = get_close_matches(str(name), names, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def _mistake(name: Any, detail: str) -> dict[str, str]:
    escaped = str(name).replace("~", "~0").replace("/", "~1")
    return {"pointer": f"/variables/{escaped}", "detail": detail}


def _refused(version: PromptVersion, mistakes: list[dict[str, str]]) -> BadRequestError:
    said = f"{version.name}@{version.version} cannot be rendered with these variables:"
    said += "".join([f"\n  {each['pointer']}: {each['detail']}" for each in mistakes])
    return BadRequestError(said, status=400, code="invalid_request", errors=mistakes)
