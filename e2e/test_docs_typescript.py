"""The guides to the TypeScript SDK and its README, run as they stand, each in a workspace of its own, with emulated providers."""

import json
import re
import subprocess

import pytest

from support import guide
from support.api import Api
from support.emulator import TOKENS, emulating
from support.machine import ROOT, Machine, free_port
from support.server import serving
from support.typescript_sdk import SDK, modules_with_sdk

DOCS = ROOT / "docs" / "typescript"
README = "../sdk/typescript/README.md"
OPERATOR = "ais_e2e_operator_of_the_guides_to_typescript_0123456789"
GUIDES = [
    f"typescript/{path.name}" for path in sorted(DOCS.glob("*.md")) if path.name != "README.md"
]


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
def modules():
    return modules_with_sdk(DOCS / "package.json")


def new_workspace(server, name: str) -> str:
    """An admin's key of a workspace with a token of each provider."""
    operator = Api(server.url, OPERATOR)
    workspace = operator.post("/api/v1/workspaces", {"name": name}).json()["id"]
    operator.http.headers["x-aistrale-workspace"] = workspace
    for provider in ("openai", "anthropic"):
        operator.add_token(provider, TOKENS[provider])
    return operator.post("/api/v1/api-keys", {"name": "guide", "role": "admin"}).json()["key"]


@pytest.mark.parametrize("name", [README, *GUIDES])
def test_what_a_guide_shows_is_what_comes(name, tmp_path, server, faults, modules):
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
            "listen(3000": f"listen({port}",
        },
        modules=modules,
        api_key=new_workspace(server, name),
    )
    for block in blocks:
        assert block.shown is not None or not block.came.strip(), (
            f"{name} does not show what this printed:\n{block.commands}\n{block.came}"
        )


def test_the_programs_have_the_types_that_they_say(tmp_path, modules):
    """A reader's editor shows no error in any of them, nor does `tsc --strict`."""
    for name in [README, *GUIDES]:
        folder = tmp_path / name.replace("../", "").replace("/", "-").removesuffix(".md")
        folder.mkdir()
        programs = 0
        for part in guide.PARTS.finditer((ROOT / "docs" / name).read_text()):
            if part["file"]:
                (folder / part["file"]).write_text(part["block"])
            elif part["kind"] == "ts":
                programs += 1
                (folder / f"program{programs}.mts").write_text(part["block"])
    (tmp_path / "node_modules").symlink_to(modules)
    options = {
        "strict": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2023", "dom"],
        "types": ["node"],
        "allowJs": True,
        "jsx": "react-jsx",
        "skipLibCheck": True,
        "noEmit": True,
    }
    config = {"compilerOptions": options, "include": ["*/*.mts", "*/*.tsx"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    done = subprocess.run(
        [modules / ".bin" / "tsc", "-p", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


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
