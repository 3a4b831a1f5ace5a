/**
 * What may be spent, which model answers, and what it costs: `budgets`, `aliases`, `models`, `providers`.
 *
 * @module money
 */
export type {
  Budgets, Budget, BudgetState, BudgetCrossing, BudgetScope, BudgetPeriod, BudgetCreate,
  BudgetUpdate, BudgetSettings, Aliases, Alias, Models, CatalogueModel, ModelQuery, Providers,
  Provider, ProviderHealth, ProviderCircuit, ProviderLastFailure, ProviderTokens,
} from "../src/index.js";
