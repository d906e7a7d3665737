-- Who owns tasks. Instants are microseconds since 1970-01-01T00:00:00Z, UUIDs their 16 bytes.
--
-- An erased user keeps the id, the version, the revision (as purge horizon too) and the three instants, so that
-- a trusted issuer's user who comes back continues the count, and stays disabled.
--
-- WITHOUT ROWID here and in every other table: rows are found by primary key alone, so one tree
-- that holds the row saves the second descent and the second write.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- Raised by everything that changes what the user owns or counts.
    version INTEGER NOT NULL CHECK (version > 0),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    purge_horizon INTEGER NOT NULL CHECK (purge_horizon BETWEEN 0 AND revision),
    -- What the user keeps, as the quotas count it.
    open_tasks INTEGER NOT NULL CHECK (open_tasks BETWEEN 0 AND items),
    items INTEGER NOT NULL CHECK (items >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    tokens_not_before INTEGER,
    disabled_at INTEGER,
    erased_at INTEGER,
    -- When it was shown that the address reaches the user.
    email_verified_at INTEGER,
    issuer TEXT NOT NULL CHECK (issuer <> ''),
    subject TEXT CHECK (length(subject) BETWEEN 1 AND 255),
    email TEXT CHECK (length(email) BETWEEN 3 AND 254),
    name TEXT CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT users_erased_have_no_content CHECK (
        erased_at IS NULL
        OR (
            subject IS NULL AND email IS NULL AND email_verified_at IS NULL AND name IS NULL
            AND items = 0 AND bytes = 0 AND purge_horizon = revision AND tokens_not_before IS NOT NULL
        )
    )
) STRICT, WITHOUT ROWID;
