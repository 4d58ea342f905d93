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
