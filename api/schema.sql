-- Who may call: companies and their API keys. Run once, in one transaction, as contacts_owner.

CREATE SCHEMA edge;
COMMENT ON SCHEMA edge IS 'Companies and API keys.';

CREATE TABLE edge.company (
    company_id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    region text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Only the SHA-256 of a key is kept; it says nothing about the key, which has 256 random bits.
CREATE TABLE edge.api_key (
    company_id uuid NOT NULL REFERENCES edge.company,
    key_id uuid NOT NULL,
    name text,
    digest bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (company_id, key_id)
);

-- What all processes on this database share to seal cursors with.
CREATE TABLE edge.secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

-- Which numbered changes of the tables this database has had; a fresh one has them all from the start.
CREATE TABLE edge.migration (
    name text PRIMARY KEY,
    digest bytea NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN edge.migration.digest IS 'SHA-256 of the file.';

GRANT USAGE ON SCHEMA edge TO contacts_app;
GRANT SELECT, INSERT ON edge.company, edge.api_key TO contacts_app;
GRANT SELECT ON edge.secret, edge.migration TO contacts_app;
GRANT UPDATE (revoked_at, expires_at, last_used_at) ON edge.api_key TO contacts_app;
