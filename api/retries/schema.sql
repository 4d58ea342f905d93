-- What writes with an Idempotency-Key were answered, for a day. Run once, in one transaction, as contacts_owner.

-- The key is kept as a keyed digest: callers may write anything into it. A list has a row for each of its parts.
-- Answers are personal data, and a request can be guessed from its digest: see forgetting.py.
CREATE TABLE edge.receipt (
    company_id uuid NOT NULL,
    key bytea NOT NULL,
    part integer NOT NULL,
    digest bytea,
    answer text,
    contact_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (company_id, key, part)
);
-- The planner needs no samples of them, which would outlive an erasure.
ALTER TABLE edge.receipt ALTER answer SET STATISTICS 0;
COMMENT ON COLUMN edge.receipt.digest IS 'Keyed digest of method, path and body; NULL when somebody of whom it speaks was erased.';
COMMENT ON COLUMN edge.receipt.answer IS 'Status and headers as a line of JSON, then the body; NULL when somebody of whom it speaks was erased.';

CREATE INDEX receipt_contact ON edge.receipt USING gin (contact_ids) WHERE answer IS NOT NULL;
CREATE INDEX receipt_age ON edge.receipt (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON edge.receipt TO contacts_app;
