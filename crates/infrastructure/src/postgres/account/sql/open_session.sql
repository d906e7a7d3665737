-- Begins a session of a user who exists and is not disabled, and drops those that are over. The lock
-- keeps the user from being erased or disabled meanwhile.
WITH owner AS (
    SELECT users.id
    FROM users
    WHERE users.id = $1 AND users.erased_at IS NULL AND users.disabled_at IS NULL
    FOR KEY SHARE
), ended AS (
    DELETE FROM sessions
    USING owner
    WHERE sessions.user_id = $1 AND sessions.user_id = owner.id AND sessions.expires_at <= $3
), session AS (
    INSERT INTO sessions (user_id, id, created_at, last_used_at, expires_at, user_agent)
    SELECT owner.id, $2, $3, $3, $4, $5
    FROM owner
    RETURNING user_id, id
)
INSERT INTO refresh_secrets (user_id, session_id, secret_hash, created_at)
SELECT session.user_id, session.id, $6, $3
FROM session
RETURNING session_id
