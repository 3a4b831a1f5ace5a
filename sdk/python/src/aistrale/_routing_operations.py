"""Calls about who can be asked, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import _routing_decode as decode
from ._options import CALL_FIELDS, CallOptions, refuse_unknown
from ._wire import (
    ListOptions,
    Operation,
    Pages,
    call_options,
    delete,
    get,
    listed,
    nothing,
    pages,
    path_of,
    post,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._routing_models import Alias, CatalogueModel, ProviderInfo


class ModelListOptions(ListOptions, total=False):
    """Options of `models.list`: those of a list, and these.

    provider: only the models of this one.
    """

    provider: str | None


def list_providers(options: CallOptions) -> Pages[ProviderInfo]:
    """`GET /providers`."""
    path = path_of("providers", what="path")
    call_options("providers", options)
    return listed(path, decode.provider, "providers", cast("ListOptions", options))


def get_provider(name: str, options: CallOptions) -> Operation[ProviderInfo]:
    """`GET /providers/{name}`."""
    path = path_of("providers", name, what="provider's name")
    return get(path, decode.provider, call_options("provider", options))


def list_models(options: ModelListOptions) -> Pages[CatalogueModel]:
    """`GET /models`."""
    refuse_unknown("models.list", options, ("provider", "limit", "cursor", *CALL_FIELDS))
    query = {"provider": options.get("provider")}
    return pages(path_of("models", what="path"), decode.model, options, query)


def list_aliases(options: CallOptions) -> Pages[Alias]:
    """`GET /aliases`."""
    path = path_of("aliases", what="path")
    call_options("aliases.list", options)
    return listed(path, decode.alias, "aliases.list", cast("ListOptions", options))


def get_alias(name: str, options: CallOptions) -> Operation[Alias]:
    """`GET /aliases/{name}`."""
    return get(_alias(name), decode.alias, call_options("aliases.get", options))


def set_alias(
    name: str, model: str, fallbacks: Sequence[str], options: CallOptions
) -> Operation[Alias]:
    """`PUT /aliases/{name}`."""
    call_options("aliases.set", options)
    body = {"model": model, "fallbacks": [*fallbacks]}
    return post(_alias(name), body, decode.alias, options, method="PUT", repeatable=True)


def delete_alias(name: str, options: CallOptions) -> Operation[None]:
    """`DELETE /aliases/{name}`."""
    return delete(_alias(name), nothing, call_options("aliases.delete", options))


def _alias(name: str) -> str:
    return path_of("aliases", name, what="alias's name")
