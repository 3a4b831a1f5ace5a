"""Aliases and the catalogue of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from . import _routing_operations as operations
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._options import CallOptions
    from ._routing_models import Alias, CatalogueModel
    from ._routing_operations import ModelListOptions
    from ._wire import AsyncPerform, Perform


class Aliases:
    """Names of your own for models. An admin's key changes them, any key may look.

    PermissionDeniedError for others, BadRequestError for a name or a model that cannot be.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[CallOptions]) -> list[Alias]:
        """Return all aliases, by name."""
        return [*Listing(self._perform, *operations.list_aliases(options))]

    def get(self, name: str, **options: Unpack[CallOptions]) -> Alias:
        """Return an alias. NotFoundError when there is none of this name."""
        return self._perform(operations.get_alias(name, options))

    def set(
        self,
        name: str,
        model: str,
        *,
        fallbacks: Sequence[str] = (),
        **options: Unpack[CallOptions],
    ) -> Alias:
        """Have a name stand for a model from now on, whether it is new or stood for another.

        name: 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or a digit.
        model: "PROVIDER/MODEL".
        fallbacks: whom to ask, in this order, when the model cannot answer; at most 5.
        """
        return self._perform(operations.set_alias(name, model, fallbacks, options))

    def delete(self, name: str, **options: Unpack[CallOptions]) -> None:
        """Have a name stand for nothing. NotFoundError when there is none of this name."""
        self._perform(operations.delete_alias(name, options))


class Models:
    """The models whose prices or limits are known. Others can be run too."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ModelListOptions]) -> Listing[CatalogueModel]:
        """Return the models, by provider, fetched page by page."""
        return Listing(self._perform, *operations.list_models(options))


class AsyncAliases:
    """Names of your own for models. An admin's key changes them, any key may look.

    PermissionDeniedError for others, BadRequestError for a name or a model that cannot be.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    async def list(self, **options: Unpack[CallOptions]) -> list[Alias]:
        """Return all aliases, by name."""
        found = AsyncListing(self._perform, *operations.list_aliases(options))
        return [alias async for alias in found]

    async def get(self, name: str, **options: Unpack[CallOptions]) -> Alias:
        """Return an alias. NotFoundError when there is none of this name."""
        return await self._perform(operations.get_alias(name, options))

    async def set(
        self,
        name: str,
        model: str,
        *,
        fallbacks: Sequence[str] = (),
        **options: Unpack[CallOptions],
    ) -> Alias:
        """Have a name stand for a model from now on, whether it is new or stood for another.

        name: 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or a digit.
        model: "PROVIDER/MODEL".
        fallbacks: whom to ask, in this order, when the model cannot answer; at most 5.
        """
        return await self._perform(operations.set_alias(name, model, fallbacks, options))

    async def delete(self, name: str, **options: Unpack[CallOptions]) -> None:
        """Have a name stand for nothing. NotFoundError when there is none of this name."""
        await self._perform(operations.delete_alias(name, options))


class AsyncModels:
    """The models whose prices or limits are known. Others can be run too."""

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ModelListOptions]) -> AsyncListing[CatalogueModel]:
        """Return the models, by provider, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_models(options))
