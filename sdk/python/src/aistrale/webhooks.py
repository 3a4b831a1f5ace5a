"""For who receives webhooks: no client is needed, no server is asked.

    event = aistrale.webhooks.unwrap(request.get_data(), request.headers, secret)

Pass the body as it came, byte for byte: JSON that was taken apart and put together again is not
what was signed.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import TYPE_CHECKING

from . import _signatures

if TYPE_CHECKING:
    from ._event_models import Event
    from ._signatures import Body, Headers, Secrets

__all__ = ["sign", "unwrap", "verify"]


def verify(body: Body, headers: Headers, secret: Secrets) -> None:
    """Return if the request is a webhook's; raise WebhookVerificationError for everything else.

    body: the request's bytes as they came; text only where it is their UTF-8, unchanged.
    headers: the request's, as your framework has them: a mapping, a list of pairs, a WSGI
        environment, ASGI's list of bytes.
    secret: the webhook's, `whsec_…`; or several, while it is being changed.

    One signature must be that of the body by one of the secrets, at most five minutes old or ahead.
    TypeError for a body that was parsed already.
    """
    _signatures.check(_signatures.raw(body), headers, secret, int(time.time()))


def unwrap(body: Body, headers: Headers, secret: Secrets) -> Event:
    """Verify a request, and return the event that it is.

    Takes and raises what `verify` does; answer a WebhookVerificationError with a 400. An event may
    come twice, with the same `id`, and events may come in another order than they happened.
    """
    from ._event_decode import event
    from ._fields import UnreadableError, parse

    verify(body, headers, secret)
    try:
        return event(parse(_signatures.raw(body)))
    except UnreadableError as why:
        raise _signatures.refused(
            f"the signature is good, and yet this is no event of AISTRALE's ({why})"
        ) from None


def sign(
    body: Body,
    secret: Secrets,
    *,
    id: str | None = None,  # noqa: A002 - the header's word
    timestamp: datetime | int | None = None,
) -> dict[str, str]:
    """Return the three headers that the server would send: for tests of a receiver of yours.

    secret: `whsec_…`; or several, whose signatures stand beside one another.
    id: the event's; a new one unless given.
    timestamp: when it is sent, in whole seconds since 1970 or with its zone; now unless given.
    """
    if isinstance(timestamp, datetime):
        if timestamp.tzinfo is None:
            raise ValueError(f"timestamp has no time zone: {timestamp.isoformat()}; add UTC")
        timestamp = int(timestamp.timestamp())
    moment = str(int(time.time()) if timestamp is None else timestamp)
    identity = "evt_" + os.urandom(13).hex() if id is None else id
    keys = _signatures.keys(secret)
    return {
        _signatures.ID: identity,
        _signatures.TIMESTAMP: moment,
        _signatures.SIGNATURE: _signatures.value(keys, identity, moment, _signatures.raw(body)),
    }
