-- Workspaces with settings, keys with roles, and what was changed by whom.

ALTER TABLE workspace ADD COLUMN capture_content SMALLINT NOT NULL DEFAULT 0; -- 1: messages and answers are kept
ALTER TABLE workspace ADD COLUMN retention_days BIGINT;                       -- null: for ever
ALTER TABLE workspace ADD COLUMN deleted_at BIGINT;                           -- its data goes in batches, the row last
ALTER TABLE workspace ADD COLUMN name_key TEXT COLLATE "C"; -- the name as names are compared; null once deleted
ALTER TABLE workspace ADD COLUMN is_default SMALLINT;       -- 1: the one that the environment's credentials serve; else null

UPDATE workspace SET name_key = lower(name), is_default = 1; -- there was one

CREATE UNIQUE INDEX workspace_name ON workspace (name_key);
CREATE UNIQUE INDEX workspace_default ON workspace (is_default);

ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';            -- viewer, member, admin
ALTER TABLE api_key ADD COLUMN allowed_models TEXT;                           -- JSON array; null: all
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;

CREATE INDEX api_key_workspace ON api_key (workspace_id, id);

-- To about a minute. Beside the keys, so that who notes a use and who changes a key never wait for each other.
CREATE TABLE api_key_use (
    api_key_id   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    last_used_at BIGINT NOT NULL
);

CREATE TABLE audit_log (
    id           TEXT   COLLATE "C" NOT NULL,
    workspace_id TEXT   COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    api_key_id   TEXT   COLLATE "C" NOT NULL,
    client       TEXT,
    action       TEXT   NOT NULL,              -- such as api_key.created
    target_type  TEXT   NOT NULL,
    target_id    TEXT   NOT NULL,
    detail       TEXT   NOT NULL,              -- JSON
    PRIMARY KEY (workspace_id, id)
);
