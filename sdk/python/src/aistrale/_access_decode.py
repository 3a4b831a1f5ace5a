"""From decoded JSON to access records. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._access_models import (
    ApiKey,
    AuditActor,
    AuditEntry,
    AuditTarget,
    Health,
    Token,
    WhoAmI,
    Workspace,
    WorkspaceName,
)
from ._fields import Fields, UnreadableError, is_list


def token(value: Any) -> Token:
    """Decode a provider token's listing."""
    of = Fields(value, "token")
    return Token(
        id=of.text("id"),
        provider=of.text("provider"),
        name=of.maybe_text("name"),
        last_four=of.maybe_text("last_four"),
        weight=of.whole("weight"),
        status=of.maybe_text("status"),
        set_aside_at=of.moment("set_aside_at"),
        set_aside_reason=of.maybe_text("set_aside_reason"),
        created_at=of.moment("created_at"),
        extra=of.extra(),
    )


def who_am_i(value: Any) -> WhoAmI:
    """Decode `GET /whoami`."""
    of = Fields(value, "whoami")
    return WhoAmI(
        workspace_id=of.text("workspace_id"),
        workspace_name=of.maybe_text("workspace_name"),
        api_key_id=of.maybe_text("api_key_id"),
        default_model=of.maybe_text("default_model"),
        role=of.maybe_text("role"),
        operator=of.flag("operator"),
        requests_per_minute=of.whole("requests_per_minute"),
        tokens_per_minute=of.whole("tokens_per_minute"),
        workspace=of.maybe("workspace", workspace_name),
        extra=of.extra(),
    )


def workspace_name(value: Any) -> WorkspaceName:
    """Decode a workspace's id and name."""
    of = Fields(value, "workspace")
    return WorkspaceName(id=of.text("id"), name=of.maybe_text("name"), extra=of.extra())


def health(value: Any) -> Health:
    """Decode `GET /health`."""
    of = Fields(value, "health")
    return Health(status=of.text("status"), version=of.maybe_text("version"), extra=of.extra())


def api_key(value: Any) -> ApiKey:
    """Decode an API key, with its secret when it was just made."""
    of = Fields(value, "api_key")
    return ApiKey(
        id=of.text("id"),
        name=of.maybe_text("name"),
        role=of.maybe_text("role"),
        allowed_models=of.maybe("allowed_models", _patterns),
        expires_at=of.moment("expires_at"),
        requests_per_minute=of.whole("requests_per_minute"),
        tokens_per_minute=of.whole("tokens_per_minute"),
        last_used_at=of.moment("last_used_at"),
        last_four=of.maybe_text("last_four"),
        created_at=of.moment("created_at"),
        revoked_at=of.moment("revoked_at"),
        key=of.maybe_text("key"),
        extra=of.extra(),
    )


def _patterns(value: Any) -> tuple[str, ...]:
    if not is_list(value) or not all(isinstance(item, str) for item in value):
        raise UnreadableError("api_key.allowed_models is not a list of strings")
    return tuple(value)


def workspace(value: Any) -> Workspace:
    """Decode a workspace."""
    of = Fields(value, "workspace")
    return Workspace(
        id=of.text("id"),
        name=of.maybe_text("name"),
        capture_content=of.flag("capture_content"),
        retention_days=of.whole("retention_days"),
        default_model=of.maybe_text("default_model"),
        created_at=of.moment("created_at"),
        extra=of.extra(),
    )


def audit_entry(value: Any) -> AuditEntry:
    """Decode one change of the audit log."""
    of = Fields(value, "entry")
    return AuditEntry(
        id=of.text("id"),
        action=of.text("action"),
        at=of.moment("at"),
        actor=of.maybe("actor", _actor),
        target=of.maybe("target", _target),
        detail=of.mapping("detail"),
        client=of.maybe_text("client"),
        extra=of.extra(),
    )


def _actor(value: Any) -> AuditActor:
    of = Fields(value, "actor")
    return AuditActor(
        api_key_id=of.maybe_text("api_key_id"), operator=of.flag("operator"), extra=of.extra()
    )


def _target(value: Any) -> AuditTarget:
    of = Fields(value, "target")
    return AuditTarget(type=of.maybe_text("type"), id=of.maybe_text("id"), extra=of.extra())
