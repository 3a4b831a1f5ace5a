"""The receiver of webhooks, run as a process of its own: `python receiving.py JOURNAL`; see receiver.py.

What came is a line in the journal before it is answered. The path says how it is answered:

    /ok/…            204 at once
    /wait/MS/…       204 after so many milliseconds
    /status/CODE/…   that status with a body of 20 KiB; "retry-after" is taken from the query
    /redirect/…      302 to what the query names
    /hang/…          nothing, ever
    /loris/…         a head without an end, one byte a second
    /drip/…          200, and a body without an end, one byte a second
    /endless/…       200, and a body without an end, as fast as it is read
    /gzip/…          200, and 1 GiB of zeros, compressed
    /reset/…         the connection is reset
    /closed/…        the connection is closed before an answer

`POST /_secrets` takes {path: [secrets]}: what came with a signature of none of them is noted as such.
"""

import asyncio
import gzip
import json
import socket
import struct
import sys
import time
from urllib.parse import parse_qs, urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secrets: dict[str, list[Webhook]] = {}
BOMB = gzip.compress(b"\0" * (1 << 20), 9) * 1024  # members one behind the other are one stream
LONG = b"x" * (20 * 1024)


def verified(path: str, headers: dict[str, str], body: bytes) -> list[int]:
    """Which of the path's secrets its signature is of."""
    found = []
    for number, secret in enumerate(secrets.get(path, [])):
        try:
            secret.verify(body, headers)
            found.append(number)
        except WebhookVerificationError:
            pass
    return found


class Call:
    def __init__(self, target: str, headers: dict[str, str], body: bytes):
        parts = urlsplit(target)
        self.path = parts.path
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.words = parts.path.strip("/").split("/")
        self.headers, self.body = headers, body


async def read(reader: asyncio.StreamReader) -> Call | None:
    first = await reader.read(1)
    if not first:
        return None
    if not first.isalpha():
        raise ValueError("not HTTP")
    line = first + await reader.readline()
    headers = {}
    while (header := (await reader.readline()).decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Call(line.decode("latin-1").split()[1], headers, body)


def head(status: int, length: int | None, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status} As Told", *more]
    lines += ["connection: close"] if length is None else [f"content-length: {length}"]
    return ("\r\n".join([*lines, "", ""])).encode()


async def answer(call: Call, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection may be used again."""
    kind = call.words[0]
    if kind in ("ok", "wait"):
        if kind == "wait":
            await asyncio.sleep(int(call.words[1]) / 1000)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    elif kind == "status":
        more = [f"{name}: {value}" for name, value in call.query.items()]
        writer.write(head(int(call.words[1]), len(LONG), *more) + LONG)
    elif kind == "redirect":
        writer.write(head(302, 0, f"location: {call.query['to']}"))
    elif kind == "hang":
        await asyncio.sleep(3600)
    elif kind == "loris":
        writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while True:
            writer.write(b"s")
            await writer.drain()
            await asyncio.sleep(1)
    elif kind in ("drip", "endless"):
        writer.write(head(200, None))
        while True:
            writer.write(b"d" if kind == "drip" else LONG)
            await writer.drain()
            if kind == "drip":
                await asyncio.sleep(1)
    elif kind == "gzip":
        writer.write(head(200, len(BOMB), "content-encoding: gzip") + BOMB)
    elif kind == "reset":
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return False
    elif kind == "closed":
        return False
    else:
        writer.write(head(404, 0))
    await writer.drain()
    return True


def control(call: Call) -> bytes:
    for path, trusted in json.loads(call.body).items():
        secrets[path] = [Webhook(secret) for secret in trusted]
    return b"HTTP/1.1 204 No Content\r\n\r\n"


async def serve(journal: str) -> None:
    with open(journal, "w", buffering=1) as notes:

        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while (call := await read(reader)) is not None:
                    if call.path == "/_secrets":
                        writer.write(control(call))
                        await writer.drain()
                        continue
                    at = time.time()
                    note = {
                        "at": at,
                        "path": call.path,
                        "headers": call.headers,
                        "verified": verified(call.path, call.headers, call.body),
                        "body": call.body.decode(),
                    }
                    notes.write(json.dumps(note) + "\n")
                    if not await answer(call, writer):
                        break
            except ValueError:
                writer.write(head(400, 0))
            except (OSError, asyncio.IncompleteReadError):
                pass  # the sender's end of the connection
            finally:
                writer.close()

        server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
