"""Conversations: the client keeps the messages, the server groups the inferences."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from . import _operations as operations
from ._ids import session_id as new_session_id
from ._options import (
    BODY_FIELDS,
    CALL_FIELDS,
    RUN_FIELDS,
    CallOptions,
    MessageLike,
    RunOptions,
    one_of,
    refuse_unknown,
    wire_message,
)
from ._stream import AsyncStream, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from types import TracebackType

    from ._async_client import AsyncAistrale
    from ._client import Aistrale
    from ._core import Core
    from ._deadline import Deadline
    from ._exchange import Call
    from ._models import Inference
    from ._prompt_models import RenderedPrompt
    from ._prompt_ref import PromptRef
    from ._wire import Operation


_SESSION_FIELDS = [name for name in RUN_FIELDS if name != "idempotency_key"]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is said: messages, or `said`, a prompt on the server that is still to be rendered.

    `configured`: whether the configured model counts. `deadline` is None when none runs yet.
    """

    new: tuple[MessageLike, ...]
    options: RunOptions
    said: PromptRef | None = None
    configured: bool = True
    deadline: Deadline | None = None

    def operation(self, core: Core, *, stream: bool) -> Operation[Inference]:
        """Return the call that says it."""
        return operations.infer(
            None,
            self.options,
            core.settings,
            core.ambient,
            stream=stream,
            configured=self.configured,
        )


class _Conversation:
    """The messages so far, and the options of every turn. A turn that fails leaves no trace.

    `beginning` is the prompt on the server that it begins with, until that is rendered.
    """

    def __init__(self, identity: str, options: RunOptions) -> None:
        refuse_unknown("a session", options, _SESSION_FIELDS)
        self.beginning: PromptRef | None = None
        if options.get("prompt_ref") is not None or options.get("variables") is not None:
            self.beginning = one_of(None, options)
        self.identity = identity
        self.messages = [wire_message(message) for message in options.get("messages") or ()]
        self._settings: Mapping[str, Any] = {}
        self._options = _without_prompt(options)

    def forked(self, identity: str) -> Self:
        """Return the same conversation under another id: what one says the other does not hear."""
        forked = copy.copy(self)
        forked.identity = identity
        forked.messages = copy.deepcopy(self.messages)
        return forked

    def turn(self, prompt: str | PromptRef | None, options: RunOptions) -> _Turn:
        """Return what a turn says; ready to be sent unless something is to be rendered first."""
        refuse_unknown("an inference", options, RUN_FIELDS)
        reference = one_of(prompt, options)
        new: list[MessageLike] = []
        if options.get("messages") is not None:
            new = [wire_message(message) for message in options["messages"] or ()]
        elif reference is None:
            new = [{"role": "user", "content": cast("str", prompt)}]
        merged = cast("RunOptions", {**self._options, **_without_prompt(options)})
        merged["session_id"] = self.identity
        turn = _Turn(tuple(new), merged, reference)
        return turn if self.beginning or reference else self._with_messages(turn)

    def begin(self, rendered: RenderedPrompt) -> None:
        """Take in what the conversation begins with."""
        self.beginning = None
        self.messages = [message.to_dict() for message in rendered.messages]
        self._settings = rendered.settings

    def ready(self, turn: _Turn, rendered: RenderedPrompt | None, deadline: Deadline) -> _Turn:
        """Return a turn that can be sent, now that its prompt is rendered, if it has one.

        The first of a conversation names the prompt, so that its record does.
        """
        turn = replace(turn, deadline=deadline)
        if rendered is None or turn.said is None:
            return self._with_messages(turn)
        new = tuple([message.to_dict() for message in rendered.messages])
        if self.messages:
            return self._with_messages(replace(turn, new=new), rendered.settings)
        options: RunOptions = {**turn.options}
        options["prompt_ref"] = replace(turn.said, version=rendered.version, label=None)
        return replace(turn, new=new, options=options)

    def _with_messages(self, turn: _Turn, settings: Mapping[str, Any] | None = None) -> _Turn:
        of_prompts = _over(self._settings, settings or {})
        known = {name: value for name, value in of_prompts.items() if name in BODY_FIELDS}
        options = cast("RunOptions", _over(known, turn.options))
        options["messages"] = [*self.messages, *turn.new]
        configured = {"model", "provider"}.isdisjoint(known)
        return replace(turn, options=options, configured=configured)

    def keep(self, turn: _Turn, inference: Inference) -> None:
        """Take in a turn that succeeded: what was said, and the answer as the server gave it."""
        self.messages += [wire_message(message) for message in turn.new]
        self.messages.append(inference.message.to_dict())


