-- Webhooks, and what is on its way to them.

ALTER TABLE event ADD COLUMN test SMALLINT NOT NULL DEFAULT 0;  -- 1: a sample, for who listens and no webhook

CREATE UNIQUE INDEX event_id ON event (id);

CREATE TABLE webhook (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id      TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    name              TEXT,
    url               TEXT    NOT NULL,
    events            TEXT    NOT NULL,           -- JSON array of types; ["*"]: all
    filter            TEXT,                       -- JSON object: what the event's metadata must have; null: anything
    include_content   SMALLINT NOT NULL,
    header_names      TEXT    NOT NULL,           -- JSON array
    headers           BYTEA, -- sealed JSON object; see kit.crypto.Envelope; null: none
    secret            BYTEA    NOT NULL, -- sealed
    previous_secret   BYTEA, -- sealed; signs too until it expires
    previous_expires_at BIGINT,
    enabled           SMALLINT NOT NULL,
    disabled_reason   TEXT,                       -- manual, gone, failing; null while it is enabled
    failing_since     BIGINT, -- of the first failure behind the last success
    since_seq         BIGINT NOT NULL, -- it gets the events with a higher seq
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    deleted_at        BIGINT -- it goes with the last of its deliveries
);

CREATE INDEX webhook_workspace ON webhook (workspace_id, id);

-- One event on its way to one webhook. What is sent is made from the event, of which there is no copy.
CREATE TABLE webhook_delivery (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id    TEXT COLLATE "C" NOT NULL,
    webhook_id      TEXT COLLATE "C" NOT NULL,
    event_id        TEXT COLLATE "C" NOT NULL,
    event_type      TEXT    NOT NULL,
    status          TEXT    NOT NULL,             -- pending, delivered, failed
    attempt_count   INTEGER NOT NULL,
    schedule_from   INTEGER NOT NULL,             -- how many attempts there were when its schedule began; below 0: a test, with one attempt
    next_attempt_at BIGINT, -- null unless pending
    locked_until    BIGINT, -- until then a node is at it
    locked_by       TEXT COLLATE "C",
    response_code   INTEGER,                      -- of the last attempt
    error           TEXT,                         -- of the last attempt, or why there was none
    created_at      BIGINT NOT NULL,
    delivered_at    BIGINT,
    ended_at        BIGINT -- null while it is pending
) WITH (autovacuum_vacuum_scale_factor = 0.02); -- its rows change place in an index three times: what they leave there is to go soon

CREATE UNIQUE INDEX webhook_delivery_event ON webhook_delivery (event_id, webhook_id);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_due
    ON webhook_delivery (webhook_id, (CASE WHEN attempt_count > 0 THEN 1 ELSE 0 END), coalesce(locked_until, next_attempt_at))
    WHERE status = 'pending';
CREATE INDEX webhook_delivery_locked ON webhook_delivery (locked_by) WHERE locked_by IS NOT NULL;
CREATE INDEX webhook_delivery_failed ON webhook_delivery (webhook_id, id) WHERE status = 'failed';
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    delivery_id   TEXT COLLATE "C" NOT NULL,
    number        INTEGER NOT NULL,
    started_at    BIGINT NOT NULL,
    latency_ms    BIGINT NOT NULL,
    response_code INTEGER,
    error         TEXT,                           -- null: delivered
    response_body TEXT,                           -- its first 16 KiB
    PRIMARY KEY (delivery_id, number)
);

-- How far the outbox has been read by those who go on where they stood, such as webhooks.
CREATE TABLE event_reader (
    name           TEXT NOT NULL PRIMARY KEY,
    transaction_id BIGINT NOT NULL,
    seq            BIGINT NOT NULL
);
