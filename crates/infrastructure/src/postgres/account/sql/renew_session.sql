-- Stores a session that was refreshed, while its newest secret is still the one that was presented
-- ($3): that is now its previous one, and spent. Secrets spent before $7 are forgotten.
WITH renewed AS (
    UPDATE sessions
    SET secret_hash = $4, previous_secret_hash = $3, last_used_at = $5, expires_at = $6
    WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.secret_hash = $3
    RETURNING sessions.id
), forgotten AS (
    DELETE FROM spent_secrets
    USING renewed
    WHERE spent_secrets.user_id = $1 AND spent_secrets.session_id = $2
        AND spent_secrets.session_id = renewed.id AND spent_secrets.spent_at < $7
), spent AS (
    INSERT INTO spent_secrets (user_id, session_id, secret_hash, spent_at)
    SELECT $1, renewed.id, $3, $5
    FROM renewed
)
SELECT id
FROM renewed
