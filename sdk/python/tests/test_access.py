from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import aistrale
from aistrale._access_operations import who_am_i

from .conftest import Flavour
from .fake_server import FakeServer, inference, plain, problem, reply, reset
from .test_telemetry import collect

WHEN = "2026-11-25T08:30:00.000Z"
AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
SECRET = "ais_0123456789abcdefghjkmnpqrstvwxyz"

KEY = {
    "id": "key_1",
    "name": "production",
    "role": "member",
    "allowed_models": ["openai/*"],
    "expires_at": None,
    "last_used_at": WHEN,
    "last_four": "x7k2",
    "created_at": WHEN,
    "revoked_at": None,
}

THE_KEY = aistrale.ApiKey(
    id="key_1",
    name="production",
    role="member",
    allowed_models=("openai/*",),
    last_used_at=AT,
    last_four="x7k2",
    created_at=AT,
)

WORKSPACE = {
    "id": "ws_1",
    "name": "search",
    "default_model": "openai/gpt-4o",
    "capture_content": True,
    "retention_days": 90,
    "created_at": WHEN,
}

THE_WORKSPACE = aistrale.Workspace(
    id="ws_1",
    name="search",
    default_model="openai/gpt-4o",
    capture_content=True,
    retention_days=90,
    created_at=AT,
)

ENTRY = {
    "id": "aud_1",
    "at": WHEN,
    "actor": {"api_key_id": "key_operator", "operator": True},
    "action": "api_key.created",
    "target": {"type": "api_key", "id": "key_1"},
    "detail": {"name": "production", "limits": {"share": 0.5}},
    "client": "cli/0.1.0",
}

Use = Callable[[Any], Any]

