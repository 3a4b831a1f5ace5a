"""The native API as its clients see it: a key, JSON in and out, server-sent events. Every answer is held to the contract."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import httpx2

from .contract import check_answer


@dataclass(frozen=True)
class Event:
    """One event of a stream; a comment line has the name ":" and its text as data."""

    name: str
    id: str | None
    data: object


class Api:
    def __init__(self, url: str, key: str | None, timeout: float = 40):
        self.url = url
        self.key = key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.http = httpx2.Client(
            base_url=url,
            headers=headers,
            timeout=timeout,
            trust_env=False,
            limits=httpx2.Limits(max_connections=None),
            event_hooks={"response": [check_answer]},
        )

    def get(self, path: str, **query) -> httpx2.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, body: object = None, **options) -> httpx2.Response:
        return self.http.post(path, json=body, **options)

    def run(self, **request) -> httpx2.Response:
        return self.post("/api/v1/inferences", request)

    def answer(self, **request) -> dict:
        """The object of a completed inference; money comes as an exact decimal."""
        response = self.run(**request)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=Decimal)

    def object(self, path: str) -> dict:
        """What is there; money comes as an exact decimal."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=Decimal)

    def record(self, inference_id: str) -> dict:
        return self.object(f"/api/v1/inferences/{inference_id}")

    def telemetry(self, **query) -> list[dict]:
        """Every record the filters let through, newest first, over all pages."""
        found, cursor = [], None
        while True:
            page = self.get("/api/v1/telemetry", **query, **({"cursor": cursor} if cursor else {}))
            assert page.status_code == 200, page.text
            body = json.loads(page.text, parse_float=Decimal)
            found += body["data"]
            cursor = body["next_cursor"]
            if cursor is None:
                return found

    def newest(self) -> dict:
        return self.get("/api/v1/telemetry", limit=1).json()["data"][0]

    def add_token(self, provider: str, token: str) -> dict:
        response = self.post("/api/v1/tokens", {"provider": provider, "token": token})
        assert response.status_code == 201, response.text
        return response.json()

    @contextmanager
    def streaming(self, path: str = "/api/v1/inferences", **request) -> Iterator[httpx2.Response]:
        with self.http.stream("POST", path, json={**request, "stream": True}) as response:
            yield response

    def events(self, **request) -> list[Event]:
        with self.streaming(**request) as response:
            if response.status_code != 200:
                response.read()
            assert response.status_code == 200, response.text
            assert response.headers["content-type"].split(";")[0] == "text/event-stream"
            return list(events_of(response.iter_lines()))


def events_of(lines: Iterator[str]) -> Iterator[Event]:
    """Reads server-sent events, one `data:` line each, as the native API sends them."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Event(":", None, line[1:].strip())
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            data = json.loads(fields["data"], parse_float=Decimal)
            yield Event(fields.get("event", "message"), fields.get("id"), data)
            fields = {}


def check_problem(
    response: httpx2.Response, status: int, code: str, should_retry: bool = False
) -> dict:
    """Asserts that an answer is exactly this problem, in the full shape of RFC 9457, and returns it.

    `should_retry` is what a 4xx says of itself; a 429 says it by its status.
    """
    assert (response.status_code, response.headers["content-type"].split(";")[0]) == (
        status,
        "application/problem+json",
    ), response.text
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert problem["request_id"] == response.headers["x-request-id"]
    for member in ("type", "title", "detail"):
        assert isinstance(problem[member], str) and problem[member], problem
    if 400 <= status < 500 and status != 429:
        assert response.headers["x-should-retry"] == str(should_retry).lower()
    return problem
