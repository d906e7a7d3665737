-- The passwords of local accounts.
CREATE TABLE accounts (
    user_id uuid NOT NULL,
    password_hash text NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (user_id),
    CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);

-- Whose account has an address: the one thing that is looked up before its owner is known. It may
-- be spread by its own key over other machines than the users, so no foreign key leaves it.
CREATE TABLE account_emails (
    email_key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    CONSTRAINT account_emails_pkey PRIMARY KEY (email_key)
);

-- Links that were sent to an account's address: the newest for each purpose, until it is used. The
-- secret is kept as its SHA-256.
CREATE TABLE account_links (
    user_id uuid NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    secret_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT account_links_pkey PRIMARY KEY (user_id, purpose),
    CONSTRAINT account_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT account_links_secret_hash_check CHECK (octet_length(secret_hash) = 32)
);
