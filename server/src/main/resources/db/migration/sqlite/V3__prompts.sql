-- Templates with immutable versions and movable labels.

ALTER TABLE inference ADD COLUMN prompt_name TEXT;
ALTER TABLE inference ADD COLUMN prompt_version INTEGER;

CREATE TABLE prompt (
    workspace_id   TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    description    TEXT,
    latest_version INTEGER NOT NULL,           -- goes on after a deletion
    revision       INTEGER NOT NULL,           -- one more with every change
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    deleted_at     INTEGER,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- Written once. Stays when the prompt is deleted: telemetry names it.
CREATE TABLE prompt_version (
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    content      TEXT    NOT NULL,             -- JSON: text or messages, variables, settings
    note         TEXT,
    created_at   INTEGER NOT NULL,
    created_by   TEXT    NOT NULL,             -- the API key's id
    PRIMARY KEY (workspace_id, name, version)
) STRICT;

-- Where the labels are now; where they were is in the audit log.
CREATE TABLE prompt_label (
    workspace_id TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name, label)
) STRICT, WITHOUT ROWID;
