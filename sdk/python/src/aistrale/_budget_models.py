"""Budgets as frozen records; open as those of `_models`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._models import Extra, none_extra

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetScope:
    """Whose inferences count. Only what its `type` needs is there; the rest is None.

    `type` is "workspace", "api_key" (with `api_key_id`), "provider" (with `provider`), "model"
    (with `model`, "openai/gpt-4o" or with `provider` beside it) or "metadata" (with `key` and
    `value`, as `metadata=` of the inferences has them).
    """

    type: str
    api_key_id: str | None = None
    provider: str | None = None
    model: str | None = None
    key: str | None = None
    value: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as `budgets.create` takes it."""
        names = ("type", "api_key_id", "provider", "model", "key", "value")
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCrossing:
    """A threshold that was crossed; `spent_usd` is after the inference that crossed it."""

    threshold_percent: int
    crossed_at: datetime | None = None
    spent_usd: Decimal | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """Where a budget stands in its present period; `period_end` is None when it never ends.

    `reserved_usd` is what running inferences have put aside, `remaining_usd` what the limit leaves
    after both. `unpriced_inferences` have no known cost, and count for nothing in them.
    """

    period_start: datetime | None
    period_end: datetime | None
    spent_usd: Decimal
    reserved_usd: Decimal
    remaining_usd: Decimal
    unpriced_inferences: int = 0
    crossings: tuple[BudgetCrossing, ...] = ()
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent in a period, and what was.

    `period` is "hour", "day", "week" (from Monday), "month", all of UTC, or "total". `thresholds`
    are in percent of the limit, the lowest first. `action` is "alert" (a crossing is noted) or
    "block" (what would go beyond the limit is refused).
    """

    id: str
    name: str
    scope: BudgetScope
    period: str
    limit_usd: Decimal
    thresholds: tuple[int, ...]
    action: str
    current: BudgetState
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)
