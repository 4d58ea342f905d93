-- Which part of a company's log has left the service, when, and to whom. Run once, in one transaction, as contacts_owner.

-- Ids, times and positions, nothing personal: whom it concerns follows from whose events lie at the positions.
CREATE TABLE edge.disclosure (
    company_id uuid NOT NULL REFERENCES edge.company,
    disclosure_id uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind IN ('export', 'audit-export', 'feed')),
    key_id uuid,
    contact_id uuid,
    selected boolean NOT NULL,
    positions int8multirange NOT NULL,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (company_id, disclosure_id)
);
COMMENT ON COLUMN edge.disclosure.key_id IS 'Who got it; NULL for whoever used the command line.';
COMMENT ON COLUMN edge.disclosure.contact_id IS 'The only contact of whom anything was told; NULL when it was not about one.';
COMMENT ON COLUMN edge.disclosure.selected IS 'Whether only some contacts, or some kinds of events, were asked for.';
COMMENT ON COLUMN edge.disclosure.positions IS 'The events that were told, or whose outcome was.';

-- A program that follows the feed calls all day long: it has one row a day.
CREATE UNIQUE INDEX disclosure_day
    ON edge.disclosure (company_id, key_id, selected, ((first_at AT TIME ZONE 'UTC')::date))
    WHERE kind = 'feed';

GRANT SELECT, INSERT ON edge.disclosure TO contacts_app;
GRANT UPDATE (positions, last_at) ON edge.disclosure TO contacts_app;
