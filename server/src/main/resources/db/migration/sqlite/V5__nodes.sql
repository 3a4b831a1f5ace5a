-- The server processes on this database; what a node that is gone left behind is another's to end.

CREATE TABLE node (
    id         TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL                -- by the database's clock
) STRICT;
