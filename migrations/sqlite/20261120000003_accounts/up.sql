-- Local accounts, beside the users of trusted issuers.
CREATE TABLE accounts (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    password_hash TEXT NOT NULL CHECK (password_hash <> ''),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose account has an address, by its case-folded form. The only table that is not keyed by its
-- owner, since it is read before the owner is known. It has no foreign key, so that it could live
-- elsewhere than the user: the statements that make and erase an account keep it in step.
CREATE TABLE account_emails (
    email_key TEXT NOT NULL PRIMARY KEY CHECK (email_key <> ''),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16)
) STRICT, WITHOUT ROWID;

-- Links that were sent to an account's address: the newest for each purpose, until it is used. The
-- secret is kept as its SHA-256.
CREATE TABLE account_links (
    user_id BLOB NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL CHECK (purpose <> ''),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
