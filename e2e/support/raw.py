"""HTTP by hand over a socket, for what a well-behaved client cannot send."""

import socket
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: dict[str, str]
    body: bytes
    closed: bool
    """Whether the server closed the connection behind it."""
    rest: bytes
    """What the server sent after this answer, which nobody had asked for."""


def send(url: str, head: str, body: bytes = b"", seconds: float = 30) -> RawAnswer:
    """Sends exactly these bytes (each line of the head ends with CRLF) and reads one answer."""
    target = urlsplit(url)
    with socket.create_connection((target.hostname, target.port), timeout=seconds) as connection:
        connection.sendall("\r\n".join([*head.strip().splitlines(), "", ""]).encode())
        try:
            connection.sendall(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has answered already and reads no more
        return _read(connection)


def chunks(body: bytes, size: int = 65536) -> bytes:
    """A body in the chunked transfer coding."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _read(connection: socket.socket) -> RawAnswer:
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        return RawAnswer(status, headers, body, *_what_follows(connection, stream))


def _what_follows(connection: socket.socket, stream: BinaryIO) -> tuple[bool, bytes]:
    """Whether the connection was closed, and what came before that."""
    connection.settimeout(10)
    rest = b""
    try:
        while read := stream.read1():
            rest += read
        return True, rest
    except ConnectionResetError:
        return True, rest
    except TimeoutError:
        return False, rest
