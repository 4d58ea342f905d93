-- Lists that came in: which, how far, and what became of each row. Run once, in one transaction, as contacts_owner.

CREATE TABLE edge.import (
    company_id uuid NOT NULL REFERENCES edge.company,
    import_id uuid NOT NULL,
    digest bytea NOT NULL,
    options jsonb NOT NULL,
    columns jsonb NOT NULL DEFAULT '{}',
    kind text NOT NULL DEFAULT '',
    actor text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'refused', 'undone')),
    reason text,
    position bigint NOT NULL,
    size bigint NOT NULL,
    read_bytes bigint NOT NULL DEFAULT 0,
    created integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (company_id, import_id)
);
COMMENT ON COLUMN edge.import.digest IS 'SHA-256 of the file, by which an interrupted import is recognised.';
COMMENT ON COLUMN edge.import.position IS 'End of the log when rows were noted last: what lies behind it of this import was recorded and not noted.';

CREATE INDEX import_running ON edge.import (company_id, digest) WHERE state = 'running';

-- What stood in a failed row is personal data: see forgetting.py.
CREATE TABLE edge.import_row (
    company_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row integer NOT NULL,
    status text NOT NULL CHECK (status IN ('created', 'updated', 'unchanged', 'skipped', 'failed')),
    contact_id uuid,
    complaints jsonb,
    sent text,
    PRIMARY KEY (company_id, import_id, row),
    FOREIGN KEY (company_id, import_id) REFERENCES edge.import
);

CREATE INDEX import_row_failed ON edge.import_row (company_id, import_id, row) WHERE status = 'failed';
CREATE INDEX import_row_contact ON edge.import_row (company_id, contact_id) WHERE complaints IS NOT NULL;

-- A file that was uploaded, in pieces, until its import has ended; personal data.
CREATE TABLE edge.import_piece (
    company_id uuid NOT NULL,
    import_id uuid NOT NULL,
    nth integer NOT NULL,
    piece bytea NOT NULL,
    PRIMARY KEY (company_id, import_id, nth),
    FOREIGN KEY (company_id, import_id) REFERENCES edge.import
);

GRANT SELECT, INSERT ON edge.import, edge.import_row, edge.import_piece TO contacts_app;
GRANT UPDATE (columns, kind, state, reason, position, read_bytes, created, updated, unchanged, skipped, failed, ended_at)
    ON edge.import TO contacts_app;
GRANT UPDATE (complaints, sent) ON edge.import_row TO contacts_app;
GRANT DELETE ON edge.import_piece TO contacts_app;
