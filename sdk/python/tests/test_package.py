from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from importlib.metadata import version
from pathlib import Path

import pytest

import aistrale

from .conftest import RESOURCES, ROOT
from .fake_server import FakeServer, inference, reply

HERE = Path(__file__).parent


def test_the_exported_names() -> None:
    """A name added or taken away is a decision: write it down in public_names.txt too."""
    expected = (HERE / "public_names.txt").read_text("utf-8").split()
    assert sorted(aistrale.__all__) == expected
    assert {name for name in dir(aistrale) if not name.startswith("_")} - set(expected) == {
        "TYPE_CHECKING"
    }


def members(owner: type) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(owner).items() if not name.startswith("_")]


def test_everything_public_is_documented() -> None:
    missing = [
        f"{owner.__name__}.{member}"
        for pair in RESOURCES.values()
        for owner in pair
        for member, code in members(owner)
        if not code.__doc__
    ]
    for name in aistrale.__all__:
        value = getattr(aistrale, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            if not value.__doc__:
                missing.append(name)
        if inspect.isclass(value) and value.__module__.startswith("aistrale"):
            missing += [
                f"{name}.{member}"
                for member, code in members(value)
                if (inspect.isfunction(code) or isinstance(code, property)) and not code.__doc__
            ]
    assert missing == []


def test_no_type_of_the_http_library_is_in_a_public_signature() -> None:
    owners = [owner for pair in RESOURCES.values() for owner in pair]
    owners += [aistrale.Stream, aistrale.AsyncStream, aistrale.Feed, aistrale.AsyncFeed]
    for owner in owners:
        for name, value in [("__init__", owner.__init__), *members(owner)]:
            if inspect.isfunction(value):
                signature = str(inspect.signature(value))
                assert "httpx2" not in signature, (owner, name)
                assert "httpcore2" not in signature, (owner, name)


def test_options_can_be_looked_at() -> None:
    options = typing.get_type_hints(aistrale.RunOptions)
    assert {"model", "temperature", "timeout", "max_retries"} <= set(options)
    assert all(f"{name}" in (aistrale.RunOptions.__doc__ or "") for name in ("model", "metadata"))


def test_one_version_for_everything() -> None:
    written = (ROOT / "VERSION").read_text("utf-8").strip()
    assert aistrale.__version__ == written
    assert version("aistrale-client") == written


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'aistrale' has no attribute 'rum'"):
        aistrale.rum  # type: ignore[attr-defined]  # noqa: B018


def test_importing_imports_next_to_nothing() -> None:
    script = (
        "import sys; before = set(sys.modules); import aistrale; "
        "print(sorted(set(sys.modules) - before)); dir(aistrale); "
        "print('httpcore2' in sys.modules, 'aistrale._client' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['aistrale']\nFalse False\n"


def test_a_call_does_not_import_what_it_does_not_need() -> None:
    with FakeServer(reply(inference())) as server:
        script = (
            f"import aistrale, sys; aistrale.Aistrale(api_url={server.url!r}).run('hi'); "
            "print([name for name in ('httpx2', 'pydantic', 'tomllib', 'urllib.request', "
            "'aistrale._prompts', 'aistrale._prompt_models', "
            "'aistrale._telemetry', 'aistrale._telemetry_models', 'aistrale._feeding', "
            "'aistrale._access', 'aistrale._access_models', "
            "'aistrale._budgets', 'aistrale._routing', 'aistrale._routing_models', "
            "'aistrale._webhooks', 'aistrale._webhook_models', 'aistrale._event_models', "
            "'aistrale._signatures', "
            "'aistrale._rounds', 'aistrale._tools', 'aistrale._output', 'aistrale._invoke') "
            "if name in sys.modules])"
        )
        result = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
    assert result.stdout == "[]\n"
