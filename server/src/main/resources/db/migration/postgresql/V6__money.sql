-- Budgets, rate limits, routing, idempotency.

CREATE TABLE budget (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    name           TEXT    NOT NULL,
    scope          TEXT    NOT NULL,           -- workspace, api_key, provider, model, metadata
    scope_name     TEXT,                       -- the API key's id, the provider, the metadata key; null for the workspace
    scope_value    TEXT,                       -- the provider's model, the metadata value; else null
    period         TEXT    NOT NULL,           -- hour, day, week, month, total
    limit_nano_usd BIGINT NOT NULL,
    thresholds     TEXT    NOT NULL,           -- JSON array of percents, ascending
    action         TEXT    NOT NULL,           -- alert, block
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE INDEX budget_workspace ON budget (workspace_id, id);

-- What was spent in a period. Changed in the transactions in which inferences begin and end.
CREATE TABLE budget_period (
    budget_id         TEXT COLLATE "C" NOT NULL,
    period_start      BIGINT NOT NULL,
    spent_nano_usd    BIGINT NOT NULL,
    reserved_nano_usd BIGINT NOT NULL,        -- the sum of its reservations
    unpriced          BIGINT NOT NULL,        -- inferences of which the cost is not known
    PRIMARY KEY (budget_id, period_start)
);

-- What running inferences may come to cost. Goes with their end, or with the end of the node that runs them.
CREATE TABLE budget_reservation (
    inference_id TEXT COLLATE "C" NOT NULL,
    budget_id    TEXT COLLATE "C" NOT NULL,
    period_start BIGINT NOT NULL,
    nano_usd     BIGINT NOT NULL,
    owner        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (inference_id, budget_id)
);

-- A threshold that was reached: one fact for each budget, threshold and period.
CREATE TABLE budget_crossing (
    budget_id         TEXT COLLATE "C" NOT NULL,
    period_start      BIGINT NOT NULL,
    threshold_percent BIGINT NOT NULL,
    spent_nano_usd    BIGINT NOT NULL,
    crossed_at        BIGINT NOT NULL,
    PRIMARY KEY (budget_id, period_start, threshold_percent)
);

ALTER TABLE api_key ADD COLUMN requests_per_minute BIGINT; -- null: no limit
ALTER TABLE api_key ADD COLUMN tokens_per_minute BIGINT;   -- null: no limit

-- What of its limits a key has used, in sixty-millionths of a request or token: of a limit of n, n come back in a microsecond.
CREATE TABLE key_limit (
    api_key_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    counted_at     BIGINT NOT NULL,           -- microseconds since 1970
    requests_limit BIGINT NOT NULL,           -- by which it was counted; 0: none
    requests_out   BIGINT NOT NULL,
    tokens_limit   BIGINT NOT NULL,
    tokens_out     BIGINT NOT NULL
);

CREATE TABLE alias (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspace (id),
    name         TEXT COLLATE "C" NOT NULL,
    model        TEXT COLLATE "C" NOT NULL,
    fallbacks    TEXT    NOT NULL,             -- JSON array
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

ALTER TABLE provider_token ADD COLUMN weight BIGINT NOT NULL DEFAULT 1;
ALTER TABLE provider_token ADD COLUMN set_aside_at BIGINT;    -- null: in use
ALTER TABLE provider_token ADD COLUMN set_aside_reason TEXT;

-- A circuit that opened, and is open while closed_at is null.
CREATE TABLE circuit_opening (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    provider     TEXT COLLATE "C" NOT NULL,
    model        TEXT COLLATE "C" NOT NULL,
    reason       TEXT    NOT NULL,
    failure_percent BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL,
    retry_at     BIGINT NOT NULL,
    closed_at    BIGINT,
    owner        TEXT COLLATE "C" NOT NULL              -- the node that opened it
);

CREATE UNIQUE INDEX circuit_open ON circuit_opening (workspace_id, provider, model) WHERE closed_at IS NULL;
CREATE INDEX circuit_closed ON circuit_opening (closed_at) WHERE closed_at IS NOT NULL;

-- Requests by their Idempotency-Key, and their answers for as long as these are repeated.
CREATE TABLE idempotency_key (
    workspace_id TEXT COLLATE "C" NOT NULL,
    route        TEXT COLLATE "C" NOT NULL,
    key          TEXT COLLATE "C" NOT NULL,
    fingerprint  BYTEA  NOT NULL,              -- SHA-256 of the body
    state        TEXT   NOT NULL,              -- running, answered, released: free, but not for the first time; cancelling: runs; cancelled: not to be run for a while
    owner        TEXT COLLATE "C" NOT NULL,    -- the node that runs it
    inference_id TEXT COLLATE "C" NOT NULL,
    run          BIGINT NOT NULL,              -- how often it was run before, so that no two runs number events alike
    created_at   BIGINT NOT NULL,
    headers      TEXT,                         -- JSON
    answer       BYTEA,                        -- see kit.crypto.Envelope
    PRIMARY KEY (workspace_id, route, key)
);

CREATE INDEX idempotency_key_inference ON idempotency_key (inference_id); -- in the order of time

-- Inferences that somebody asked to end, for the node that runs them.
CREATE TABLE cancellation (
    inference_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id TEXT COLLATE "C" NOT NULL,
    owner        TEXT COLLATE "C" NOT NULL,
    asked_at     BIGINT NOT NULL
);

CREATE INDEX cancellation_owner ON cancellation (owner);
