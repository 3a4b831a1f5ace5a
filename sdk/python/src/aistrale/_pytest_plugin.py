"""The pytest plugin: `aistrale_cassette`, `aistrale_emulator`, `--aistrale-record`.

pytest imports this at every start, for everybody who has this package. So it is small, and what it
needs is imported by the first test that uses it.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

    from ._emulator import Emulator, Machinery
    from .testing import Cassette

_MARK = "aistrale_cassette"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("aistrale").addoption(
        "--aistrale-record",
        choices=("none", "once", "all"),
        help="cassettes of aistrale: none plays and never records (the default where CI is set in "
        "the environment), once records those that are not there (the default elsewhere), all "
        "records anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(path=None, mode=None, ignore=(), redact=()): record what aistrale sends and gets "
        "in this test, and play it from then on; path is relative to the test's folder",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give a test that is marked its cassette, before its other fixtures."""
    if item.get_closest_marker(_MARK) is None:
        return
    names = getattr(item, "fixturenames", None)
    if names is not None and _MARK not in names:
        # A list of its own: the tests of a function's other parameters have the same one.
        item.fixturenames = [_MARK, *names]  # type: ignore[attr-defined]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Fail a test in which a request was not in the cassette, also where it was caught."""
    outcome = yield
    if _MARK in getattr(item, "fixturenames", ()):
        from . import _pytest_cassettes

        _pytest_cassettes.called(item, outcome)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Keep a recording only of a test that passed."""
    outcome = yield
    if _MARK in getattr(item, "fixturenames", ()):
        from . import _pytest_cassettes

        _pytest_cassettes.reported(item, outcome.get_result())


@pytest.fixture(scope="session")
def aistrale_cassette_options() -> dict[str, Any]:
    """What all cassettes are made with: `ignore`, `redact`, `mode`. Yours to override."""
    return {}


@pytest.fixture
def aistrale_cassette(
    request: pytest.FixtureRequest, aistrale_cassette_options: dict[str, Any]
) -> Iterator[Cassette]:
    """A cassette of the test's own, in `cassettes/` beside it: recorded once, then played."""
    from . import _pytest_cassettes

    yield from _pytest_cassettes.inserted(request, aistrale_cassette_options)


@pytest.fixture(scope="session")
def _aistrale_machinery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machinery]:
    """The server and the emulator, for all tests of this process."""
    from ._emulator import EmulatorError, Machinery

    machinery, problem = Machinery(tmp_path_factory.mktemp("aistrale")), None
    try:
        machinery.start()
    except EmulatorError as cause:
        problem = f"aistrale_emulator: {cause}"
    if problem is not None:
        pytest.fail(problem, pytrace=False)
    try:
        yield machinery
    finally:
        machinery.stop()


@pytest.fixture
def aistrale_emulator(
    _aistrale_machinery: Machinery, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulator]:
    """A real server with emulated providers, which `aistrale.run` uses for the time of the test.

    It is started once for all tests; each has a workspace of its own. A client of the program's
    finds it too, if it is made while a test runs: one that a module makes when it is imported has
    read its settings before.
    """
    emulator = _aistrale_machinery.workspace()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISTRALE_API_URL", emulator.url)
        patch.setenv("AISTRALE_API_KEY", emulator.api_key)
        patch.setenv("AISTRALE_CONFIG", str(tmp_path_factory.getbasetemp() / "no-aistrale.toml"))
        for name in ("AISTRALE_PROFILE", "AISTRALE_MODEL", "AISTRALE_PROVIDER"):
            patch.delenv(name, raising=False)
        yield emulator
    _aistrale_machinery.forget(emulator)
