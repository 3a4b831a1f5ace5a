"""What prompts are made of, and what their calls answer; open as the records of `_models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from ._models import Extra, Message, none_extra

if TYPE_CHECKING:
    from datetime import datetime


class PromptSettings(TypedDict, total=False):
    """How a version of a prompt is run, where a run has no choice of its own.

    As the options of the same names in `RunOptions`. What a version has is what is in it, also
    settings that came later.
    """

    model: str
    provider: str
    temperature: float
    top_p: float
    max_output_tokens: int
    stop: str | Sequence[str]
    tools: Sequence[Mapping[str, Any]]
    tool_choice: str | Mapping[str, Any]
    response_format: Mapping[str, Any]
    reasoning_effort: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVariable:
    """A variable of a template.

    `type` is "string", "number", "integer", "boolean", "array" or "object". One that is not
    `required` may be left out, and is then its `default`; unless said, it is required when it has
    no default.
    """

    name: str
    type: str = "string"
    required: bool | None = None
    default: Any = None
    description: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it in the wire's shape, unknown fields included."""
        more = {
            "required": self.required,
            "default": self.default,
            "description": self.description,
        }
        present = {name: value for name, value in more.items() if value is not None}
        return {"name": self.name, "type": self.type, **present, **self.extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt kept on the server: a name for versions that do not change, and labels that move.

    `labels` says which version each label is at; `latest_version` counts from 1. `revision` counts
    the changes of this object: give it as `if_match=` to change nothing that somebody else changed.
    """

    name: str
    description: str | None = None
    labels: Mapping[str, int] = field(default_factory=dict[str, int])
    latest_version: int | None = None
    revision: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """One version of a prompt; it never changes, its `labels` aside.

    `text` is the template, or else `messages` are, as decoded from JSON in OpenAI's shape; what a
    version does not have is None. `created_by` is the id of the API key that made it.
    """

    name: str
    version: int
    text: str | None = None
    messages: tuple[dict[str, Any], ...] | None = None
    variables: tuple[PromptVariable, ...] = ()
    settings: PromptSettings = field(default_factory=PromptSettings)
    note: str | None = None
    labels: tuple[str, ...] = ()
    created_at: datetime | None = None
    created_by: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def render(self, variables: Mapping[str, Any] | None = None) -> RenderedPrompt:
        """Return it with its variables filled in, as `prompts.render` does; no server is asked.

        A text stands in its place as it is, everything else as JSON; None is the same as not given.
        BadRequestError (status 400, code "invalid_request", as the server's) names in `errors` each
        variable that is missing, unknown or of the wrong type.
        """
        from ._render import render

        return render(self, variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPrompt:
    """A version with its variables filled in, as a model would be sent it; and its settings.

    `text` is None unless the version has a text: then it is that of the one message.
    """

    name: str
    version: int
    text: str | None = None
    messages: tuple[Message, ...] = ()
    settings: PromptSettings = field(default_factory=PromptSettings)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """What differs at one place: `pointer` is a JSON pointer; None is what is not there."""

    pointer: str
    before: Any = None
    after: Any = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDiff:
    """What differs between two versions, place by place and as a unified diff.

    The wire's `from` and `to` are `from_version` and `to_version`.
    """

    name: str
    from_version: int
    to_version: int
    changes: tuple[PromptChange, ...] = ()
    unified: str = ""
    extra: Extra = field(default_factory=none_extra, repr=False)
