-- Makes a local account with its first session. The key of the address's own table refuses a second
-- account with the same address, and all of this with it.
WITH address AS (
    INSERT INTO account_emails (email_key, user_id) VALUES ($3, $1)
), owner AS (
    INSERT INTO users (id, issuer, email, name, created_at, updated_at)
    VALUES ($1, $12, $2, $4, $6, $6)
), account AS (
    INSERT INTO accounts (user_id, password_hash, updated_at) VALUES ($1, $5, $6)
), session AS (
    INSERT INTO sessions (user_id, id, created_at, last_used_at, expires_at, user_agent)
    VALUES ($1, $7, $8, $8, $9, $10)
)
INSERT INTO refresh_secrets (user_id, session_id, secret_hash, created_at)
VALUES ($1, $7, $11, $8)
RETURNING session_id
