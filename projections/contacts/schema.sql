-- One row a contact, what lists, searches and look-ups by address read.

CREATE TABLE contact (
    company_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    first_name text,
    last_name text,
    email text,
    phone_number text,
    tags text[] NOT NULL,
    notes text,
    no_show_count integer NOT NULL,
    crm_company_id uuid,
    account_owner_id uuid,
    additional_data jsonb NOT NULL,
    address jsonb,
    language text,
    title text,
    employer text,
    seniority text,
    function text,
    location text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- who is found by which address or number; NULL when deleted or erased
    email_key text COLLATE "C",
    phone_key text,
    -- what search looks in, and the keys of the sort orders; NULL when deleted or erased
    folded text,
    first_name_key text COLLATE "C",
    last_name_key text COLLATE "C",
    PRIMARY KEY (company_id, contact_id),
    -- Deferred, so that two contacts may swap addresses in one batch.
    CONSTRAINT contact_email UNIQUE (company_id, email_key) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 85);

CREATE INDEX contact_phone ON contact (company_id, phone_key, created_at, contact_id)
    WHERE phone_key IS NOT NULL;
-- Numbers that are not valid are looked for as typed, by imports only.
CREATE INDEX contact_odd_phone ON contact (company_id, phone_number)
    WHERE status = 'live' AND phone_key IS NULL AND phone_number IS NOT NULL;
-- The orders of lists; by e-mail it is the index of contact_email.
CREATE INDEX contact_created ON contact (company_id, created_at, contact_id) WHERE status = 'live';
CREATE INDEX contact_first_name ON contact (company_id, first_name_key, contact_id)
    WHERE status = 'live';
CREATE INDEX contact_last_name ON contact (company_id, last_name_key, contact_id)
    WHERE status = 'live';

-- Words, tags and owner in one index, so that a search for all of them reads little.
CREATE INDEX contact_search ON contact USING gin (company_id, account_owner_id, tags, folded gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024)
    WHERE status = 'live';

-- All texts of a company without the rest of its rows, for words that are too short for trigrams.
CREATE INDEX contact_texts ON contact (company_id, created_at, contact_id) INCLUDE (folded)
    WHERE status = 'live' AND octet_length(folded) <= 2000;
CREATE INDEX contact_long_texts ON contact (company_id)
    WHERE status = 'live' AND octet_length(folded) > 2000;

-- How many live contacts a company has by tag and owner; '' stands for any.
CREATE TABLE contact_count (
    company_id uuid NOT NULL,
    tag text NOT NULL,
    account_owner_id text NOT NULL,
    contacts bigint NOT NULL,
    PRIMARY KEY (company_id, tag, account_owner_id)
) WITH (fillfactor = 50);
