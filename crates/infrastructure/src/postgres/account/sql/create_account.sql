-- Makes a local account with its first session; its address is reserved already.
WITH owner AS (
    INSERT INTO users (id, issuer, email, name, created_at, updated_at)
    VALUES ($1, $11, $2, $3, $5, $5)
), account AS (
    INSERT INTO accounts (user_id, password_hash, updated_at) VALUES ($1, $4, $5)
), session AS (
    INSERT INTO sessions (user_id, id, created_at, last_used_at, expires_at, user_agent)
    VALUES ($1, $6, $7, $7, $8, $9)
)
INSERT INTO refresh_secrets (user_id, session_id, secret_hash, created_at)
VALUES ($1, $6, $10, $7)
RETURNING session_id
