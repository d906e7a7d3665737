-- Spends the refresh secret $3 of a live session and sets its successor $4. The session's row is
-- locked first, so that attempts take turns and the second one finds the secret spent.
--
-- Secrets spent before $7 are dropped: had one of them been the newest, the session would have ended
-- by itself.
WITH session AS (
    SELECT sessions.id
    FROM sessions
    WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.expires_at > $5
    FOR NO KEY UPDATE
), spent AS (
    UPDATE refresh_secrets
    SET spent_at = $5
    FROM session
    WHERE refresh_secrets.user_id = $1 AND refresh_secrets.session_id = $2
        AND refresh_secrets.session_id = session.id
        AND refresh_secrets.secret_hash = $3 AND refresh_secrets.spent_at IS NULL
    RETURNING refresh_secrets.session_id
), dropped AS (
    DELETE FROM refresh_secrets
    USING spent
    WHERE refresh_secrets.user_id = $1 AND refresh_secrets.session_id = $2
        AND refresh_secrets.session_id = spent.session_id AND refresh_secrets.spent_at < $7
), successor AS (
    INSERT INTO refresh_secrets (user_id, session_id, secret_hash, created_at)
    SELECT $1, spent.session_id, $4, $5
    FROM spent
), renewed AS (
    UPDATE sessions
    SET last_used_at = $5, expires_at = $6
    FROM spent
    WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.id = spent.session_id
)
SELECT users.id, users.issuer, users.email, users.name, users.created_at, users.updated_at
FROM spent, users
WHERE users.id = $1
