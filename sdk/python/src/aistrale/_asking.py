"""What a call of the user's comes to: one inference, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from . import _operations as operations
from ._exchange import plain
from ._options import CALL_FIELDS, CallOptions, RunOptions, ToolLike
from ._streaming import streamed

if TYPE_CHECKING:
    from ._core import Core
    from ._deadline import Deadline
    from ._models import Inference
    from ._prompt_models import RenderedPrompt
    from ._prompt_ref import PromptRef
    from ._steps import Steps
    from ._streaming import Accumulator
    from ._wire import Operation

T = TypeVar("T")


class Asking(Protocol):
    """A call of the user's, ready to be carried out once."""

    def steps(self, deadline: Deadline) -> Steps[Any]:
        """Return what the model answered, or the output that it was asked for."""
        ...

    def events(self, deadline: Deadline, gathered: Accumulator) -> Steps[None]:
        """Emit what a stream is made of."""
        ...

    def exchanged(self, answer: Any) -> list[dict[str, Any]]:
        """Return what the call adds to a conversation, once it has succeeded with this answer."""
        ...


def asking(
    core: Core,
    prompt: str | PromptRef | None,
    options: RunOptions,
    *,
    blocking: bool,
    stream: bool = False,
    configured: bool = True,
    rendered: RenderedPrompt | None = None,
    output: Any = None,
    output_retries: int | None = None,
) -> Asking:
    """Return what a call comes to. TypeError or ValueError for options that cannot be.

    configured: whether the configured model counts. rendered: what the options' `prompt_ref` says,
    when that is known already. blocking: whether there is no event loop.
    """
    if output is None and output_retries is not None:
        raise TypeError("output_retries= goes with output=")
    tools = options.get("tools")
    if output is None and (not tools or _all_dicts(tools)):
        settings, ambient = core.settings, core.ambient
        operation = operations.infer(
            prompt, options, settings, ambient, stream=stream, configured=configured
        )
        return _Single(core, operation)
    from ._rounds import Rounds

    return Rounds(
        core,
        prompt,
        options,
        blocking=blocking,
        stream=stream,
        configured=configured,
        rendered=rendered,
        output=output,
        output_retries=1 if output_retries is None else output_retries,
    )


def _all_dicts(tools: Sequence[ToolLike]) -> bool:
    return isinstance(tools, (list, tuple)) and all(isinstance(each, Mapping) for each in tools)


class _Single:
    """One inference."""

    __slots__ = ("_core", "_operation")

    def __init__(self, core: Core, operation: Operation[Inference]) -> None:
        self._core = core
        self._operation = operation

    def steps(self, deadline: Deadline) -> Steps[Inference]:
        return plain(self._core.call(self._operation, deadline), self._operation)

    def events(self, deadline: Deadline, gathered: Accumulator) -> Steps[None]:
        return streamed(self._core.call(self._operation, deadline), self._operation, gathered)

    def exchanged(self, answer: Inference) -> list[dict[str, Any]]:
        return [answer.message.to_dict()]


def performed(core: Core, operation: Operation[T], deadline: Deadline) -> Steps[T]:
    """Return what a call that is part of another's answers."""
    return plain(core.call(operation, deadline), operation)


def over(settings: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with others put over them. A model takes the provider of another's along."""
    given = {name: value for name, value in more.items() if value is not None}
    kept = {**settings}
    if "model" in given:
        kept.pop("provider", None)
    return {**kept, **given}


def without_prompt(options: RunOptions) -> dict[str, Any]:
    """Return options without what is said."""
    prompt = ("messages", "prompt_ref", "variables")
    return {name: value for name, value in options.items() if name not in prompt}


def rendering(reference: PromptRef, options: RunOptions) -> Operation[RenderedPrompt]:
    """Return the call that renders a prompt on the server, with the same call's options."""
    from ._prompt_operations import render

    given = {name: value for name, value in options.items() if name in CALL_FIELDS}
    return render(reference, None, cast("CallOptions", given))
