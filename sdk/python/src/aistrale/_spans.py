"""The spans of inferences, by OpenTelemetry's conventions. Imported only where they are wanted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode, TraceFlags

from ._errors import AistraleError, APIError, APIStatusError, StreamInterruptedError
from ._events import Completed
from ._log import log
from ._models import Inference
from ._steps import Emit, Failure, Reply, Wait
from ._version import VERSION
from ._wire import API

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span, SpanContext
    from opentelemetry.util.types import AttributeValue

    from ._exchange import Call
    from ._steps import Request, Result, Steps
    from ._tracing import TracerProvider

T = TypeVar("T")

SCHEMA: Final = "https://opentelemetry.io/schemas/1.41.1"
"""The version of the conventions. Later ones keep those for generative AI elsewhere."""

_PROVIDERS = {
    "azure-openai": "azure.ai.openai",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "xai": "x_ai",
}
"""The conventions' names of providers, where they are not AISTRALE's."""

_REQUEST = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "session_id": "gen_ai.conversation.id",
}
_USAGE = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_input_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}


class Spans:
    """Begins the spans of one tracer."""

    __slots__ = ("_tracer",)

    def __init__(self, provider: TracerProvider | None) -> None:
        made_by: Any = trace if provider is None else provider
        self._tracer: trace.Tracer = made_by.get_tracer("aistrale", VERSION, schema_url=SCHEMA)

    def begin(self, call: Call) -> InferenceSpan | None:
        """Begin the span of an inference, and have the server hang its record below it."""
        request = call.request
        if request.method == "POST" and request.path == f"{API}/inferences":
            with _LET_GO:
                return self._begun(call, request)
        return None

    def _begun(self, call: Call, request: Request) -> InferenceSpan:
        body: dict[str, Any] = json.loads(request.body)
        attributes = _asked(body, call.settings.api_url)
        name = " ".join(["chat", *[str(attributes[key]) for key in [_MODEL] if key in attributes]])
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        ids = span.get_span_context()
        placed = "trace_id" in body or any(name == _TRACEPARENT for name, _ in request.headers)
        if ids.is_valid and not placed:
            header = (_TRACEPARENT, _traceparent(ids))
            call.request = replace(request, headers=(*request.headers, header))
        return InferenceSpan(span, streamed=body.get("stream") is True)


class InferenceSpan:
    """One inference's span. It ends once; what comes after that is not noted."""

    __slots__ = ("_began", "_last", "_open", "_retries", "_streamed")

    def __init__(self, span: Span, *, streamed: bool) -> None:
        self._open = [span]  # taken out by whoever ends it, one thread only
        self._began = time.perf_counter()
        self._streamed = streamed
        self._retries = 0
        self._last: Reply | Failure | None = None

    def follow(self, steps: Steps[T]) -> Steps[T]:
        """Return the same steps, noted as they pass."""
        result: Result = None
        try:
            while True:
                step = steps.send(result)
                if isinstance(step, Emit):
                    self._event(step.event)
                elif isinstance(step, Wait):
                    self._retry(step.seconds)
                try:
                    result = yield step
                except BaseException as error:
                    steps.throw(error)
                    raise
                if isinstance(result, (Reply, Failure)):
                    self._last = result
        except StopIteration as end:
            if isinstance(end.value, Inference):
                self._answered(end.value)
            return cast("T", end.value)
        except BaseException as error:
            self.left(error)
            raise

    def left(self, error: BaseException | None) -> None:
        """End it for whoever reads no more; any thread may say so."""
        with _LET_GO:
            for span in self._taken():
                if error is None or isinstance(error, GeneratorExit):
                    span.set_attribute("aistrale.stream.left", True)
                else:
                    _fail(span, error)
                span.end()

    def _taken(self) -> list[Span]:
        try:
            span = self._open.pop()
        except IndexError:
            return []
        if self._retries:
            span.set_attribute("aistrale.retries", self._retries)
        return [span]

    def _event(self, event: Any) -> None:
        if self._streamed:
            self._streamed = False
            waited = time.perf_counter() - self._began
            with _LET_GO:
                for span in self._open:
                    span.set_attribute("gen_ai.response.time_to_first_chunk", waited)
        if isinstance(event, Completed):
            self._answered(event.inference)

    def _retry(self, seconds: float) -> None:
        self._retries += 1
        about: dict[str, AttributeValue] = {
            "aistrale.retry.number": self._retries,
            "aistrale.retry.wait_seconds": seconds,
        }
        if isinstance(self._last, Reply):
            about["http.response.status_code"] = self._last.status
        elif self._last is not None:
            about["error.type"] = self._last.kind
        with _LET_GO:
            for span in self._open:
                span.add_event("aistrale.retry", about)

    def _answered(self, inference: Inference) -> None:
        with _LET_GO:
            for span in self._taken():
                span.set_attributes(_answer(inference))
                span.end()


