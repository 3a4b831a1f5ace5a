"""Conversations: the client keeps the messages, the server groups the inferences."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, Unpack

from ._options import RUN_FIELDS, MessageLike, RunOptions, refuse_unknown, wire_message

if TYPE_CHECKING:
    from types import TracebackType

    from ._models import Inference
    from ._stream import AsyncStream, Stream


_SESSION_FIELDS = [name for name in RUN_FIELDS if name != "idempotency_key"]


class _Conversation:
    """The messages so far, and the options of every turn. A turn that fails leaves no trace."""

    def __init__(self, identity: str, options: RunOptions) -> None:
        refuse_unknown("a session", options, _SESSION_FIELDS)
        self.identity = identity
        self.messages = [wire_message(message) for message in options.get("messages") or ()]
        self._options = options

    def turn(self, prompt: str | None, options: RunOptions) -> tuple[list[MessageLike], RunOptions]:
        """Return the messages this turn adds, and the options of its call."""
        added = options.get("messages")
        if (prompt is None) == (added is None):
            raise TypeError("give a prompt or messages=, one of the two")
        new: list[MessageLike] = [{"role": "user", "content": prompt}]
        if added is not None:
            new = [wire_message(message) for message in added]
        merged: RunOptions = {**self._options, **options}
        merged["messages"] = [*self.messages, *new]
        merged["session_id"] = self.identity
        return new, merged

    def keep(self, new: list[MessageLike], inference: Inference) -> None:
        """Take in a turn that succeeded: what was said, and the answer as the server gave it."""
        self.messages += [wire_message(message) for message in new]
        self.messages.append(inference.message.to_dict())


class Session:
    """A conversation: each `run` sees what was said before. One call at a time, from one thread.

    A call that fails, or a stream that does not complete, leaves the conversation as it was.
    """

    def __init__(
        self,
        run: Callable[..., Inference],
        stream: Callable[..., Stream],
        identity: str,
        options: RunOptions,
    ) -> None:
        self._run = run
        self._stream = stream
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

    def run(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Inference:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        Options given here go before the session's. Raises as `Aistrale.run` does.
        """
        new, merged = self._conversation.turn(prompt, options)
        inference = self._run(**merged)
        self._conversation.keep(new, inference)
        return inference

    def stream(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Stream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        new, merged = self._conversation.turn(prompt, options)
        return self._stream(lambda done: self._conversation.keep(new, done), **merged)

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

    def __init__(
        self,
        run: Callable[..., Awaitable[Inference]],
        stream: Callable[..., AsyncStream],
        identity: str,
        options: RunOptions,
    ) -> None:
        self._run = run
        self._stream = stream
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

    async def run(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> Inference:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        Options given here go before the session's. Raises as `AsyncAistrale.run` does.
        """
        new, merged = self._conversation.turn(prompt, options)
        inference = await self._run(**merged)
        self._conversation.keep(new, inference)
        return inference

    def stream(self, prompt: str | None = None, **options: Unpack[RunOptions]) -> AsyncStream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        new, merged = self._conversation.turn(prompt, options)
        return self._stream(lambda done: self._conversation.keep(new, done), **merged)

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
