package com.aistrale.server.budgets;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class SqliteBudgetStoreTest extends BudgetStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    void countWrites() throws SQLException {
        for (var how : new String[] {"INSERT", "UPDATE"}) {
            file.execute("CREATE TRIGGER watch_" + how + " AFTER " + how + " ON budget_period"
                    + " BEGIN INSERT INTO seen VALUES (new.budget_id); END");
        }
    }
}
