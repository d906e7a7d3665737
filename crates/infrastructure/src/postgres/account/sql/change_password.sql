-- Sets another password ($3) in the place of the one that was checked ($2), and ends every session
-- but $5.
WITH changed AS (
    UPDATE accounts
    SET password_hash = $3, updated_at = $4
    WHERE accounts.user_id = $1 AND accounts.password_hash = $2
    RETURNING accounts.user_id
), ended AS (
    DELETE FROM sessions
    USING changed
    WHERE sessions.user_id = $1 AND sessions.user_id = changed.user_id
        AND ($5::uuid IS NULL OR sessions.id <> $5)
)
SELECT user_id
FROM changed
