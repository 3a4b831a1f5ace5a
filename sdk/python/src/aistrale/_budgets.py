"""Budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from . import _budget_operations as operations
from ._paging import AsyncListing, Listing

if TYPE_CHECKING:
    from ._budget_models import Budget
    from ._budget_operations import BudgetCreate, BudgetScopeLike, BudgetUpdate, Dollars
    from ._options import CallOptions
    from ._wire import AsyncPerform, ListOptions, Perform


class Budgets:
    """What may be spent, and what was. An admin's key changes them, any key may look.

    PermissionDeniedError for others, NotFoundError for an id that is not there, ConflictError for
    more than 100 of them in a workspace.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> Listing[Budget]:
        """Return the budgets, newest first, fetched page by page."""
        return Listing(self._perform, *operations.list_budgets(options))

    def create(
        self,
        name: str,
        *,
        scope: BudgetScopeLike,
        period: str,
        limit_usd: Dollars,
        **chosen: Unpack[BudgetCreate],
    ) -> Budget:
        """Make a budget of the inferences that begin from now on.

        name: what it is called, 1 to 100 characters.
        scope: whose count: a `BudgetScope`, or a dict such as `{"type": "workspace"}`.
        period: "hour", "day", "week" (from Monday), "month", all of UTC, or "total".
        limit_usd: US dollars in a period, above 0, with at most 9 decimals.
        """
        operation = operations.create_budget(name, scope, period, limit_usd, chosen)
        return self._perform(operation)

    def get(self, budget_id: str, **options: Unpack[CallOptions]) -> Budget:
        """Return a budget (`bud_…`) as it stands now."""
        return self._perform(operations.get_budget(budget_id, options))

    def update(self, budget_id: str, **changes: Unpack[BudgetUpdate]) -> Budget:
        """Change what is given of a budget.

        A lower limit may cross thresholds at once; a higher one takes the crossings of the period
        back that are no longer reached.
        """
        return self._perform(operations.update_budget(budget_id, changes))

    def delete(self, budget_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a budget. NotFoundError when there is none of this id."""
        self._perform(operations.delete_budget(budget_id, options))


class AsyncBudgets:
    """What may be spent, and what was. An admin's key changes them, any key may look.

    PermissionDeniedError for others, NotFoundError for an id that is not there, ConflictError for
    more than 100 of them in a workspace.
    """

    def __init__(self, perform: AsyncPerform) -> None:
        self._perform = perform

    def list(self, **options: Unpack[ListOptions]) -> AsyncListing[Budget]:
        """Return the budgets, newest first, fetched page by page."""
        return AsyncListing(self._perform, *operations.list_budgets(options))

    async def create(
        self,
        name: str,
        *,
        scope: BudgetScopeLike,
        period: str,
        limit_usd: Dollars,
        **chosen: Unpack[BudgetCreate],
    ) -> Budget:
        """Make a budget of the inferences that begin from now on.

        name: what it is called, 1 to 100 characters.
        scope: whose count: a `BudgetScope`, or a dict such as `{"type": "workspace"}`.
        period: "hour", "day", "week" (from Monday), "month", all of UTC, or "total".
        limit_usd: US dollars in a period, above 0, with at most 9 decimals.
        """
        operation = operations.create_budget(name, scope, period, limit_usd, chosen)
        return await self._perform(operation)

    async def get(self, budget_id: str, **options: Unpack[CallOptions]) -> Budget:
        """Return a budget (`bud_…`) as it stands now."""
        return await self._perform(operations.get_budget(budget_id, options))

    async def update(self, budget_id: str, **changes: Unpack[BudgetUpdate]) -> Budget:
        """Change what is given of a budget.

        A lower limit may cross thresholds at once; a higher one takes the crossings of the period
        back that are no longer reached.
        """
        return await self._perform(operations.update_budget(budget_id, changes))

    async def delete(self, budget_id: str, **options: Unpack[CallOptions]) -> None:
        """Delete a budget. NotFoundError when there is none of this id."""
        await self._perform(operations.delete_budget(budget_id, options))