class _LetGo:
    """Lets a failure of the tracer's go, and logs it: no call, which was paid, ends by that."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        log.untraced(error)
        return True


_LET_GO: Final = _LetGo()


_MODEL: Final = "gen_ai.request.model"

_TRACEPARENT: Final = "traceparent"
"""A header: the body stays what the user asked. By it the server knows a request that comes again,
and the ids of a span are new each time."""


def _traceparent(ids: SpanContext) -> str:
    """Return the ids of a span as W3C Trace Context has them."""
    flags = f"{ids.trace_flags & TraceFlags.SAMPLED:02x}"
    return f"00-{trace.format_trace_id(ids.trace_id)}-{trace.format_span_id(ids.span_id)}-{flags}"


def _asked(body: Mapping[str, Any], api_url: str) -> dict[str, AttributeValue]:
    """Return what a request says of itself, but nothing of what is said in it."""
    url = urlsplit(api_url)
    found: dict[str, AttributeValue | None] = {
        "gen_ai.operation.name": "chat",
        "server.address": url.hostname,
        "server.port": url.port or (443 if url.scheme == "https" else 80),
        **{key: body.get(name) for name, key in _REQUEST.items()},
    }
    model, provider = body.get("model"), body.get("provider")
    if isinstance(model, str):
        if provider is None and "/" in model:
            provider, _, model = model.partition("/")
        found[_MODEL] = model
    found["gen_ai.provider.name"] = _provider(provider) or "aistrale"
    stop = body.get("stop")
    found["gen_ai.request.stop_sequences"] = [stop] if isinstance(stop, str) else stop
    found["gen_ai.request.stream"] = True if body.get("stream") is True else None
    if isinstance(form := body.get("response_format"), dict):
        kind = str(cast("dict[str, Any]", form).get("type"))
        found["gen_ai.output.type"] = "json" if kind.startswith("json") else kind
    if isinstance(prompt := body.get("prompt_ref"), dict):
        found["gen_ai.prompt.name"] = cast("dict[str, Any]", prompt).get("name")
    return _present(found)


def _answer(inference: Inference) -> dict[str, AttributeValue]:
    """Return what an answer says of itself, but nothing of what it says."""
    finished = inference.finish_reason
    cost = inference.cost_usd
    usage = inference.usage
    return _present(
        {
            "gen_ai.response.id": inference.id,
            "gen_ai.response.model": inference.model,
            "gen_ai.response.finish_reasons": None if finished is None else [finished],
            "gen_ai.provider.name": _provider(inference.provider),
            "gen_ai.conversation.id": inference.session_id,
            **{key: getattr(usage, name, None) for name, key in _USAGE.items()},
            "aistrale.tool_calls": len(inference.tool_calls),
            "aistrale.attempts": len(inference.attempts) or None,
            "aistrale.cost_usd": None if cost is None else float(cost),
        }
    )


def _fail(span: Span, error: BaseException) -> None:
    kind = type(error).__qualname__
    if isinstance(error, APIError):
        code, status = getattr(error, "code", None), getattr(error, "status", None)
        provider = _provider(getattr(error, "provider", None))
        span.set_attributes(
            _present({"http.response.status_code": status, "gen_ai.provider.name": provider})
        )
        kind = code or kind
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR, _described(error))


def _described(error: BaseException) -> str | None:
    """Return what a span may have of an error: no provider's words, which may quote a prompt."""
    if not isinstance(error, AistraleError):
        return None
    if isinstance(error, StreamInterruptedError) and isinstance(error.__cause__, AistraleError):
        return f"The stream ended before its last event: {_described(error.__cause__)}"
    if not isinstance(error, APIStatusError) or error.provider is None:
        return str(error)
    upstream = error.upstream_status
    of_provider = "" if upstream is None else f"; {error.provider} said {upstream}"
    return f"{error.code or type(error).__qualname__} ({error.status}{of_provider})"


def _provider(name: Any) -> str | None:
    return _PROVIDERS.get(name, name) if isinstance(name, str) else None


def _present(found: Mapping[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    return {key: value for key, value in found.items() if value is not None}
