package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.sql.Database;

/** Counts records. Thread-safe. */
final class Summaries {
    private static final int PAGE = 10_000;

    private final Database database;
    private final SqlSummaryStore store = new SqlSummaryStore();

    Summaries(Database database) {
        this.database = database;
    }

    SummaryTable.Lines of(String workspaceId, SummaryQuery query) {
        var table = new SummaryTable(query);
        String after = null;
        while (true) {
            var from = after;
            var page = database.read(
                    tx -> store.page(tx, workspaceId, query.filter(), query.by(), from, PAGE, table::add));
            if (!page.more()) {
                return table.lines();
            }
            after = page.last();
        }
    }
}
