"""From decoded JSON to budgets. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._budget_models import Budget, BudgetCrossing, BudgetScope, BudgetState
from ._fields import Fields


def budget(value: Any) -> Budget:
    """Decode a budget with its present period."""
    of = Fields(value, "budget")
    return Budget(
        id=of.text("id"),
        name=of.text("name"),
        scope=scope(of.take("scope")),
        period=of.text("period"),
        limit_usd=of.amount("limit_usd"),
        thresholds=of.numbers("thresholds"),
        action=of.text("action"),
        current=_state(of.take("current")),
        created_at=of.moment("created_at"),
        updated_at=of.moment("updated_at"),
        extra=of.extra(),
    )


def scope(value: Any) -> BudgetScope:
    """Decode whose inferences count."""
    of = Fields(value, "budget.scope")
    return BudgetScope(
        type=of.text("type"),
        api_key_id=of.maybe_text("api_key_id"),
        provider=of.maybe_text("provider"),
        model=of.maybe_text("model"),
        key=of.maybe_text("key"),
        value=of.maybe_text("value"),
        extra=of.extra(),
    )


def _state(value: Any) -> BudgetState:
    of = Fields(value, "budget.current")
    return BudgetState(
        period_start=of.moment("period_start"),
        period_end=of.moment("period_end"),
        spent_usd=of.amount("spent_usd"),
        reserved_usd=of.amount("reserved_usd"),
        remaining_usd=of.amount("remaining_usd"),
        unpriced_inferences=of.number("unpriced_inferences"),
        crossings=of.several("crossings", _crossing),
        extra=of.extra(),
    )


def _crossing(value: Any) -> BudgetCrossing:
    of = Fields(value, "budget.current.crossings")
    return BudgetCrossing(
        threshold_percent=of.number("threshold_percent"),
        crossed_at=of.moment("crossed_at"),
        spent_usd=of.money("spent_usd"),
        extra=of.extra(),
    )
