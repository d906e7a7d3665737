-- Flips whether a live task is done. Its conditions and locks are those of update_task.sql.
WITH owner AS (
    SELECT users.revision
    FROM users
    WHERE users.id = $1 AND users.erased_at IS NULL
    FOR NO KEY UPDATE
), changed AS (
    UPDATE tasks
    SET completed_at = CASE WHEN tasks.completed_at IS NULL THEN $4 END,
        revision = owner.revision + 1,
        updated_at = $4
    FROM owner
    WHERE tasks.user_id = $1 AND tasks.id = $2 AND tasks.deleted_at IS NULL
        AND ($3::bigint[] IS NULL OR tasks.revision = ANY ($3))
    RETURNING tasks.*
), counted AS (
    UPDATE users
    SET revision = changed.revision
    FROM changed
    WHERE users.id = $1
)
SELECT user_id, id, title, description, completed_at, priority, due_date, due_time, due_timezone,
    tags, revision, created_at, updated_at, deleted_at
FROM changed
