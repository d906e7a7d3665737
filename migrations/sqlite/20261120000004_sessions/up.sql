-- The sign-ins of local accounts. Ending one deletes it.
CREATE TABLE sessions (
    user_id BLOB NOT NULL REFERENCES users (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    user_agent TEXT CHECK (length(user_agent) <= 255),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    previous_secret_hash BLOB CHECK (length(previous_secret_hash) = 32),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- Hashes of the refresh secrets that a session has spent, by which a stolen one is recognised. They
-- go with their session.
CREATE TABLE spent_secrets (
    user_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    spent_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, session_id, secret_hash),
    FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Where a user has signed in from of late, by a keyed hash that says nothing to others.
CREATE TABLE known_addresses (
    user_id BLOB NOT NULL REFERENCES users (id),
    address_hash BLOB NOT NULL CHECK (length(address_hash) = 32),
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address_hash)
) STRICT, WITHOUT ROWID;
