"""Calls of budgets, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from . import _budget_decode as decode
from ._budget_models import BudgetScope
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
    path_of,
    post,
)

if TYPE_CHECKING:
    from ._budget_models import Budget

BudgetScopeLike: TypeAlias = BudgetScope | Mapping[str, Any]
"""A scope: a `BudgetScope`, or a dict such as `{"type": "workspace"}`."""

Dollars: TypeAlias = Decimal | float
"""US dollars: a `Decimal` for exactness beyond what a float has, or any number."""


class BudgetSettings(TypedDict, total=False):
    """What can be set of a budget. What is not given stays as it is.

    thresholds: at how many percent of the limit a crossing is noted; 1 to 10 different integers
        from 1 to 1000; 50, 80 and 100 unless given.
    action: "alert" notes crossings, and is the one unless given; "block" also refuses what would go
        beyond the limit, with a `BudgetExceededError`.
    """

    thresholds: Sequence[int]
    action: str


class BudgetCreate(BudgetSettings, CallOptions, total=False):
    """Options of `budgets.create`: settings."""


class BudgetUpdate(BudgetSettings, CallOptions, total=False):
    """Options of `budgets.update`: settings, and these. Scope and period cannot be changed.

    name: what it is called.
    limit_usd: US dollars in a period, above 0, with at most 9 decimals.
    """

    name: str
    limit_usd: Dollars


_SETTINGS = ("thresholds", "action")


def list_budgets(options: ListOptions) -> Pages[Budget]:
    """`GET /budgets`."""
    return listed(path_of("budgets", what="path"), decode.budget, "budgets.list", options)


def create_budget(
    name: str, scope: BudgetScopeLike, period: str, limit: Dollars, options: BudgetCreate
) -> Operation[Budget]:
    """`POST /budgets`."""
    refuse_unknown("budgets.create", options, (*_SETTINGS, *CALL_FIELDS))
    body = {
        "name": name,
        "scope": scope.to_dict() if isinstance(scope, BudgetScope) else scope,
        "period": period,
        "limit_usd": limit,
        **_given(options, _SETTINGS),
    }
    return post(path_of("budgets", what="path"), body, decode.budget, options)


def get_budget(identity: str, options: CallOptions) -> Operation[Budget]:
    """`GET /budgets/{id}`."""
    return get(_budget(identity), decode.budget, call_options("budgets.get", options))


def update_budget(identity: str, options: BudgetUpdate) -> Operation[Budget]:
    """`POST /budgets/{id}`."""
    refuse_unknown("budgets.update", options, ("name", "limit_usd", *_SETTINGS, *CALL_FIELDS))
    body = _given(options, ("name", "limit_usd", *_SETTINGS))
    return post(_budget(identity), body, decode.budget, options, repeatable=True)


def delete_budget(identity: str, options: CallOptions) -> Operation[None]:
    """`DELETE /budgets/{id}`."""
    return delete(_budget(identity), nothing, call_options("budgets.delete", options))


def _budget(identity: str) -> str:
    return path_of("budgets", identity, what="budget's id")


def _given(options: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if name in options}
