"""The bytes of a stream of server-sent events, event by event."""

from dataclasses import dataclass, field

from .api import Api


@dataclass
class Read:
    """What a client has of one answer. Keep-alive comments are left out: they are not a part of it."""

    status: int
    headers: dict[str, str]
    events: list[bytes] = field(default_factory=list)

    @property
    def bytes(self) -> bytes:
        return b"".join(self.events)

    def last(self) -> bytes:
        return self.events[-1]


def read(
    api: Api,
    path: str,
    body: dict,
    headers: dict[str, str] | None = None,
    most: int | None = None,
) -> Read:
    """Reads a stream to its end, or leaves after so many events by closing the connection."""
    with api.http.stream("POST", path, json=body, headers=headers or {}) as response:
        got = Read(response.status_code, dict(response.headers))
        if response.status_code != 200:
            got.events.append(response.read())
            return got
        pending = b""
        for piece in response.iter_raw():
            pending += piece
            while b"\n\n" in pending:
                event, _, pending = pending.partition(b"\n\n")
                if not event.startswith(b":"):
                    got.events.append(event + b"\n\n")
                if most is not None and len(got.events) == most:
                    return got
        assert pending == b"", f"after the last event came {pending!r}"
        return got
