-- One row for each form that a contact filled in.

CREATE TABLE submission (
    company_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    submission_id text NOT NULL,
    form_id text,
    form_name text,
    answers jsonb NOT NULL,
    submitted_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, contact_id, submission_id)
);
