"""Tests against a real server: give AISTRALE_API_URL and AISTRALE_API_KEY in the environment."""

from __future__ import annotations

import os

import pytest

NEEDED = ("AISTRALE_API_URL", "AISTRALE_API_KEY")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        skip = pytest.mark.skip(reason=f"needs a running server: set {' and '.join(missing)}")
        for item in items:
            if item.path.parent.name == "e2e":
                item.add_marker(skip)
