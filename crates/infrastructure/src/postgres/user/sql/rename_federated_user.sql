-- Gives an issuer's user another name ($2). One who does not exist is created with it; one who was
-- erased comes back with what the token says, and with it.
INSERT INTO users AS present (id, name, issuer, subject, email, created_at, updated_at)
VALUES ($1, $2, $4, $5, $6, $3, $3)
ON CONFLICT (id) DO UPDATE
SET version = present.version + 1,
    name = excluded.name,
    issuer = CASE WHEN present.erased_at IS NULL THEN present.issuer ELSE excluded.issuer END,
    subject = CASE WHEN present.erased_at IS NULL THEN present.subject ELSE excluded.subject END,
    email = CASE WHEN present.erased_at IS NULL THEN present.email ELSE excluded.email END,
    created_at = CASE WHEN present.erased_at IS NULL
        THEN present.created_at ELSE excluded.created_at END,
    updated_at = CASE
        WHEN present.erased_at IS NULL AND present.name IS NOT DISTINCT FROM excluded.name
        THEN present.updated_at ELSE excluded.updated_at END,
    erased_at = NULL
RETURNING id, issuer, email, name, created_at, updated_at
