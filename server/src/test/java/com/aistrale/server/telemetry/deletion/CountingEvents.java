package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.events.Arrivals;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** An outbox that counts the rows it gives. */
final class CountingEvents implements Events {
    private final Events events;
    private final AtomicInteger rows = new AtomicInteger();

    CountingEvents(Events events) {
        this.events = events;
    }

    /** Since the last time this was asked. */
    int rows() {
        return rows.getAndSet(0);
    }

    private <T> List<T> counted(List<T> given) {
        rows.addAndGet(given.size());
        return given;
    }

    @Override
    public void append(Tx tx, Event event) throws SQLException {
        events.append(tx, event);
    }

    @Override
    public List<Appended> after(Tx tx, Position position, int limit) {
        return counted(events.after(tx, position, limit));
    }

    @Override
    public Position end(Tx tx) {
        return events.end(tx);
    }

    @Override
    public boolean isKnown(Tx tx, Position position) {
        return events.isKnown(tx, position);
    }

    @Override
    public void admitRestored(Database database) {
        events.admitRestored(database);
    }

    @Override
    public List<Stored> stored(Tx tx, Position position, int limit) {
        return counted(events.stored(tx, position, limit));
    }

    @Override
    public List<Appended> containing(Tx tx, String workspaceId, String text, Position from, Position to) {
        return counted(events.containing(tx, workspaceId, text, from, to));
    }

    @Override
    public void delete(Tx tx, List<Position> positions) throws SQLException {
        events.delete(tx, positions);
    }

    @Override
    public Arrivals arrivals() {
        return events.arrivals();
    }

    @Override
    public Map<String, Event> among(Tx tx, Collection<String> ids) {
        return events.among(tx, ids);
    }

    @Override
    public long drawn(Tx tx) {
        return events.drawn(tx);
    }

    @Override
    public Optional<Position> place(Tx tx, String reader) {
        return events.place(tx, reader);
    }

    @Override
    public boolean move(Tx tx, String reader, Optional<Position> from, Position to) throws SQLException {
        return events.move(tx, reader, from, to);
    }
}
