-- One row for each place that a contact has in a meeting.

CREATE TABLE appointment (
    company_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    appointment_id text NOT NULL,
    attendee_id text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    timezone text,
    meeting_type_id text,
    meeting_type_name text,
    hosts jsonb NOT NULL,
    channel text,
    meeting_link text,
    is_cancelled boolean NOT NULL,
    cancel_reason text,
    rescheduled_from text,
    former_ids text[] NOT NULL,
    is_no_show boolean NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (company_id, contact_id, appointment_id, attendee_id)
);

CREATE INDEX appointment_attendee ON appointment (company_id, attendee_id);
CREATE INDEX appointment_meeting ON appointment (company_id, appointment_id);
CREATE INDEX appointment_former ON appointment USING gin (company_id, former_ids)
    WHERE former_ids <> '{}';
