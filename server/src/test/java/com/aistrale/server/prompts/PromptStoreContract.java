package com.aistrale.server.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.http.IfMatch;
import com.aistrale.server.kit.http.Tags;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What prompts must do on every database. */
@Timeout(120)
abstract class PromptStoreContract {
    private static final Instant BEGIN = Instant.parse("2026-11-23T08:00:00.123Z");
    private static final Caller ADA = caller("ws_1", "key_ada");
    private static final int CREATORS = 50;

    private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);
    private final AtomicLong nanos = new AtomicLong();

    private Database database;
    private Prompts prompts;

    /** A database of the test's own, empty and migrated. */
    abstract Database open() throws Exception;

    /** The database as another server process would have it. */
    abstract Database openAgain() throws Exception;

    /** What a connection of its own sees. */
    abstract List<String> rows(String query) throws Exception;

    private List<String> events() throws Exception {
        return rows("SELECT data FROM event ORDER BY seq");
    }

    @BeforeEach
    void begin() throws Exception {
        database = open();
        prompts = prompts(database);
    }

    @AfterEach
    void end() {
        database.close();
    }

    private Prompts prompts(Database on) {
        var ids = new Ids(now::get, new Random());
        return new Prompts(on, new SqlEvents(), new Audit(ids, now::get), ids, now::get, nanos::get);
    }

    private static Caller caller(String workspace, String key) {
        return new Caller(workspace, key, Role.MEMBER, null, false, null);
    }

    private static Draft draft(String text) {
        return new Draft(new PromptContent(text, null, List.of(), Json.object()), null);
    }

    private static String text(Prompts.Found found) {
        return found.version().content().text();
    }

    private static ProblemCode refusal(Runnable work) {
        return catchThrowableOfType(ProblemException.class, work::run).problem().code();
    }

    @Test
    void whatIsStoredComesBack() {
        var messages = Json.array();
        messages.addObject().put("role", "user").put("content", "Grüße 👋, {{x}}\u2028\r\n'\"\\");
        var variables = List.of(
                new Variable("x", Variable.Type.OBJECT, false, Json.parse("{\"a\":[1.50,null]}"), "what, it is"),
                new Variable("y", Variable.Type.STRING, true, null, null));
        var content = new PromptContent(null, messages, variables, Json.object().put("temperature", 0.5));

        prompts.create(ADA, "a", "Größe\n", new Draft(content, "note"));

        var found = prompts.version("ws_1", "a", new VersionRef.Usual());
        assertThat(found.version())
                .isEqualTo(new PromptVersion(
                        "a", 1, PromptContent.stored(Json.text(content.json())), "note", BEGIN, "key_ada"));
        assertThat(found.prompt().description()).isEqualTo("Größe\n");
        assertThat(found.prompt().createdAt()).isEqualTo(BEGIN);
    }

    @Test
    void aNameIsTakenOnce() {
        prompts.create(ADA, "a", null, draft("1"));

        assertThat(refusal(() -> prompts.create(ADA, "a", null, draft("2")))).isEqualTo(ProblemCode.CONFLICT);
        assertThat(text(prompts.version("ws_1", "a", new VersionRef.Usual()))).isEqualTo("1");
        assertThat(prompts.create(caller("ws_2", "key_bob"), "a", null, draft("3"))
                        .latestVersion())
                .isEqualTo(1);
    }

    @Test
    void nothingOfAnotherWorkspaceIsSeenOrChanged() {
        prompts.create(ADA, "a", null, draft("1"));
        var bob = caller("ws_2", "key_bob");

        var refusals = List.<Runnable>of(
                () -> prompts.get("ws_2", "a"),
                () -> prompts.version("ws_2", "a", new VersionRef.Numbered(1)),
                () -> prompts.versions("ws_2", "a", 10, 10),
                () -> prompts.compiled("ws_2", "a", new VersionRef.Usual()),
                () -> prompts.describe(bob, "a", IfMatch.ANY, "x"),
                () -> prompts.addVersion(bob, "a", IfMatch.ANY, draft("2")),
                () -> prompts.label(bob, "a", IfMatch.ANY, "production", 1),
                () -> prompts.unlabel(bob, "a", IfMatch.ANY, "production"),
                () -> prompts.delete(bob, "a", IfMatch.ANY));

        assertThat(refusals).allSatisfy(work -> assertThat(refusal(work)).isEqualTo(ProblemCode.NOT_FOUND));
        assertThat(prompts.list("ws_2", null, null, 10).prompts()).isEmpty();
        assertThat(prompts.get("ws_1", "a").revision()).isEqualTo(1);
    }

    @Test
    void whatIsDeletedIsGoneUntilItIsMadeAgain() {
        prompts.create(ADA, "a", "old", draft("1"));
        prompts.addVersion(ADA, "a", IfMatch.ANY, draft("2"));
        prompts.label(ADA, "a", IfMatch.ANY, "production", 1);
        now.set(BEGIN.plusSeconds(60));

        prompts.delete(ADA, "a", IfMatch.ANY);

        assertThat(refusal(() -> prompts.get("ws_1", "a"))).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(() -> prompts.compiled("ws_1", "a", new VersionRef.Numbered(1))))
                .isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(() -> prompts.delete(ADA, "a", IfMatch.ANY))).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(prompts.list("ws_1", null, null, 10).prompts()).isEmpty();

        var again = prompts.create(ADA, "a", null, draft("3"));
        assertThat(again.latestVersion()).isEqualTo(3);
        assertThat(again.revision()).isEqualTo(5);
        assertThat(again.labels()).isEmpty();
        assertThat(again.description()).isNull();
        assertThat(again.createdAt()).isEqualTo(BEGIN.plusSeconds(60));
        assertThat(text(prompts.version("ws_1", "a", new VersionRef.Numbered(1))))
                .isEqualTo("1");
        assertThat(text(prompts.version("ws_1", "a", new VersionRef.Usual()))).isEqualTo("3");
    }

    @Test
    void aChangeForAnotherRevisionChangesNothing() throws Exception {
        prompts.create(ADA, "a", null, draft("1"));
        prompts.describe(ADA, "a", IfMatch.ANY, "now at 2");
        int events = events().size();
        var old = revision(1);

        var refusals = List.<Runnable>of(
                () -> prompts.describe(ADA, "a", old, "x"),
                () -> prompts.addVersion(ADA, "a", old, draft("2")),
                () -> prompts.label(ADA, "a", old, "production", 1),
                () -> prompts.put(ADA, "a", old, null, draft("2")),
                () -> prompts.delete(ADA, "a", old));

        assertThat(refusals).allSatisfy(work -> assertThat(refusal(work)).isEqualTo(ProblemCode.PRECONDITION_FAILED));
        assertThat(prompts.get("ws_1", "a").revision()).isEqualTo(2);
        assertThat(events()).hasSize(events);
        assertThat(prompts.describe(ADA, "a", revision(2), "y").revision()).isEqualTo(3);
    }

    private static IfMatch revision(long revision) {
        return Tags.of(revision);
    }

    @Test
    void fiftyCreatorsAtOnceLeaveNeitherGapNorDouble() throws Exception {
        prompts.create(ADA, "a", null, draft("0"));
        try (var other = openAgain()) {
            var both = List.of(prompts, prompts(other));

            var made = atOnce(i -> both.get(i % 2).addVersion(ADA, "a", IfMatch.ANY, draft("of " + i)));

            assertThat(made.stream().map(found -> found.version().version()).sorted())
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(2, CREATORS + 1).boxed().toList());
            assertThat(made.stream().map(found -> found.prompt().revision()).sorted())
                    .containsExactlyElementsOf(IntStream.rangeClosed(2, CREATORS + 1)
                            .mapToObj(Long::valueOf)
                            .toList());
            assertThat(events()).hasSize(1 + CREATORS);
            for (int i = 0; i < CREATORS; i++) {
                var number = new VersionRef.Numbered(made.get(i).version().version());
                assertThat(text(prompts.version("ws_1", "a", number))).isEqualTo("of " + i);
            }
        }
    }

    @Test
    void ofFiftyWhoStartFromOneRevisionOneWins() throws Exception {
        prompts.create(ADA, "a", null, draft("0"));
        var first = revision(1);
        try (var other = openAgain()) {
            var both = List.of(prompts, prompts(other));

            var won = atOnce(i -> {
                try {
                    both.get(i % 2).addVersion(ADA, "a", first, draft("of " + i));
                    return true;
                } catch (ProblemException lost) {
                    assertThat(lost.problem().code()).isEqualTo(ProblemCode.PRECONDITION_FAILED);
                    return false;
                }
            });

            assertThat(Collections.frequency(won, true)).isEqualTo(1);
            assertThat(prompts.get("ws_1", "a").latestVersion()).isEqualTo(2);
        }
    }

    @Test
    void ofFiftyWhoMakeOneNameOneWins() throws Exception {
        try (var other = openAgain()) {
            var both = List.of(prompts, prompts(other));

            var won = atOnce(i -> {
                try {
                    both.get(i % 2).create(ADA, "a", null, draft("of " + i));
                    return true;
                } catch (ProblemException lost) {
                    assertThat(lost.problem().code()).isEqualTo(ProblemCode.CONFLICT);
                    return false;
                }
            });

            assertThat(Collections.frequency(won, true)).isEqualTo(1);
            assertThat(prompts.versions("ws_1", "a", 100, 10).versions()).hasSize(1);
        }
    }

    @Test
    void noMoveOfALabelIsLost() throws Exception {
        prompts.create(ADA, "a", null, draft("1"));
        for (int i = 2; i <= 5; i++) {
            prompts.addVersion(ADA, "a", IfMatch.ANY, draft(String.valueOf(i)));
        }
        try (var other = openAgain()) {
            var both = List.of(prompts, prompts(other));

            atOnce(i -> both.get(i % 2).label(ADA, "a", IfMatch.ANY, "label-" + i % 10, 1 + i % 5));

            var labels = prompts.get("ws_1", "a").labels();
            assertThat(labels).hasSize(10);
            labels.forEach(
                    (label, version) -> assertThat(version).isEqualTo(1 + Integer.parseInt(label.substring(6)) % 5));
            assertThat(prompts.get("ws_1", "a").revision()).isEqualTo(5 + 10);
            assertThat(events()).hasSize(5 + 10);
            assertThat(rows("SELECT action FROM audit_log")).hasSize(10).containsOnly("prompt.label_moved");
        }
    }

    /** What each of {@value #CREATORS} threads, begun together, came to. */
    private static <T> List<T> atOnce(Function<Integer, T> work) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<T>>();
            for (int i = 0; i < CREATORS; i++) {
                int number = i;
                running.add(threads.submit(() -> work.apply(number)));
            }
            var all = new ArrayList<T>();
            for (var one : running) {
                all.add(one.get());
            }
            return all;
        }
    }

    @Test
    void labelsOfOneNodeAreSeenByTheOtherAfterTwoSeconds() throws Exception {
        prompts.create(ADA, "a", null, draft("1"));
        prompts.addVersion(ADA, "a", IfMatch.ANY, draft("2"));
        prompts.label(ADA, "a", IfMatch.ANY, "production", 1);
        try (var other = openAgain()) {
            var there = prompts(other);
            assertThat(there.compiled("ws_1", "a", new VersionRef.Usual())
                            .version()
                            .version())
                    .isEqualTo(1);

            prompts.label(ADA, "a", IfMatch.ANY, "production", 2);

            assertThat(prompts.compiled("ws_1", "a", new VersionRef.Usual())
                            .version()
                            .version())
                    .as("where it was moved, at once")
                    .isEqualTo(2);
            nanos.addAndGet(PromptCache.FRESH.toNanos() + 1);
            assertThat(there.compiled("ws_1", "a", new VersionRef.Usual())
                            .version()
                            .version())
                    .isEqualTo(2);
            prompts.label(ADA, "a", IfMatch.ANY, "new", 1);
            assertThat(there.compiled("ws_1", "a", new VersionRef.Labelled("new"))
                            .version()
                            .version())
                    .as("what is not known is looked for")
                    .isEqualTo(1);
            prompts.delete(ADA, "a", IfMatch.ANY);
            nanos.addAndGet(PromptCache.FRESH.toNanos() + 1);
            assertThat(refusal(() -> there.compiled("ws_1", "a", new VersionRef.Numbered(1))))
                    .isEqualTo(ProblemCode.NOT_FOUND);
        }
    }

    @Test
    void pagesByNameGiveEachOnceInOrder() {
        var names = new ArrayList<String>();
        for (var name : List.of("b", "B", "a-1", "a.1", "a_1", "a1", "Z", "z", "0", "percent", "under_score", "a")) {
            prompts.create(ADA, name, null, draft("1"));
            prompts.label(ADA, name, IfMatch.ANY, "production", 1);
            prompts.label(ADA, name, IfMatch.ANY, "staging", 1);
            names.add(name);
        }
        Collections.sort(names); // by code point, on every database

        for (int limit = 1; limit <= 13; limit++) {
            var found = new ArrayList<String>();
            String after = null;
            Prompts.Page page;
            do {
                page = prompts.list("ws_1", after, null, limit);
                page.prompts().forEach(prompt -> found.add(prompt.name()));
                assertThat(page.prompts())
                        .allSatisfy(prompt -> assertThat(prompt.labels()).hasSize(2));
                after = page.prompts().getLast().name();
            } while (page.more());
            assertThat(found).isEqualTo(names);
        }
    }

    @Test
    void aPartOfTheNameIsTakenAsItStands() {
        for (var name : List.of("Alpha", "beta", "a_b", "aXb", "p.c", "100")) {
            prompts.create(ADA, name, null, draft("1"));
        }

        assertThat(named("ALPH")).containsExactly("Alpha");
        assertThat(named("_")).containsExactly("a_b");
        assertThat(named("%")).isEmpty();
        assertThat(named("!")).isEmpty();
        assertThat(named("\\")).isEmpty();
        assertThat(named("b")).containsExactly("aXb", "a_b", "beta");
        assertThat(named(".")).containsExactly("p.c");
        assertThat(named("'; --")).isEmpty();
        assertThat(named(":name ? <x>")).isEmpty();
    }

    private List<String> named(String part) {
        return prompts.list("ws_1", null, part, 100).prompts().stream()
                .map(Prompt::name)
                .toList();
    }

    @Test
    void versionsComeNewestFirstInPages() {
        prompts.create(ADA, "a", null, draft("1"));
        for (int i = 2; i <= 5; i++) {
            prompts.addVersion(ADA, "a", IfMatch.ANY, draft(String.valueOf(i)));
        }

        var first = prompts.versions("ws_1", "a", Integer.MAX_VALUE, 2);
        var second = prompts.versions("ws_1", "a", 4, 3);

        assertThat(first.versions()).extracting(PromptVersion::version).containsExactly(5, 4);
        assertThat(first.more()).isTrue();
        assertThat(second.versions()).extracting(PromptVersion::version).containsExactly(3, 2, 1);
        assertThat(second.more()).isFalse();
    }

    @Test
    void puttingWhatIsThereMakesNothing() throws Exception {
        assertThat(prompts.put(ADA, "a", IfMatch.ANY, "one", draft("1")).created())
                .isTrue();
        assertThat(prompts.put(ADA, "a", IfMatch.ANY, null, draft("2")).created())
                .isTrue();
        int events = events().size();

        var same = prompts.put(ADA, "a", IfMatch.ANY, null, draft("2"));
        assertThat(same.created()).isFalse();
        assertThat(same.found().version().version()).isEqualTo(2);
        assertThat(same.found().prompt().revision()).isEqualTo(2);
        assertThat(same.found().prompt().description()).isEqualTo("one");
        var described = prompts.put(ADA, "a", IfMatch.ANY, "two", draft("2"));
        assertThat(described.created()).isFalse();
        assertThat(described.found().prompt().revision()).isEqualTo(3);
        assertThat(described.found().prompt().description()).isEqualTo("two");
        assertThat(events()).hasSize(events);

        assertThat(prompts.put(ADA, "a", IfMatch.ANY, null, draft("1"))
                        .found()
                        .version()
                        .version())
                .as("what an older one had is new again")
                .isEqualTo(3);
    }

    @Test
    void whatIsPutIsMadeAlsoWhenItIsDeletedMeanwhile() {
        prompts.create(ADA, "a", null, draft("1"));
        var looks = new AtomicInteger();
        InstantSource clock = () -> {
            if (looks.incrementAndGet() == 2) { // the name was taken, and its row is not held yet
                prompts.delete(ADA, "a", IfMatch.ANY);
            }
            return BEGIN;
        };
        var ids = new Ids(now::get, new Random(2));
        var racing = new Prompts(database, new SqlEvents(), new Audit(ids, now::get), ids, clock, nanos::get);

        var put = racing.put(ADA, "a", IfMatch.ANY, null, draft("2"));

        assertThat(looks.get()).isGreaterThanOrEqualTo(2);
        assertThat(put.created()).isTrue();
        assertThat(put.found().version().version()).isEqualTo(2);
        assertThat(text(prompts.version("ws_1", "a", new VersionRef.Usual()))).isEqualTo("2");
        prompts.delete(ADA, "a", IfMatch.ANY);
        assertThat(refusal(() -> prompts.put(ADA, "a", revision(4), null, draft("3"))))
                .as("a revision is of what is there")
                .isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void aWorkspaceIsDeletedInBatches() {
        var bob = caller("ws_2", "key_bob");
        for (var who : List.of(ADA, bob)) {
            for (var name : List.of("a", "b", "c")) {
                prompts.create(who, name, null, draft("1"));
                prompts.addVersion(who, name, IfMatch.ANY, draft("2"));
                prompts.label(who, name, IfMatch.ANY, "production", 1);
            }
        }
        prompts.delete(ADA, "c", IfMatch.ANY);

        var batches = new ArrayList<Integer>();
        int deleted;
        do {
            deleted = prompts.deleteBatch("ws_1", 4);
            batches.add(deleted);
        } while (deleted > 0);

        assertThat(batches).containsExactly(2, 4, 2, 3, 0);
        assertThat(prompts.list("ws_1", null, null, 10).prompts()).isEmpty();
        assertThat(prompts.create(ADA, "c", null, draft("1")).latestVersion()).isEqualTo(1);
        assertThat(prompts.list("ws_2", null, null, 10).prompts()).hasSize(3);
        assertThat(text(prompts.version("ws_2", "a", new VersionRef.Labelled("production"))))
                .isEqualTo("1");
    }
}
