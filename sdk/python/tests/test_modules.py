"""The public modules, and the module's own resources."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import subprocess
import sys
import types
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

import aistrale

from .conftest import KEY
from .conftest import RESOURCES as OWNERS
from .fake_server import FakeServer, event, problem, reply, sse
from .test_access import ENTRY
from .test_access import KEY as API_KEY
from .test_events import envelope
from .test_money import BUDGET
from .test_prompts import PROMPT
from .test_resources import TOKEN, record
from .test_routing import ALIAS, PROVIDER

PRIVATE = [
    import_module(f"aistrale.{each.name}")
    for each in pkgutil.iter_modules(aistrale.__path__)
    if each.name.startswith("_")
]


def defined(module: types.ModuleType) -> dict[str, Any]:
    """Return what a module defines under public names: classes, and unions of them."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            (inspect.isclass(value) and f"\nclass {name}" in source(module))
            or (isinstance(value, types.UnionType) and f"\n{name}: TypeAlias" in source(module))
        )
    }


def source(module: types.ModuleType) -> str:
    return inspect.getsource(module)


def test_every_record_is_in_models() -> None:
    """What the server answers is defined in a module of models, and is public there."""
    records = {
        name: value
        for module in PRIVATE
        if module.__name__.endswith(("_models", "._events", "._limits"))
        for name, value in defined(module).items()
    }
    records |= {
        name: value
        for name in aistrale.__all__
        if dataclasses.is_dataclass(value := getattr(aistrale, name)) and inspect.isclass(value)
    }
    assert len(records) > 60
    assert aistrale.models.__all__ == sorted(records)
    for name, value in records.items():
        assert getattr(aistrale.models, name) is getattr(aistrale, name) is value


def test_every_error_is_in_exceptions() -> None:
    """Raised anywhere in the package, and an AistraleError: then it can be imported from there."""
    errors = {
        name: value
        for module in PRIVATE
        for name, value in defined(module).items()
        if inspect.isclass(value) and issubclass(value, aistrale.AistraleError)
    }
    assert len(errors) > 20
    assert aistrale.exceptions.__all__ == sorted(errors)
    for name, value in errors.items():
        assert getattr(aistrale.exceptions, name) is getattr(aistrale, name) is value


def test_the_clients_and_what_they_hand_out_are_in_client() -> None:
    """What a method returns that is no record is read, or talked to."""
    handed_out = {
        inspect.signature(method).return_annotation.partition("[")[0]
        for pair in OWNERS.values()
        for owner in pair
        for name, method in vars(owner).items()
        if not name.startswith("_") and inspect.isfunction(method)
    }
    plain = {"Any", "None", "str", "list", "dict", "tuple", "int", *aistrale.models.__all__}
    mine = {"Aistrale", "AsyncAistrale", "HttpClient", "AsyncHttpClient"}
    assert set(aistrale.client.__all__) == (handed_out - plain) | mine
    for name in aistrale.client.__all__:
        assert getattr(aistrale.client, name) is getattr(aistrale, name)


@pytest.mark.parametrize("name", ["client", "exceptions", "models"])
def test_a_public_module_says_what_is_in_it(name: str) -> None:
    module = import_module(f"aistrale.{name}")
    assert getattr(aistrale, name) is module
    assert module.__doc__
    assert module.__all__ == sorted(module.__all__)
    assert set(module.__all__) <= set(aistrale.__all__)
    public = {each for each in vars(module) if each.isidentifier() and not each.startswith("_")}
    assert public - {"annotations"} == set(module.__all__)


