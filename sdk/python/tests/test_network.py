from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import httpcore2
import httpx2
import pytest
from httpcore2._backends.auto import AutoBackend

import aistrale
from aistrale._http_common import proxy_for
from aistrale._http_sync import _Stream

from .conftest import KEY, Flavour
from .fake_server import FakeServer, hang, inference, receive, reply, sse, story


def test_an_explicit_proxy_is_asked(flavour: Flavour) -> None:
    with FakeServer(reply(inference("by proxy"))) as proxy:
        by = proxy.url.replace("//", "//me:s%40fe@")
        answer = flavour.run("http://models.example:8080", client={"proxy": by})
    assert str(answer) == "by proxy"
    (got,) = proxy.requests
    assert got.path == "http://models.example:8080/api/v1/inferences"
    assert got.headers["host"] == "models.example:8080"
    assert got.headers["proxy-authorization"] == "Basic bWU6c0BmZQ=="


def test_the_environments_proxy_is_asked_but_not_for_this_machine(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer(reply(inference("by proxy"))) as proxy:
        with FakeServer(reply(inference("direct"))) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            assert str(flavour.run("http://models.example")) == "by proxy"
            assert str(flavour.run(server.url)) == "direct"


@pytest.mark.parametrize(
    ("url", "env", "proxy"),
    [
        ("http://a.example", {"http_proxy": "p"}, "p"),
        ("https://a.example", {"http_proxy": "p"}, None),
        ("https://a.example", {"HTTPS_PROXY": "p"}, "p"),
        ("https://a.example", {"ALL_PROXY": "p"}, "p"),
        ("http://a.example", {"http_proxy": "p", "no_proxy": "a.example"}, None),
        ("http://a.example", {"http_proxy": "p", "no_proxy": ".example"}, None),
        ("http://a.example", {"http_proxy": "p", "no_proxy": "example"}, None),
        ("http://a.example", {"http_proxy": "p", "no_proxy": "*.example"}, None),
        ("http://a.example", {"http_proxy": "p", "NO_PROXY": "x, *"}, None),
        ("http://a.example:8", {"http_proxy": "p", "no_proxy": "a.example:8"}, None),
        ("http://a.example", {"http_proxy": "p", "no_proxy": "b.example, ple"}, "p"),
        ("http://127.0.0.1", {"http_proxy": "p"}, None),
        ("http://localhost:1", {"all_proxy": "p"}, None),
        ("http://[::1]:1", {"all_proxy": "p"}, None),
        ("http://a.example", {}, None),
    ],
)
def test_which_proxy(url: str, env: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, env) == proxy


def test_a_proxy_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(aistrale.ConfigurationError, match="the proxy is no URL") as raised:
        aistrale.Aistrale(api_url="http://a.example", proxy="gopher://me:hunter2@x")
    assert "hunter2" not in str(raised.value)


def test_a_client_of_the_users_own_is_used_and_left_open() -> None:
    with (
        FakeServer(forever=reply(inference("own"))) as server,
        httpx2.Client(headers={"x-mine": "1"}, follow_redirects=True) as own,
    ):
        with aistrale.Aistrale(api_url=server.url, api_key=KEY, http_client=own) as client:
            assert str(client.run("hi")) == "own"
        assert not own.is_closed
        assert server.requests[0].headers["x-mine"] == "1"
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_asynchronous_client_of_the_users_own() -> None:
    async def main(url: str) -> None:
        async with httpx2.AsyncClient() as own:
            async with aistrale.AsyncAistrale(api_url=url, api_key=KEY, http_client=own) as client:
                assert (await client.stream("hi").final()).text == "ab"
                with pytest.raises(aistrale.APITimeoutError):
                    await client.run("hi", timeout=0.1)
                with pytest.raises(aistrale.APIConnectionError, match="Cannot connect") as raised:
                    async with aistrale.AsyncAistrale(
                        api_url="http://127.0.0.1:1", http_client=own, max_retries=0
                    ) as nobody:
                        await nobody.run("hi")
                assert not raised.value.sent
            assert not own.is_closed

    with FakeServer(sse(*story("a", "b")), hang) as server:
        asyncio.run(main(server.url))


def test_a_users_client_has_the_same_errors_and_deadlines() -> None:
    with FakeServer(hang) as server, httpx2.Client() as own:
        with aistrale.Aistrale(api_url=server.url, http_client=own, max_retries=0) as client:
            with pytest.raises(aistrale.APITimeoutError):
                client.run("hi", timeout=0.1)
        with aistrale.Aistrale(
            api_url="http://127.0.0.1:1", http_client=own, max_retries=0
        ) as client:
            with pytest.raises(aistrale.APIConnectionError, match="connection refused"):
                client.run("hi")


def test_two_ways_to_say_it_are_one_too_many() -> None:
    with httpx2.Client() as own, pytest.raises(TypeError, match="belong into the http_client="):
        aistrale.Aistrale(http_client=own, proxy="http://x")


def certificate(folder: Path) -> tuple[Path, Path]:
    key, pem = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(pem), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return key, pem


def test_tls_with_a_private_authority_and_without(flavour: Flavour, tmp_path: Path) -> None:
    key, pem = certificate(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem, key)
    trusting = ssl.create_default_context(cafile=pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    try:
                        with serving.wrap_socket(connection, server_side=True) as secure:
                            receive(secure)
                            secure.sendall(
                                b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
                                b'{"id":"inf_1","text":"safe"}'
                            )
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        answer = flavour.run(url, client={"ssl_context": trusting})
        with pytest.raises(
            aistrale.APIConnectionError, match="is not trusted: self.signed .* ssl_context="
        ) as bad:
            flavour.run(url, client={"max_retries": 0})
        thread.join()
    assert str(answer) == "safe"
    assert not bad.value.sent


def test_no_tls_context_is_made_for_http_and_one_for_all_of_https() -> None:
    script = """
        import ssl
        made = []
        original = ssl.SSLContext.__new__
        def counting(cls, *arguments, **more):
            made.append(cls)
            return original(cls, *arguments, **more)
        ssl.SSLContext.__new__ = counting
        import aistrale
        def knock(url):
            try:
                aistrale.Aistrale(api_url=url, max_retries=0).run("hi")
            except aistrale.APIConnectionError:
                pass
        knock("http://127.0.0.1:1")
        print(len(made))
        knock("https://127.0.0.1:1")
        knock("https://127.0.0.1:2")
        print(len(made))
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["0", "1"]


class Slow(httpcore2.NetworkStream):
    """A stream whose reader is about to wait, and waits for its connection's end."""

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.woken = threading.Event()
        self.closed_while_in_use = False
        self.closed = 0
        self._in_use = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._in_use = True
        self.reading.set()
        assert self.woken.wait(10)
        self._in_use = False
        return b""

    def close(self) -> None:
        self.closed += 1
        self.closed_while_in_use |= self._in_use

    def get_extra_info(self, info: str) -> object:
        return self

    def shutdown(self, how: int) -> None:
        assert how == socket.SHUT_RDWR
        self.woken.set()


def test_a_socket_is_not_closed_under_its_reader() -> None:
    """Its number would be the next socket's, and the reader would wait for that one, for ever."""
    slow = Slow()
    stream = _Stream(slow)
    reader = threading.Thread(target=stream.read, args=(1,))
    reader.start()
    assert slow.reading.wait(10)
    stream.close()
    reader.join(10)
    assert not reader.is_alive()
    assert (slow.closed, slow.closed_while_in_use) == (1, False)
    with pytest.raises(httpcore2.ReadError, match="the connection was closed"):
        stream.read(1)
    with pytest.raises(httpcore2.WriteError, match="the connection was closed"):
        stream.write(b"a")


def test_a_socket_that_nobody_uses_is_closed_at_once() -> None:
    slow = Slow()
    stream = _Stream(slow)
    stream.close()
    assert (slow.closed, slow.woken.is_set()) == (1, True)


def test_a_connection_that_is_being_made_while_its_client_is_closed_is_closed_too(
    flavour: Flavour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a stream's farewell that a slow machine has yet to say. It has its answer as ever."""
    connecting, go_on = threading.Event(), threading.Event()
    blocking, asynchronous = httpcore2.SyncBackend.connect_tcp, AutoBackend.connect_tcp

    def connect(*given: Any, **named: Any) -> Any:
        connecting.set()
        assert go_on.wait(10)
        return blocking(*given, **named)

    async def connect_async(*given: Any, **named: Any) -> Any:
        connecting.set()
        while not go_on.is_set():
            await flavour.sleep(0.001)
        return await asynchronous(*given, **named)

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    monkeypatch.setattr(AutoBackend, "connect_tcp", connect_async)
    answers: list[str] = []

    def use(client: Any) -> None:
        asking = threading.Thread(target=lambda: answers.append(client.run("hi").text))
        asking.start()
        assert connecting.wait(10)
        client.close()
        go_on.set()
        asking.join(10)

    async def use_async(client: Any) -> None:
        async def ask() -> None:
            answers.append((await client.run("hi")).text)

        async def close() -> None:
            while not connecting.is_set():
                await flavour.sleep(0.001)
            await client.close()
            go_on.set()

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            group.start_soon(close)

    with FakeServer(forever=reply(inference("hi"))) as server:
        flavour.call(server.url, use if flavour.name == "sync" else use_async)
        assert answers == ["hi"]
        deadline = time.monotonic() + 5
        while server.is_connected and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not server.is_connected
