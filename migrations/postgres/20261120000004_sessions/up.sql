-- The sign-ins of local accounts. Ending one deletes it.
CREATE TABLE sessions (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text,
    CONSTRAINT sessions_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT sessions_user_agent_check CHECK (char_length(user_agent) <= 255)
);

-- Hashes of refresh secrets: the newest of each session, and the spent ones, by which a stolen
-- secret is told. The session stands before the hash in the key, so that the key also serves what
-- is done to all secrets of a session.
CREATE TABLE refresh_secrets (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    spent_at timestamptz,
    CONSTRAINT refresh_secrets_pkey PRIMARY KEY (user_id, session_id, secret_hash),
    CONSTRAINT refresh_secrets_session_fkey FOREIGN KEY (user_id, session_id)
        REFERENCES sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT refresh_secrets_secret_hash_check CHECK (octet_length(secret_hash) = 32)
);
