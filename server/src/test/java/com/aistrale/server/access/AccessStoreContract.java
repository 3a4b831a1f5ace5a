package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the stores of this room promise on every database: {@link SqlAccessStore} and {@link SqlAuditStore}. */
@Timeout(60)
abstract class AccessStoreContract {
    static final Instant NOW = Instant.parse("2026-11-25T08:00:00.123Z");

    private final SqlAccessStore store = new SqlAccessStore();
    private final Ids ids = new Ids(InstantSource.fixed(NOW), new Random(7));
    private Database database;

    /** An empty database with the schema. */
    abstract Database open() throws Exception;

    @BeforeEach
    void openDatabase() throws Exception {
        database = open();
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    private static Workspace workspace(String id, String name) {
        return new Workspace(id, name, false, false, null, NOW);
    }

    private <T> Optional<T> maybe(Database.Read<Optional<T>> query) {
        return database.read(query);
    }

    private <T> List<T> list(Database.Read<List<T>> query) {
        return database.read(query);
    }

    private boolean add(Workspace workspace) {
        return database.write(tx -> store.add(tx, workspace));
    }

    private ApiKey add(String id, String workspace, Role role, @Nullable Instant expires, int hash) {
        var key = new ApiKey(id, workspace, "n" + id, role, null, "abcd", NOW, expires, RateLimits.NONE, null, null);
        database.write(tx -> {
            store.add(tx, key, new byte[] {(byte) hash});
            return true;
        });
        return key;
    }

    @Test
    void aWorkspaceIsKeptWithItsSettings() {
        var plain = workspace("ws_1", "One");
        var full = new Workspace("ws_2", "Two", true, true, 90, NOW);
        assertThat(add(plain)).isTrue();
        assertThat(add(full)).isTrue();

        assertThat(maybe(tx -> store.workspace(tx, "ws_1"))).contains(plain);
        assertThat(maybe(tx -> store.workspace(tx, "ws_2"))).contains(full);
        assertThat(maybe(store::defaultWorkspace)).contains(full);
        assertThat(maybe(tx -> store.workspace(tx, "ws_3"))).isEmpty();
        assertThat(list(tx -> store.workspaces(tx, null, 10))).containsExactly(full, plain);
        assertThat(list(tx -> store.workspaces(tx, "ws_2", 10))).containsExactly(plain);
        assertThat(list(tx -> store.workspaces(tx, null, 1))).containsExactly(full);

        var changed = new Workspace("ws_2", "Zwei", true, false, null, NOW);
        database.write(tx -> {
            store.update(tx, changed);
            return true;
        });
        assertThat(maybe(tx -> store.workspace(tx, "ws_2"))).contains(changed);
    }

    @Test
    void namesAreUniqueWhateverTheirCaseAndTheDefaultIsOne() {
        assertThat(add(new Workspace("ws_1", "Ärger", true, false, null, NOW))).isTrue();

        assertThat(add(workspace("ws_2", "äRGER"))).isFalse();
        assertThat(add(new Workspace("ws_3", "other", true, false, null, NOW))).isFalse();
        assertThat(database.<Boolean>read(tx -> store.isNameTaken(tx, "ÄRGER", "ws_4")))
                .isTrue();
        assertThat(database.<Boolean>read(tx -> store.isNameTaken(tx, "ÄRGER", "ws_1")))
                .isFalse();
        assertThat(list(tx -> store.workspaces(tx, null, 10))).hasSize(1);
    }

    @Test
    void aDeletedWorkspaceIsGoneButForItsData() {
        add(workspace("ws_1", "a"));
        add(workspace("ws_2", "b"));
        add("key_1", "ws_1", Role.ADMIN, null, 1);
        add("key_2", "ws_2", Role.ADMIN, null, 2);
        assertThat(database.<Boolean>write(tx -> store.hold(tx, "ws_1"))).isTrue();
        database.write(tx -> {
            store.markDeleted(tx, "ws_1", NOW.plusSeconds(1));
            return true;
        });

        assertThat(database.<Boolean>write(tx -> store.hold(tx, "ws_1"))).isFalse();
        assertThat(maybe(tx -> store.workspace(tx, "ws_1"))).isEmpty();
        assertThat(list(tx -> store.workspaces(tx, null, 10)))
                .extracting(Workspace::id)
                .containsExactly("ws_2");
        assertThat(list(store::deleted)).containsExactly(new SqlAccessStore.Deleted("ws_1", NOW.plusSeconds(1)));
        assertThat(key("ws_1", "key_1").revokedAt()).isEqualTo(NOW.plusSeconds(1));
        assertThat(key("ws_2", "key_2").revokedAt()).isNull();
        assertThat(add(workspace("ws_3", "A"))).as("its name is free").isTrue();

        database.write(tx -> {
            store.used(tx, "key_1", NOW);
            store.used(tx, "key_2", NOW);
            return true;
        });

        assertThat(database.<Integer>write(tx -> store.deleteKeys(tx, "ws_1", 10)))
                .isEqualTo(1);
        assertThat(database.<Integer>write(tx -> store.deleteKeys(tx, "ws_1", 10)))
                .isZero();
        assertThat(key("ws_2", "key_2").lastUsedAt()).isEqualTo(NOW);
        add("key_1", "ws_2", Role.ADMIN, null, 3);
        assertThat(key("ws_2", "key_1").lastUsedAt())
                .as("nothing of it is left")
                .isNull();
        database.write(tx -> {
            store.remove(tx, "ws_1");
            store.remove(tx, "ws_2");
            return true;
        });
        assertThat(list(store::deleted)).isEmpty();
        assertThat(maybe(tx -> store.workspace(tx, "ws_2")))
                .as("only a deleted one can be removed")
                .isPresent();
    }

    private ApiKey key(String workspace, String id) {
        return maybe(tx -> store.key(tx, workspace, id)).orElseThrow();
    }

    @Test
    void aKeyIsFoundByItsHashAndInItsWorkspaceOnly() {
        add(workspace("ws_1", "a"));
        add(workspace("ws_2", "b"));
        var key = new ApiKey(
                "key_1",
                "ws_1",
                "n",
                Role.VIEWER,
                List.of("openai/*", "a/ü"),
                "abcd",
                NOW,
                NOW.plusSeconds(9),
                new RateLimits(60L, RateLimits.MOST_TOKENS),
                null,
                null);
        var hash = new byte[] {0, 1, (byte) 0xff};
        database.write(tx -> {
            store.add(tx, key, hash);
            return true;
        });

        assertThat(maybe(tx -> store.byHash(tx, hash))).contains(key);
        assertThat(maybe(tx -> store.byHash(tx, new byte[] {0, 1}))).isEmpty();
        assertThat(key("ws_1", "key_1")).isEqualTo(key);
        assertThat(maybe(tx -> store.key(tx, "ws_2", "key_1"))).isEmpty();
        var foreign =
                new ApiKey("key_1", "ws_2", "x", Role.ADMIN, null, "abcd", NOW, null, RateLimits.NONE, null, null);
        database.write(tx -> {
            store.update(tx, foreign);
            store.revoke(tx, "ws_2", "key_1", NOW);
            return true;
        });
        assertThat(key("ws_1", "key_1")).isEqualTo(key);

        var changed = key.with("m", null, null, new RateLimits(null, 7L));
        database.write(tx -> {
            store.update(tx, changed);
            return true;
        });
        assertThat(key("ws_1", "key_1")).isEqualTo(changed);
    }

    @Test
    void theFirstRevocationAndTheLastUseCount() {
        add(workspace("ws_1", "a"));
        add("key_1", "ws_1", Role.ADMIN, null, 1);
        database.write(tx -> {
            store.revoke(tx, "ws_1", "key_1", NOW);
            store.revoke(tx, "ws_1", "key_1", NOW.plusSeconds(1));
            store.used(tx, "key_1", NOW.plusSeconds(5));
            store.used(tx, "key_1", NOW.plusSeconds(4));
            return true;
        });

        assertThat(key("ws_1", "key_1").revokedAt()).isEqualTo(NOW);
        assertThat(key("ws_1", "key_1").lastUsedAt()).isEqualTo(NOW.plusSeconds(5));
    }

    @Test
    void adminsThatOpenAreCounted() {
        add(workspace("ws_1", "a"));
        add(workspace("ws_2", "b"));
        add("key_1", "ws_1", Role.ADMIN, null, 1);
        add("key_2", "ws_1", Role.ADMIN, NOW, 2);
        add("key_3", "ws_1", Role.ADMIN, NOW.plusMillis(1), 3);
        add("key_4", "ws_1", Role.MEMBER, null, 4);
        add("key_5", "ws_2", Role.ADMIN, null, 5);
        assertThat(database.<Integer>read(tx -> store.openAdmins(tx, "ws_1", NOW)))
                .isEqualTo(2);
        database.write(tx -> {
            store.revoke(tx, "ws_1", "key_1", NOW);
            return true;
        });
        assertThat(database.<Integer>read(tx -> store.openAdmins(tx, "ws_1", NOW)))
                .isEqualTo(1);
    }

    @Test
    void keysComeInPagesNewestFirst() {
        add(workspace("ws_1", "a"));
        add(workspace("ws_2", "b"));
        var all = new ArrayList<ApiKey>();
        for (int i = 1; i <= 5; i++) {
            all.addFirst(add("key_" + i, "ws_1", Role.MEMBER, null, i));
        }
        add("key_3b", "ws_2", Role.MEMBER, null, 9);

        assertThat(list(tx -> store.keys(tx, "ws_1", null, 3))).isEqualTo(all.subList(0, 3));
        assertThat(list(tx -> store.keys(tx, "ws_1", "key_3", 3))).isEqualTo(all.subList(3, 5));
        assertThat(list(tx -> store.keys(tx, "ws_1", "key_1", 3))).isEmpty();
        assertThat(database.<Integer>write(tx -> store.deleteKeys(tx, "ws_1", 3)))
                .isEqualTo(3);
        assertThat(list(tx -> store.keys(tx, "ws_1", null, 9))).isEqualTo(all.subList(0, 2));
    }

    @Test
    void theAuditLogIsFilteredAndPaged() {
        var clock = new InstantSource[] {InstantSource.fixed(NOW)};
        var audit = new Audit(ids, () -> clock[0].instant());
        var a = new Caller("ws_a", "key_a", Role.ADMIN, null, false, "test/1");
        var b = new Caller("ws_b", Access.OPERATOR, Role.ADMIN, null, false, null);
        for (int i = 0; i < 4; i++) {
            clock[0] = InstantSource.fixed(NOW.plus(Duration.ofMinutes(i)));
            var action = i % 2 == 0 ? "x.made" : "y.made";
            int number = i;
            database.write(tx -> {
                audit.append(
                        tx,
                        a,
                        action,
                        action.substring(0, 1),
                        "t" + number,
                        Json.object().put("n", number));
                audit.append(tx, b, action, "z", "b" + number, Json.object());
                return true;
            });
        }

        assertThat(targets(audit, filter(null, null, null, null, null), 9)).containsExactly("t3", "t2", "t1", "t0");
        assertThat(targets(audit, filter("x.made", null, null, null, null), 9)).containsExactly("t2", "t0");
        assertThat(targets(audit, filter(null, "y", null, null, null), 9)).containsExactly("t3", "t1");
        var first = NOW.plus(Duration.ofMinutes(1));
        var third = NOW.plus(Duration.ofMinutes(3));
        assertThat(targets(audit, filter(null, null, first, third, null), 9)).containsExactly("t2", "t1");
        var page = list(tx -> audit.list(tx, "ws_a", filter(null, null, null, null, null), 2));
        var cursor = page.getLast().id();
        assertThat(targets(audit, filter(null, null, null, null, cursor), 9)).containsExactly("t1", "t0");
        assertThat(targets(audit, filter(null, null, null, first, cursor), 9)).containsExactly("t0");
        assertThat(page.getFirst())
                .isEqualTo(new Audit.Entry(
                        page.getFirst().id(), third, "key_a", "test/1", "y.made", "y", "t3", "{\"n\":3}"));

        assertThat(database.<Integer>write(tx -> audit.deleteBatch(tx, "ws_a", 3)))
                .isEqualTo(3);
        assertThat(targets(audit, filter(null, null, null, null, null), 9)).hasSize(1);
        assertThat(list(tx -> audit.list(tx, "ws_b", filter(null, null, null, null, null), 9)))
                .hasSize(4);
    }

    private static Audit.Filter filter(
            @Nullable String action,
            @Nullable String type,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String before) {
        return new Audit.Filter(action, type, since, until, before);
    }

    private List<String> targets(Audit audit, Audit.Filter filter, int limit) {
        return list(tx -> audit.list(tx, "ws_a", filter, limit)).stream()
                .map(Audit.Entry::targetId)
                .toList();
    }
}
