-- With which keys checkpoints were signed. Public halves only; the private one never comes here.

CREATE TABLE edge.public_key (
    key_id text PRIMARY KEY,
    public_key text NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE edge.public_key IS 'Public keys, in PEM, of all that ever signed; none is removed.';

GRANT SELECT, INSERT ON edge.public_key TO contacts_app;
