"""A call of the user's over several inferences, as steps: no input or output here.

The model is asked, the functions that it calls are called, and it is asked again; what does not fit
the output that is wanted is shown to it. Blocking or not, streamed or not, it is all here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from . import _operations as operations
from ._asking import over, performed, rendering, without_prompt
from ._errors import AistraleError, APITimeoutError, OutputValidationError, ToolRoundsError
from ._events import Completed, ToolResult
from ._exchange import plain
from ._log import log
from ._misfits import listed, said
from ._options import BODY_FIELDS, RUN_FIELDS, RunOptions, one_of, refuse_unknown, wire_message
from ._output import MisfitError, Output, output_of
from ._steps import Emit, Failure, Invocation, Invoke, Raised, Result
from ._streaming import streamed
from ._tools import Toolbox, answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._core import Core
    from ._deadline import Deadline
    from ._models import Inference, ToolCall
    from ._prompt_models import RenderedPrompt
    from ._prompt_ref import PromptRef
    from ._steps import Outcomes, Steps
    from ._streaming import Accumulator
    from ._wire import Operation

DEFAULT_MAX_ROUNDS: Final = 10

_LONGEST_KEY: Final = 255
_LONGEST_KEPT: Final = 230
"""Of a key that would be too long: there is room for two hashes and a number behind it."""

_CUT: Final = ("length", "content_filter")
"""How an answer ends that is not whole: a tool call in it may be half of one."""


class Rounds:
    """A call that is carried out once; see `_asking.Asking`."""

    def __init__(
        self,
        core: Core,
        prompt: str | PromptRef | None,
        options: RunOptions,
        *,
        blocking: bool,
        stream: bool,
        configured: bool,
        rendered: RenderedPrompt | None,
        output: Any,
        output_retries: int,
    ) -> None:
        refuse_unknown("an inference", options, RUN_FIELDS)
        self._core = core
        self._stream = stream
        self._configured = configured
        self._tools = Toolbox(options.get("tools") or (), blocking=blocking)
        self._max_rounds = _counted("max_rounds", options.get("max_rounds"), 1, DEFAULT_MAX_ROUNDS)
        self._output: Output[Any] | None = None if output is None else output_of(output)
        self._retries = _counted("output_retries", output_retries, 0, 1)
        self._options = self._sent(options)
        self._reference = one_of(prompt, options)
        self._messages: list[dict[str, Any]] | None = None
        self._of_prompt: dict[str, Any] = {}  # the server applies them by itself to the first alone
        if self._reference is None:
            given = options.get("messages") or [{"role": "user", "content": prompt}]
            self._messages = [wire_message(message) for message in given]
        elif rendered is not None:
            self._open(rendered)
        self._rounds: list[Inference] = []
        self._answered: list[Inference] = []  # those, and the one that is looked at
        self._corrections = 0
        self._exchanged: list[dict[str, Any]] = []
        self._first = operations.infer(
            prompt,
            self._options,
            core.settings,
            core.ambient,
            stream=stream,
            configured=configured,
        )

    def steps(self, deadline: Deadline) -> Steps[Any]:
        """Return what the model answered, or the output that it was asked for."""
        return self._answer(deadline, None)

    def events(self, deadline: Deadline, gathered: Accumulator) -> Steps[None]:
        """Emit the events of every inference, and one `Completed`."""
        inference: Inference = yield from self._answer(deadline, gathered)
        gathered.inference = inference
        yield Emit(Completed(inference, gathered.last_event_id))

    def exchanged(self, answer: Any) -> list[dict[str, Any]]:
        """Return what the call adds to a conversation: attempts that did not fit are not told."""
        return self._exchanged

    def _sent(self, options: RunOptions) -> RunOptions:
        """Return the options as the server has them."""
        sent = cast("RunOptions", {**options})
        if self._tools.wire:
            sent["tools"] = self._tools.wire
        if self._output is None:
            return sent
        given: Any = options.get("response_format")
        if given is None:
            sent["response_format"] = self._output.response_format
        elif isinstance(given, Mapping) and _kind(given) in ("json_object", "text"):
            schema = json.dumps(self._output.schema, ensure_ascii=False, separators=(",", ":"))
            asked = f"Answer with JSON that fits this JSON Schema, and nothing else: {schema}"
            system = options.get("system")
            sent["system"] = f"{system}\n\n{asked}" if system else asked
        else:
            raise TypeError(
                "output= makes response_format= by itself: leave it away, or give "
                '{"type": "json_object"} for a model that takes no schema'
            )
        return sent

    def _answer(self, deadline: Deadline, gathered: Accumulator | None) -> Steps[Any]:
        try:
            return (yield from self._answer_in_rounds(deadline, gathered))
        except AistraleError as error:
            error.rounds = tuple(self._answered)
            raise
        except Exception as error:
            if self._answered:
                names = ", ".join([each.id for each in self._answered])
                error.add_note(f"aistrale: this call had been answered before, and paid: {names}")
            raise

    def _answer_in_rounds(self, deadline: Deadline, gathered: Accumulator | None) -> Steps[Any]:
        operation = self._first
        while True:
            inference = yield from self._ask(operation, deadline, gathered)
            self._answered.append(inference)
            whole = replace(inference, rounds=tuple(self._rounds))
            calls = self._to_be_called(inference)
            if calls:
                yield from self._know_messages(inference, deadline)
                self._refuse_another(whole)
                if gathered is not None and gathered.left:
                    raise gathered.interrupted()
                results = yield from self._called(calls, deadline)
                self._add(inference, *[_told(each) for each in results], exchanged=True)
                for result in results if gathered is not None else ():
                    yield Emit(result)
                _unforce(cast("dict[str, Any]", self._options))
                _unforce(self._of_prompt)
            elif self._output is None:
                self._exchanged.append(inference.message.to_dict())
                return whole
            else:
                try:
                    value = self._read(whole, self._output)
                except MisfitError as why:
                    if self._corrections >= self._retries:
                        raise self._misfit(whole, self._output, why) from why.__cause__
                    yield from self._know_messages(inference, deadline)
                    self._corrections += 1
                    self._add(inference, _correction(why), exchanged=False)
                else:
                    self._exchanged.append(inference.message.to_dict())
                    return value
            self._rounds.append(inference)
            operation = self._next()

    def _ask(
        self, operation: Operation[Inference], deadline: Deadline, gathered: Accumulator | None
    ) -> Steps[Inference]:
        begun = len(self._rounds)
        if begun and deadline.passed:
            raise self._late(deadline, f"inference {begun + 1} was not begun", begun)
        if gathered is None:
            return (yield from plain(self._core.call(operation, deadline), operation))
        if gathered.left:
            raise gathered.interrupted()
        if self._rounds:
            gathered.begin_another()
        call = self._core.call(operation, deadline)
        steps = streamed(call, operation, gathered)
        result: Result = None
        try:
            while True:
                step = steps.send(result)
                last = isinstance(step, Emit) and isinstance(step.event, Completed)
                result = None if last else (yield step)
        except StopIteration:
            inference, gathered.inference = gathered.inference, None
            assert inference is not None  # noqa: S101 - what has no last event raises
            return inference
        finally:
            steps.close()

    def _to_be_called(self, inference: Inference) -> Sequence[ToolCall]:
        """Return the calls of functions; none when one is the caller's, or was cut."""
        calls = inference.tool_calls
        if inference.finish_reason in _CUT or self._tools.of_the_caller(calls):
            return ()
        return calls

    def _refuse_another(self, inference: Inference) -> None:
        """Raise the error of a loop that would go on when no further inference is allowed."""
        if len(self._rounds) + 1 - self._corrections < self._max_rounds:
            return
        names = ", ".join([call.name for call in inference.tool_calls])
        raise ToolRoundsError(
            f"The model was asked {self._max_rounds} times, as often as max_rounds allows, and "
            f"still wants tools called ({names}). .messages is the conversation so far; give a "
            "larger max_rounds=, or say in the prompt when to stop.",
            inference=inference,
            messages=[*(self._messages or ()), inference.message.to_dict()],
        )

    def _called(self, calls: Sequence[ToolCall], deadline: Deadline) -> Steps[list[ToolResult]]:
        """Have functions called, and return what the model is told of each call."""
        bound = [self._tools.bind(call) for call in calls]
        functions = tuple([each for each in bound if isinstance(each, Invocation)])
        outcomes: Outcomes = ()
        if functions:
            result = yield Invoke(functions)
            if isinstance(result, Failure):
                raise self._late(deadline, result.detail, len(self._rounds) + 1)
            assert isinstance(result, tuple)  # noqa: S101 - the driver's contract
            outcomes = result
        came = iter(outcomes)
        results: list[ToolResult] = []
        for call, each in zip(calls, bound, strict=True):
            if isinstance(each, str):
                told = each, True
            else:
                outcome = next(came)
                if isinstance(outcome, Raised):
                    log.failed(call.name, outcome.error)
                told = answer(call.name, outcome)
            results.append(ToolResult(call.id, call.name, *told))
        return results

    def _late(self, deadline: Deadline, where: str, begun: int) -> APITimeoutError:
        url = self._core.settings.api_url
        return APITimeoutError(
            f"Timed out: the call's {deadline.timeout} s were over ({where}). They are for all its "
            f"inferences ({begun} so far) and its tools together: give a longer "
            "timeout=, or aistrale.NO_TIMEOUT.",
            url=url,
        )

    def _read(self, inference: Inference, output: Output[Any]) -> Any:
        """Return the output that an answer is. MisfitError where asking again may help."""
        refusal = inference.message.extra.get("refusal")
        theirs = self._tools.of_the_caller(inference.tool_calls)
        if refusal:
            why = f"The model refused to answer: {refusal}"
        elif inference.finish_reason == "length":
            why = "The answer was cut before its end (finish_reason length). Give a larger "
            why += "max_output_tokens=, or ask for less."
        elif inference.finish_reason == "content_filter":
            why = "The answer was withheld by the provider's content filter (finish_reason "
            why += "content_filter)."
        elif theirs:
            why = f"The model called {', '.join(theirs)}, which is no function of tools=: where "
            why += "an output is wanted, nobody else can answer it."
        else:
            return output.read(inference.text)
        raise OutputValidationError(
            f"No {output.name}. {why}", text=inference.text, inference=inference
        )

    def _misfit(
        self, inference: Inference, output: Output[Any], why: MisfitError
    ) -> OutputValidationError:
        shown = "; ".join([said(each) for each in why.errors[:3]])
        more = len(why.errors) - 3
        return OutputValidationError(
            f"The model's answer does not fit {output.name}, asked {self._corrections + 1} times: "
            f"{shown}{f'; and {more} more' if more > 0 else ''}. .text is what it said, .errors "
            "what is wrong; a larger output_retries= shows it that more often.",
            text=inference.text,
            errors=why.errors,
            inference=inference,
        )

    def _know_messages(self, inference: Inference, deadline: Deadline) -> Steps[None]:
        """Have rendered what was said, where the server alone knew: the version that it used."""
        if self._messages is not None or self._reference is None:
            return
        reference = self._reference
        if inference.prompt is not None:
            reference = replace(reference, version=inference.prompt.version, label=None)
        operation = rendering(reference, self._options)
        self._open((yield from performed(self._core, operation, deadline)))

    def _open(self, rendered: RenderedPrompt) -> None:
        self._messages = [message.to_dict() for message in rendered.messages]
        self._of_prompt = {k: v for k, v in rendered.settings.items() if k in BODY_FIELDS}

    def _add(self, inference: Inference, *more: dict[str, Any], exchanged: bool) -> None:
        new = [inference.message.to_dict(), *more]
        self._messages = [*(self._messages or ()), *new]
        if exchanged:
            self._exchanged += new

    def _next(self) -> Operation[Inference]:
        options = cast("RunOptions", over(self._of_prompt, without_prompt(self._options)))
        options["messages"] = self._messages
        core = self._core
        return operations.infer(
            None,
            options,
            core.settings,
            core.ambient,
            stream=self._stream,
            configured=self._configured and {"model", "provider"}.isdisjoint(self._of_prompt),
            key_of=self._key_of,
        )

    def _key_of(self, key: str, body: bytes) -> str:
        """Return the key of a further round: what is in it came of tools too, which may differ."""
        behind = f"-{len(self._rounds) + 1}-{_hash(body)}"
        if len(key) + len(behind) > _LONGEST_KEY:
            key = f"{key[:_LONGEST_KEPT]}-{_hash(key.encode())}"
        return key + behind


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


def _unforce(settings: dict[str, Any]) -> None:
    """Take away what forces a call: who must call a tool calls one for ever."""
    if settings.get("tool_choice") not in (None, "auto", "none"):
        del settings["tool_choice"]


def _told(result: ToolResult) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": result.call_id, "content": result.content}


def _correction(why: MisfitError) -> dict[str, Any]:
    words = f"That does not fit the JSON Schema:\n{listed(why.errors)}\n"
    words += "Answer again, with the whole corrected JSON and nothing else."
    return {"role": "user", "content": words}


def _counted(what: str, given: object, least: int, default: int) -> int:
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"{what} is not an integer: {given!r}")
    if given < least:
        raise ValueError(f"{what} is below {least}: {given}")
    return given


def _kind(form: Any) -> Any:
    """Return which form of an answer is asked for."""
    return form.get("type")
