"""Provider tokens, API keys, workspaces and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from . import _access_operations as operations
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from ._access_models import ApiKey, AuditEntry, Token, Workspace
    from ._access_operations import (
        ApiKeyCreate,
        ApiKeyUpdate,
        AuditLogOptions,
        TokenUpdate,
        WorkspaceCreate,
        WorkspaceUpdate,
    )
    from ._options import CallOptions
    from ._wire import AsyncPerform, ListOptions, Perform


class Tokens:
    """Provider tokens: stored encrypted by the server, never shown again.

    Any key may look, an admin's key changes them, else PermissionDeniedError. NotFoundError for an
    id that is not there, BadRequestError for a provider that the server does not know.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def add(
        self,
        provider: str,
        token: str,
        *,
        name: str | None = None,
        weight: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Token:
        """Store a provider's token. Several of one provider share its calls.

        provider: such as "openai"; `client.providers()` lists them.
        token: the provider's own key.
        name: tells them apart, up to 100 characters.
        weight: its share beside theirs, 1 to 100, else 1.
        """
        return self._perform(operations.add_token(provider, token, name, weight, options))

    def list(self, **options: Unpack[CallOptions]) -> list[Token]:
        """Return all tokens, of each its last four characters."""
        return [*Listing(self._perform, *operations.list_tokens(options))]

    def update(self, token_id: str, **changes: Unpack[TokenUpdate]) -> Token:
        """Change what is given of the token of this id (`tok_…`): its name, weight, or itself."""
        return self._perform(operations.update_token(token_id, changes))

    def replace(self, token_id: str, token: str, **options: Unpack[CallOptions]) -> Token:
        """Put another token in the place of the one of this id (`tok_…`)."""
        return self._perform(operations.replace_token(token_id, token, options))

    def remove(self, token_id: str, **options: Unpack[CallOptions]) -> None:
        """Remove a token. NotFoundError when there is none of this id."""
        self._perform(operations.remove_token(token_id, options))


class ApiKeys:
    """AISTRALE's own API keys, of the workspace. Only an admin's key handles them.

    PermissionDeniedError for others, NotFoundError for an id that is not there, ConflictError
    where the workspace would be left without an admin's key that does not end.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> Listing[ApiKey]:
        """Return the keys, newest first, revoked ones too, fetched page by page."""
        return Listing(self._perform, *operations.list_api_keys(options))

    def create(self, name: str, **chosen: Unpack[ApiKeyCreate]) -> ApiKey:
        """Make a key. Its secret is in `key`, this once; its role is "member" unless chosen."""
        return self._perform(operations.create_api_key(name, chosen))

    def get(self, key_id: str, **options: Unpack[CallOptions]) -> ApiKey:
        """Return a key (`key_…`), without its secret."""
        return self._perform(operations.get_api_key(key_id, options))

    def update(self, key_id: str, **changes: Unpack[ApiKeyUpdate]) -> ApiKey:
        """Change what is given of a key; None takes a limit away."""
        return self._perform(operations.update_api_key(key_id, changes))

    def revoke(self, key_id: str, **options: Unpack[CallOptions]) -> None:
        """Revoke a key: it opens nothing any more. The list goes on showing it."""
        self._perform(operations.revoke_api_key(key_id, options))


class Workspaces:
    """Workspaces. The operator handles all of them, an admin the one of the key.

    PermissionDeniedError for others, NotFoundError for an id that is not there.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> Listing[Workspace]:
        """Return the workspaces that the key may see, fetched page by page."""
        return Listing(self._perform, *operations.list_workspaces(options))

    def create(self, name: str, **chosen: Unpack[WorkspaceCreate]) -> Workspace:
        """Make a workspace. Only the operator may."""
        return self._perform(operations.create_workspace(name, chosen))

    def get(self, workspace_id: str, **options: Unpack[CallOptions]) -> Workspace:
        """Return a workspace (`ws_…`)."""
        return self._perform(operations.get_workspace(workspace_id, options))

    def update(self, workspace_id: str, **changes: Unpack[WorkspaceUpdate]) -> Workspace:
        """Change what is given of a workspace; None takes a value away."""
        return self._perform(operations.update_workspace(workspace_id, changes))

    def delete(self, workspace_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a workspace and all that is in it. ConflictError for the default one."""
        self._perform(operations.delete_workspace(workspace_id, options))


class AuditLog:
    """Who changed keys, workspaces, tokens, budgets, aliases, labels; deleted; exported.

    For an admin's key; else PermissionDeniedError.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[AuditLogOptions]) -> Listing[AuditEntry]:
        """Return the entries, newest first, fetched page by page while they are iterated."""
        return Listing(self._perform, *operations.list_audit_log(options))


class AsyncTokens:
    """Provider tokens: stored encrypted by the server, never shown again.

    Any key may look, an admin's key changes them, else PermissionDeniedError. NotFoundError for an
    id that is not there, BadRequestError for a provider that the server does not know.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    async def add(
        self,
        provider: str,
        token: str,
        *,
        name: str | None = None,
        weight: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Token:
        """Store a provider's token. Several of one provider share its calls.

        provider: such as "openai"; `client.providers()` lists them.
        token: the provider's own key.
        name: tells them apart, up to 100 characters.
        weight: its share beside theirs, 1 to 100, else 1.
        """
        return await self._perform(operations.add_token(provider, token, name, weight, options))

    async def list(self, **options: Unpack[CallOptions]) -> list[Token]:
        """Return all tokens, of each its last four characters."""
        return [
            item async for item in AsyncListing(self._perform, *operations.list_tokens(options))
        ]

    async def update(self, token_id: str, **changes: Unpack[TokenUpdate]) -> Token:
        """Change what is given of the token of this id (`tok_…`): its name, weight, or itself."""
        return await self._perform(operations.update_token(token_id, changes))

    async def replace(self, token_id: str, token: str, **options: Unpack[CallOptions]) -> Token:
        """Put another token in the place of the one of this id (`tok_…`)."""
        return await self._perform(operations.replace_token(token_id, token, options))

    async def remove(self, token_id: str, **options: Unpack[CallOptions]) -> None:
        """Remove a token. NotFoundError when there is none of this id."""
        await self._perform(operations.remove_token(token_id, options))


class AsyncApiKeys:
    """AISTRALE's own API keys, of the workspace. Only an admin's key handles them.

    PermissionDeniedError for others, NotFoundError for an id that is not there, ConflictError
    where the workspace would be left without an admin's key that does not end.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> AsyncListing[ApiKey]:
        """Return the keys, newest first, revoked ones too, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_api_keys(options))

    async def create(self, name: str, **chosen: Unpack[ApiKeyCreate]) -> ApiKey:
        """Make a key. Its secret is in `key`, this once; its role is "member" unless chosen."""
        return await self._perform(operations.create_api_key(name, chosen))

    async def get(self, key_id: str, **options: Unpack[CallOptions]) -> ApiKey:
        """Return a key (`key_…`), without its secret."""
        return await self._perform(operations.get_api_key(key_id, options))

    async def update(self, key_id: str, **changes: Unpack[ApiKeyUpdate]) -> ApiKey:
        """Change what is given of a key; None takes a limit away."""
        return await self._perform(operations.update_api_key(key_id, changes))

    async def revoke(self, key_id: str, **options: Unpack[CallOptions]) -> None:
        """Revoke a key: it opens nothing any more. The list goes on showing it."""
        await self._perform(operations.revoke_api_key(key_id, options))


class AsyncWorkspaces:
    """Workspaces. The operator handles all of them, an admin the one of the key.

    PermissionDeniedError for others, NotFoundError for an id that is not there.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> AsyncListing[Workspace]:
        """Return the workspaces that the key may see, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_workspaces(options))

    async def create(self, name: str, **chosen: Unpack[WorkspaceCreate]) -> Workspace:
        """Make a workspace. Only the operator may."""
        return await self._perform(operations.create_workspace(name, chosen))

    async def get(self, workspace_id: str, **options: Unpack[CallOptions]) -> Workspace:
        """Return a workspace (`ws_…`)."""
        return await self._perform(operations.get_workspace(workspace_id, options))

    async def update(self, workspace_id: str, **changes: Unpack[WorkspaceUpdate]) -> Workspace:
        """Change what is given of a workspace; None takes a value away."""
        return await self._perform(operations.update_workspace(workspace_id, changes))

    async def delete(self, workspace_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a workspace and all that is in it. ConflictError for the default one."""
        await self._perform(operations.delete_workspace(workspace_id, options))


class AsyncAuditLog:
    """Who changed keys, workspaces, tokens, budgets, aliases, labels; deleted; exported.

    For an admin's key; else PermissionDeniedError.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[AuditLogOptions]) -> AsyncListing[AuditEntry]:
        """Return the entries, newest first, fetched page by page while they are iterated."""
        return AsyncListing(self._perform, *operations.list_audit_log(options))
