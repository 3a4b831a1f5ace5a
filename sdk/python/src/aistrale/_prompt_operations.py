"""The calls about prompts, as data. Both clients share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from . import _prompt_decode as decode
from ._fields import text as read_text
from ._options import CALL_FIELDS, CallOptions, MessageLike, refuse_unknown, wire_message
from ._prompt_models import PromptSettings, PromptVariable
from ._prompt_ref import referred
from ._steps import Request
from ._wire import (
    ListOptions,
    Operation,
    Pages,
    call_options,
    delete,
    get,
    listed,
    nothing,
    pages,
    path_of,
    post,
    precondition,
    query_text,
)

if TYPE_CHECKING:
    from ._models import PromptUse
    from ._prompt_models import Prompt, PromptDiff, PromptVersion, RenderedPrompt
    from ._prompt_ref import PromptRef

_CONTENT: Final = ("text", "messages", "variables", "settings", "note")


class PromptVersionCreate(CallOptions, total=False):
    """What a version of a prompt is made of. None is the same as not given.

    text: the template; `{{name}}` in it is a variable. Or
    messages: templates of messages, `Message`s or dicts in OpenAI's shape.
    variables: declarations of variables; one that is not declared is a required string.
    settings: how it is run where a run has no choice of its own; see `PromptSettings`.
    note: why this version was made.
    """

    text: str | None
    messages: Sequence[MessageLike] | None
    variables: Sequence[PromptVariable | Mapping[str, Any]] | None
    settings: PromptSettings | None
    note: str | None


class PromptCreate(PromptVersionCreate, total=False):
    """Options of `prompts.create`: those of its first version, and these.

    description: what the prompt is for.
    """

    description: str | None


class PromptListOptions(ListOptions, total=False):
    """Options of `prompts.list`: those of a list, and these.

    q: with this text in their name, in whatever case.
    """

    q: str | None


def list_prompts(options: PromptListOptions) -> Pages[Prompt]:
    """`GET /prompts`."""
    refuse_unknown("prompts.list", options, ("q", "limit", "cursor", *CALL_FIELDS))
    path = path_of("prompts", what="path")
    return pages(path, decode.prompt, options, {"q": options.get("q")})


def get_prompt(name: str, options: CallOptions) -> Operation[Prompt]:
    """`GET /prompts/{name}`."""
    return get(_prompt(name), decode.prompt, call_options("prompts.get", options))


def create_prompt(name: str, options: PromptCreate) -> Operation[Prompt]:
    """`POST /prompts`."""
    refuse_unknown("prompts.create", options, ("description", *_CONTENT, *CALL_FIELDS))
    body = {"name": name, **_content(options)}
    description = options.get("description")
    if description is not None:
        body["description"] = description
    return post(path_of("prompts", what="path"), body, decode.prompt, options)


def update_prompt(
    name: str, description: str | None, if_match: int | str | None, options: CallOptions
) -> Operation[Prompt]:
    """`POST /prompts/{name}`."""
    return post(
        _prompt(name),
        {"description": description},
        decode.prompt,
        call_options("prompts.update", options),
        if_match=if_match,
        repeatable=True,
    )


def delete_prompt(name: str, if_match: int | str | None, options: CallOptions) -> Operation[None]:
    """`DELETE /prompts/{name}`."""
    return delete(_prompt(name), nothing, call_options("prompts.delete", options), if_match)


def list_versions(name: str, options: ListOptions) -> Pages[PromptVersion]:
    """`GET /prompts/{name}/versions`."""
    return listed(f"{_prompt(name)}/versions", decode.version, "prompts.versions", options)


def get_version(name: str, version: int | str, options: CallOptions) -> Operation[PromptVersion]:
    """`GET /prompts/{name}/versions/{version}`."""
    path = path_of("prompts", name, "versions", version, what="prompt's name or version")
    return get(path, decode.version, call_options("prompts.get_version", options))


def create_version(
    name: str, if_match: int | str | None, options: PromptVersionCreate
) -> Operation[PromptVersion]:
    """`POST /prompts/{name}/versions`."""
    refuse_unknown("prompts.create_version", options, (*_CONTENT, *CALL_FIELDS))
    path = f"{_prompt(name)}/versions"
    return post(path, _content(options), decode.version, options, if_match=if_match)


def set_label(
    name: str, label: str, version: int, if_match: int | str | None, options: CallOptions
) -> Operation[Prompt]:
    """`PUT /prompts/{name}/labels/{label}`."""
    return post(
        _label(name, label),
        {"version": version},
        decode.prompt,
        call_options("prompts.set_label", options),
        method="PUT",
        if_match=if_match,
        repeatable=True,
    )


def remove_label(
    name: str, label: str, if_match: int | str | None, options: CallOptions
) -> Operation[None]:
    """`DELETE /prompts/{name}/labels/{label}`."""
    options = call_options("prompts.remove_label", options)
    return delete(_label(name, label), nothing, options, if_match)


def render(
    prompt: str | PromptRef | PromptUse, variables: Mapping[str, Any] | None, options: CallOptions
) -> Operation[RenderedPrompt]:
    """`POST /prompts/{name}/render`. It reads: doing it twice is doing it once."""
    reference = referred(prompt, variables)
    body = {**reference.which(), "variables": dict(reference.variables)}
    return post(
        f"{_prompt(reference.name)}/render",
        body,
        decode.rendered,
        call_options("prompts.render", options),
        repeatable=True,
    )


def diff(
    name: str, before: int | str, after: int | str, options: CallOptions
) -> Operation[PromptDiff]:
    """`GET /prompts/{name}/diff`."""
    query = {"from": before, "to": after}
    return get(f"{_prompt(name)}/diff", decode.diff, call_options("prompts.diff", options), query)


def export_dotprompt(prompt: str | PromptRef | PromptUse, options: CallOptions) -> Operation[str]:
    """`GET /prompts/{name}/dotprompt`."""
    reference = referred(prompt)
    path = f"{_prompt(reference.name)}/dotprompt{query_text(reference.which())}"
    request = Request("GET", path, (("accept", "text/plain"),), repeatable=True)
    return Operation(request, str, call_options("prompts.export_dotprompt", options), read_text)


def import_dotprompt(
    name: str, source: str, if_match: int | str | None, options: CallOptions
) -> Operation[PromptVersion]:
    """`PUT /prompts/{name}/dotprompt`. The same content again makes no further version."""
    if not isinstance(source, str):
        raise TypeError(f"a Dotprompt file's content is text, not {type(source).__name__}")
    headers = (
        ("content-type", "text/plain; charset=utf-8"),
        ("accept", "application/json"),
        *precondition(if_match),
    )
    path = f"{_prompt(name)}/dotprompt"
    request = Request("PUT", path, headers, source.encode(), repeatable=if_match is None)
    return Operation(request, decode.version, call_options("prompts.import_dotprompt", options))


def _prompt(name: str) -> str:
    return path_of("prompts", name, what="prompt's name")


def _label(name: str, label: str) -> str:
    return path_of("prompts", name, "labels", label, what="prompt's name or label")


def _content(options: PromptVersionCreate) -> dict[str, Any]:
    """Return what a version is made of, as the wire has it."""
    body: dict[str, Any] = {
        name: value for name in _CONTENT if (value := options.get(name)) is not None
    }
    messages, variables = options.get("messages"), options.get("variables")
    if messages is not None:
        body["messages"] = [wire_message(message) for message in messages]
    if variables is not None:
        body["variables"] = [_declared(variable) for variable in variables]
    return body


def _declared(variable: PromptVariable | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(variable, PromptVariable):
        return variable.to_dict()
    if isinstance(variable, Mapping):
        return dict(variable)
    raise TypeError(f"a variable is a PromptVariable or a dict, not {type(variable).__name__}")
