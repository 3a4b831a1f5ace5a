"""The call that matters, as data. The others stand in modules that are imported when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _decode
from ._ids import idempotency_key
from ._options import RunOptions, inference_body
from ._steps import Request
from ._wire import API, JSON, Operation

if TYPE_CHECKING:
    from ._ambient import Ambient
    from ._models import Inference
    from ._prompt_ref import PromptRef
    from ._settings import Settings


def infer(
    prompt: str | PromptRef | None,
    options: RunOptions,
    settings: Settings,
    ambient: Ambient,
    *,
    stream: bool,
    configured: bool = True,
) -> Operation[Inference]:
    """`POST /inferences`."""
    body = inference_body(prompt, options, settings, stream=stream, configured=configured)
    key = options.get("idempotency_key") or idempotency_key(ambient)
    accept = "text/event-stream, application/json" if stream else "application/json"
    headers = (JSON, ("accept", accept), ("idempotency-key", key))
    resumable = options.get("resumable")
    request = Request(
        "POST",
        f"{API}/inferences",
        headers,
        body,
        resumable=stream if resumable is None else resumable,
    )
    return Operation(request, _decode.inference, options)