def _over(settings: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with others put over them. A model takes the provider of another's along."""
    given = {name: value for name, value in more.items() if value is not None}
    kept = {**settings}
    if "model" in given:
        kept.pop("provider", None)
    return {**kept, **given}


def _without_prompt(options: RunOptions) -> dict[str, Any]:
    prompt = ("messages", "prompt_ref", "variables")
    return {name: value for name, value in options.items() if name not in prompt}


def _rendering(reference: PromptRef, options: RunOptions) -> Operation[RenderedPrompt]:
    from ._prompt_operations import render

    given = {name: value for name, value in options.items() if name in CALL_FIELDS}
    return render(reference, None, cast("CallOptions", given))


class Session:
    """A conversation: each `run` sees what was said before. One call at a time, from one thread.

    A call that fails, or a stream that does not complete, leaves the conversation as it was.
    """

    def __init__(self, client: Aistrale, identity: str, options: RunOptions) -> None:
        self._client = client
        self._conversation = _Conversation(identity, options)

    @property
    def session_id(self) -> str:
        """The id that groups this conversation's inferences in telemetry, `ses_…` unless given."""
        return self._conversation.identity

    @property
    def messages(self) -> list[dict[str, Any]]:
        """A copy of the conversation, in OpenAI's shape, tool calls and thinking blocks included.

        The `system` option is not part of it: it is sent before it each time.
        """
        return copy.deepcopy(self._conversation.messages)

    def run(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> Inference:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        A prompt on the server is rendered, and what it renders to is said. Options given here go
        before the session's. Raises as `Aistrale.run` does.
        """
        turn = self._ready(self._conversation.turn(prompt, options))
        operation = turn.operation(self._client._core, stream=False)
        inference = self._client._perform(operation, turn.deadline)
        self._conversation.keep(turn, inference)
        return inference

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> Stream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        core = self._client._core
        turn = self._conversation.turn(prompt, options)
        operation = turn.operation(core, stream=True) if "messages" in turn.options else None

        def begin() -> tuple[Call, Operation[Inference]]:
            nonlocal turn
            turn = self._ready(turn)
            begun = operation or turn.operation(core, stream=True)
            return core.call(begun, turn.deadline), begun

        return Stream(
            begin,
            self._client._sender,
            core.ambient.sleep,
            lambda done: self._conversation.keep(turn, done),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the conversation as JSON values: its id, its messages, and the options of its own.

        What belongs to the program and not to the conversation is left out: `timeout`,
        `max_retries`, `extra_headers`, `on_response`, the trace, functions among the tools.
        """
        from ._session_file import to_dict

        return to_dict(self._conversation)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the conversation to a file, for `load_session`: whole, or not at all.

        Its owner alone can read the file. In it is what `to_dict` returns, and no API key. OSError
        when it cannot be written: what was there is still there.
        """
        from ._session_file import write

        write(path, self.to_dict())

    def fork(self) -> Session:
        """Return another conversation that begins with all that was said in this one.

        It has an id of its own and the same options; the two go on apart.
        """
        identity = new_session_id(self._client._core.ambient)
        forked = Session(self._client, identity, {})
        forked._conversation = self._conversation.forked(identity)
        return forked

    def _ready(self, turn: _Turn) -> _Turn:
        """Have rendered what is to be, within the turn's own deadline."""
        conversation = self._conversation
        if "messages" in turn.options:
            return turn
        deadline = self._client._core.deadline(turn.options)
        if conversation.beginning is not None:
            operation = _rendering(conversation.beginning, turn.options)
            conversation.begin(self._client._perform(operation, deadline))
        rendered = None
        if turn.said is not None:
            operation = _rendering(turn.said, turn.options)
            rendered = self._client._perform(operation, deadline)
        return conversation.ready(turn, rendered, deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: a session holds no connection of its own."""

    def __repr__(self) -> str:
        return f"Session({self.session_id!r}, {len(self._conversation.messages)} messages)"


class AsyncSession:
    """A conversation: each `run` sees what was said before. One call at a time.

    A call that fails, or a stream that does not complete, leaves the conversation as it was.
    """

    def __init__(self, client: AsyncAistrale, identity: str, options: RunOptions) -> None:
        self._client = client
        self._conversation = _Conversation(identity, options)

    @property
    def session_id(self) -> str:
        """The id that groups this conversation's inferences in telemetry, `ses_…` unless given."""
        return self._conversation.identity

    @property
    def messages(self) -> list[dict[str, Any]]:
        """A copy of the conversation, in OpenAI's shape, tool calls and thinking blocks included.

        The `system` option is not part of it: it is sent before it each time.
        """
        return copy.deepcopy(self._conversation.messages)

    async def run(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> Inference:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        A prompt on the server is rendered, and what it renders to is said. Options given here go
        before the session's. Raises as `AsyncAistrale.run` does.
        """
        turn = await self._ready(self._conversation.turn(prompt, options))
        operation = turn.operation(self._client._core, stream=False)
        inference = await self._client._perform(operation, turn.deadline)
        self._conversation.keep(turn, inference)
        return inference

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> AsyncStream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        core = self._client._core
        turn = self._conversation.turn(prompt, options)
        operation = turn.operation(core, stream=True) if "messages" in turn.options else None

        async def begin() -> tuple[Call, Operation[Inference]]:
            nonlocal turn
            turn = await self._ready(turn)
            begun = operation or turn.operation(core, stream=True)
            return core.call(begun, turn.deadline), begun

        return AsyncStream(
            begin, self._client._sender, lambda done: self._conversation.keep(turn, done)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the conversation as JSON values: its id, its messages, and the options of its own.

        What belongs to the program and not to the conversation is left out: `timeout`,
        `max_retries`, `extra_headers`, `on_response`, the trace, functions among the tools.
        """
        from ._session_file import to_dict

        return to_dict(self._conversation)

    async def save(self, path: str | PathLike[str]) -> None:
        """Write the conversation to a file, for `load_session`: whole, or not at all.

        Its owner alone can read the file. In it is what `to_dict` returns, and no API key. OSError
        when it cannot be written: what was there is still there.
        """
        from anyio.to_thread import run_sync

        from ._session_file import write

        await run_sync(write, path, self.to_dict())

    def fork(self) -> AsyncSession:
        """Return another conversation that begins with all that was said in this one.

        It has an id of its own and the same options; the two go on apart.
        """
        identity = new_session_id(self._client._core.ambient)
        forked = AsyncSession(self._client, identity, {})
        forked._conversation = self._conversation.forked(identity)
        return forked

    async def _ready(self, turn: _Turn) -> _Turn:
        """Have rendered what is to be, within the turn's own deadline."""
        conversation = self._conversation
        if "messages" in turn.options:
            return turn
        deadline = self._client._core.deadline(turn.options)
        if conversation.beginning is not None:
            operation = _rendering(conversation.beginning, turn.options)
            conversation.begin(await self._client._perform(operation, deadline))
        rendered = None
        if turn.said is not None:
            operation = _rendering(turn.said, turn.options)
            rendered = await self._client._perform(operation, deadline)
        return conversation.ready(turn, rendered, deadline)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: a session holds no connection of its own."""

    def __repr__(self) -> str:
        return f"AsyncSession({self.session_id!r}, {len(self._conversation.messages)} messages)"
