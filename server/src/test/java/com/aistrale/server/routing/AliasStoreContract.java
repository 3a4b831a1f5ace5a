package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What aliases must do on every database. */
@Timeout(120)
abstract class AliasStoreContract {
    private static final Instant BEGIN = Instant.parse("2026-11-23T08:00:00.123Z");
    private static final Caller ADA = caller("ws_1");
    private static final Caller BOB = caller("ws_2");

    private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);
    private final AtomicLong nanos = new AtomicLong();
    private TestDatabase kind;
    private Database database;
    private Aliases aliases;

    abstract TestDatabase database() throws Exception;

    @BeforeEach
    void open() throws Exception {
        kind = database();
        database = kind.open();
        try (var other = kind.connect()) {
            for (var id : List.of("ws_1", "ws_2")) {
                other.execute("INSERT INTO workspace (id, name, created_at) VALUES ('" + id + "', '" + id + "', 0)");
            }
        }
        aliases = aliases(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Aliases aliases(Database on) {
        return new Aliases(on, new Audit(new Ids(now::get, new Random(1)), now::get), now::get, nanos::get);
    }

    private static Caller caller(String workspace) {
        return new Caller(workspace, "key_1", Role.ADMIN, null, false, null);
    }

    private List<String> audit() throws Exception {
        try (var other = kind.connect()) {
            return other.rows("SELECT action, target_type, target_id, detail FROM audit_log ORDER BY id");
        }
    }

    @Test
    void whatIsSetIsThereAndSaidInTheLog() throws Exception {
        var set = aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of("groq/x", "gpt-4o"));

        assertThat(set).isEqualTo(new Alias("fast", "openai/gpt-4o-mini", List.of("groq/x", "gpt-4o"), BEGIN, BEGIN));
        assertThat(aliases.get("ws_1", "fast")).isEqualTo(set);
        assertThat(aliases.find("ws_1", "fast")).isEqualTo(set);
        assertThat(aliases.list("ws_1")).containsExactly(set);
        assertThat(audit())
                .containsExactly("alias.created|alias|fast|"
                        + Json.text(Json.parse(
                                "{\"model\":\"openai/gpt-4o-mini\",\"fallbacks\":[\"groq/x\",\"gpt-4o\"]}")));
    }

    @Test
    void whatIsSetAgainIsChangedAndKeepsItsBirthday() throws Exception {
        aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of());
        now.set(BEGIN.plusSeconds(5));

        var changed = aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of("groq/x"));

        assertThat(changed.createdAt()).isEqualTo(BEGIN);
        assertThat(changed.updatedAt()).isEqualTo(BEGIN.plusSeconds(5));
        assertThat(aliases.find("ws_1", "fast")).isEqualTo(changed);
        assertThat(audit().getLast())
                .isEqualTo("alias.updated|alias|fast|{\"fallbacks\":{\"before\":[],\"after\":[\"groq/x\"]}}");
    }

    @Test
    void whatIsSetToWhatItIsStays() throws Exception {
        var set = aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of());
        now.set(BEGIN.plusSeconds(5));

        assertThat(aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of())).isEqualTo(set);
        assertThat(audit()).hasSize(1);
    }

    @Test
    void eachWorkspaceHasItsOwn() {
        aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of());
        aliases.set(BOB, "fast", "groq/x", List.of());
        aliases.set(BOB, "b", "groq/x", List.of());
        aliases.set(BOB, "B", "groq/y", List.of());

        assertThat(aliases.list("ws_1")).extracting(Alias::model).containsExactly("openai/gpt-4o-mini");
        assertThat(aliases.list("ws_2")).extracting(Alias::name).containsExactly("B", "b", "fast");
        assertThat(aliases.find("ws_1", "b")).isNull();
        assertThat(aliases.known(BOB)).hasSize(3);
        aliases.delete(BOB, "fast");
        assertThat(aliases.find("ws_2", "fast")).isNull();
        assertThat(aliases.find("ws_1", "fast")).isNotNull();
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(refused(() -> aliases.get("ws_1", "fast")).code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refused(() -> aliases.delete(ADA, "fast")).detail())
                .isEqualTo("There is no alias `fast` in this workspace.");
    }

    @Test
    void anAliasStandsForNoOtherAlias() {
        aliases.set(ADA, "fast", "openai/gpt-4o-mini", List.of());

        var problem = refused(() -> aliases.set(ADA, "best", "fast", List.of("groq/x", "fast")));

        assertThat(problem.code()).isEqualTo(ProblemCode.INVALID_REQUEST);
        assertThat(problem.errors()).extracting(Object::toString).hasSize(2);
        assertThat(problem.errors().get(0).pointer()).isEqualTo("/model");
        assertThat(problem.errors().get(1).pointer()).isEqualTo("/fallbacks/1");
        assertThat(problem.errors().get(0).detail())
                .isEqualTo("`fast` is an alias itself; name the model, as in `provider/model`");
        assertThat(aliases.find("ws_1", "best")).isNull();
        aliases.set(BOB, "best", "fast", List.of()); // no alias there
    }

    @Test
    void theTwoHundredAndFirstIsRefusedHoweverManyComeAtOnce() throws Exception {
        IntStream.range(0, Alias.MOST - 5).forEach(i -> aliases.set(ADA, "a" + i, "openai/gpt-4o", List.of()));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var again = kind.toString().startsWith("postgresql:") ? kind.open() : null) {
            var other = again == null ? aliases : aliases(again);
            var refused = IntStream.range(0, 20)
                    .mapToObj(i -> threads.submit(() -> {
                        try {
                            (i % 2 == 0 ? aliases : other).set(ADA, "b" + i, "openai/gpt-4o", List.of());
                            return null;
                        } catch (ProblemException problem) {
                            return problem.problem();
                        }
                    }))
                    .toList();
            int count = 0;
            for (var each : refused) {
                var problem = each.get();
                if (problem != null) {
                    count++;
                    assertThat(problem.code()).isEqualTo(ProblemCode.CONFLICT);
                }
            }
            assertThat(count).isEqualTo(15);
        }
        assertThat(aliases.list("ws_1")).hasSize(Alias.MOST);
        aliases.set(ADA, "a0", "openai/gpt-4o-mini", List.of()); // no new one
    }

    @Test
    void ofADeletedWorkspaceNoneStays() {
        IntStream.range(0, 5).forEach(i -> aliases.set(ADA, "a" + i, "openai/gpt-4o", List.of()));
        aliases.set(BOB, "fast", "openai/gpt-4o", List.of());
        assertThat(aliases.find("ws_1", "a4")).isNotNull();

        assertThat(aliases.deleteBatch("ws_1", 3)).isEqualTo(3);
        assertThat(aliases.deleteBatch("ws_1", 3)).isEqualTo(2);
        assertThat(aliases.deleteBatch("ws_1", 3)).isZero();
        assertThat(aliases.find("ws_1", "a4")).isNull();
        assertThat(aliases.list("ws_2")).hasSize(1);
    }

    @Test
    void whatIsKnownIsReadAgainAfterAWhile() throws Exception {
        aliases.set(ADA, "fast", "openai/gpt-4o", List.of());
        assertThat(aliases.find("ws_1", "fast")).isNotNull();
        try (var other = kind.connect()) {
            other.execute("DELETE FROM alias");
        }

        assertThat(aliases.find("ws_1", "fast")).isNotNull();
        nanos.addAndGet(database.trust().toNanos());
        assertThat(aliases.find("ws_1", "fast")).isNull();
    }

    private static com.aistrale.server.kit.problem.Problem refused(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(ProblemException.class, call).problem();
    }
}
