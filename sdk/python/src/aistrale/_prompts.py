"""Prompts kept on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from . import _prompt_operations as operations
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._models import PromptUse
    from ._options import CallOptions
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

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[PromptListOptions]) -> Listing[Prompt]:
        """Return the prompts by name, fetched page by page while they are iterated."""
        return Listing(self._perform, *operations.list_prompts(options))

    def get(self, name: str, **options: Unpack[CallOptions]) -> Prompt:
        """Return a prompt. NotFoundError when there is none of this name."""
        return self._perform(operations.get_prompt(name, options))

    def create(self, name: str, **content: Unpack[PromptCreate]) -> Prompt:
        """Make a prompt with its first version. ConflictError when the name is taken."""
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
        self._perform(operations.delete_prompt(name, if_match, options))

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
        return self._perform(operations.import_dotprompt(name, source, if_match, options))


class AsyncPrompts:
    """Prompts: a name, versions that never change, and labels that move from one to another.

    `prompt` is text such as "greeting", "greeting@production" (a label) or "greeting@3" (a
    version), or a `PromptRef`; without either it is the label `production` if there is one, else
    the latest version. `if_match` is the `revision` that a change starts from: when the prompt has
    changed since, nothing is done and `ConflictError` raised. Every method takes `CallOptions`.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[PromptListOptions]) -> AsyncListing[Prompt]:
        """Return the prompts by name, fetched page by page while they are iterated."""
        return AsyncListing(self._perform, *operations.list_prompts(options))

    async def get(self, name: str, **options: Unpack[CallOptions]) -> Prompt:
        """Return a prompt. NotFoundError when there is none of this name."""
        return await self._perform(operations.get_prompt(name, options))

    async def create(self, name: str, **content: Unpack[PromptCreate]) -> Prompt:
        """Make a prompt with its first version. ConflictError when the name is taken."""
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
        await self._perform(operations.delete_prompt(name, if_match, options))

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
        return await self._perform(operations.set_label(name, label, version, if_match, options))

    async def remove_label(
        self,
        name: str,
        label: str,
        *,
        if_match: int | str | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Remove a label. NotFoundError when the prompt does not have it."""
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
        return await self._perform(operations.import_dotprompt(name, source, if_match, options))
