package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PostgresGroupCommitTest extends GroupCommitContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    List<String> words() {
        return List.of("duplicate key value", "relation \"nowhere\" does not exist");
    }

    @Test
    void aDeadlockIsNoFaultOfTheUnitAndIsTriedAgain() throws Exception {
        other.execute("INSERT INTO thing (name) VALUES ('a'), ('b')");
        var first = new CountDownLatch(1);
        var applied = new AtomicInteger();
        other.execute("BEGIN");
        other.execute("UPDATE thing SET name = 'b' WHERE name = 'b'");
        var crossing = writer.submit(tx -> {
            applied.incrementAndGet();
            tx.prepare("UPDATE thing SET name = 'a' WHERE name = 'a'").executeUpdate();
            first.countDown();
            tx.prepare("UPDATE thing SET name = 'b' WHERE name = 'b'").executeUpdate();
        });
        first.await();
        Thread.sleep(300); // it waits first, and so is the one whom PostgreSQL ends
        other.execute("UPDATE thing SET name = 'a' WHERE name = 'a'");
        other.execute("COMMIT");

        crossing.get(20, TimeUnit.SECONDS);
        assertThat(applied.get()).isEqualTo(2);
        assertThat(writer.isFailing()).isFalse();
    }

    @Test
    void aBatchOfWhichOneUnitRanIntoADeadlockStaysABatch() throws Exception {
        var applied = new AtomicInteger();
        var gate = occupyWriter();
        var good = writer.submit(gathered("good"));
        var crossed = writer.submit(tx -> {
            if (applied.incrementAndGet() == 1) {
                throw new SQLException("deadlock detected", "40P01");
            }
            gathered("crossed").apply(tx);
        });
        var committed = good.thenApply(done -> names()); // on the writer's thread, at once
        gate.countDown();

        crossed.get();
        assertThat(committed.get()).containsExactly("crossed", "good");
        assertThat(applied.get()).isEqualTo(2);
    }
}
