"""Spans of OpenTelemetry for inferences. Needs `opentelemetry-api`, which is the extra `otel`.

    import aistrale.otel

    aistrale.otel.instrument()

From then on each inference of `run`, `stream` and sessions is a span named `chat gpt-4o` in the
trace that is current where it is called, with the model, the settings, the tokens, the cost and
what went wrong, named by OpenTelemetry's conventions for generative AI (v1.41.1, in development
there). What is said, to the model or by it, is in no span. The server is told the span's ids by a
`traceparent` header, so that its own record of the inference, with all its attempts at providers,
hangs below it, unless the call has a `trace_id` or a `traceparent` header of its own.
`Aistrale(tracer_provider=…)` does the same for one client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _tracing
from ._errors import ConfigurationError
from ._tracing import TracerProvider

if TYPE_CHECKING:
    from ._tracing import Tracing

__all__ = ["TracerProvider", "instrument", "uninstrument"]


def instrument(tracer_provider: TracerProvider | None = None) -> None:
    """Make spans for the inferences of all clients, those that are there already too.

    tracer_provider: OpenTelemetry's global one unless given, also when that is set later. Called
        again, it replaces what was given before. A client's own `tracer_provider=` goes before it.

    Raises ConfigurationError when OpenTelemetry's API is not installed.
    """
    _tracing.everywhere = tracing(tracer_provider)


def uninstrument() -> None:
    """Make no more spans, but for clients with a `tracer_provider=` of their own."""
    _tracing.everywhere = None


def tracing(tracer_provider: TracerProvider | None) -> Tracing:
    """Return what begins spans. ConfigurationError when OpenTelemetry's API is not installed."""
    try:
        from ._spans import Spans
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise ConfigurationError(
            "OpenTelemetry's API is not installed: pip install opentelemetry-api"
        ) from None
    return Spans(tracer_provider)
