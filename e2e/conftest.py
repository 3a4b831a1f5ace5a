"""Fixtures: what is started here is stopped here, also after a failure."""

import uuid
from collections.abc import Iterator

import pytest

from support import processes
from support.api import Api
from support.emulator import TOKENS, emulating
from support.machine import ROOT, Machine
from support.nodes import Pair, emulated, pair
from support.receiver import Receiver, receiving
from support.server import serving


def pytest_addoption(parser):
    parser.addoption(
        "--torture",
        action="store_true",
        help="the long forms: kill the server 20 times instead of 4, and so on",
    )


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


@pytest.fixture(scope="session")
def sender(tmp_path_factory, emulator):
    """A server that may call what listens on this machine."""
    machine = Machine(
        tmp_path_factory.mktemp("sender"),
        **emulator.settings("openai"),
        AISTRALE_WEBHOOKS_ALLOWED_TARGETS="127.0.0.1",
        AISTRALE_WEBHOOKS_ALLOW_HTTP="true",
    )
    with serving(machine) as server:
        api = Api(server.url, machine.api_key())
        api.add_token("openai", TOKENS["openai"])
        yield api


@pytest.fixture(scope="module")
def own_emulator(tmp_path_factory):
    """An emulator of the module's own, whose scripts nobody else's requests take."""
    with emulating(tmp_path_factory.mktemp("own-emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def own_home(tmp_path_factory, own_emulator):
    """A machine with a server of the module's own that has a token of OpenAI's."""
    machine = Machine(tmp_path_factory.mktemp("home"), **own_emulator.settings("openai"))
    with serving(machine):
        Api(machine.url, machine.api_key()).add_token("openai", TOKENS["openai"])
        yield machine


@pytest.fixture(scope="module")
def openai_port(own_emulator):
    """Where the two nodes reach OpenAI: closed, its connections are refused."""
    return own_emulator.open_port()


@pytest.fixture
def scripted(own_emulator):
    """The module's emulator, with no script in it but the test's."""
    own_emulator.forget_scripts()
    yield own_emulator
    own_emulator.forget_scripts()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, own_emulator, openai_port) -> Iterator[Pair]:
    """Two nodes on one PostgreSQL, which call the module's emulator."""
    with pair(tmp_path_factory.mktemp("nodes"), emulated(own_emulator, openai_port)) as both:
        yield both


@pytest.fixture
def receiver(tmp_path) -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving(tmp_path / "receiver") as receiver:
        yield receiver


@pytest.fixture
def note(request, record_property):
    """Keeps a figure for the report: `note("lost", 0)`."""

    def keep(what: str, value: object) -> None:
        record_property("figure", (what, str(value)))

    return keep


def pytest_terminal_summary(terminalreporter, config):
    """What the tests noted; the long forms leave it in target/torture.md too."""
    lines = [
        f"| {report.nodeid} | {report.outcome} in {report.duration:.0f} s |"
        f" {'; '.join(f'{what}: {value}' for what, value in figures)} |"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
        and (figures := [value for name, value in report.user_properties if name == "figure"])
    ]
    if not lines:
        return
    table = "\n".join(["| test | | figures |", "| --- | --- | --- |", *sorted(lines)])
    terminalreporter.section("figures")
    terminalreporter.write_line(table)
    if config.getoption("--torture"):
        file = ROOT / "target" / "torture.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# What the long forms showed\n\n{table}\n")
        terminalreporter.write_line(f"written: {file}")


@pytest.fixture
def api(gateway):
    """The native API of the shared server."""
    return Api(gateway.url, gateway.machine.api_key())


@pytest.fixture
def mark():
    """A word that no other request has in it, to find this test's one in the emulator's journal."""
    return f"mark-{uuid.uuid4().hex}"
