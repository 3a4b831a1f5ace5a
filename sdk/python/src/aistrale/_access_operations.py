"""The calls about access, tokens and the server itself, as data. Both clients share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, cast

from . import _access_decode as decode
from ._options import CALL_FIELDS, CallOptions, refuse_unknown
from ._wire import (
    ListOptions,
    Operation,
    Pages,
    call_options,
    delete,
    get,
    listed,
    moment,
    nothing,
    pages,
    path_of,
    post,
)

if TYPE_CHECKING:
    from ._access_models import (
        ApiKey,
        AuditEntry,
        Health,
        Token,
        WhoAmI,
        Workspace,
    )


class ApiKeyLimits(TypedDict, total=False):
    """What limits an API key. What is not given stays as it is.

    allowed_models: 1 to 100 of "openai/*" or "anthropic/claude-sonnet-4-5" and the like; None for
        all.
    expires_at: a `datetime` with its zone or RFC 3339 text; None for never.
    requests_per_minute: how many inferences it may begin, over all nodes, 1 to 1,000,000; None for
        any number.
    tokens_per_minute: how many tokens its inferences may read and write, 1 to 1,000,000,000; None
        for any number.
    """

    allowed_models: Sequence[str] | None
    expires_at: datetime | str | None
    requests_per_minute: int | None
    tokens_per_minute: int | None


class ApiKeyCreate(ApiKeyLimits, CallOptions, total=False):
    """Options of `api_keys.create`: limits, and these.

    role: "viewer" reads; "member" also runs inferences and writes prompts and spans; "admin" does
        everything. A member's unless chosen; it stays as it is made.
    """

    role: str


class ApiKeyUpdate(ApiKeyLimits, CallOptions, total=False):
    """Options of `api_keys.update`: limits, and these.

    name: what it is called.
    """

    name: str


class TokenUpdate(CallOptions, total=False):
    """Options of `tokens.update`. What is not given stays as it is.

    token: another one in its place, which is tried at once.
    name: what tells it from the provider's others; None for no name.
    weight: its share of the provider's calls, 1 to 100, beside the weights of the others.
    """

    token: str
    name: str | None
    weight: int


class WorkspaceSettings(TypedDict, total=False):
    """What can be set of a workspace. What is not given stays as it is.

    capture_content: whether messages and answers are kept with the records; not unless chosen.
    retention_days: after how many days records are deleted, 1 to 36,500; None for never.
    default_model: "PROVIDER/MODEL", for runs that name none; None for the server's own choice.
    """

    capture_content: bool
    retention_days: int | None
    default_model: str | None


class WorkspaceCreate(WorkspaceSettings, CallOptions, total=False):
    """Options of `workspaces.create`: settings."""


class WorkspaceUpdate(WorkspaceSettings, CallOptions, total=False):
    """Options of `workspaces.update`: settings, and these.

    name: what it is called.
    """

    name: str


class AuditLogOptions(ListOptions, total=False):
    """Options of `audit_log.list`: those of a list, and these.

    action: such as "api_key.created".
    target_type: of what it was done to, such as "api_key".
    since, until: times, as `datetime`s with a zone or RFC 3339 text; `until` is exclusive.
    """

    action: str | None
    target_type: str | None
    since: datetime | str | None
    until: datetime | str | None


_LIMITS = ("allowed_models", "expires_at", "requests_per_minute", "tokens_per_minute")
_WORKSPACE = ("capture_content", "retention_days", "default_model")


def list_api_keys(options: ListOptions) -> Pages[ApiKey]:
    """`GET /api-keys`."""
    return listed(path_of("api-keys", what="path"), decode.api_key, "api_keys.list", options)


def create_api_key(name: str, options: ApiKeyCreate) -> Operation[ApiKey]:
    """`POST /api-keys`."""
    refuse_unknown("api_keys.create", options, ("role", *_LIMITS, *CALL_FIELDS))
    body = {"name": name, **_given(options, ("role", *_LIMITS))}
    return post(path_of("api-keys", what="path"), body, decode.api_key, options)


def get_api_key(identity: str, options: CallOptions) -> Operation[ApiKey]:
    """`GET /api-keys/{id}`."""
    return get(_api_key(identity), decode.api_key, call_options("api_keys.get", options))


def update_api_key(identity: str, options: ApiKeyUpdate) -> Operation[ApiKey]:
    """`POST /api-keys/{id}`."""
    refuse_unknown("api_keys.update", options, ("name", *_LIMITS, *CALL_FIELDS))
    return post(
        _api_key(identity),
        _given(options, ("name", *_LIMITS)),
        decode.api_key,
        options,
        repeatable=True,
    )


def revoke_api_key(identity: str, options: CallOptions) -> Operation[None]:
    """`DELETE /api-keys/{id}`."""
    return delete(_api_key(identity), nothing, call_options("api_keys.revoke", options))


def list_workspaces(options: ListOptions) -> Pages[Workspace]:
    """`GET /workspaces`."""
    path = path_of("workspaces", what="path")
    return listed(path, decode.workspace, "workspaces.list", options)


def create_workspace(name: str, options: WorkspaceCreate) -> Operation[Workspace]:
    """`POST /workspaces`."""
    refuse_unknown("workspaces.create", options, (*_WORKSPACE, *CALL_FIELDS))
    body = {"name": name, **_given(options, _WORKSPACE)}
    return post(path_of("workspaces", what="path"), body, decode.workspace, options)


def get_workspace(identity: str, options: CallOptions) -> Operation[Workspace]:
    """`GET /workspaces/{id}`."""
    return get(_workspace(identity), decode.workspace, call_options("workspaces.get", options))


def update_workspace(identity: str, options: WorkspaceUpdate) -> Operation[Workspace]:
    """`POST /workspaces/{id}`."""
    refuse_unknown("workspaces.update", options, ("name", *_WORKSPACE, *CALL_FIELDS))
    return post(
        _workspace(identity),
        _given(options, ("name", *_WORKSPACE)),
        decode.workspace,
        options,
        repeatable=True,
    )


def delete_workspace(identity: str, options: CallOptions) -> Operation[None]:
    """`DELETE /workspaces/{id}`."""
    return delete(_workspace(identity), nothing, call_options("workspaces.delete", options))


def list_audit_log(options: AuditLogOptions) -> Pages[AuditEntry]:
    """`GET /audit-log`."""
    asked = ("action", "target_type", "since", "until")
    refuse_unknown("audit_log.list", options, (*asked, "limit", "cursor", *CALL_FIELDS))
    query = {name: options.get(name) for name in asked}
    return pages(path_of("audit-log", what="path"), decode.audit_entry, options, query)


def add_token(
    provider: str, token: str, name: str | None, weight: int | None, options: CallOptions
) -> Operation[Token]:
    """`POST /tokens`."""
    given = {"provider": provider, "token": token, "name": name, "weight": weight}
    body = {field: value for field, value in given.items() if value is not None}
    path = path_of("tokens", what="path")
    return post(path, body, decode.token, call_options("tokens.add", options))


def list_tokens(options: CallOptions) -> Pages[Token]:
    """`GET /tokens`."""
    call_options("tokens.list", options)
    return listed(
        path_of("tokens", what="path"), decode.token, "tokens.list", cast("ListOptions", options)
    )


def update_token(identity: str, options: TokenUpdate) -> Operation[Token]:
    """`POST /tokens/{id}`."""
    names = ("token", "name", "weight")
    refuse_unknown("tokens.update", options, (*names, *CALL_FIELDS))
    path = path_of("tokens", identity, what="token id")
    return post(path, _given(options, names), decode.token, options, repeatable=True)


def replace_token(identity: str, token: str, options: CallOptions) -> Operation[Token]:
    """`POST /tokens/{id}`."""
    call_options("tokens.replace", options)
    return update_token(identity, cast("TokenUpdate", {**options, "token": token}))


def remove_token(identity: str, options: CallOptions) -> Operation[None]:
    """`DELETE /tokens/{id}`."""
    path = path_of("tokens", identity, what="token id")
    return delete(path, nothing, call_options("tokens.remove", options))


def who_am_i(options: CallOptions) -> Operation[WhoAmI]:
    """`GET /whoami`."""
    path = path_of("whoami", what="path")
    return get(path, decode.who_am_i, call_options("whoami", options))


def health(options: CallOptions) -> Operation[Health]:
    """`GET /health`, which needs no API key."""
    return get("/health", decode.health, call_options("health", options))


def _api_key(identity: str) -> str:
    return path_of("api-keys", identity, what="API key's id")


def _workspace(identity: str) -> str:
    return path_of("workspaces", identity, what="workspace's id")


def _given(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return what was given, None included: None clears what absence leaves alone."""
    body = {name: options[name] for name in names if name in options}
    if isinstance(body.get("expires_at"), datetime):
        body["expires_at"] = moment("expires_at", body["expires_at"])
    return body
