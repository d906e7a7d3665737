-- Creates a task of an issuer's user under a quota ($2, null for none). The first one creates the
-- user too; one who was erased comes back with what the token says ($19 to $22), and counts on.
-- An id that is taken is mostly seen before anything is counted; the key refuses the rest. Citus
-- takes no sub-select behind ON CONFLICT.
WITH owner AS (
    INSERT INTO users AS present (
        id, revision, live_tasks, issuer, subject, email, name, created_at, updated_at
    )
    SELECT $1, 1, 1, $19, $20, $21, $22, $18, $18
    WHERE NOT EXISTS (SELECT FROM tasks WHERE tasks.user_id = $1 AND tasks.id = $3)
    ON CONFLICT (id) DO UPDATE
    SET revision = present.revision + 1,
        live_tasks = present.live_tasks + 1,
        issuer = CASE WHEN present.erased_at IS NULL THEN present.issuer ELSE excluded.issuer END,
        subject = CASE WHEN present.erased_at IS NULL THEN present.subject ELSE excluded.subject END,
        email = CASE WHEN present.erased_at IS NULL THEN present.email ELSE excluded.email END,
        name = CASE WHEN present.erased_at IS NULL THEN present.name ELSE excluded.name END,
        created_at = CASE WHEN present.erased_at IS NULL
            THEN present.created_at ELSE excluded.created_at END,
        updated_at = CASE WHEN present.erased_at IS NULL
            THEN present.updated_at ELSE excluded.updated_at END,
        erased_at = NULL
    WHERE $2::bigint IS NULL OR present.live_tasks < $2
    RETURNING present.revision
)
INSERT INTO tasks (
    user_id, id, title, title_key, description, description_key, completed_at, priority,
    due_date, due_time, due_timezone, due_at, tags, tag_keys, tag_search_key, fingerprint,
    created_at, updated_at, revision
)
SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18,
    owner.revision
FROM owner
RETURNING revision
