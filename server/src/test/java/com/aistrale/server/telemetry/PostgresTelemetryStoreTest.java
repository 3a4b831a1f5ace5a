package com.aistrale.server.telemetry;

import static com.aistrale.server.telemetry.Records.TIME;
import static com.aistrale.server.telemetry.Records.WORKSPACE;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresTelemetryStoreTest extends TelemetryStoreContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    void watchInserts(OtherConnection other) throws SQLException {
        other.execute("CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN INSERT INTO seen VALUES (new.id, new.status); RETURN NULL; END $$");
        other.execute("CREATE TRIGGER watch AFTER INSERT ON inference FOR EACH ROW EXECUTE FUNCTION watch()");
    }

    /** Two nodes with the same traces in other orders would wait for each other's rows. */
    @Test
    void tracesOfABatchAreWrittenInOneOrderWhateverComesBetween() throws Exception {
        file.execute("CREATE TABLE seen (id TEXT, place SERIAL)");
        file.execute("CREATE FUNCTION noting() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN INSERT INTO seen VALUES (new.trace_id); RETURN NULL; END $$");
        file.execute("CREATE TRIGGER noting AFTER INSERT ON trace FOR EACH ROW EXECUTE FUNCTION noting()");
        var traces = new SqlTraceStore();

        database.write(tx -> {
            for (var id : List.of("c", "a", "d", "b")) {
                tx.prepare("SELECT 1").executeQuery().close(); // as a span, which is looked at at once
                traces.seen(tx, WORKSPACE, id, TIME);
            }
            traces.seen(tx, "ws_0", "e", TIME);
            return true;
        });

        assertThat(file.rows("SELECT id FROM seen ORDER BY place")).containsExactly("e", "a", "b", "c", "d");
        assertThat(file.rows("SELECT started_at FROM trace WHERE trace_id = 'c'"))
                .containsExactly(String.valueOf(TIME.toEpochMilli()));
    }
}
