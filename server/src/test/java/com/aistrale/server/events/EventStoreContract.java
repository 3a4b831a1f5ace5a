package com.aistrale.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every outbox promises: all events, once, in an order in which nothing comes late. */
@Timeout(60)
abstract class EventStoreContract {
    static final Instant TIME = Instant.parse("2026-11-25T08:00:00.123Z");

    @TempDir
    Path folder;

    final Events events = new SqlEvents();
    TestDatabase kind;
    Database database;

    abstract TestDatabase database(Path folder) throws Exception;

    @BeforeEach
    void open() throws Exception {
        kind = database(folder);
        database = kind.open();
    }

    @AfterEach
    void close() {
        database.close();
    }

    static Event event(String id) {
        return new Event(id, "ws_1", "inference.completed", TIME, "{\"n\":1}");
    }

    CompletableFuture<Void> append(String id) {
        return database.submit(tx -> events.append(tx, event(id)));
    }

    List<Events.Appended> after(Position position, int limit) {
        return database.read(tx -> events.after(tx, position, limit));
    }

    static List<String> ids(List<Events.Appended> read) {
        return read.stream().map(one -> one.event().id()).toList();
    }

    @Test
    void ofSeveralThatReadOneMovesOn() {
        assertThat(place("r")).isEmpty();
        assertThat(move(Optional.empty(), new Position(0, 5))).isTrue();
        assertThat(move(Optional.empty(), new Position(0, 6)))
                .as("another was first")
                .isFalse();
        assertThat(move(Optional.of(new Position(0, 5)), new Position(3, 9))).isTrue();
        assertThat(move(Optional.of(new Position(0, 5)), new Position(0, 7))).isFalse();

        assertThat(place("r")).contains(new Position(3, 9));
        assertThat(place("another")).isEmpty();
    }

    private Optional<Position> place(String reader) {
        return database.read(tx -> events.place(tx, reader));
    }

    private boolean move(Optional<Position> from, Position to) {
        return database.write(tx -> events.move(tx, "r", from, to));
    }

    @Test
    void whatWasAppendedIsReadAsItWasInOrder() {
        for (int i = 0; i < 5; i++) {
            Database.await(append("evt_" + i));
        }

        var all = after(Position.START, 100);
        assertThat(ids(all)).containsExactly("evt_0", "evt_1", "evt_2", "evt_3", "evt_4");
        assertThat(all.getFirst().event()).isEqualTo(event("evt_0"));
        assertThat(all).extracting(Events.Appended::position).isSorted();
    }

    @Test
    void pageAfterPageGivesAllOnce() {
        var written = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 250; i++) {
            written.add(append("evt_" + i));
        }
        written.forEach(Database::await);

        var read = new ArrayList<String>();
        var position = Position.START;
        for (var page = after(position, 7); !page.isEmpty(); page = after(position, 7)) {
            read.addAll(ids(page));
            position = page.getLast().position();
        }
        assertThat(read).hasSize(250).doesNotHaveDuplicates();
    }

    @Test
    void whoBeginsAtTheEndGetsWhatComesAndNothingElse() {
        Database.await(append("evt_old"));
        var end = database.read(events::end);
        assertThat(after(end, 10)).isEmpty();
        Database.await(append("evt_new"));

        assertThat(ids(after(end, 10))).containsExactly("evt_new");
    }

    @Test
    void ofAnEmptyOutboxTheEndIsItsBegin() {
        var end = database.read(events::end);
        Database.await(append("evt_first"));

        assertThat(ids(after(end, 10))).containsExactly("evt_first");
    }

    @Test
    void whatIsRolledBackIsNotThere() {
        var failed = database.submit(tx -> {
            events.append(tx, event("evt_never"));
            tx.prepare("INSERT INTO nowhere VALUES (1)").execute();
        });
        assertThat(failed.handle((done, problem) -> problem != null).join()).isTrue();
        Database.await(append("evt_1"));

        assertThat(ids(after(Position.START, 10))).containsExactly("evt_1");
    }

    boolean isKnown(Position position) {
        return database.read(tx -> events.isKnown(tx, position));
    }

    @Test
    void aPositionThatWasGivenIsKnownAlsoWhenItsEventIsGone() {
        assertThat(isKnown(Position.START)).isTrue();
        assertThat(isKnown(database.read(events::end))).isTrue();
        Database.await(append("evt_1"));
        Database.await(append("evt_2"));
        var last = after(Position.START, 10).getLast().position();
        Database.await(database.submit(tx -> events.delete(tx, List.of(last))));

        assertThat(isKnown(last)).isTrue();
        assertThat(isKnown(database.read(events::end))).isTrue();
    }

    @Test
    void aStartChangesNothingWhereNothingWasRestored() {
        Database.await(append("evt_1"));
        var before = after(Position.START, 10);
        events.admitRestored(database);

        assertThat(after(Position.START, 10)).isEqualTo(before);
    }
}
