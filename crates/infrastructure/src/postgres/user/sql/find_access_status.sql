-- Whether the user's tokens still count, and those of the session $2, if one is given.
SELECT users.erased_at IS NULL,
    users.tokens_not_before,
    users.disabled_at IS NOT NULL,
    EXISTS (
        SELECT FROM sessions
        WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.expires_at > $3
    )
FROM users
WHERE users.id = $1
