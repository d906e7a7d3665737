-- The sign-ins of local accounts. Ending one deletes it.
CREATE TABLE sessions (
    user_id BLOB NOT NULL REFERENCES users (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    user_agent TEXT CHECK (length(user_agent) <= 255),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

-- The refresh secrets of a session, hashed: its newest one, and those that were spent, by which
-- theft is noticed. They go with their session; the primary key's first column is enough to find
-- the few that a user has.
CREATE TABLE refresh_secrets (
    user_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_at INTEGER NOT NULL,
    spent_at INTEGER,
    PRIMARY KEY (user_id, secret_hash),
    FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
