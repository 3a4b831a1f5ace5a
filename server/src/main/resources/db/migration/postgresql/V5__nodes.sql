-- The server processes on this database; what a node that is gone left behind is another's to end.

CREATE TABLE node (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    started_at BIGINT           NOT NULL,
    seen_at    BIGINT           NOT NULL,     -- both by the database's clock
    url        TEXT                           -- null until it listens
);

-- Work that one node does for all.
CREATE TABLE lease (
    name       TEXT             NOT NULL PRIMARY KEY,
    node_id    TEXT COLLATE "C" NOT NULL,
    until      BIGINT           NOT NULL      -- by the database's clock
);

-- Written to see whether rows can be written: a row for each node, as nodes that share one wait for each other.
DROP TABLE probe;

CREATE TABLE probe (
    node_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    written_at BIGINT           NOT NULL
);
