package com.aistrale.server.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.webhooks.Webhook.Disabled;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How webhooks are kept, on each database. */
@Timeout(60)
abstract class WebhookStoreContract {
    static final Instant START = Instant.parse("2026-11-25T08:00:00.123Z");
    static final Secret FIRST = new Secret("whsec_TOPSECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    static final Secret SECOND = new Secret("whsec_TOPSECRETBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
    static final Secret THIRD = new Secret("whsec_TOPSECRETCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC");
    static final Caller CALLER = new Caller("ws_1", "key_1", Role.ADMIN, null, true, null);
    private static final Caller STRANGER = new Caller("ws_2", "key_2", Role.ADMIN, null, false, null);

    /** It says nothing of anything. */
    private static final Changes NONE = new Changes(false, null, null, null, null, null, null, null);

    @TempDir
    Path folder;

    final AtomicReference<Instant> now = new AtomicReference<>(START);
    final List<String> heard = new ArrayList<>();
    private final Sealing sealing = new Sealing(new Envelope(List.of(new byte[32]), new SecureRandom()));
    TestDatabase kind;
    private OtherConnection file;
    private Node node;

    /** A process on the database. */
    final class Node implements AutoCloseable {
        private final Database database = kind.open();
        private final SqlEvents events = new SqlEvents();
        private final Ids ids = new Ids(now::get, new SecureRandom());
        final Webhooks webhooks;

        Node(Runnable changed) throws SQLException {
            webhooks = new Webhooks(
                    database, events, new Audit(ids, now::get), sealing, ids, now::get, new SecureRandom(), changed);
        }

        @Override
        public void close() {
            database.close();
        }
    }

    abstract TestDatabase database(Path folder) throws Exception;

    /** The processes that work at once on one database. */
    abstract List<Node> nodes() throws SQLException;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        node = new Node(this::note);
        file = kind.connect();
        for (var workspace : List.of("1", "2")) {
            file.execute("INSERT INTO workspace (id, name, name_key, created_at) VALUES ('ws_" + workspace + "', '"
                    + workspace + "', '" + workspace + "', 1)");
        }
    }

    /** What another connection sees when a change is told of. */
    private void note() {
        try {
            heard.add(rows("SELECT count(*) FROM webhook WHERE deleted_at IS NULL")
                    .getFirst());
        } catch (SQLException broken) {
            heard.add(String.valueOf(broken.getMessage()));
        }
    }

    @AfterEach
    void close() throws SQLException {
        file.close();
        node.close();
    }

    Node first() {
        return node;
    }

    private List<String> rows(String sql) throws SQLException {
        return file.rows(sql);
    }

    private static Wanted wanted(String url, Map<String, String> headers, @Nullable Secret secret) {
        return new Wanted(null, url, List.of("*"), Map.of(), false, headers, secret, true);
    }

    Webhook made() {
        return create(CALLER, wanted("https://hooks.example.com/TOPSECRET", Map.of(), FIRST));
    }

    private Webhook create(Caller caller, Wanted wanted) {
        var webhook = node.webhooks.create(caller, wanted).webhook();
        now.updateAndGet(time -> time.plusMillis(1)); // ids of one moment have no order
        return webhook;
    }

    private Webhook current(Webhook webhook) {
        return node.webhooks.get(webhook.workspaceId(), webhook.id());
    }

    private Webhook update(Webhook webhook, Changes changes) {
        now.updateAndGet(time -> time.plusSeconds(1));
        return node.webhooks.update(CALLER, webhook.id(), changes);
    }

    private static Changes enabled(boolean enabled) {
        return new Changes(false, null, null, null, null, null, null, enabled);
    }

    private static Changes headers(Map<String, String> headers) {
        return new Changes(false, null, null, null, null, null, headers, null);
    }

    private void append() {
        node.database.write(tx -> {
            node.events.append(tx, new Event(node.ids.next("evt_"), "ws_1", "t", now.get(), "{}"));
            return tx;
        });
    }

    /** How many of the events that there are now it gets. */
    private String gets(Webhook webhook) throws SQLException {
        return rows("SELECT count(*) FROM webhook w JOIN event e ON e.seq > w.since_seq WHERE w.id = '" + webhook.id()
                        + "'")
                .getFirst();
    }

    private List<String> audited() throws SQLException {
        return rows("SELECT action || ' ' || detail FROM audit_log ORDER BY id");
    }

