"""The guides to the Python SDK and its README, run as they stand, each in a workspace of its own, with emulated providers."""

import re

import pytest

from support import guide
from support.api import Api
from support.emulator import TOKENS, emulating
from support.machine import ROOT, Machine, free_port
from support.python_sdk import SDK, python_with_sdk
from support.server import serving

DOCS = ROOT / "docs" / "python"
README = "../sdk/python/README.md"
OPERATOR = "ais_e2e_operator_of_the_guides_to_python_0123456789"
GUIDES = [f"python/{path.name}" for path in sorted(DOCS.glob("*.md")) if path.name != "README.md"]


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """An emulator of its own: what one is told to do it does to everybody."""
    with emulating(tmp_path_factory.mktemp("faults")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def server(tmp_path_factory, faults):
    """One for all guides, each of which has a workspace of its own in it."""
    machine = Machine(
        tmp_path_factory.mktemp("server"),
        **faults.settings("openai", "anthropic"),
        AISTRALE_ADMIN_KEY=OPERATOR,
        AISTRALE_WEBHOOKS_ALLOWED_TARGETS="127.0.0.1",
        AISTRALE_WEBHOOKS_ALLOW_HTTP="true",
    )
    with serving(machine) as server:
        yield server


@pytest.fixture(scope="module")
def python():
    return python_with_sdk(DOCS / "requirements.txt")


def new_workspace(server, name: str) -> str:
    """An admin's key of a workspace with a token of each provider."""
    operator = Api(server.url, OPERATOR)
    workspace = operator.post("/api/v1/workspaces", {"name": name}).json()["id"]
    operator.http.headers["x-aistrale-workspace"] = workspace
    for provider in ("openai", "anthropic"):
        operator.add_token(provider, TOKENS[provider])
    return operator.post("/api/v1/api-keys", {"name": "guide", "role": "admin"}).json()["key"]


@pytest.mark.parametrize("name", [README, *GUIDES])
def test_what_a_guide_shows_is_what_comes(name, tmp_path, server, faults, python):
    faults.http.delete("/_emulator").raise_for_status()
    machine = Machine(tmp_path, AISTRALE_API_URL=server.url, AISTRALE_ADMIN_KEY=OPERATOR)
    port = free_port()
    blocks = guide.run(
        name,
        machine,
        faults,
        instead={
            guide.USUAL: server.url,
            "127.0.0.1:3000": f"127.0.0.1:{port}",
            '"127.0.0.1", 3000': f'"127.0.0.1", {port}',
        },
        python=python,
        api_key=new_workspace(server, name),
        AISTRALE_COMMAND=str(ROOT / "aistrale"),
    )
    for block in blocks:
        assert block.shown is not None or not block.came.strip(), (
            f"{name} does not show what this printed:\n{block.commands}\n{block.came}"
        )


def links(path):
    return [link for link in re.findall(r"\]\(([^)#\s]+)", path.read_text()) if "://" not in link]


def test_every_link_leads_somewhere():
    pages = [SDK / "README.md", *sorted(DOCS.rglob("*.md"))]
    broken = [
        (page.name, link)
        for page in pages
        for link in links(page)
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_guide_is_found_from_the_readme_and_from_the_index():
    guides = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert {link for link in links(DOCS / "README.md") if link in guides} == guides
    assert {link.rpartition("/")[2] for link in links(SDK / "README.md")} >= guides


def test_the_readme_is_short():
    assert len((SDK / "README.md").read_text().splitlines()) <= 120
