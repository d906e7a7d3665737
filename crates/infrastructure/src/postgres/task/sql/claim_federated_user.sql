-- Locks an issuer's user for a transaction. One who does not exist is created and one who was
-- erased comes back, both of which are rolled back when nothing comes of the transaction.
INSERT INTO users AS present (id, issuer, subject, email, name, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (id) DO UPDATE
SET issuer = CASE WHEN present.erased_at IS NULL THEN present.issuer ELSE excluded.issuer END,
    subject = CASE WHEN present.erased_at IS NULL THEN present.subject ELSE excluded.subject END,
    email = CASE WHEN present.erased_at IS NULL THEN present.email ELSE excluded.email END,
    name = CASE WHEN present.erased_at IS NULL THEN present.name ELSE excluded.name END,
    created_at = CASE WHEN present.erased_at IS NULL
        THEN present.created_at ELSE excluded.created_at END,
    updated_at = CASE WHEN present.erased_at IS NULL
        THEN present.updated_at ELSE excluded.updated_at END,
    erased_at = NULL
RETURNING revision, live_tasks
