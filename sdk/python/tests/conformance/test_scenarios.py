"""Every scenario of contract/scenarios, with both drivers.

`known-failing.txt` names those that are to fail; they run too, and one that passes is red.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from .emulator import emulating
from .runner import CANNOT, DRIVERS, alone, known_failing, mismatches, scenarios

AT_ONCE = 24
"""How many are played at once: most of their time they wait."""

ALL = {scenario["name"]: scenario for scenario in scenarios()}
FAILING = known_failing()


class Plays:
    """What came of the scenarios: most are begun together, the others run when asked for."""

    def __init__(self, emulator: str, pool: ThreadPoolExecutor) -> None:
        self._emulator = emulator
        self._pool = pool
        self._begun: dict[tuple[str, str], Future[list[str]]] = {}

    def begin(self, wanted: list[tuple[str, str]]) -> None:
        for name, driver in wanted:
            if not alone(ALL[name]):
                play = (self._emulator, ALL[name], driver)
                self._begun[name, driver] = self._pool.submit(mismatches, *play)

    def mismatches(self, name: str, driver: str) -> list[str]:
        if (name, driver) in self._begun:
            return self._begun[name, driver].result(timeout=120)
        wait(self._begun.values())
        return mismatches(self._emulator, ALL[name], driver)


def able(name: str, driver: str) -> bool:
    return CANNOT[driver].keys().isdisjoint(ALL[name].get("needs", ()))


@pytest.fixture(scope="module")
def plays(request: pytest.FixtureRequest) -> Iterator[Plays]:
    """Those that the session has selected, with no setting of the machine's."""
    items: list[Any] = [each for each in request.session.items if each.path == request.path]
    wanted = [
        (item.callspec.params["name"], item.callspec.params["driver"])
        for item in items
        if hasattr(item, "callspec")
    ]
    with pytest.MonkeyPatch.context() as patch, emulating() as emulator:
        for name in list(os.environ):
            if name.startswith("AISTRALE_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("AISTRALE_CONFIG", str(Path(__file__).parent / "no-such-config.toml"))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for driver in DRIVERS:  # so that no scenario's time is what an import takes
                mismatches(emulator, ALL["whoami"], driver)
            played = Plays(emulator, pool)
            played.begin([each for each in wanted if able(*each)])
            yield played


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", list(ALL))
def test_scenario(name: str, driver: str, plays: Plays) -> None:
    for word in ALL[name].get("needs", ()):
        if word in CANNOT[driver]:
            pytest.skip(f"{word}: {CANNOT[driver][word]}")
    if name not in FAILING:
        found = plays.mismatches(name, driver)
        assert not found, f"{name}: {ALL[name]['why']}\n  " + "\n  ".join(found)
        return
    try:
        found = plays.mismatches(name, driver)
    except Exception:  # noqa: BLE001 - however it fails, it is known to
        return
    assert found, f"{name} passes: take it off known-failing.txt"


def test_known_failing_are_scenarios() -> None:
    assert not FAILING - ALL.keys()
