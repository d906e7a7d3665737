-- Creates a task of a local account, which must exist and not be erased, under a quota ($2, null
-- for none). The update of the owner's row makes writers take turns. An id that is taken is mostly
-- seen before anything is counted; the key refuses the rest.
WITH owner AS (
    UPDATE users
    SET revision = users.revision + 1, live_tasks = users.live_tasks + 1
    WHERE users.id = $1 AND users.erased_at IS NULL
        AND ($2::bigint IS NULL OR users.live_tasks < $2)
        AND NOT EXISTS (SELECT FROM tasks WHERE tasks.user_id = $1 AND tasks.id = $3)
    RETURNING users.revision
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
