"""The guides to the TypeScript SDK and its README, run as they stand, each in a workspace of its own, with emulated providers."""

import json
import subprocess

import pytest

from support import guide, sdk_guides
from support.machine import ROOT, free_port
from support.sdk_guides import Guides, serving_guides
from support.typescript_sdk import modules_with_sdk

GUIDES = Guides("typescript")


@pytest.fixture(scope="module")
def server(tmp_path_factory, own_emulator):
    with serving_guides(tmp_path_factory.mktemp("server"), own_emulator) as server:
        yield server


@pytest.fixture(scope="module")
def modules():
    return modules_with_sdk(GUIDES.docs / "package.json")


@pytest.mark.parametrize("name", GUIDES.names)
def test_what_a_guide_shows_is_what_comes(name, tmp_path, server, own_emulator, modules):
    port = free_port()
    sdk_guides.run(
        name,
        tmp_path,
        server,
        own_emulator,
        instead={
            "127.0.0.1:3000": f"127.0.0.1:{port}",
            "listen(3000": f"listen({port}",
        },
        modules=modules,
        AISTRALE_COMMAND=str(ROOT / "aistrale"),
        NO_COLOR="1",
    )


def test_the_programs_have_the_types_that_they_say(tmp_path, modules):
    """A reader's editor shows no error in any of them, nor does `tsc --strict`."""
    for name in GUIDES.names:
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


def test_every_link_leads_somewhere():
    assert GUIDES.broken_links() == []


def test_every_guide_is_found_from_the_readme_and_from_the_index():
    GUIDES.are_found_from_the_readme_and_the_index()


def test_the_readme_is_short():
    assert GUIDES.lines_of_the_readme() <= 120
