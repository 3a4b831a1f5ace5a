-- Templates with immutable versions and movable labels.

ALTER TABLE inference ADD COLUMN prompt_name TEXT;
ALTER TABLE inference ADD COLUMN prompt_version BIGINT;

CREATE TABLE prompt (
    workspace_id   TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    description    TEXT,
    latest_version BIGINT           NOT NULL,  -- goes on after a deletion
    revision       BIGINT           NOT NULL,  -- one more with every change
    created_at     BIGINT           NOT NULL,
    updated_at     BIGINT           NOT NULL,
    deleted_at     BIGINT,
    PRIMARY KEY (workspace_id, name)
);

-- Written once. Stays when the prompt is deleted: telemetry names it.
CREATE TABLE prompt_version (
    workspace_id TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    version      BIGINT           NOT NULL,
    content      TEXT             NOT NULL,    -- JSON: text or messages, variables, settings
    note         TEXT,
    created_at   BIGINT           NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,    -- the API key's id
    PRIMARY KEY (workspace_id, name, version)
);

-- Where the labels are now; where they were is in the audit log.
CREATE TABLE prompt_label (
    workspace_id TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    label        TEXT COLLATE "C" NOT NULL,
    version      BIGINT           NOT NULL,
    PRIMARY KEY (workspace_id, name, label)
);
