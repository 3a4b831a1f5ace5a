from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

import aistrale
from aistrale import (
    _access,
    _budgets,
    _event_resource,
    _prompts,
    _routing,
    _telemetry,
    _webhooks,
)
from aistrale._ambient import Ambient

ROOT = Path(__file__).resolve().parents[3]
KEY = "ais_0123456789secret"

RESOURCES: dict[str, tuple[Any, Any]] = {
    "": (aistrale.Aistrale, aistrale.AsyncAistrale),
    "prompts": (_prompts.Prompts, _prompts.AsyncPrompts),
    "telemetry": (_telemetry.Telemetry, _telemetry.AsyncTelemetry),
    "inferences": (_telemetry.Inferences, _telemetry.AsyncInferences),
    "budgets": (_budgets.Budgets, _budgets.AsyncBudgets),
    "webhooks": (_webhooks.Webhooks, _webhooks.AsyncWebhooks),
    "webhooks.deliveries": (_webhooks.WebhookDeliveries, _webhooks.AsyncWebhookDeliveries),
    "events": (_event_resource.Events, _event_resource.AsyncEvents),
    "aliases": (_routing.Aliases, _routing.AsyncAliases),
    "models": (_routing.Models, _routing.AsyncModels),
    "tokens": (_access.Tokens, _access.AsyncTokens),
    "api_keys": (_access.ApiKeys, _access.AsyncApiKeys),
    "workspaces": (_access.Workspaces, _access.AsyncWorkspaces),
    "audit_log": (_access.AuditLog, _access.AsyncAuditLog),
}


@pytest.fixture(autouse=True)
def clean_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting, proxy or config file of the machine's reaches a test."""
    for name in list(os.environ):
        if name.startswith("AISTRALE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AISTRALE_CONFIG", str(tmp_path / "config.toml"))
    yield


class Flavour:
    """The same use of the client: blocking, or asynchronous under asyncio ("async") or trio."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def sleep(self, seconds: float) -> None:
        await (trio.sleep(seconds) if self.name == "trio" else asyncio.sleep(seconds))

    def client(self, url: str, **arguments: Any) -> Any:
        arguments = {"api_url": url, "api_key": KEY, **arguments}
        if self.name == "sync":
            return aistrale.Aistrale(**arguments)
        return aistrale.AsyncAistrale(**arguments)

    def call(self, url: str, use: Callable[[Any], Any], **arguments: Any) -> Any:
        """Return what `use(client)` returns, awaited if need be."""
        if self.name == "sync":
            with self.client(url, **arguments) as client:
                return use(client)

        async def main() -> Any:
            async with self.client(url, **arguments) as client:
                return await use(client)

        return trio.run(main) if self.name == "trio" else asyncio.run(main())

    def run(self, url: str, prompt: str | None = "hi", **options: Any) -> Any:
        client = options.pop("client", {})
        return self.call(url, lambda client: client.run(prompt, **options), **client)

    def stream(self, url: str, prompt: str | None = "hi", **options: Any) -> Streamed:
        """Read a stream to its end or error, and return what came."""
        client = options.pop("client", {})
        streamed = Streamed()

        def sync(client: Any) -> None:
            with client.stream(prompt, **options) as stream:
                streamed.stream = stream
                try:
                    streamed.events += stream
                except aistrale.AistraleError as error:
                    streamed.error = error
                streamed.ended = time.monotonic()

        async def asynchronous(client: Any) -> None:
            async with client.stream(prompt, **options) as stream:
                streamed.stream = stream
                try:
                    async for event in stream:
                        streamed.events.append(event)
                except aistrale.AistraleError as error:
                    streamed.error = error
                streamed.ended = time.monotonic()

        self.call(url, sync if self.name == "sync" else asynchronous, **client)
        return streamed


class Streamed:
    stream: Any
    error: Any = None
    ended: float
    """When the last event was there, or the error."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, aistrale.TextDelta)]

    @property
    def completed(self) -> aistrale.Inference | None:
        last = self.events[-1] if self.events else None
        return last.inference if isinstance(last, aistrale.Completed) else None


@pytest.fixture(params=["sync", "async", "trio"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(request.param)


@pytest.fixture
def naps() -> list[float]:
    """The seconds that a client with the `ambient` below would have slept."""
    return []


@pytest.fixture
def ambient(naps: list[float]) -> Ambient:
    """No waiting, no chance: a blocking client that takes this notes its naps instead."""
    return Ambient(chance=lambda: 0.0, sleep=naps.append)
