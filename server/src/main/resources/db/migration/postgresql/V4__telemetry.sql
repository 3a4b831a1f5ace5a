-- Traces.

ALTER TABLE inference ADD COLUMN trace_id TEXT;
ALTER TABLE inference ADD COLUMN parent_span_id TEXT;
