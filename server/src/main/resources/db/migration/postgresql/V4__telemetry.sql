-- Traces and content.

ALTER TABLE inference ADD COLUMN trace_id TEXT COLLATE "C";
ALTER TABLE inference ADD COLUMN parent_span_id TEXT COLLATE "C";

-- Costs the write of those only that run within a trace.
CREATE INDEX inference_trace ON inference (workspace_id, trace_id) WHERE trace_id IS NOT NULL;

-- What was said, for workspaces that keep it. A table of its own: rows are large, and lists do not read them.
CREATE TABLE inference_content (
    workspace_id TEXT COLLATE "C" NOT NULL,
    inference_id TEXT COLLATE "C" NOT NULL,
    messages     TEXT             NOT NULL,    -- JSON
    message      TEXT,                         -- JSON; null: no answer came
    PRIMARY KEY (workspace_id, inference_id)
);

-- That there is a trace, and when its first piece began: what the list of traces pages by.
CREATE TABLE trace (
    workspace_id TEXT COLLATE "C" NOT NULL,
    trace_id     TEXT COLLATE "C" NOT NULL,    -- the client's own
    started_at   BIGINT           NOT NULL,
    PRIMARY KEY (workspace_id, trace_id)
);

CREATE INDEX trace_started ON trace (workspace_id, started_at, trace_id);

CREATE TABLE span (
    workspace_id   TEXT COLLATE "C" NOT NULL,
    trace_id       TEXT COLLATE "C" NOT NULL,  -- the client's own, as the next two
    span_id        TEXT COLLATE "C" NOT NULL,
    parent_span_id TEXT COLLATE "C",
    name           TEXT             NOT NULL,
    kind           TEXT             NOT NULL,  -- chain, llm, tool, retriever, agent, embedding, task, other
    started_at     BIGINT           NOT NULL,
    ended_at       BIGINT           NOT NULL,
    status         TEXT             NOT NULL,  -- ok, error
    error_message  TEXT,
    attributes     TEXT             NOT NULL,  -- JSON
    input          TEXT,                       -- JSON; input and output only where content is kept
    output         TEXT,                       -- JSON
    inference_id   TEXT COLLATE "C",
    session_id     TEXT COLLATE "C",
    PRIMARY KEY (workspace_id, trace_id, span_id)
);

CREATE INDEX span_inference ON span (workspace_id, inference_id) WHERE inference_id IS NOT NULL;
