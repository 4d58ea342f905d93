-- When a contact was last asked by mail. Ids and a time, nothing personal.

CREATE TABLE edge.optin_mail (
    company_id uuid NOT NULL REFERENCES edge.company,
    contact_id uuid NOT NULL,
    mailed_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, contact_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON edge.optin_mail TO contacts_app;
