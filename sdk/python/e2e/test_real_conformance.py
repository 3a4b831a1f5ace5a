"""The scenarios of contract/scenarios that need no fault, played by a real server.

So no script drifts from what a server does.
The fault server relays to it, and holds its answers to the scripts'. Needs an admin's key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from tests.conformance.emulator import emulating
from tests.conformance.runner import DRIVERS, known_failing, mismatches, scenarios

import aistrale

REAL = {
    each["name"]: each
    for each in scenarios()
    if each.get("real") and "needs" not in each and each["name"] not in known_failing()
}
AT_ONCE = 8

Played = dict[tuple[str, str], "Future[list[str]]"]


def prepare() -> None:
    """Give the server what README.md of the scenarios says that it has."""
    with aistrale.Aistrale() as client:
        client.run("say: Hello there", model="openai/gpt-4o")
        if "greeting" not in [prompt.name for prompt in client.prompts.list()]:
            client.prompts.create("greeting", text="say: Hello {{who}}")
        client.prompts.set_label("greeting", "production", 1)


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    prepare()
    server = ("--conformance-server", os.environ["AISTRALE_API_URL"])
    key = ("--conformance-key", os.environ["AISTRALE_API_KEY"])
    with emulating(*server, *key) as emulator, ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            (name, driver): pool.submit(mismatches, emulator, REAL[name], driver)
            for name in REAL
            for driver in DRIVERS
        }


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", list(REAL))
def test_scenario(name: str, driver: str, played: Played) -> None:
    found = played[name, driver].result(timeout=120)
    assert not found, f"{name}: {REAL[name]['why']}\n  " + "\n  ".join(found)
