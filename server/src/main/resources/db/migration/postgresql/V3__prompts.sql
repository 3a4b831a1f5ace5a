-- Templates with immutable versions and movable labels.

ALTER TABLE inference ADD COLUMN prompt_name TEXT;
ALTER TABLE inference ADD COLUMN prompt_version BIGINT;
