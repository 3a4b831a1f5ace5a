-- Times are milliseconds since 1970 in UTC. Money is integer nano-dollars. Ids sort by time.

CREATE TABLE workspace (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    default_model TEXT,             -- provider/model, pinned when the first credential appears
    had_credential INTEGER NOT NULL DEFAULT 0, -- 1: the demo answers no more unless asked for
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key (
    id           TEXT    NOT NULL PRIMARY KEY,
    workspace_id TEXT    NOT NULL REFERENCES workspace (id),
    name         TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE,      -- SHA-256 of the whole key, which has 256 random bits
    last_four    TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE provider_token (
    id           TEXT    NOT NULL PRIMARY KEY,
    workspace_id TEXT    NOT NULL REFERENCES workspace (id),
    provider     TEXT    NOT NULL,
    name         TEXT,
    sealed       BLOB    NOT NULL,             -- see kit.crypto.Envelope
    last_four    TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX provider_token_provider ON provider_token (workspace_id, provider, id);

CREATE TABLE inference (
    id                       TEXT    NOT NULL,
    workspace_id             TEXT    NOT NULL,
    status                   TEXT    NOT NULL, -- running, completed, failed, cancelled, interrupted
    created_at               INTEGER NOT NULL,
    completed_at             INTEGER,
    provider                 TEXT    NOT NULL,
    model                    TEXT    NOT NULL,
    requested_model          TEXT,
    session_id               TEXT,
    api_key_id               TEXT    NOT NULL,
    client                   TEXT,
    streamed                 INTEGER NOT NULL,
    finish_reason            TEXT,
    input_tokens             INTEGER,
    output_tokens            INTEGER,
    cached_input_tokens      INTEGER,
    cache_write_input_tokens INTEGER,
    reasoning_tokens         INTEGER,
    cost_nano_usd            INTEGER,          -- null: unknown
    cost_source              TEXT,             -- reported, estimated, null
    latency_ms               INTEGER,
    time_to_first_token_ms   INTEGER,
    attempts                 TEXT    NOT NULL, -- JSON
    error_code               TEXT,
    error_message            TEXT,
    error_upstream_status    INTEGER,
    metadata                 TEXT    NOT NULL, -- JSON
    owner                    TEXT    NOT NULL, -- the server process that runs or ran it
    PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX inference_running ON inference (owner) WHERE status = 'running';

-- One row, written to see whether rows can be written.
CREATE TABLE probe (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    written_at INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL,
    workspace_id TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    timestamp    INTEGER NOT NULL,
    data         TEXT    NOT NULL              -- JSON
) STRICT;
