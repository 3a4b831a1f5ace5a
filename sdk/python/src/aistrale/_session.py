"""Conversations: the client keeps the messages, the server groups the inferences."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast, overload

from ._ambient import Ambient
from ._asking import asking, over, performed, rendering, without_prompt
from ._ids import session_id as new_session_id
from ._options import BODY_FIELDS, RUN_FIELDS, RunOptions, one_of, refuse_unknown, wire_message
from ._stream import AsyncStream, Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from os import PathLike
    from types import TracebackType

    from pydantic import TypeAdapter

    from ._asking import Asking
    from ._async_client import AsyncAistrale
    from ._client import Aistrale
    from ._core import Core
    from ._deadline import Deadline
    from ._models import Inference
    from ._prompt_models import RenderedPrompt
    from ._prompt_ref import PromptRef
    from ._steps import Steps
    from ._streaming import Accumulator

T = TypeVar("T")

_SESSION_FIELDS = [name for name in RUN_FIELDS if name != "idempotency_key"]


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
        self._options = without_prompt(options)

    def forked(self, identity: str) -> Self:
        """Return the same conversation under another id: what one says the other does not hear."""
        forked = copy.copy(self)
        forked.identity = identity
        forked.messages = copy.deepcopy(self.messages)
        return forked

    def of_turn(self, options: RunOptions) -> RunOptions:
        """Return a turn's options, what is said aside."""
        merged = cast("RunOptions", {**self._options, **without_prompt(options)})
        merged["session_id"] = self.identity
        return merged

    def begin(self, rendered: RenderedPrompt) -> None:
        """Take in what the conversation begins with."""
        self.beginning = None
        self.messages = [message.to_dict() for message in rendered.messages]
        self._settings = rendered.settings


