"""Prompts kept on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from . import _prompt_operations as operations
from ._paging import AsyncListing, Listing
from ._prompt_load import Shelf, drive, drive_async, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._models import PromptUse
    from ._options import CallOptions
    from ._prompt_load import AsyncPerformWithin, PerformWithin
    from ._prompt_models import Prompt, PromptDiff, PromptVersion, RenderedPrompt
    from ._prompt_operations import PromptCreate, PromptListOptions, PromptVersionCreate
    from ._prompt_ref import PromptRef
    from ._wire import AsyncPerform, ListOptions, Perform


class Prompts:
    """Prompts: a name, versions that never change, and labels that move from one to another.

    `prompt` is text such as "greeting", "greeting@production" (a label) or "greeting@3" (a
    version), or a `PromptRef`; without either it is the label `production` if there is one, else
    the latest version. `if_match` is the `revision` that a change starts from: when the prompt has
    changed since, nothing is done and `ConflictError` raised. Every method takes `CallOptions`.
    """

    def __init__(self, perform: Perform, shelf: Callable[[], Shelf[PerformWithin]]) -> None:
        self._perform = perform
        self._shelf = shelf

    def list(self, **options: Unpack[PromptListOptions]) -> Listing[Prompt]:
        """Return the prompts by name, fetched page by page while they are iterated."""
        return Listing(self._perform, *operations.list_prompts(options))

    def get(self, name: str, **options: Unpack[CallOptions]) -> Prompt:
        """Return a prompt. NotFoundError when there is none of this name."""
        return self._perform(operations.get_prompt(name, options))

    def create(self, name: str, **content: Unpack[PromptCreate]) -> Prompt:
        """Make a prompt with its first version. ConflictError when the name is taken."""
        with self._shelf().cache.changing(name):
            return self._perform(operations.create_prompt(name, content))

    def update(
        self,
        name: str,
        *,
        description: str | None,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Prompt:
        """Change a prompt's description; None takes it away."""
        return self._perform(operations.update_prompt(name, description, if_match, options))

    def delete(
        self, name: str, *, if_match: int | str | None = None, **options: Unpack[CallOptions]
    ) -> None:
        """Delete a prompt. Telemetry goes on naming its versions."""
        with self._shelf().cache.changing(name, gone=True):
            self._perform(operations.delete_prompt(name, if_match, options))

    def load(
        self,
        prompt: str | PromptRef | PromptUse,
        *,
        max_age: float = 60.0,
        fallback: str | PromptVersion | None = None,
        **options: Unpack[CallOptions],
    ) -> PromptVersion:
        """Return a version to be rendered here, with `render()`; kept, so that few calls are made.

        max_age: seconds, from 0, for which the one that came last is used without asking. After
            that the server is asked, for two seconds at most: so a label that was moved is seen.
        fallback: a template, or a version that you made, for when none ever came; the version's
            number is 0 when it is a template.

        While the server is away or overloaded, the last good version is used, with one warning in
        the log "aistrale", and the server is asked again five seconds later. What it says of the
        prompt or the key is raised, whatever there is: NotFoundError, AuthenticationError,
        PermissionDeniedError. When no version ever came, and there is no fallback, so is
        APIConnectionError or what else went wrong. Changes made by this client are seen at once.
        Safe from any thread: many that wait for the same prompt make one request.
        """
        shelf = self._shelf()
        return drive(load(shelf, prompt, max_age, fallback, options), shelf.perform)

    def versions(self, name: str, **options: Unpack[ListOptions]) -> Listing[PromptVersion]:
        """Return a prompt's versions, newest first, fetched page by page while iterated."""
        return Listing(self._perform, *operations.list_versions(name, options))

    def get_version(
        self, name: str, version: int | str, **options: Unpack[CallOptions]
    ) -> PromptVersion:
        """Return one version: its number, counted from 1, or a label that is at it."""
        return self._perform(operations.get_version(name, version, options))

    def create_version(
        self,
        name: str,
        *,
        if_match: int | str | None = None,
        **content: Unpack[PromptVersionCreate],
    ) -> PromptVersion:
        """Make a version. It becomes the latest; labels stay where they are."""
        with self._shelf().cache.changing(name):
            return self._perform(operations.create_version(name, if_match, content))

    def set_label(
        self,
        name: str,
        label: str,
        version: int,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Prompt:
        """Put a label at a version, or move it there. "latest" moves by itself alone."""
        with self._shelf().cache.changing(name):
            return self._perform(operations.set_label(name, label, version, if_match, options))

    def remove_label(
        self,
        name: str,
        label: str,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Remove a label. NotFoundError when the prompt does not have it."""
        with self._shelf().cache.changing(name, gone=True):
            self._perform(operations.remove_label(name, label, if_match, options))

    def render(
        self,
        prompt: str | PromptRef | PromptUse,
        variables: Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> RenderedPrompt:
        """Return what a model would be sent. No model is asked.

        BadRequestError names a variable that is missing, unknown or of the wrong type.
        """
        return self._perform(operations.render(prompt, variables, options))

    def diff(
        self, name: str, before: int | str, after: int | str, **options: Unpack[CallOptions]
    ) -> PromptDiff:
        """Return what differs between two versions, each named by its number or a label."""
        return self._perform(operations.diff(name, before, after, options))

    def export_dotprompt(
        self, prompt: str | PromptRef | PromptUse, **options: Unpack[CallOptions]
    ) -> str:
        """Return a version as the content of a Dotprompt file (`.prompt`)."""
        return self._perform(operations.export_dotprompt(prompt, options))

    def import_dotprompt(
        self,
        name: str,
        source: str,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> PromptVersion:
        """Make the prompt, or a version of it, of the content of a Dotprompt file.

        Content that the latest version already has makes none: that version is returned.
        """
        with self._shelf().cache.changing(name):
            return self._perform(operations.import_dotprompt(name, source, if_match, options))


class AsyncPrompts:
    """Prompts: a name, versions that never change, and labels that move from one to another.

    `prompt` is text such as "greeting", "greeting@production" (a label) or "greeting@3" (a
    version), or a `PromptRef`; without either it is the label `production` if there is one, else
    the latest version. `if_match` is the `revision` that a change starts from: when the prompt has
    changed since, nothing is done and `ConflictError` raised. Every method takes `CallOptions`.
    """

    def __init__(
        self, perform: AsyncPerform, shelf: Callable[[], Shelf[AsyncPerformWithin]]
    ) -> None:
        self._perform = perform
        self._shelf = shelf

    def list(self, **options: Unpack[PromptListOptions]) -> AsyncListing[Prompt]:
        """Return the prompts by name, fetched page by page while they are iterated."""
        return AsyncListing(self._perform, *operations.list_prompts(options))

    async def get(self, name: str, **options: Unpack[CallOptions]) -> Prompt:
        """Return a prompt. NotFoundError when there is none of this name."""
        return await self._perform(operations.get_prompt(name, options))

    async def create(self, name: str, **content: Unpack[PromptCreate]) -> Prompt:
        """Make a prompt with its first version. ConflictError when the name is taken."""
        with self._shelf().cache.changing(name):
            return await self._perform(operations.create_prompt(name, content))

    async def update(
        self,
        name: str,
        *,
        description: str | None,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Prompt:
        """Change a prompt's description; None takes it away."""
        return await self._perform(operations.update_prompt(name, description, if_match, options))

    async def delete(
        self, name: str, *, if_match: int | str | None = None, **options: Unpack[CallOptions]
    ) -> None:
        """Delete a prompt. Telemetry goes on naming its versions."""
        with self._shelf().cache.changing(name, gone=True):
            await self._perform(operations.delete_prompt(name, if_match, options))

    async def load(
        self,
        prompt: str | PromptRef | PromptUse,
        *,
        max_age: float = 60.0,
        fallback: str | PromptVersion | None = None,
        **options: Unpack[CallOptions],
    ) -> PromptVersion:
        """Return a version to be rendered here, with `render()`; kept, so that few calls are made.

        max_age: seconds, from 0, for which the one that came last is used without asking. After
            that the server is asked, for two seconds at most: so a label that was moved is seen.
        fallback: a template, or a version that you made, for when none ever came; the version's
            number is 0 when it is a template.

        While the server is away or overloaded, the last good version is used, with one warning in
        the log "aistrale", and the server is asked again five seconds later. What it says of the
        prompt or the key is raised, whatever there is: NotFoundError, AuthenticationError,
        PermissionDeniedError. When no version ever came, and there is no fallback, so is
        APIConnectionError or what else went wrong. Changes made by this client are seen at once.
        Safe from any thread: many that wait for the same prompt make one request.
        """
        shelf = self._shelf()
        return await drive_async(load(shelf, prompt, max_age, fallback, options), shelf.perform)

    def versions(self, name: str, **options: Unpack[ListOptions]) -> AsyncListing[PromptVersion]:
        """Return a prompt's versions, newest first, fetched page by page while iterated."""
        return AsyncListing(self._perform, *operations.list_versions(name, options))

    async def get_version(
        self, name: str, version: int | str, **options: Unpack[CallOptions]
    ) -> PromptVersion:
        """Return one version: its number, counted from 1, or a label that is at it."""
        return await self._perform(operations.get_version(name, version, options))

    async def create_version(
        self,
        name: str,
        *,
        if_match: int | str | None = None,
        **content: Unpack[PromptVersionCreate],
    ) -> PromptVersion:
        """Make a version. It becomes the latest; labels stay where they are."""
        with self._shelf().cache.changing(name):
            return await self._perform(operations.create_version(name, if_match, content))

    async def set_label(
        self,
        name: str,
        label: str,
        version: int,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> Prompt:
        """Put a label at a version, or move it there. "latest" moves by itself alone."""
        with self._shelf().cache.changing(name):
            return await self._perform(
                operations.set_label(name, label, version, if_match, options)
            )

    async def remove_label(
        self,
        name: str,
        label: str,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Remove a label. NotFoundError when the prompt does not have it."""
        with self._shelf().cache.changing(name, gone=True):
            await self._perform(operations.remove_label(name, label, if_match, options))

    async def render(
        self,
        prompt: str | PromptRef | PromptUse,
        variables: Mapping[str, Any] | None = None,
        **options: Unpack[CallOptions],
    ) -> RenderedPrompt:
        """Return what a model would be sent. No model is asked.

        BadRequestError names a variable that is missing, unknown or of the wrong type.
        """
        return await self._perform(operations.render(prompt, variables, options))

    async def diff(
        self, name: str, before: int | str, after: int | str, **options: Unpack[CallOptions]
    ) -> PromptDiff:
        """Return what differs between two versions, each named by its number or a label."""
        return await self._perform(operations.diff(name, before, after, options))

    async def export_dotprompt(
        self, prompt: str | PromptRef | PromptUse, **options: Unpack[CallOptions]
    ) -> str:
        """Return a version as the content of a Dotprompt file (`.prompt`)."""
        return await self._perform(operations.export_dotprompt(prompt, options))

    async def import_dotprompt(
        self,
        name: str,
        source: str,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> PromptVersion:
        """Make the prompt, or a version of it, of the content of a Dotprompt file.

        Content that the latest version already has makes none: that version is returned.
        """
        with self._shelf().cache.changing(name):
            return await self._perform(operations.import_dotprompt(name, source, if_match, options))
