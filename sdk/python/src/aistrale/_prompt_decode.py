"""From decoded JSON to prompts. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any, cast

from ._decode import message
from ._fields import Fields, UnreadableError, is_list, plain
from ._json_text import exact
from ._prompt_models import (
    Prompt,
    PromptChange,
    PromptDiff,
    PromptSettings,
    PromptVariable,
    PromptVersion,
    RenderedPrompt,
)


def prompt(value: Any) -> Prompt:
    """Decode a prompt."""
    of = Fields(value, "prompt")
    return Prompt(
        name=of.text("name"),
        description=of.maybe_text("description"),
        labels=of.mapping("labels"),
        latest_version=of.whole("latest_version"),
        revision=of.whole("revision"),
        created_at=of.moment("created_at"),
        updated_at=of.moment("updated_at"),
        extra=of.extra(),
    )


def version(value: Any) -> PromptVersion:
    """Decode a version of a prompt."""
    of = Fields(value, "version")
    return PromptVersion(
        name=of.text("name"),
        version=of.number("version"),
        text=of.maybe_text("text"),
        messages=of.maybe("messages", _templates),
        variables=of.several("variables", variable),
        settings=_settings(of),
        note=of.maybe_text("note"),
        labels=of.texts("labels"),
        created_at=of.moment("created_at"),
        created_by=of.maybe_text("created_by"),
        extra=of.extra(),
    )


def variable(value: Any) -> PromptVariable:
    """Decode a template's variable."""
    of = Fields(value, "variable")
    return PromptVariable(
        name=of.text("name"),
        type=of.text("type", "string"),
        required=of.maybe_flag("required"),
        default=exact(of.take("default")),
        description=of.maybe_text("description"),
        extra=of.extra(),
    )


def rendered(value: Any) -> RenderedPrompt:
    """Decode what a version rendered to."""
    of = Fields(value, "rendered")
    return RenderedPrompt(
        name=of.text("name"),
        version=of.number("version"),
        text=of.maybe_text("text"),
        messages=of.several("messages", message),
        settings=_settings(of),
        extra=of.extra(),
    )


def diff(value: Any) -> PromptDiff:
    """Decode what differs between two versions."""
    of = Fields(value, "diff")
    return PromptDiff(
        name=of.text("name"),
        from_version=of.number("from"),
        to_version=of.number("to"),
        changes=of.several("changes", change),
        unified=of.text("unified", ""),
        extra=of.extra(),
    )


def change(value: Any) -> PromptChange:
    """Decode what differs at one place."""
    of = Fields(value, "change")
    return PromptChange(
        pointer=of.text("pointer"),
        before=plain(of.take("before")),
        after=plain(of.take("after")),
        extra=of.extra(),
    )


def _templates(value: Any) -> tuple[dict[str, Any], ...]:
    if not is_list(value) or not all(isinstance(item, dict) for item in value):
        raise UnreadableError("version.messages is not a list of objects")
    return tuple(plain(value))


def _settings(of: Fields) -> PromptSettings:
    present = {name: value for name, value in of.mapping("settings").items() if value is not None}
    return cast("PromptSettings", present)
