-- Ends a live session whose refresh secret $3 had been spent before.
DELETE FROM sessions
WHERE sessions.user_id = $1 AND sessions.id = $2 AND sessions.expires_at > $4
    AND EXISTS (
        SELECT FROM refresh_secrets
        WHERE refresh_secrets.user_id = $1 AND refresh_secrets.session_id = $2
            AND refresh_secrets.secret_hash = $3 AND refresh_secrets.spent_at IS NOT NULL
    )
RETURNING id
