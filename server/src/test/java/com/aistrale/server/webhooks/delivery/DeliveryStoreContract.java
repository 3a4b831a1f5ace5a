package com.aistrale.server.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.Event;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Backlogged;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Claimed;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Fresh;
import com.aistrale.server.webhooks.delivery.SqlDeliveryStore.Pending;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is durable of deliveries, as two nodes see it. */
@Timeout(60)
abstract class DeliveryStoreContract {
    private static final long NOW = 1_800_000_000_000L;
    private static final Event EVENT = new Event("evt_1", "ws_1", "prompt.updated", Instant.EPOCH, "{}");

    private static final Job.AsOf AS_OF = new Job.AsOf(0, 0);

    @TempDir
    Path folder;

    private final SqlDeliveryStore store = new SqlDeliveryStore();
    private TestDatabase kind;
    private OtherConnection other;
    private Database one;
    private Database two;
    private int count;

    abstract TestDatabase database(Path folder) throws Exception;

    /** Whether two nodes may work on it at the same time; else they share one process's writer. */
    abstract boolean isShared();

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        other = kind.connect();
        one = kind.open();
        two = isShared() ? kind.open() : one;
        other.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_1', 1, 1), ('node_2', 1, 1)");
        other.execute("INSERT INTO workspace (id, name, created_at) VALUES ('ws_1', 'w', 1)");
        var bytes = isShared() ? "''" : "x''";
        for (int i = 1; i <= 3; i++) {
            other.execute("INSERT INTO webhook (id, workspace_id, url, events, include_content, header_names, secret,"
                    + " enabled, since_seq, created_at, updated_at) VALUES ('wh_" + i
                    + "', 'ws_1', 'https://example.com', '[]', 0, '[]', " + bytes + ", 1, 0, 1, 1)");
        }
        for (int i = 1; i <= 5; i++) {
            other.execute("INSERT INTO event (id, workspace_id, type, timestamp, data) VALUES ('evt_" + i
                    + "', 'ws_1', 'prompt.updated', 1, '{}')");
        }
    }

    @AfterEach
    void close() throws Exception {
        other.close();
        if (two != one) {
            two.close();
        }
        one.close();
    }

    private static Receiver receiver(String id) {
        return new Receiver(
                id, "ws_1", "https://example.com", Set.of(), Map.of(), false, Map.of(), List.of(), 0, true, null, 0);
    }

    /** New ones, each of another event. */
    private List<String> insert(String webhookId, int number, @Nullable String owner, long now) {
        var ids = new ArrayList<String>();
        Database.await(one.submit(tx -> {
            for (int i = 0; i < number; i++) {
                var id = "dlv_%05d".formatted(++count);
                ids.add(id);
                store.insert(tx, new Fresh(id, receiver(webhookId), "evt_" + count, "prompt.updated"), 0, owner, now);
            }
        }));
        return ids;
    }

    private List<Claimed> claim(
            Database database, String webhookId, boolean retries, String owner, long now, int most) {
        return database.write(tx -> store.claim(tx, webhookId, retries, owner, now, most));
    }

    private static Job job(Claimed claimed) {
        return new Job(
                claimed.id(),
                receiver(claimed.webhookId()),
                EVENT,
                claimed.attempts(),
                claimed.scheduleFrom(),
                0,
                AS_OF);
    }

    private void settle(Database database, Job job, Outcome outcome, @Nullable Long next, String owner) {
        Database.await(database.submit(tx -> store.settle(tx, job, outcome, next, owner, NOW)));
    }

    private static Outcome failed(DeliveryError error) {
        return new Outcome(NOW, 12, error == DeliveryError.HTTP_STATUS ? 500 : null, error, "so", null);
    }

    private static Outcome delivered() {
        return new Outcome(NOW, 7, 204, null, null, null);
    }

    private List<String> rows(String columns) throws SQLException {
        return other.rows("SELECT " + columns + " FROM webhook_delivery ORDER BY id");
    }

    @Test
    void anEventIsDeliveredOnceToAWebhook() throws Exception {
        for (int i = 0; i < 2; i++) {
            int number = i;
            Database.await(one.submit(tx -> store.insert(
                    tx, new Fresh("dlv_" + number, receiver("wh_1"), "evt_1", "prompt.updated"), 0, null, NOW)));
        }
        Database.await(one.submit(tx ->
                store.insert(tx, new Fresh("dlv_2", receiver("wh_2"), "evt_1", "prompt.updated"), 0, "node_1", NOW)));

        assertThat(rows("id, webhook_id, status, attempt_count, next_attempt_at, locked_until, locked_by"))
                .containsExactly(
                        "dlv_0|wh_1|pending|0|" + NOW + "|null|null",
                        "dlv_2|wh_2|pending|0|" + NOW + "|" + (NOW + 60_000) + "|node_1");
    }

    @Test
    void whatIsClaimedIsOnesUntilItsLeaseEnds() {
        insert("wh_1", 3, null, NOW);
        assertThat(claim(one, "wh_1", false, "node_1", NOW - 1, 10))
                .as("not due")
                .isEmpty();

        assertThat(claim(one, "wh_1", false, "node_1", NOW, 2))
                .extracting(Claimed::id)
                .containsExactlyInAnyOrder("dlv_00001", "dlv_00002");
        assertThat(claim(two, "wh_1", false, "node_2", NOW + 59_999, 10))
                .extracting(Claimed::id)
                .containsExactly("dlv_00003");
        assertThat(claim(two, "wh_1", false, "node_2", NOW + 60_000, 10)).hasSize(2);
        assertThat(claim(one, "wh_2", false, "node_1", NOW + 600_000, 10)).isEmpty();
    }

    @Test
    void nodesThatClaimAtOnceShareAndTakeNothingTwice() throws Exception {
        insert("wh_1", 500, null, NOW);
        var taken = Collections.synchronizedList(new ArrayList<String>());
        try (var threads = Executors.newFixedThreadPool(8)) {
            var all = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> {
                        var database = i % 2 == 0 ? one : two;
                        for (var some = claim(database, "wh_1", false, "node_" + i, NOW, 20); !some.isEmpty(); ) {
                            some.forEach(claimed -> taken.add(claimed.id()));
                            some = claim(database, "wh_1", false, "node_" + i, NOW, 20);
                        }
                        return true;
                    }))
                    .toList();
            for (var each : all) {
                each.get();
            }
        }
        assertThat(taken).doesNotHaveDuplicates();
        // who finds all that is left in other hands has nothing to claim: it is theirs
        assertThat(rows("locked_by")).hasSize(500).doesNotContain("null");
        assertThat(taken).hasSize(500);
    }

    @Test
    void aFailureIsTriedAgainBehindWhatIsNew() throws Exception {
        insert("wh_1", 1, null, NOW);
        var first = claim(one, "wh_1", false, "node_1", NOW, 1).getFirst();
        settle(one, job(first), failed(DeliveryError.HTTP_STATUS), NOW + 5000, "node_1");
        insert("wh_1", 1, null, NOW + 6000);

        assertThat(rows("id, status, attempt_count, next_attempt_at, locked_by, response_code, error, ended_at"))
                .startsWith("dlv_00001|pending|1|" + (NOW + 5000) + "|null|500|http_status|null");
        assertThat(one.read(store::pending)).containsExactly(new Pending("wh_1", NOW + 6000, NOW + 5000, null));
        assertThat(claim(one, "wh_1", false, "node_1", NOW + 7000, 10))
                .extracting(Claimed::id)
                .containsExactly("dlv_00002");
        assertThat(claim(one, "wh_1", true, "node_1", NOW + 7000, 10))
                .containsExactly(new Claimed("dlv_00001", "wh_1", "evt_1", 1, 0));
    }

    @Test
    void whatAStaleNodeSaysIsNotHeard() throws Exception {
        insert("wh_1", 1, null, NOW);
        var stale = claim(one, "wh_1", false, "node_1", NOW, 1).getFirst();
        var fresh = claim(two, "wh_1", false, "node_2", NOW + 60_000, 1).getFirst();
        settle(one, job(stale), delivered(), null, "node_1");
        assertThat(rows("status, attempt_count, locked_by")).containsExactly("pending|0|node_2");
        assertThat(other.rows("SELECT count(*) FROM webhook_attempt")).containsExactly("0");

        settle(two, job(fresh), failed(DeliveryError.TIMEOUT), NOW + 100_000, "node_2");
        settle(one, job(stale), delivered(), null, "node_1");
        settle(two, job(fresh), failed(DeliveryError.DNS), NOW + 200_000, "node_2");

        assertThat(rows("status, attempt_count, next_attempt_at, error"))
                .containsExactly("pending|1|" + (NOW + 100_000) + "|timeout");
        assertThat(other.rows("SELECT number, latency_ms, response_code, error, response_body FROM webhook_attempt"))
                .containsExactly("1|12|null|timeout|so");
    }

    @Test
    void whatArrivedIsDoneWith() throws Exception {
        insert("wh_1", 1, "node_1", NOW);
        settle(one, new Job("dlv_00001", receiver("wh_1"), EVENT, 0, 0, 0, AS_OF), delivered(), null, "node_1");

        assertThat(
                        rows(
                                "status, attempt_count, next_attempt_at, locked_until, response_code, error, delivered_at, ended_at"))
                .containsExactly("delivered|1|null|null|204|null|" + NOW + "|" + NOW);
        assertThat(one.read(store::pending)).isEmpty();
        assertThat(one.read(store::backlogged)).isEqualTo(new Backlogged(0, null));
    }

    @Test
    void pendingOnesAreFoundByWebhook() {
        insert("wh_3", 2, null, NOW);
        insert("wh_1", 1, "node_1", NOW - 10);
        insert("wh_2", 1, null, NOW + 10);

        assertThat(one.read(store::pending))
                .containsExactly(
                        new Pending("wh_1", NOW - 10 + 60_000, null, null),
                        new Pending("wh_2", NOW + 10, null, null),
                        new Pending("wh_3", NOW, null, null));
        assertThat(one.read(store::backlogged)).isEqualTo(new Backlogged(4, NOW - 10));
    }

    @Test
    void whatIsPendingOfAWebhookThatIsToldNothingSaysSo() throws Exception {
        insert("wh_1", 1, null, NOW);
        insert("wh_2", 1, null, NOW);
        insert("wh_9", 1, null, NOW);
        other.execute("UPDATE webhook SET enabled = 0 WHERE id = 'wh_1'");
        other.execute("UPDATE webhook SET enabled = 0, deleted_at = 1 WHERE id = 'wh_2'");

        assertThat(one.read(store::pending))
                .extracting(Pending::unwanted)
                .containsExactly(
                        DeliveryError.WEBHOOK_DISABLED, DeliveryError.WEBHOOK_DELETED, DeliveryError.WEBHOOK_DELETED);
    }

    @Test
    void anAnswerToAnEventThatIsGoneIsNotKept() throws Exception {
        insert("wh_1", 1, "node_1", NOW);
        other.execute("DELETE FROM event WHERE id = 'evt_1'");
        settle(
                one,
                new Job("dlv_00001", receiver("wh_1"), EVENT, 0, 0, 0, AS_OF),
                failed(DeliveryError.GONE),
                null,
                "node_1");

        assertThat(other.rows("SELECT error, response_body FROM webhook_attempt"))
                .containsExactly("gone|null");
    }

    @Test
    void aTestIsNotRecoveredAndIsTriedOnceAgain() throws Exception {
        Database.await(one.submit(tx -> store.insert(
                tx,
                new Fresh("dlv_00001", receiver("wh_1"), "evt_1", "webhook.test"),
                1 - Schedule.ATTEMPTS,
                "node_1",
                NOW)));
        settle(
                one,
                new Job("dlv_00001", receiver("wh_1"), EVENT, 0, -7, 0, AS_OF),
                failed(DeliveryError.GONE),
                null,
                "node_1");

        assertThat(one.<List<String>>write(tx -> store.recover(tx, "wh_1", "dlv_00000", NOW, 10)))
                .isEmpty();
        assertThat(one.<Boolean>write(tx -> store.again(tx, "dlv_00001", NOW))).isTrue();
        assertThat(rows("status, attempt_count, schedule_from")).containsExactly("pending|1|-6");
    }

    @Test
    void aClockThatWasAheadIsForgotten() throws Exception {
        insert("wh_1", 1, null, NOW);
        insert("wh_1", 1, null, NOW + 1_000_000);
        assertThat(one.<Boolean>read(tx -> store.isIncorrect(tx, NOW + 1_000_000)))
                .isFalse();
        assertThat(one.<Boolean>read(tx -> store.isIncorrect(tx, NOW + 999_999)))
                .isTrue();
        assertThat(one.<Integer>write(tx -> store.correct(tx, NOW + 5, NOW + 999_999)))
                .isEqualTo(1);

        assertThat(rows("next_attempt_at")).containsExactly(String.valueOf(NOW), String.valueOf(NOW + 5));
    }

    @Test
    void pendingOnesOfAWebhookEndButThoseInHand() throws Exception {
        insert("wh_1", 3, null, NOW);
        insert("wh_1", 1, "node_2", NOW);
        insert("wh_2", 1, null, NOW);

        assertThat(one.<Integer>write(tx -> store.end(tx, "wh_1", DeliveryError.WEBHOOK_DISABLED, NOW + 1, 2)))
                .isEqualTo(2);
        assertThat(one.<Integer>write(tx -> store.end(tx, "wh_1", DeliveryError.WEBHOOK_DISABLED, NOW + 1, 2)))
                .isEqualTo(1);

        assertThat(rows("status, error, ended_at, next_attempt_at"))
                .containsExactly(
                        "failed|webhook_disabled|" + (NOW + 1) + "|null",
                        "failed|webhook_disabled|" + (NOW + 1) + "|null",
                        "failed|webhook_disabled|" + (NOW + 1) + "|null",
                        "pending|null|null|" + NOW,
                        "pending|null|null|" + NOW);
    }

    @Test
    void whatAGoneNodeHadIsFree() throws Exception {
        insert("wh_1", 2, "node_1", NOW);
        insert("wh_1", 1, "node_9", NOW);
        one.write(tx -> {
            store.release(tx);
            return true;
        });

        assertThat(rows("locked_by, locked_until"))
                .containsExactly("node_1|" + (NOW + 60_000), "node_1|" + (NOW + 60_000), "null|null");
    }

    @Test
    void whatFailedIsSentAgainFromATimeOn() throws Exception {
        insert("wh_1", 4, "node_1", NOW);
        for (int i = 1; i <= 3; i++) {
            settle(
                    one,
                    new Job("dlv_0000" + i, receiver("wh_1"), EVENT, 0, 0, 0, AS_OF),
                    failed(DeliveryError.GONE),
                    null,
                    "node_1");
        }
        settle(one, new Job("dlv_00004", receiver("wh_1"), EVENT, 0, 0, 0, AS_OF), delivered(), null, "node_1");

        assertThat(one.<List<String>>write(tx -> store.recover(tx, "wh_1", "dlv_00002", NOW + 9, 1)))
                .containsExactly("dlv_00002");
        assertThat(one.<List<String>>write(tx -> store.recover(tx, "wh_1", "dlv_00002", NOW + 9, 10)))
                .containsExactly("dlv_00003");

        assertThat(rows("id, status, schedule_from, next_attempt_at, ended_at"))
                .containsExactly(
                        "dlv_00001|failed|0|null|" + NOW,
                        "dlv_00002|pending|1|" + (NOW + 9) + "|null",
                        "dlv_00003|pending|1|" + (NOW + 9) + "|null",
                        "dlv_00004|delivered|0|null|" + NOW);
    }

    @Test
    void oneIsSentAgainUnlessItIsUnderWay() throws Exception {
        insert("wh_1", 1, "node_1", NOW);
        assertThat(one.<Boolean>write(tx -> store.again(tx, "dlv_00001", NOW))).isFalse();
        settle(one, new Job("dlv_00001", receiver("wh_1"), EVENT, 0, 0, 0, AS_OF), delivered(), null, "node_1");

        assertThat(one.<Boolean>write(tx -> store.again(tx, "dlv_00001", NOW + 3)))
                .isTrue();
        assertThat(rows("status, schedule_from, next_attempt_at, delivered_at, ended_at"))
                .containsExactly("pending|1|" + (NOW + 3) + "|" + NOW + "|null");
    }

    @Test
    void whatEndedLongAgoGoesWithItsAttempts() throws Exception {
        insert("wh_1", 3, "node_1", NOW);
        for (int i = 1; i <= 2; i++) {
            settle(one, new Job("dlv_0000" + i, receiver("wh_1"), EVENT, 0, 0, 0, AS_OF), delivered(), null, "node_1");
        }
        assertThat(one.<Integer>write(tx -> store.deleteEnded(tx, NOW, 10))).isZero();
        assertThat(one.<Integer>write(tx -> store.deleteEnded(tx, NOW + 1, 10))).isEqualTo(2);

        assertThat(rows("id, status")).containsExactly("dlv_00003|pending");
        assertThat(other.rows("SELECT count(*) FROM webhook_attempt")).containsExactly("0");
    }

    @Test
    void answersToForgottenEventsAreForgotten() throws Exception {
        insert("wh_1", 2, "node_1", NOW);
        for (int i = 1; i <= 2; i++) {
            settle(
                    one,
                    new Job("dlv_0000" + i, receiver("wh_1"), EVENT, 0, 0, 0, AS_OF),
                    failed(DeliveryError.GONE),
                    null,
                    "node_1");
        }
        one.write(tx -> {
            store.forgetAnswers(tx, List.of("evt_1"));
            return true;
        });

        assertThat(other.rows("SELECT delivery_id, response_body FROM webhook_attempt ORDER BY delivery_id"))
                .containsExactly("dlv_00001|null", "dlv_00002|so");
    }
}
