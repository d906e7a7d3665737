-- The sign-ins of local accounts. Ending one deletes it. Each refresh replaces the hash of the newest
-- refresh secret, which is therefore the row's version.
CREATE TABLE sessions (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text,
    secret_hash bytea NOT NULL,
    previous_secret_hash bytea,
    CONSTRAINT sessions_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT sessions_user_agent_check CHECK (char_length(user_agent) <= 255),
    CONSTRAINT sessions_secret_hash_check CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT sessions_previous_secret_hash_check CHECK (octet_length(previous_secret_hash) = 32)
);

-- Hashes of the refresh secrets that a session has spent, by which a stolen one is recognised. The
-- session comes before the hash in the key, so that the key also serves what is done to all secrets
-- of a session.
CREATE TABLE spent_secrets (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    spent_at timestamptz NOT NULL,
    CONSTRAINT spent_secrets_pkey PRIMARY KEY (user_id, session_id, secret_hash),
    CONSTRAINT spent_secrets_session_fkey FOREIGN KEY (user_id, session_id)
        REFERENCES sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT spent_secrets_secret_hash_check CHECK (octet_length(secret_hash) = 32)
);

-- Where a user has signed in from of late, by a keyed hash that says nothing to others.
CREATE TABLE known_addresses (
    user_id uuid NOT NULL,
    address_hash bytea NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT known_addresses_pkey PRIMARY KEY (user_id, address_hash),
    CONSTRAINT known_addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT known_addresses_address_hash_check CHECK (octet_length(address_hash) = 32)
);
