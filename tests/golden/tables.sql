-- The tables of the first release, from which every later version's lead.

-- The log: what happened, one gapless and chained sequence a company. PostgreSQL 15 to 18.
--
-- Run once, in one transaction, after roles.sql and as contacts_owner. Every statement names one company.
-- Triggers and roles prevent accidents; that nothing was changed is proved by a checkpoint kept elsewhere.

CREATE SCHEMA log;
COMMENT ON SCHEMA log IS 'What happened; the only truth. Everything in schema read follows from it.';

-- The head of each company's log. Whoever holds its row appends; there is no other lock.
-- Room in each page, because the same rows are updated all the time.
CREATE TABLE log.company_log (
    company_id uuid PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE log.company_log IS 'The heads: last position, its hash and its time, one row a company.';

CREATE TABLE log.event (
    company_id uuid NOT NULL,
    position bigint NOT NULL,
    contact_id uuid NOT NULL,
    version integer NOT NULL,
    topic text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',
    request_id text NOT NULL DEFAULT '',
    state bytea,
    digest bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (company_id, contact_id, version),
    UNIQUE (company_id, position)
);
COMMENT ON TABLE log.event IS 'The events; a state that is NULL belonged to a contact that was erased.';
-- The planner needs none, and its samples would outlive an erasure.
ALTER TABLE log.event ALTER state SET STATISTICS 0;

-- Tells at once whether a stream has ended, and holds nothing but ended streams.
CREATE UNIQUE INDEX event_erased ON log.event (company_id, contact_id) WHERE topic = 'contact.erased';


-- What nobody may do, not even the owner.

CREATE FUNCTION log.refuse() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: the log keeps everything', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON log.company_log
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON log.event
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();

CREATE FUNCTION log.only_forward() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the head of company % only moves forward', old.company_id
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER forward BEFORE UPDATE ON log.company_log FOR EACH ROW
    WHEN (new.company_id <> old.company_id OR new.position <= old.position OR new.recorded_at < old.recorded_at)
    EXECUTE FUNCTION log.only_forward();

-- An event may change in one way: its state becomes NULL, once its stream ends with contact.erased.
-- That last event stays whole, for it says why.
CREATE FUNCTION log.only_erase() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed log.event := old;
BEGIN
    allowed.state := NULL;
    IF new IS DISTINCT FROM allowed OR old.topic = 'contact.erased' OR NOT EXISTS (
        SELECT FROM log.event e
        WHERE e.company_id = old.company_id AND e.contact_id = old.contact_id AND e.topic = 'contact.erased'
    ) THEN
        RAISE EXCEPTION 'event % of company % does not change', old.position, old.company_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER unchanged BEFORE UPDATE ON log.event
    FOR EACH ROW EXECUTE FUNCTION log.only_erase();


-- Heads.

-- Position 0 of a new company; a company that has a head keeps it.
CREATE FUNCTION log.open_company(company_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO log.company_log (company_id, position, hash, recorded_at)
    VALUES ($1, 0, sha256(convert_to('contacts-log/1' || chr(10) || $1::text, 'UTF8')), clock_timestamp())
    ON CONFLICT DO NOTHING;
$$;

-- Takes the heads in the order of their ids, so that two batches never wait for each other in a circle.
-- What else the caller wants to know must come in a later statement: one that waits for a lock does not see
-- what was committed meanwhile.
CREATE FUNCTION log.lock_heads(company_ids uuid[])
RETURNS TABLE (company_id uuid, "position" bigint, recorded_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT h.company_id, h.position, h.recorded_at FROM log.company_log h
    WHERE h.company_id = ANY (company_ids) ORDER BY h.company_id FOR UPDATE;
$$;

-- Takes those heads that nobody holds. With `wait` the first of the list is waited for, before any other is
-- taken: who waits keeps nobody waiting. After lock_timeout it is left out, which costs no transaction.
CREATE FUNCTION log.take_heads(company_ids uuid[], wait boolean)
RETURNS TABLE (company_id uuid, "position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF wait THEN
        BEGIN
            PERFORM FROM log.company_log h WHERE h.company_id = company_ids[1] FOR UPDATE;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END IF;
    RETURN QUERY SELECT h.company_id, h.position, h.recorded_at FROM log.company_log h
        WHERE h.company_id = ANY (company_ids) FOR UPDATE SKIP LOCKED;
END
$$;


-- Appending.

-- What can never be chained: with a NULL or a control character two different events could have one entry.
-- Neither definer nor search_path, which cost time: only log.append calls it, and brings both.
CREATE FUNCTION log.check_batch(
    company_ids uuid[], contact_ids uuid[], versions integer[], topics text[], states bytea[],
    actors text[], sources text[], request_ids text[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    size integer := cardinality(contact_ids);
BEGIN
    IF (size, size, size, size, size, size, size) IS DISTINCT FROM (
        cardinality(company_ids), cardinality(versions), cardinality(topics), cardinality(states),
        cardinality(actors), cardinality(sources), cardinality(request_ids)
    ) OR size IS NULL THEN
        RAISE EXCEPTION 'the arrays differ in length' USING ERRCODE = 'array_subscript_error';
    END IF;
    IF coalesce(
        array_position(company_ids, NULL), array_position(contact_ids, NULL), array_position(versions, NULL),
        array_position(topics, NULL), array_position(states, NULL), array_position(actors, NULL),
        array_position(sources, NULL), array_position(request_ids, NULL)
    ) IS NOT NULL THEN
        RAISE EXCEPTION 'an event has no NULL' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF array_to_string(topics || actors || sources || request_ids, '') ~ '[\x01-\x1f\x7f-\x9f]' THEN
        RAISE EXCEPTION 'an event has no control character in topic, actor, source or request id'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;

-- Numbers, chains and stores events, in the order given; answers their places. One call for all companies of a
-- batch, whose events follow each other: each statement costs more than what it does for one more event.
--
--   entry   company id LF position LF contact id LF version LF topic LF recorded_at LF actor LF source LF request id
--   hash    SHA-256(hash of the event before, SHA-256(entry), digest, which is SHA-256(state))
--
-- `instants` are what the caller read from this database's clock while it held the head (or the head's own, if that
-- is later), the same for all events of a company; where there is none the clock is read here. Time never goes back:
-- the head's is the least.
CREATE FUNCTION log.append(
    company_ids uuid[], contact_ids uuid[], versions integer[], topics text[], states bytea[],
    actors text[], sources text[], request_ids text[], instants timestamptz[] DEFAULT NULL
) RETURNS TABLE ("position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    size integer := cardinality(contact_ids);
    head log.company_log;
    instant text;
    positions bigint[];
    times timestamptz[];
    digests bytea[];
    hashes bytea[];
BEGIN
    PERFORM log.check_batch(company_ids, contact_ids, versions, topics, states, actors, sources, request_ids);
    FOR nth IN 1 .. size LOOP
        IF head.company_id IS DISTINCT FROM company_ids[nth] THEN
            SELECT h.company_id, h.position, h.hash, h.recorded_at INTO head
            FROM log.company_log h WHERE h.company_id = company_ids[nth] FOR UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'company % has no log', company_ids[nth] USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF instants[nth] > greatest(clock_timestamp(), head.recorded_at) THEN
                RAISE EXCEPTION 'an event is not recorded in the future' USING ERRCODE = 'invalid_parameter_value';
            END IF;
            head.recorded_at := greatest(coalesce(instants[nth], clock_timestamp()), head.recorded_at);
            instant := to_char(head.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
        END IF;
        head.position := head.position + 1;
        digests[nth] := sha256(states[nth]);
        head.hash := sha256(head.hash || sha256(convert_to(concat_ws(
            chr(10), head.company_id, head.position, contact_ids[nth], versions[nth], topics[nth],
            instant, actors[nth], sources[nth], request_ids[nth]), 'UTF8')) || digests[nth]);
        positions[nth] := head.position;
        times[nth] := head.recorded_at;
        hashes[nth] := head.hash;
        IF nth = size OR head.company_id <> company_ids[nth + 1] THEN
            UPDATE log.company_log h SET position = head.position, hash = head.hash, recorded_at = head.recorded_at
            WHERE h.company_id = head.company_id;
        END IF;
    END LOOP;

    INSERT INTO log.event (company_id, contact_id, version, topic, state, actor, source, request_id,
                           position, recorded_at, digest, hash)
    SELECT * FROM unnest(company_ids, contact_ids, versions, topics, states, actors, sources, request_ids,
                         positions, times, digests, hashes);

    -- Looked for afterwards, so that this finds an end in the same batch too. Nearly always there is none.
    IF EXISTS (
        SELECT FROM unnest(company_ids, contact_ids) AS written (company_id, contact_id)
        JOIN log.event ended USING (company_id, contact_id) JOIN log.event later USING (company_id, contact_id)
        WHERE ended.topic = 'contact.erased'
          AND (later.position > ended.position OR later.version > ended.version)
    ) THEN
        RAISE EXCEPTION 'nothing follows contact.erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN QUERY SELECT * FROM unnest(positions, times);
END
$$;


-- Erasing.

-- Blanks what a contact's events said before contact.erased; the digests stay, so the chain still holds.
CREATE FUNCTION log.erase(company_id uuid, contact_id uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    blanked bigint;
BEGIN
    PERFORM FROM log.event e
    WHERE e.company_id = erase.company_id AND e.contact_id = erase.contact_id AND e.topic = 'contact.erased';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contact % has no contact.erased', erase.contact_id USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE log.event e SET state = NULL
    WHERE e.company_id = erase.company_id AND e.contact_id = erase.contact_id
      AND e.topic <> 'contact.erased' AND e.state IS NOT NULL;
    GET DIAGNOSTICS blanked = ROW_COUNT;
    RETURN blanked;
END
$$;


-- Reading in psql.

-- NULL for a state that is erased or is no JSON: the log keeps bytes, and one bad row must not hide the rest.
CREATE FUNCTION log.data_of(state bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN convert_from(state, 'UTF8')::jsonb -> 'data';
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN NULL;
END
$$;

CREATE VIEW log.history AS
SELECT company_id, position, contact_id, version, topic, recorded_at, actor, source, request_id,
       log.data_of(state) AS data, state, digest, hash
FROM log.event;
COMMENT ON VIEW log.history IS 'The events, readable.';


-- The service reads, and writes through these functions only.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO contacts_app;
GRANT SELECT ON log.company_log, log.event, log.history TO contacts_app;
GRANT EXECUTE ON FUNCTION
    log.open_company, log.lock_heads, log.take_heads, log.append, log.erase, log.data_of
TO contacts_app;

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

-- What the last rebuilds came to. Ids of contacts at most, nothing personal.

CREATE TABLE edge.rebuild (
    rebuild_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    report jsonb NOT NULL
);
COMMENT ON TABLE edge.rebuild IS 'Rebuilds, verifications and rollbacks that came to an end.';

GRANT SELECT, INSERT ON edge.rebuild TO contacts_app;

-- When a contact was last asked by mail. Ids and a time, nothing personal.

CREATE TABLE edge.optin_mail (
    company_id uuid NOT NULL REFERENCES edge.company,
    contact_id uuid NOT NULL,
    mailed_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, contact_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON edge.optin_mail TO contacts_app;

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

-- With which keys checkpoints were signed. Public halves only; the private one never comes here.

CREATE TABLE edge.public_key (
    key_id text PRIMARY KEY,
    public_key text NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE edge.public_key IS 'Public keys, in PEM, of all that ever signed; none is removed.';

GRANT SELECT, INSERT ON edge.public_key TO contacts_app;

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
