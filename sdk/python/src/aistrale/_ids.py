"""Ids that the client makes: a session's, and the idempotency key of one inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._ambient import Ambient

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def session_id(ambient: Ambient) -> str:
    """Return `ses_` and a UUIDv7 in lower-case Crockford base32: 26 characters, sorted by time."""
    millis = int(ambient.now() * 1000) & ((1 << 48) - 1)
    noise = int.from_bytes(ambient.entropy(10), "big")
    value = millis << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    return "ses_" + "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def idempotency_key(ambient: Ambient) -> str:
    """Return a random UUID (version 4)."""
    raw = bytearray(ambient.entropy(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
