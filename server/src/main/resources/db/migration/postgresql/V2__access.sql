-- Workspaces with settings, keys with roles, and what was changed by whom.

ALTER TABLE workspace ADD COLUMN capture_content SMALLINT NOT NULL DEFAULT 0; -- 1: messages and answers are kept
ALTER TABLE workspace ADD COLUMN retention_days BIGINT;                       -- null: for ever
ALTER TABLE workspace ADD COLUMN deleted_at BIGINT;

ALTER TABLE api_key ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';            -- viewer, member, admin
ALTER TABLE api_key ADD COLUMN allowed_models TEXT;                           -- JSON array; null: all
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;

CREATE TABLE audit_log (
    id           TEXT COLLATE "C" NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    at           BIGINT           NOT NULL,
    api_key_id   TEXT COLLATE "C" NOT NULL,
    client       TEXT,
    action       TEXT             NOT NULL,   -- such as api_key.created
    target_type  TEXT             NOT NULL,
    target_id    TEXT COLLATE "C" NOT NULL,
    detail       TEXT             NOT NULL,   -- JSON
    PRIMARY KEY (workspace_id, id)
);
