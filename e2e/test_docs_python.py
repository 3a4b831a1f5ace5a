"""The guides to the Python SDK and its README, run as they stand, each in a workspace of its own, with emulated providers."""

import pytest

from support import sdk_guides
from support.machine import ROOT, free_port
from support.python_sdk import python_with_sdk
from support.sdk_guides import Guides, serving_guides

GUIDES = Guides("python")


@pytest.fixture(scope="module")
def server(tmp_path_factory, own_emulator):
    with serving_guides(tmp_path_factory.mktemp("server"), own_emulator) as server:
        yield server


@pytest.fixture(scope="module")
def python():
    return python_with_sdk(GUIDES.docs / "requirements.txt")


@pytest.mark.parametrize("name", GUIDES.names)
def test_what_a_guide_shows_is_what_comes(name, tmp_path, server, own_emulator, python):
    port = free_port()
    sdk_guides.run(
        name,
        tmp_path,
        server,
        own_emulator,
        instead={
            "127.0.0.1:3000": f"127.0.0.1:{port}",
            '"127.0.0.1", 3000': f'"127.0.0.1", {port}',
        },
        python=python,
        AISTRALE_COMMAND=str(ROOT / "aistrale"),
    )


def test_every_link_leads_somewhere():
    assert GUIDES.broken_links() == []


def test_every_guide_is_found_from_the_readme_and_from_the_index():
    GUIDES.are_found_from_the_readme_and_the_index()


def test_the_readme_is_short():
    assert GUIDES.lines_of_the_readme() <= 120