CALLS: dict[str, tuple[Use, Any, Any, str, Any]] = {
    "api_keys.create": (
        lambda client: client.api_keys.create(
            "production",
            role="member",
            allowed_models=["openai/*"],
            expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        ),
        reply({**KEY, "key": SECRET}, 201),
        aistrale.ApiKey(
            id="key_1",
            name="production",
            role="member",
            allowed_models=("openai/*",),
            last_used_at=AT,
            last_four="x7k2",
            created_at=AT,
            key=SECRET,
        ),
        "POST /api-keys",
        {
            "name": "production",
            "role": "member",
            "allowed_models": ["openai/*"],
            "expires_at": "2027-01-01T00:00:00+00:00",
        },
    ),
    "api_keys.get": (
        lambda client: client.api_keys.get("key_1"),
        reply(KEY),
        THE_KEY,
        "GET /api-keys/key_1",
        None,
    ),
    "api_keys.update": (
        lambda client: client.api_keys.update("key_1", name="b", allowed_models=None),
        reply(KEY),
        THE_KEY,
        "POST /api-keys/key_1",
        {"name": "b", "allowed_models": None},
    ),
    "api_keys.revoke": (
        lambda client: client.api_keys.revoke("key_1"),
        plain(204),
        None,
        "DELETE /api-keys/key_1",
        None,
    ),
    "workspaces.create": (
        lambda client: client.workspaces.create("search", retention_days=90, capture_content=True),
        reply(WORKSPACE, 201),
        THE_WORKSPACE,
        "POST /workspaces",
        {"name": "search", "capture_content": True, "retention_days": 90},
    ),
    "workspaces.get": (
        lambda client: client.workspaces.get("ws_1"),
        reply(WORKSPACE),
        THE_WORKSPACE,
        "GET /workspaces/ws_1",
        None,
    ),
    "workspaces.update": (
        lambda client: client.workspaces.update("ws_1", retention_days=None, timeout=5),
        reply(WORKSPACE),
        THE_WORKSPACE,
        "POST /workspaces/ws_1",
        {"retention_days": None},
    ),
    "workspaces.delete": (
        lambda client: client.workspaces.delete("ws_1"),
        plain(204),
        None,
        "DELETE /workspaces/ws_1",
        None,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call(flavour: Flavour, name: str) -> None:
    use, answer, expected, line, body = CALLS[name]
    with FakeServer(answer) as server:
        assert flavour.call(server.url, use) == expected
    (got,) = server.requests
    assert f"{got.method} {got.path}" == line.replace(" ", " /api/v1", 1)
    assert (got.json if got.body else None) == body


def test_lists(flavour: Flavour) -> None:
    revoked = {**KEY, "id": "key_2", "revoked_at": WHEN, "allowed_models": None, "mood": "calm"}
    script = [
        reply({"data": [KEY], "next_cursor": "key_1"}),
        reply({"data": [revoked], "next_cursor": None}),
        reply({"data": [WORKSPACE], "next_cursor": None}),
        reply({"data": [ENTRY], "next_cursor": None}),
    ]
    asked = {"action": "api_key.created", "target_type": "api_key", "since": AT}
    with FakeServer(*script) as server:
        keys = collect(flavour, server.url, lambda client: client.api_keys.list(limit=1))
        workspaces = collect(flavour, server.url, lambda client: client.workspaces.list())
        entries = collect(flavour, server.url, lambda client: client.audit_log.list(**asked))
    assert keys[0] == THE_KEY
    assert (keys[1].revoked_at, keys[1].allowed_models) == (AT, None)
    assert keys[1].extra == {"mood": "calm"}
    assert workspaces == [THE_WORKSPACE]
    assert entries == [
        aistrale.AuditEntry(
            id="aud_1",
            at=AT,
            actor=aistrale.AuditActor(api_key_id="key_operator", operator=True),
            action="api_key.created",
            target=aistrale.AuditTarget(type="api_key", id="key_1"),
            detail={"name": "production", "limits": {"share": 0.5}},
            client="cli/0.1.0",
        )
    ]
    query = "?action=api_key.created&target_type=api_key&since=2026-11-25T08%3A30%3A00%2B00%3A00"
    assert [got.path for got in server.requests] == [
        "/api/v1/api-keys?limit=1",
        "/api/v1/api-keys?limit=1&cursor=key_1",
        "/api/v1/workspaces",
        "/api/v1/audit-log" + query,
    ]


def test_a_new_keys_secret_is_in_no_repr(flavour: Flavour) -> None:
    with FakeServer(reply({**KEY, "key": SECRET}, 201)) as server:
        made = flavour.call(server.url, lambda client: client.api_keys.create("production"))
    assert made.key == SECRET
    assert SECRET not in repr(made)
    assert server.requests[0].json == {"name": "production"}


def test_a_key_is_not_made_twice(flavour: Flavour) -> None:
    with FakeServer(reset, reply({**KEY, "key": SECRET}, 201)) as server:
        with pytest.raises(aistrale.APIConnectionError):
            flavour.call(server.url, lambda client: client.api_keys.create("production"))
    assert len(server.requests) == 1


def test_whoami_says_role_and_workspace(flavour: Flavour) -> None:
    me = {
        "workspace_id": "ws_1",
        "workspace_name": "search",
        "api_key_id": "key_operator",
        "default_model": None,
        "role": "admin",
        "operator": True,
        "workspace": {"id": "ws_1", "name": "search"},
    }
    with FakeServer(reply(me)) as server:
        found = flavour.call(server.url, lambda client: client.whoami())
    assert found == aistrale.WhoAmI(
        workspace_id="ws_1",
        workspace_name="search",
        api_key_id="key_operator",
        role="admin",
        operator=True,
        workspace=aistrale.WorkspaceName(id="ws_1", name="search"),
    )


def test_an_operator_names_the_workspace(flavour: Flavour) -> None:
    """The client's counts for every call, a call's own goes before it."""
    with FakeServer(forever=reply(inference())) as server:
        flavour.run(server.url, client={"workspace": "ws_1"})
        flavour.run(server.url, workspace="ws_2", client={"workspace": "ws_1"})
        flavour.run(server.url)
    named = [got.headers.get("x-aistrale-workspace") for got in server.requests]
    assert named == ["ws_1", "ws_2", None]


def test_a_calls_workspace_is_in_the_clients_place_and_not_beside_it(flavour: Flavour) -> None:
    core = flavour.client("http://a.example", workspace="ws_1")._core
    headers = core.call(who_am_i({"workspace": "ws_2"})).request.headers
    assert [value for name, value in headers if name == "x-aistrale-workspace"] == ["ws_2"]


def test_a_workspace_is_nobody_elses_to_name(flavour: Flavour) -> None:
    with FakeServer(problem(403, "permission_denied", "The operator alone.")) as server:
        with pytest.raises(aistrale.PermissionDeniedError, match="The operator alone"):
            flavour.run(server.url, client={"workspace": "ws_1"})


WRONG: list[tuple[Use, type[Exception], str]] = [
    (lambda c: c.api_keys.create("a", rol="admin"), TypeError, "did you mean role?"),
    (lambda c: c.api_keys.update("key_1", role="admin"), TypeError, "no option 'role'"),
    (lambda c: c.api_keys.get(""), ValueError, "the API key's id is empty"),
    (
        lambda c: c.api_keys.create("a", expires_at=datetime(2027, 1, 1)),
        ValueError,
        "expires_at has no time zone",
    ),
    (lambda c: c.workspaces.create("a", retention=5), TypeError, "did you mean retention_days?"),
    (lambda c: c.audit_log.list(actor="a"), TypeError, "audit_log.list has no option"),
    (lambda c: c.whoami(workspace=""), ValueError, "not the id of one (`ws_…`): ''"),
    (lambda c: c.whoami(workspace="a b"), ValueError, "not the id of one"),
    (lambda c: c.whoami(workspace=5), TypeError, "(`ws_…`), not int"),
    (
        lambda c: c.whoami(extra_headers={"x-aistrale-workspace": "ws_1"}),
        ValueError,
        "is this package's own",
    ),
]


@pytest.mark.parametrize(("use", "error", "says"), WRONG)
def test_mistakes_are_told_before_anything_is_sent(
    flavour: Flavour, use: Use, error: type[Exception], says: str
) -> None:
    with FakeServer() as server:
        with pytest.raises(error, match=re.escape(says)):
            flavour.call(server.url, use)
        assert server.requests == []


@pytest.mark.parametrize("workspace", ["", "a\nb"])
def test_a_clients_workspace_is_checked_when_it_is_made(flavour: Flavour, workspace: str) -> None:
    with pytest.raises(ValueError, match="not the id of one"):
        flavour.client("http://a.example", workspace=workspace)