    @Test
    void whatIsMadeIsWhatIsFound() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("X-Two", "b");
        headers.put("Authorization", "Bearer TOPSECRET");
        var filter = Map.of("team", "search \"&\" \n find", "ü", "");
        var all = create(
                CALLER,
                new Wanted(
                        "alerts",
                        "https://hooks.example.com/TOPSECRET?a=b",
                        List.of("inference.failed", "inference.completed"),
                        filter,
                        true,
                        headers,
                        FIRST,
                        false));
        assertThat(all.name()).isEqualTo("alerts");
        assertThat(all.filter()).isEqualTo(filter);
        assertThat(all.headerNames()).containsExactly("X-Two", "Authorization");
        assertThat(all.events()).containsExactly("inference.failed", "inference.completed");
        assertThat(all.disabled()).isEqualTo(Disabled.MANUAL);
        assertThat(all.createdAt()).isEqualTo(START).isEqualTo(all.updatedAt());
        assertThat(current(all)).isEqualTo(all);

        var least = made();
        assertThat(least.isEnabled()).isTrue();
        assertThat(current(least)).isEqualTo(least);
        assertThat(node.webhooks.list("ws_1", null, 10)).containsExactly(least, all);
        assertThat(node.webhooks.list("ws_1", null, 1)).containsExactly(least);
        assertThat(node.webhooks.list("ws_1", least.id(), 10)).containsExactly(all);
        assertThat(node.webhooks.list("ws_2", null, 10)).isEmpty();
    }

    @Test
    void whatItKeepsToItselfIsSealedForIt() throws Exception {
        var headers = Map.of("Authorization", "Bearer TOPSECRET");
        var webhook = create(CALLER, wanted("https://hooks.example.com/", headers, FIRST));

        var sealed = sealed(webhook);
        assertThat(sealing.openSecret("ws_1", webhook.id(), sealed.secret()).reveal())
                .isEqualTo(FIRST.reveal());
        assertThat(sealing.openHeaders("ws_1", webhook.id(), sealed.headers())).isEqualTo(headers);
        assertThat(sealed(made()).headers()).isNull();
    }

    private SqlWebhookStore.Sealed sealed(Webhook webhook) {
        return node.database.read(tx -> new SqlWebhookStore().sealed(tx, webhook.id()));
    }

    /** What is kept as the secret before. */
    private String previous(Webhook webhook) throws Exception {
        var hex = file.isPostgres() ? "upper(encode(previous_secret, 'hex'))" : "hex(previous_secret)";
        return rows("SELECT " + hex + " FROM webhook WHERE id = '" + webhook.id() + "'")
                .getFirst();
    }

    @Test
    void aSecretIsMadeWhereNoneIsGiven() {
        var one = node.webhooks.create(CALLER, wanted("https://hooks.example.com/", Map.of(), null));
        var other = node.webhooks.create(CALLER, wanted("https://hooks.example.com/", Map.of(), null));
        assertThat(one.secret().reveal())
                .matches("whsec_[A-Za-z0-9+/]{43}=")
                .isNotEqualTo(other.secret().reveal());
    }

    @Test
    void ofAnotherWorkspaceItIsNotThere() {
        var webhook = made();
        for (var call : List.<ThrowingCallable>of(
                () -> node.webhooks.get("ws_2", webhook.id()),
                () -> node.webhooks.update(STRANGER, webhook.id(), enabled(false)),
                () -> node.webhooks.rotate(STRANGER, webhook.id(), SECOND),
                () -> node.webhooks.delete(STRANGER, webhook.id()),
                () -> node.webhooks.delete(CALLER, "wh_none"))) {
            var missing = catchThrowableOfType(ProblemException.class, call);
            assertThat(missing.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
        }
        assertThat(current(webhook)).isEqualTo(webhook);
    }

    @Test
    void itGetsWhatHappensFromItsCreationOn() throws Exception {
        append();
        append();
        var webhook = made();
        assertThat(gets(webhook)).isEqualTo("0");
        append();
        assertThat(gets(webhook)).isEqualTo("1");
        file.execute("DELETE FROM event");
        assertThat(gets(made())).isEqualTo("0");
        append();
        assertThat(gets(webhook)).isEqualTo("1");
    }

    @Test
    void enabledAgainItGetsWhatHappensFromThenOn() throws Exception {
        var webhook = made();
        var off = update(webhook, enabled(false));
        assertThat(off.disabled()).isEqualTo(Disabled.MANUAL);
        append();
        assertThat(gets(webhook)).as("as it was").isEqualTo("1");
        file.execute("UPDATE webhook SET failing_since = 1000");

        var on = update(webhook, enabled(true));
        assertThat(on.isEnabled()).isTrue();
        assertThat(on.failingSince()).isNull();
        assertThat(gets(webhook)).isEqualTo("0");
        append();
        file.execute("UPDATE webhook SET failing_since = 1000");
        assertThat(update(webhook, enabled(true)).failingSince())
                .as("it was enabled")
                .isEqualTo(Instant.ofEpochMilli(1000));
        assertThat(gets(webhook)).isEqualTo("1");
    }

    @Test
    void whoDisablesWhatIsDisabledChangesNoReason() throws Exception {
        var webhook = made();
        for (var reason : List.of(Disabled.GONE, Disabled.FAILING)) {
            file.execute("UPDATE webhook SET enabled = 0, disabled_reason = '" + reason.wireName() + "'");
            assertThat(update(webhook, enabled(false)).disabled()).isEqualTo(reason);
            assertThat(current(webhook).disabled()).isEqualTo(reason);
        }
        assertThat(update(webhook, enabled(true)).isEnabled()).isTrue();
    }

    @Test
    void onlyWhatIsSaidIsChanged() throws Exception {
        var headers = Map.of("Authorization", "Bearer TOPSECRET");
        var webhook = create(
                CALLER,
                new Wanted(
                        "alerts",
                        "https://hooks.example.com/TOPSECRET",
                        List.of("*"),
                        Map.of("team", "search"),
                        true,
                        headers,
                        FIRST,
                        true));
        var changed = update(
                webhook,
                new Changes(
                        true,
                        null,
                        "https://hooks.example.com/OTHERTOPSECRET",
                        List.of("prompt.updated"),
                        Map.of(),
                        false,
                        Map.of("X-Key", "TOPSECRET", "X-Other", "1"),
                        false));
        assertThat(changed.name()).isNull();
        assertThat(changed.url()).isEqualTo("https://hooks.example.com/OTHERTOPSECRET");
        assertThat(changed.events()).containsExactly("prompt.updated");
        assertThat(changed.filter()).isEmpty();
        assertThat(changed.includeContent()).isFalse();
        assertThat(changed.headerNames()).containsExactlyInAnyOrder("X-Key", "X-Other");
        assertThat(changed.isEnabled()).isFalse();
        assertThat(changed.createdAt()).isEqualTo(START);
        assertThat(changed.updatedAt()).isEqualTo(now.get());
        assertThat(current(changed)).isEqualTo(changed);
        assertThat(sealing.openHeaders("ws_1", webhook.id(), sealed(webhook).headers()))
                .isEqualTo(Map.of("X-Key", "TOPSECRET", "X-Other", "1"));

        var named = update(webhook, new Changes(true, "other", null, null, null, null, null, null));
        assertThat(named.name()).isEqualTo("other");
        assertThat(named.url()).isEqualTo(changed.url());
        assertThat(named.headerNames()).isEqualTo(changed.headerNames());
        var bare = update(webhook, headers(Map.of()));
        assertThat(bare.headerNames()).isEmpty();
        assertThat(sealed(webhook).headers()).isNull();
    }

    @Test
    void whatChangesNothingLeavesNoTrace() throws Exception {
        var headers = Map.of("Authorization", "Bearer TOPSECRET");
        var webhook = create(CALLER, wanted("https://hooks.example.com/TOPSECRET", headers, FIRST));
        assertThat(update(webhook, NONE)).isEqualTo(webhook);
        assertThat(update(webhook, enabled(true))).isEqualTo(webhook);
        assertThat(update(webhook, headers(headers))).isEqualTo(webhook);
        assertThat(current(webhook)).isEqualTo(webhook);
        assertThat(audited()).hasSize(1);
    }

    @Test
    void theSecretBeforeSignsForADay() throws Exception {
        var webhook = made();
        var first = sealed(webhook).secret();
        now.set(START.plusSeconds(5));
        var rotated = node.webhooks.rotate(CALLER, webhook.id(), SECOND);
        assertThat(rotated.secret()).isSameAs(SECOND);
        assertThat(rotated.webhook().previousExpiresAt())
                .isEqualTo(START.plusSeconds(5).plus(Duration.ofHours(24)));
        assertThat(current(webhook)).isEqualTo(rotated.webhook());
        assertThat(opened(webhook)).isEqualTo(SECOND.reveal());
        assertThat(previous(webhook)).isEqualTo(hex(first));

        now.set(START.plusSeconds(6));
        var again = node.webhooks.rotate(CALLER, webhook.id(), SECOND);
        assertThat(again.webhook()).as("nobody heard the answer").isEqualTo(rotated.webhook());
        assertThat(previous(webhook)).isEqualTo(hex(first));

        var second = sealed(webhook).secret();
        node.webhooks.rotate(CALLER, webhook.id(), THIRD);
        assertThat(opened(webhook)).isEqualTo(THIRD.reveal());
        assertThat(previous(webhook)).isEqualTo(hex(second));
        var made = node.webhooks.rotate(CALLER, webhook.id(), null);
        assertThat(made.secret().reveal()).matches("whsec_[A-Za-z0-9+/]{43}=").isEqualTo(opened(webhook));
    }

    private String opened(Webhook webhook) throws Exception {
        return sealing.openSecret("ws_1", webhook.id(), sealed(webhook).secret())
                .reveal();
    }

    static String hex(byte[] bytes) {
        return java.util.HexFormat.of().withUpperCase().formatHex(bytes);
    }

    @Test
    void aDeletedOneIsEmptyAndNotFound() throws Exception {
        var webhook = create(
                CALLER,
                new Wanted(
                        "alerts",
                        "https://hooks.example.com/TOPSECRET",
                        List.of("*"),
                        Map.of("user", "ada"),
                        false,
                        Map.of("X-Key", "TOPSECRET"),
                        FIRST,
                        true));
        node.webhooks.rotate(CALLER, webhook.id(), SECOND);
        deliver(webhook, "dlv_1");
        node.webhooks.delete(CALLER, webhook.id());

        assertThat(node.webhooks.list("ws_1", null, 10)).isEmpty();
        assertThat(catchThrowableOfType(ProblemException.class, () -> current(webhook))
                        .problem()
                        .code())
                .isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(rows("""
                SELECT url || header_names || coalesce(name, '-') || coalesce(filter, '-') || length(secret)
                  || CASE WHEN headers IS NULL AND previous_secret IS NULL THEN '' ELSE 'kept' END
                  || CASE WHEN deleted_at IS NULL THEN 'there' ELSE '' END FROM webhook
                """)).containsExactly("[]--0");
        assertThat(rows("SELECT status FROM webhook_delivery"))
                .as("others end what was on its way")
                .containsExactly("pending");
    }

    private void deliver(Webhook webhook, String id) throws SQLException {
        file.execute("INSERT INTO webhook_delivery (id, workspace_id, webhook_id, event_id, event_type, status,"
                + " attempt_count, schedule_from, next_attempt_at, created_at) VALUES ('" + id + "', '"
                + webhook.workspaceId() + "', '" + webhook.id() + "', 'evt_" + id
                + "', 'prompt.updated', 'pending', 1, 0, 1, 1)");
        for (int number = 1; number < 3; number++) {
            file.execute("INSERT INTO webhook_attempt (delivery_id, number, started_at, latency_ms) VALUES ('" + id
                    + "', " + number + ", 1, 1)");
        }
    }

    @Test
    void aChangeIsToldOfWhenItIsDurable() throws Exception {
        var webhook = made();
        assertThat(heard).containsExactly("1");
        update(webhook, enabled(false));
        node.webhooks.rotate(CALLER, webhook.id(), null);
        node.webhooks.delete(CALLER, webhook.id());
        assertThat(heard).containsExactly("1", "1", "1", "0");
        catchThrowableOfType(ProblemException.class, () -> node.webhooks.delete(CALLER, webhook.id()));
        assertThat(heard).hasSize(4);
    }

    @Test
    void theAuditLogSaysWhatAndNoSecret() throws Exception {
        var webhook = create(
                CALLER,
                new Wanted(
                        "alerts",
                        "https://hooks.example.com:8443/TOPSECRET",
                        List.of("prompt.updated"),
                        Map.of("team", "search"),
                        false,
                        Map.of("X-Key", "TOPSECRET"),
                        FIRST,
                        true));
        update(webhook, headers(Map.of("X-Key", "OTHERTOPSECRET")));
        update(
                webhook,
                new Changes(
                        false, null, "https://hooks.example.com:8443/OTHERTOPSECRET", null, null, null, null, false));
        now.updateAndGet(time -> time.plusSeconds(1));
        node.webhooks.rotate(CALLER, webhook.id(), SECOND);
        now.updateAndGet(time -> time.plusSeconds(1));
        node.webhooks.delete(CALLER, webhook.id());

        var settings = """
                {"name":"alerts","url":"https://hooks.example.com:8443/…","events":["prompt.updated"],\
                "filter":{"metadata":{"team":"search"}},"include_content":false,"headers":["X-Key"],"enabled":%s}""";
        assertThat(audited())
                .containsExactly(
                        "webhook.created " + settings.formatted("true"),
                        "webhook.updated {\"headers\":{\"before\":[\"X-Key\"],\"after\":[\"X-Key\"]}}",
                        "webhook.updated {\"enabled\":{\"before\":true,\"after\":false},"
                                + "\"url\":{\"before\":\"https://hooks.example.com:8443/…\","
                                + "\"after\":\"https://hooks.example.com:8443/…\"}}",
                        "webhook.secret_rotated {}",
                        "webhook.deleted " + settings.formatted("false"));
    }

    @Test
    void aFailedWriteLogsNoSecret() throws Exception {
        try (var log = new LogCapture()) {
            kind.failInserts(file, "webhook", "disk full");
            var failed = catchThrowableOfType(
                    ProblemException.class,
                    () -> create(
                            CALLER,
                            wanted("https://hooks.example.com/TOPSECRET", Map.of("X-Key", "TOPSECRET"), FIRST)));
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
            assertThat(log.text()).contains("disk full").doesNotContain("TOPSECRET");
        }
        assertThat(node.webhooks.list("ws_1", null, 10)).isEmpty();
        assertThat(audited()).isEmpty();
        kind.allowInserts(file, "webhook");
        assertThat(made().toString()).doesNotContain("TOPSECRET");
    }

    @Test
    void fiftyAreTheMostWhoeverMakesThem() throws Exception {
        int tries = 80;
        create(STRANGER, wanted("https://hooks.example.com/", Map.of(), FIRST));
        var deleted = made();
        node.webhooks.delete(CALLER, deleted.id());
        var nodes = nodes();
        var start = new CountDownLatch(1);
        var made = new ArrayList<Future<String>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < tries; i++) {
                var webhooks = nodes.get(i % nodes.size()).webhooks;
                Callable<String> attempt = () -> {
                    start.await();
                    try {
                        webhooks.create(CALLER, wanted("https://hooks.example.com/", Map.of(), FIRST));
                        return "made";
                    } catch (ProblemException full) {
                        return full.problem().code().wireName();
                    }
                };
                made.add(threads.submit(attempt));
            }
            start.countDown();
            var answers = new ArrayList<String>();
            for (var each : made) {
                answers.add(each.get());
            }
            assertThat(answers.stream().filter("made"::equals)).hasSize(50);
            assertThat(answers.stream().filter("conflict"::equals)).hasSize(tries - 50);
        }
        for (var other : nodes) {
            if (other != node) {
                other.close();
            }
        }
        var all = node.webhooks.list("ws_1", null, 200);
        assertThat(all).hasSize(50);
        node.webhooks.delete(CALLER, all.getFirst().id());
        made();
        assertThat(catchThrowableOfType(ProblemException.class, this::made)
                        .problem()
                        .detail())
                .isEqualTo(
                        "There are 50 webhooks in this workspace, which is the most. Delete one first, or change one:"
                                + " POST /api/v1/webhooks/{id}.");
    }

    @Test
    void ofADeletedWorkspaceNothingIsLeft() throws Exception {
        var one = made();
        var two = made();
        node.webhooks.delete(CALLER, two.id());
        var other = create(STRANGER, wanted("https://hooks.example.com/", Map.of(), FIRST));
        for (int i = 0; i < 5; i++) {
            deliver(i % 2 == 0 ? one : two, "dlv_" + i);
        }
        deliver(other, "dlv_other");
        heard.clear();

        assertThat(node.webhooks.deleteBatch("ws_1", 3)).isEqualTo(3);
        assertThat(heard).as("nothing comes any more").containsExactly("1");
        assertThat(node.webhooks.deleteBatch("ws_1", 3)).isEqualTo(2);
        assertThat(node.webhooks.deleteBatch("ws_1", 1)).isEqualTo(1);
        assertThat(node.webhooks.deleteBatch("ws_1", 3)).isEqualTo(1);
        assertThat(node.webhooks.deleteBatch("ws_1", 3)).isZero();

        assertThat(rows("SELECT id FROM webhook")).containsExactly(other.id());
        assertThat(rows("SELECT id FROM webhook_delivery")).containsExactly("dlv_other");
        assertThat(rows("SELECT DISTINCT delivery_id FROM webhook_attempt")).containsExactly("dlv_other");
        assertThat(current(other)).isEqualTo(other);
    }

    @Test
    void theFilterIsKeptAsJsonOfItsEntries() throws Exception {
        create(
                CALLER,
                new Wanted(
                        null,
                        "https://hooks.example.com/",
                        List.of("*"),
                        Map.of("b", "2", "a", "1"),
                        false,
                        Map.of(),
                        FIRST,
                        true));
        assertThat(rows("SELECT filter FROM webhook")).containsExactly("{\"a\":\"1\",\"b\":\"2\"}");
        assertThat(rows("SELECT events FROM webhook"))
                .containsExactly(Json.text(Json.array().add("*")));
    }
}
