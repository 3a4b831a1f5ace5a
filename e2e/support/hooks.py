"""Webhooks as a test makes them, the deliveries they have, and producers of events."""

import base64
import http.client
import json
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass

import httpx2

from .api import Api
from .receiver import Receiver
from .server import Server
from .wait import until

HELLO = {"prompt": "Hello", "provider": "demo"}
"""An inference that no provider is asked for."""


def new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


@dataclass(frozen=True)
class Hook:
    id: str
    path: str
    secret: str


def hook(
    api: Api,
    receiver: Receiver,
    path: str,
    events: tuple[str, ...] = ("inference.completed",),
    query: str = "",
    **more,
) -> Hook:
    """A webhook to that path of the receiver, which trusts its secret before anything comes."""
    secret = new_secret()
    receiver.trust(path, secret)
    body = {"url": receiver.url(path) + query, "events": [*events], "secret": secret, **more}
    return Hook(created(api, body)["id"], path, secret)


def created(api: Api, body: dict) -> dict:
    response = api.post("/api/v1/webhooks", body)
    assert response.status_code == 201, response.text
    return response.json()


def changed(api: Api, id: str, **fields) -> dict:
    response = api.post(f"/api/v1/webhooks/{id}", fields)
    assert response.status_code == 200, response.text
    return response.json()


def deleted(api: Api, id: str) -> None:
    response = api.http.delete(f"/api/v1/webhooks/{id}")
    assert response.status_code == 204, response.text


def deliveries(api: Api, webhook: str, **query) -> list[dict]:
    """All of them, newest first, over all pages."""
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = api.get(f"/api/v1/webhooks/{webhook}/deliveries", limit=200, **query, **more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def delivery(api: Api, id: str) -> dict:
    """With its attempts and its payload."""
    return api.object(f"/api/v1/webhook-deliveries/{id}")


def the_delivery(api: Api, webhook: str, attempts: int = 0, seconds: float = 30) -> dict:
    """The webhook's only delivery with its attempts, as soon as it has had so many."""

    def seen() -> dict | None:
        found = deliveries(api, webhook)
        assert len(found) <= 1, found
        if not found or found[0]["attempt_count"] < attempts:
            return None
        one = delivery(api, found[0]["id"])
        return one if len(one["attempts"]) >= attempts else None

    return until(f"attempt {attempts} for {webhook}", seen, seconds)


def resident_mib(server: Server) -> float:
    """The memory of the server's process now."""
    with open(f"/proc/{server.process.pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


class Producer:
    """Asks at a steady rate through all that happens, and notes an inference once its 2xx is there."""

    def __init__(self, url: str | list[str], key: str, rate: float, threads: int = 8):
        self.accepted: dict[str, float] = {}
        self.statuses: Counter[int] = Counter()
        self.cut = 0
        """Calls that got no answer, as the connection ended or was refused."""
        self.slowest = 0.0
        urls = [url] if isinstance(url, str) else url
        self._places = [httpx2.URL(url) for url in urls]
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number, threads / rate), daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int, every: float) -> None:
        place = self._places[number % len(self._places)]
        line = http.client.HTTPConnection(place.host, place.port, timeout=60)
        body = json.dumps(HELLO)
        due = time.monotonic() + every * number / len(self._places)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + every, time.monotonic() - 1)
            begin = time.monotonic()
            try:
                line.request("POST", "/api/v1/inferences", body, self._headers)
                answer = line.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self.cut += 1
                line.close()
                self._stop.wait(0.05)
                continue
            self.slowest = max(self.slowest, time.monotonic() - begin)
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.accepted[json.loads(text)["id"]] = time.time()
        line.close()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Until so many more were accepted than now."""
        before = len(self.accepted)
        until(f"{more} more answers", lambda: len(self.accepted) >= before + more, seconds)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(70)
            assert not thread.is_alive(), "a client hangs"
