-- Gives a local user another name ($2); the same one leaves the time of the last change alone.
UPDATE users
SET name = $2,
    updated_at = CASE WHEN users.name IS DISTINCT FROM $2 THEN $3 ELSE users.updated_at END
WHERE users.id = $1 AND users.erased_at IS NULL
RETURNING id, issuer, email, name, created_at, updated_at
