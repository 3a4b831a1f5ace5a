"""Where the spans of calls come from, if from anywhere; `aistrale.otel` is what users see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from ._exchange import Call
    from ._steps import Steps

T = TypeVar("T")


class TracerProvider(Protocol):
    """What spans are made with: any of OpenTelemetry's `TracerProvider`s is one."""

    def get_tracer(self, *args: Any, **kwargs: Any) -> Any:
        """Return a tracer for an instrumenting package's name, version and schema."""
        ...


class Trace(Protocol):
    """The span of one call."""

    def follow(self, steps: Steps[T]) -> Steps[T]:
        """Return the same steps, noted as they pass."""
        ...

    def left(self, error: BaseException | None) -> None:
        """End it for whoever reads no more, if it has not ended. Any thread may say so."""
        ...


class Tracing(Protocol):
    """Begins spans."""

    def begin(self, call: Call) -> Trace | None:
        """Begin the span of a call, which may add to the call's request; None for no span."""
        ...


everywhere: Tracing | None = None
"""For clients that have none of their own."""
