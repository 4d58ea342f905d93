-- The two roles of the service and what the connecting user needs to act as them.
--
-- Run in a short transaction of its own, before schema.sql, by a superuser or by a user with CREATEROLE
-- who may grant CREATE on this database (its owner may). Harmless when run again.
--
--   contacts_owner  owns every table and function; nobody logs in as it
--   contacts_app    reads, and appends through the functions; the service runs as it
--
-- Roles belong to the whole cluster, so another database of it may be creating them at this moment.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['contacts_owner', 'contacts_app'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- somebody else was faster
            END;
        END IF;
        -- From PostgreSQL 16 on, who creates a role administers it but is no full member yet; USAGE tells.
        IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    -- The owner makes the schemas of log and read models, and renames the latter.
    IF NOT has_database_privilege('contacts_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO contacts_owner', current_database());
    END IF;
END
$$;
