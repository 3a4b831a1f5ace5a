"""The call that matters, as data. The others stand in modules that are imported when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _decode
from ._ids import idempotency_key
from ._options import RunOptions, inference_body
from ._steps import Request
from ._wire import API, JSON, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

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
    key_of: Callable[[str, bytes], str] | None = None,
) -> Operation[Inference]:
    """`POST /inferences`. ValueError for an empty idempotency key.

    key_of: what makes a given key, and the body, into the key that is sent.
    """
    body = inference_body(prompt, options, settings, stream=stream, configured=configured)
    key = options.get("idempotency_key")
    if key is None:
        key = idempotency_key(ambient)
    elif not key:
        raise ValueError(
            "idempotency_key is empty, and would be the same for every call: give one that names "
            "what is asked for, or None to have one made"
        )
    elif key_of is not None:
        key = key_of(key, body)
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
