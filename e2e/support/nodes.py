"""Two nodes on one PostgreSQL, and workspaces of the tests' own on them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .api import Api
from .emulator import TOKENS, Emulator
from .machine import Machine
from .postgres import Postgres, postgres
from .server import Server, serving

OPERATOR = "an-operator-key-of-these-tests"


@dataclass(frozen=True)
class Workspace:
    """A workspace of a test's own, so that what others do there is never seen; `key` is an admin's."""

    id: str
    key: str
    key_id: str

    def on(self, server: Server, timeout: float = 60) -> Api:
        return Api(server.url, self.key, timeout=timeout)


def workspace(server: Server, *providers: str) -> Workspace:
    """A new one with a token of each of these providers."""
    operator = Api(server.url, OPERATOR)
    made = operator.post("/api/v1/workspaces", {"name": f"test {uuid.uuid4().hex}"})
    assert made.status_code == 201, made.text
    within = {"x-aistrale-workspace": made.json()["id"]}
    key = operator.post("/api/v1/api-keys", {"name": "the test", "role": "admin"}, headers=within)
    assert key.status_code == 201, key.text
    new = Workspace(made.json()["id"], key.json()["key"], key.json()["id"])
    for provider in providers:
        new.on(server).add_token(provider, TOKENS[provider])
    return new


@dataclass(frozen=True)
class Pair:
    database: Postgres
    settings: dict[str, str]
    one: Server
    two: Server

    @property
    def nodes(self) -> tuple[Server, Server]:
        return self.one, self.two


@contextmanager
def pair(folder: Path, settings: dict[str, str]) -> Iterator[Pair]:
    with postgres() as database:
        all_settings = {**database.settings(), **settings, "AISTRALE_ADMIN_KEY": OPERATOR}
        machines = [Machine(folder / name) for name in ("one", "two")]
        with (
            serving(machines[0], **all_settings) as one,
            serving(machines[1], **all_settings) as two,
        ):
            yield Pair(database, all_settings, one, two)


def emulated(emulator: Emulator, openai_port: int) -> dict[str, str]:
    """The settings that make a server reach OpenAI by a port that can be closed, the others as always."""
    settings = emulator.settings()
    name = "AISTRALE_PROVIDERS_OPENAI_BASE_URL"
    host = emulator.url.rpartition(":")[0]
    return {**settings, name: f"{host}:{openai_port}/openai/v1"}
