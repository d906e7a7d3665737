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
