"""Fixtures: what is started here is stopped here, also after a failure."""

import uuid

import pytest

from support import processes
from support.api import Api
from support.emulator import TOKENS, emulating
from support.machine import Machine
from support.server import serving


def pytest_addoption(parser):
    parser.addoption("--torture", action="store_true", help="kill the server 20 times instead of 4")


@pytest.fixture
def machine(tmp_path):
    """A machine of the test's own."""
    machine = Machine(tmp_path)
    yield machine
    processes.end(machine)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """One emulator for all: tests tell their requests apart by a mark, and faults stand in the model's name."""
    with emulating(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def gateway(tmp_path_factory, emulator):
    """One server with a token of each of the five providers, all of them emulated."""
    machine = Machine(tmp_path_factory.mktemp("gateway"), **emulator.settings())
    with serving(machine) as server:
        api = Api(server.url, machine.api_key())
        for provider, token in TOKENS.items():
            api.add_token(provider, token)
        yield server


@pytest.fixture
def api(gateway):
    """The native API of the shared server."""
    return Api(gateway.url, gateway.machine.api_key())


@pytest.fixture
def mark():
    """A word that no other request has in it, to find this test's one in the emulator's journal."""
    return f"mark-{uuid.uuid4().hex}"
