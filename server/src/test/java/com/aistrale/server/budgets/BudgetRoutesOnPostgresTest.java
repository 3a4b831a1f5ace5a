package com.aistrale.server.budgets;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class BudgetRoutesOnPostgresTest extends BudgetRoutesTest {}