def test_errors_cost_nothing_that_they_do_not_need() -> None:
    script = (
        "import sys; from aistrale.exceptions import RateLimitError; "
        "print(sorted(name for name in sys.modules if name.startswith(('aistrale', 'http'))))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['aistrale', 'aistrale._errors', 'aistrale.exceptions']\n"


def test_a_resource_of_the_module_imports_its_own_alone() -> None:
    script = (
        "import sys, aistrale; aistrale.budgets; aistrale.whoami; "
        "print([name for name in ('aistrale._budgets', 'aistrale._access', 'aistrale._prompts', "
        "'aistrale._telemetry') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['aistrale._budgets']\n"


def page(item: dict[str, Any]) -> dict[str, Any]:
    return {"data": [item], "next_cursor": None}


RESOURCES: dict[str, tuple[Callable[[], Any], Any, str]] = {
    "aliases": (
        lambda: aistrale.aliases.get("fast").name,
        reply(ALIAS),
        "GET /api/v1/aliases/fast",
    ),
    "api_keys": (
        lambda: aistrale.api_keys.get("key_1").id,
        reply(API_KEY),
        "GET /api/v1/api-keys/key_1",
    ),
    "audit_log": (
        lambda: [each.id for each in aistrale.audit_log.list()],
        reply(page(ENTRY)),
        "GET /api/v1/audit-log",
    ),
    "budgets": (
        lambda: aistrale.budgets.get("bud_1").id,
        reply(BUDGET),
        "GET /api/v1/budgets/bud_1",
    ),
    "events": (
        lambda: next(aistrale.events.stream()).type,
        sse(event("webhook.test", envelope(1)), end="hang"),
        "GET /api/v1/events/stream",
    ),
    "inferences": (
        lambda: aistrale.inferences.get("inf_1").id,
        reply(record("inf_1")),
        "GET /api/v1/inferences/inf_1",
    ),
    "prompts": (
        lambda: aistrale.prompts.get("greeting").name,
        reply(PROMPT),
        "GET /api/v1/prompts/greeting",
    ),
    "telemetry": (
        lambda: next(iter(aistrale.telemetry.list())).id,
        reply(page(record("inf_1"))),
        "GET /api/v1/telemetry",
    ),
    "tokens": (
        lambda: [each.id for each in aistrale.tokens.list()],
        reply(page(TOKEN)),
        "GET /api/v1/tokens",
    ),
    "workspaces": (
        lambda: aistrale.workspaces.get("ws_1").id,
        reply({"id": "ws_1", "name": "a"}),
        "GET /api/v1/workspaces/ws_1",
    ),
    "whoami": (
        lambda: aistrale.whoami(timeout=5).workspace_id,
        reply({"workspace_id": "ws_1", "workspace_name": "a"}),
        "GET /api/v1/whoami",
    ),
    "providers": (
        lambda: [each.name for each in aistrale.providers()],
        reply(page(PROVIDER)),
        "GET /api/v1/providers",
    ),
    "health": (
        lambda: aistrale.health().status,
        reply({"status": "ok", "version": "1"}),
        "GET /health",
    ),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_of_the_module_is_that_of_the_client_in_force(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each server that the environment names, one after the other, with its key."""
    use, answer, path = RESOURCES[name]
    first = problem(404, "not_found")
    monkeypatch.setenv("AISTRALE_API_KEY", KEY)
    with FakeServer(first) as server, FakeServer(answer) as other:
        monkeypatch.setenv("AISTRALE_API_URL", server.url)
        with pytest.raises(aistrale.NotFoundError):
            use()
        monkeypatch.setenv("AISTRALE_API_URL", other.url)
        assert use()
        assert [f"{got.method} {got.path}" for got in server.requests] == [path]
        assert [f"{got.method} {got.path}" for got in other.requests] == [path]
        assert other.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_module_has_what_a_client_has() -> None:
    """All but what has another meaning here, and what is no resource."""
    client = {name for name in vars(aistrale.Aistrale) if not name.startswith("_")}
    assert client - set(aistrale.__all__) == {"api_url", "close", "provider"}
    assert isinstance(aistrale.models, types.ModuleType)
    assert isinstance(aistrale.webhooks, types.ModuleType)
    with pytest.raises(AttributeError, match="has no attribute 'rum'"):
        import_module("aistrale._default_resources").rum  # noqa: B018
