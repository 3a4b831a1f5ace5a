package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The outbox: written in the transaction that causes an event, read in an order in which nothing comes late. */
public interface Events {
    /** An event and where it stands. */
    record Appended(Position position, Event event) {}

    /** Whose event stands where, and of when. */
    record Stored(Position position, String id, String workspaceId, Instant timestamp) {}

    /** Appends in the transaction that makes the event true; its commit is told to {@link #arrivals}. */
    void append(Tx tx, Event event) throws SQLException;

    /** Wakes who waits for this process's events. */
    Arrivals arrivals();

    /** Those of these events that are there, by id. */
    Map<String, Event> among(Tx tx, Collection<String> ids);

    /** The highest number that an event has drawn: those that are appended from now on have higher ones, on all nodes. */
    long drawn(Tx tx);

    /**
     * The next events of all workspaces. Who goes on from the last one's position misses none, and sees none twice:
     * what is committed later stands behind, whichever node wrote it. So one may be shown a little after its commit,
     * while an older transaction is still running.
     *
     * @param position {@link Position#START}, or that of the last event seen
     */
    List<Appended> after(Tx tx, Position position, int limit);

    /** Where a reader of this name stands; empty when it never said, or when a restore has made that worthless. */
    Optional<Position> place(Tx tx, String reader);

    /**
     * Notes where a reader stands, by compare-and-set: several may read, and one of them goes on.
     *
     * @param from what {@link #place} said
     * @return false when it stands elsewhere by now
     */
    boolean move(Tx tx, String reader, Optional<Position> from, Position to) throws SQLException;

    /** Behind all that can be read now: for those who want only what comes. */
    Position end(Tx tx);

    /**
     * Whether this database can have given the position. It has not if it is another kind, or if it was restored from a
     * time or in a place where so far was not counted: then what comes next may stand before it.
     */
    boolean isKnown(Tx tx, Position position);

    /**
     * At a node's start, before it does anything: makes events readable again that were restored from a place that had
     * counted farther, ahead of all that come. In order; where clients and readers stood in them is forgotten.
     */
    void admitRestored(Database database);

    /**
     * The next events of all workspaces as they stand, by the table's key, for those who delete: also those that a reader
     * is not shown yet. A deletion does not come back for them, as a reader does.
     */
    List<Stored> stored(Tx tx, Position position, int limit);

    /** Of a workspace's events as they stand, those behind {@code from} and up to {@code to} whose data have this text. */
    List<Appended> containing(Tx tx, String workspaceId, String text, Position from, Position to);

    /** Deletes these for good: when what they tell of is deleted. */
    void delete(Tx tx, List<Position> positions) throws SQLException;
}
