"""The guides to an SDK: run on one server, each in a workspace of its own, with emulated providers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import guide
from .api import Api
from .emulator import TOKENS, Emulator
from .machine import ROOT, Machine
from .server import Server, serving

OPERATOR = "ais_e2e_operator_of_the_guides_0123456789"
PROVIDERS = ("openai", "anthropic")


class Guides:
    """The guides to one SDK, and its README: `names` as `run` takes them."""

    def __init__(self, language: str):
        self.docs = ROOT / "docs" / language
        self.sdk = ROOT / "sdk" / language
        guides = [path.name for path in sorted(self.docs.glob("*.md")) if path.name != "README.md"]
        self.names = [f"../sdk/{language}/README.md", *(f"{language}/{name}" for name in guides)]

    def broken_links(self) -> list[tuple[str, str]]:
        pages = [self.sdk / "README.md", *sorted(self.docs.rglob("*.md"))]
        return [
            (page.name, link)
            for page in pages
            for link in _links(page)
            if not (page.parent / link).exists()
        ]

    def are_found_from_the_readme_and_the_index(self) -> None:
        guides = {path.name for path in self.docs.glob("*.md")} - {"README.md"}
        assert {link for link in _links(self.docs / "README.md") if link in guides} == guides
        assert {link.rpartition("/")[2] for link in _links(self.sdk / "README.md")} >= guides

    def lines_of_the_readme(self) -> int:
        return len((self.sdk / "README.md").read_text().splitlines())


def _links(path: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)#\s]+)", path.read_text()) if "://" not in link]


@contextmanager
def serving_guides(folder: Path, emulator: Emulator) -> Iterator[Server]:
    """One server for all guides."""
    machine = Machine(
        folder,
        **emulator.settings(*PROVIDERS),
        AISTRALE_ADMIN_KEY=OPERATOR,
        AISTRALE_WEBHOOKS_ALLOWED_TARGETS="127.0.0.1",
        AISTRALE_WEBHOOKS_ALLOW_HTTP="true",
    )
    with serving(machine) as server:
        yield server


def run(
    name: str,
    folder: Path,
    server: Server,
    emulator: Emulator,
    instead: dict[str, str],
    **given: Any,
) -> None:
    """Runs docs/NAME; fails as `guide.run` does, and where a program prints something that the guide does not show."""
    emulator.http.delete("/_emulator").raise_for_status()
    machine = Machine(folder, AISTRALE_API_URL=server.url, AISTRALE_ADMIN_KEY=OPERATOR)
    blocks = guide.run(
        name,
        machine,
        emulator,
        instead={guide.USUAL: server.url, **instead},
        api_key=new_workspace(server, name),
        **given,
    )
    for block in blocks:
        assert block.shown is not None or not block.came.strip(), (
            f"{name} does not show what this printed:\n{block.commands}\n{block.came}"
        )


def new_workspace(server: Server, name: str) -> str:
    """An admin's key of a new workspace with a token of each provider.

    What fails in it on purpose opens no circuit in another one.
    """
    operator = Api(server.url, OPERATOR)
    workspace = operator.post("/api/v1/workspaces", {"name": name}).json()["id"]
    operator.http.headers["x-aistrale-workspace"] = workspace
    for provider in PROVIDERS:
        operator.add_token(provider, TOKENS[provider])
    return operator.post("/api/v1/api-keys", {"name": "guide", "role": "admin"}).json()["key"]
