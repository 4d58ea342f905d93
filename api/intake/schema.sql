-- What schedulers send in: who may send, and what was sent. Run once, in one transaction, as contacts_owner.

-- Only the SHA-256 of a token is kept. The secret is kept whole: a signature cannot be checked without it.
CREATE TABLE edge.intake_source (
    company_id uuid NOT NULL REFERENCES edge.company,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    secret text,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    PRIMARY KEY (company_id, source_id)
);

-- Bodies, appointment ids and addresses are personal data: see forgetting.py.
CREATE TABLE edge.delivery (
    company_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    source_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    taken_at timestamptz NOT NULL DEFAULT now(),
    body bytea,
    digest bytea,
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'done', 'waiting', 'rejected')),
    reason text,
    appointment_ids text[] NOT NULL DEFAULT '{}',
    addresses text[] NOT NULL DEFAULT '{}',
    contact_ids uuid[] NOT NULL DEFAULT '{}',
    said_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (company_id, delivery_id),
    FOREIGN KEY (company_id, source_id) REFERENCES edge.intake_source
);
-- The planner needs no samples of them, which would outlive an erasure.
ALTER TABLE edge.delivery ALTER body SET STATISTICS 0;
COMMENT ON COLUMN edge.delivery.taken_at IS 'When somebody began to interpret it; who stopped half-way is noticed by it.';

CREATE INDEX delivery_again ON edge.delivery (company_id, source_id, digest) WHERE digest IS NOT NULL;
CREATE INDEX delivery_waiting ON edge.delivery USING gin (appointment_ids) WHERE state = 'waiting';
CREATE INDEX delivery_open ON edge.delivery (taken_at) WHERE state IN ('received', 'waiting');
CREATE INDEX delivery_kept ON edge.delivery (received_at) WHERE body IS NOT NULL;

GRANT SELECT, INSERT ON edge.intake_source, edge.delivery TO contacts_app;
GRANT UPDATE (digest, secret, disabled_at) ON edge.intake_source TO contacts_app;
GRANT UPDATE (taken_at, body, digest, state, reason, appointment_ids, addresses, contact_ids, said_at, attempts)
    ON edge.delivery TO contacts_app;
