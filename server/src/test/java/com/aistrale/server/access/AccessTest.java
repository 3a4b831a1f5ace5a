package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys and deleted workspaces as time goes by, on a clock of the test's own. */
@Timeout(60)
class AccessTest {
    private static final Instant BEGIN = Instant.parse("2026-11-25T08:00:00Z");

    @TempDir
    Path folder;

    private Instant now = BEGIN;
    private Database database;
    private SqliteFile file;
    private Audit audit;
    private Access access;

    @BeforeEach
    void open() throws Exception {
        database = Sqlite.open(folder.resolve("aistrale.db"));
        file = new SqliteFile(folder.resolve("aistrale.db"));
        var random = new SecureRandom();
        audit = new Audit(new Ids(() -> now, random), () -> now);
        access = new Access(database, audit, new Ids(() -> now, random), () -> now, random, null);
    }

    @AfterEach
    void close() throws Exception {
        file.close();
        database.close();
    }

    private Access.NewKey make(@Nullable Instant expiresAt) {
        return access.create(
                Caller.server(access.defaultWorkspace().id()),
                new Access.Wanted("k", Role.MEMBER, null, expiresAt, RateLimits.NONE));
    }

    private @Nullable Instant lastUse(Access.NewKey made) {
        return access.key(made.key().workspaceId(), made.key().id()).lastUsedAt();
    }

    private Caller use(Access.NewKey made) {
        return access.authenticate(made.secret().reveal(), null, null);
    }

    @Test
    void aUseIsNotedOnceAMinute() {
        var made = make(null);
        use(made);
        await().until(() -> BEGIN.equals(lastUse(made)));

        now = BEGIN.plusMillis(59_999);
        use(made);
        now = BEGIN.minusSeconds(3600); // a clock set back
        use(made);
        access.create(made.key().workspaceId(), "written after what was queued before");
        assertThat(lastUse(made)).isEqualTo(BEGIN);

        now = BEGIN.plusMillis(60_000);
        use(made);
        await().until(() -> now.equals(lastUse(made)));
    }

    @Test
    void aKeyEndsToTheMillisecond() {
        var made = make(BEGIN.plusSeconds(10));
        now = BEGIN.plusMillis(9_999);
        assertThat(use(made).role()).isEqualTo(Role.MEMBER);

        now = BEGIN.plusSeconds(10);
        var refused = catchThrowableOfType(ProblemException.class, () -> use(made));
        assertThat(refused.problem().code()).isEqualTo(ProblemCode.AUTHENTICATION_FAILED);
        assertThat(refused.problem().detail()).contains("expired on 2026-11-25T08:00:10.000Z");
        assertThat(access.key(made.key().workspaceId(), made.key().id()).opens(now))
                .isFalse();
    }

    @Test
    void aWorkspaceWithoutAnAdminsKeyIsOneWithoutKeys() {
        var workspace = access.defaultWorkspace().id();
        make(null);
        assertThat(access.hasKeys(workspace)).isFalse();
        var admin = access.create(workspace, "admin");
        assertThat(access.hasKeys(workspace)).isTrue();
        access.revoke(workspace, admin.key().id());
        assertThat(access.hasKeys(workspace)).isFalse();
    }

    /** The clock was set back after the first start: the default workspace is the same, whatever the ids say. */
    @Test
    void theDefaultWorkspaceIsTheFirstNotTheLowest() throws Exception {
        file.execute("INSERT INTO workspace (id, name, name_key, created_at) VALUES ('ws_0', 'low', 'low', 0)");
        var random = new SecureRandom();
        var again = new Access(database, audit, new Ids(() -> now, random), () -> now, random, null);

        assertThat(again.defaultWorkspace()).isEqualTo(access.defaultWorkspace());
    }

    @Test
    void aDeletedWorkspaceIsSweptUntilADayLater() throws Exception {
        file.execute("INSERT INTO workspace (id, name, deleted_at, created_at) VALUES ('ws_0', 'low', "
                + BEGIN.toEpochMilli() + ", 0)");
        var left = new AtomicInteger(1201);
        var batches = new AtomicInteger();
        WorkspaceDeletion.Part part = (id, most) -> {
            assertThat(id).isEqualTo("ws_0");
            assertThat(most).isEqualTo(500);
            batches.incrementAndGet();
            int count = Math.min(most, left.get());
            left.addAndGet(-count);
            return count;
        };
        try (var deletion = new WorkspaceDeletion(database, () -> now, audit, List.of(part))) {
            deletion.round();
            assertThat(left).hasValue(0);
            assertThat(batches).hasValue(4);

            now = BEGIN.plus(WorkspaceDeletion.LAST_RECORDS).plusMillis(1);
            left.set(1); // the record of what was still running
            deletion.round();
            assertThat(left).hasValue(0);
            assertThat(file.rows("SELECT id FROM workspace WHERE id = 'ws_0'")).hasSize(1);

            deletion.round();
            assertThat(file.rows("SELECT id FROM workspace WHERE id = 'ws_0'")).isEmpty();
            assertThat(file.rows("SELECT count(*) FROM workspace")).containsExactly("1");
        }
    }
}