class _Turn:
    """One turn, as steps: what is to be rendered first, what is said, and its place afterwards.

    Where nothing is to be rendered, what is wrong with it is raised here.
    """

    def __init__(
        self,
        conversation: _Conversation,
        core: Core,
        prompt: str | PromptRef | None,
        options: RunOptions,
        **how: Any,
    ) -> None:
        refuse_unknown("an inference", options, RUN_FIELDS)
        self._conversation = conversation
        self._core = core
        self._how = how
        self._said = one_of(prompt, options)
        self._new: list[dict[str, Any]] = []
        messages = options.get("messages")
        if messages is not None:
            self._new = [wire_message(message) for message in messages]
        elif self._said is None:
            self._new = [{"role": "user", "content": cast("str", prompt)}]
        self.options = conversation.of_turn(options)
        self._asked: Asking | None = None
        if self._said is None and conversation.beginning is None:
            self._asked = self._with_messages()

    def steps(self, deadline: Deadline) -> Steps[Any]:
        """Say it, and return the answer."""
        asked = yield from self._ready(deadline)
        answer = yield from asked.steps(deadline)
        self.keep(answer)
        return answer

    def events(self, deadline: Deadline, gathered: Accumulator) -> Steps[None]:
        """Say it, and emit the events of the answer."""
        asked = yield from self._ready(deadline)
        yield from asked.events(deadline, gathered)

    def keep(self, answer: Any) -> None:
        """Take in a turn that succeeded: what was said, and all that came of it."""
        assert self._asked is not None  # noqa: S101 - it was answered
        self._conversation.messages += [*self._new, *self._asked.exchanged(answer)]

    def _ready(self, deadline: Deadline) -> Steps[Asking]:
        """Have rendered what is to be, within the turn's own deadline.

        The first prompt of a conversation is named where it is said, so that its record does.
        """
        if self._asked is not None:
            return self._asked
        core, conversation = self._core, self._conversation
        if conversation.beginning is not None:
            operation = rendering(conversation.beginning, self.options)
            conversation.begin((yield from performed(core, operation, deadline)))
        if self._said is None:
            self._asked = self._with_messages()
            return self._asked
        operation = rendering(self._said, self.options)
        rendered = yield from performed(core, operation, deadline)
        self._new = [message.to_dict() for message in rendered.messages]
        if conversation.messages:
            self._asked = self._with_messages(rendered.settings)
        else:
            options = cast("RunOptions", {**self.options})
            options["prompt_ref"] = replace(self._said, version=rendered.version, label=None)
            self._asked = asking(core, None, options, rendered=rendered, **self._how)
        return self._asked

    def _with_messages(self, settings: Mapping[str, Any] | None = None) -> Asking:
        of_prompts = over(self._conversation._settings, settings or {})
        known = {name: value for name, value in of_prompts.items() if name in BODY_FIELDS}
        options = cast("RunOptions", over(known, self.options))
        options["messages"] = [*self._conversation.messages, *self._new]
        configured = {"model", "provider"}.isdisjoint(known)
        return asking(self._core, None, options, configured=configured, **self._how)


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

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: None = None,
        **options: Unpack[RunOptions],
    ) -> Inference: ...

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: type[T] | TypeAdapter[T],
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> T: ...

    @overload
    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: object,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any: ...

    def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: Any = None,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        A prompt on the server is rendered, and what it renders to is said. Options given here go
        before the session's. Raises as `Aistrale.run` does.
        """
        core = self._client._core
        turn = _Turn(
            self._conversation,
            core,
            prompt,
            options,
            blocking=True,
            output=output,
            output_retries=output_retries,
        )
        deadline = core.deadline(turn.options)
        return self._client._carry_out(turn.steps(deadline), deadline)

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> Stream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        core = self._client._core
        turn = _Turn(self._conversation, core, prompt, options, blocking=True, stream=True)

        def begin(gathered: Accumulator) -> tuple[Steps[None], Deadline]:
            deadline = core.deadline(turn.options)
            return turn.events(deadline, gathered), deadline

        return Stream(begin, self._client._sender, core.ambient.sleep, turn.keep)

    def to_dict(self) -> dict[str, Any]:
        """Return the conversation as JSON values: its id, its messages, and the options of its own.

        What belongs to the program and not to the conversation is left out: `timeout`,
        `max_retries`, `extra_headers`, `on_response`, the trace, functions among the tools, and
        credentials within `provider_options`: those are to be given again.
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
        self._client: AsyncAistrale | None = client
        self._made: Callable[[], Awaitable[AsyncAistrale]] | None = None
        self._conversation = _Conversation(identity, options)

    @classmethod
    def _later(
        cls, made: Callable[[], Awaitable[AsyncAistrale]], options: RunOptions
    ) -> AsyncSession:
        """Return one whose client is made when it is first needed."""
        identity = options.get("session_id") or new_session_id(Ambient())
        session = cls(cast("AsyncAistrale", None), identity, options)
        session._made = made
        return session

    async def _ready(self) -> AsyncAistrale:
        if self._client is None:
            assert self._made is not None  # noqa: S101 - there is one or the other
            self._client = await self._made()
        return self._client

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

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: None = None,
        **options: Unpack[RunOptions],
    ) -> Inference: ...

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: type[T] | TypeAdapter[T],
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> T: ...

    @overload
    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: object,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any: ...

    async def run(
        self,
        prompt: str | PromptRef | None = None,
        *,
        output: Any = None,
        output_retries: int | None = None,
        **options: Unpack[RunOptions],
    ) -> Any:
        """Say something (or add `messages=`, such as tools' results) and return the answer.

        A prompt on the server is rendered, and what it renders to is said. Options given here go
        before the session's. Raises as `AsyncAistrale.run` does.
        """
        client = await self._ready()
        core = client._core
        turn = _Turn(
            self._conversation,
            core,
            prompt,
            options,
            blocking=False,
            output=output,
            output_retries=output_retries,
        )
        deadline = core.deadline(turn.options)
        return await client._carry_out(turn.steps(deadline), deadline)

    def stream(
        self, prompt: str | PromptRef | None = None, **options: Unpack[RunOptions]
    ) -> AsyncStream:
        """Say something and return the answer as a stream; it counts once it has completed."""
        client = self._client
        if client is None:
            refuse_unknown("an inference", options, RUN_FIELDS)
            one_of(prompt, options)

            async def made() -> AsyncStream:
                await self._ready()
                return self.stream(prompt, **options)

            return AsyncStream._later(made)
        core = client._core
        turn = _Turn(self._conversation, core, prompt, options, blocking=False, stream=True)

        def begin(gathered: Accumulator) -> tuple[Steps[None], Deadline]:
            deadline = core.deadline(turn.options)
            return turn.events(deadline, gathered), deadline

        return AsyncStream(begin, client._sender, turn.keep)

    def to_dict(self) -> dict[str, Any]:
        """Return the conversation as JSON values: its id, its messages, and the options of its own.

        What belongs to the program and not to the conversation is left out: `timeout`,
        `max_retries`, `extra_headers`, `on_response`, the trace, functions among the tools, and
        credentials within `provider_options`: those are to be given again.
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
        ambient = Ambient() if self._client is None else self._client._core.ambient
        identity = new_session_id(ambient)
        forked = AsyncSession(cast("AsyncAistrale", self._client), identity, {})
        forked._made = self._made
        forked._conversation = self._conversation.forked(identity)
        return forked

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
