-- What the last rebuilds came to. Ids of contacts at most, nothing personal.

CREATE TABLE edge.rebuild (
    rebuild_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    report jsonb NOT NULL
);
COMMENT ON TABLE edge.rebuild IS 'Rebuilds, verifications and rollbacks that came to an end.';

GRANT SELECT, INSERT ON edge.rebuild TO contacts_app;
