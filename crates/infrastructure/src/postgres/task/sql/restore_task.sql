-- Takes a task out of the trash, under a quota ($5, null for none). Its conditions and locks are
-- those of update_task.sql.
WITH owner AS (
    SELECT users.revision, users.live_tasks
    FROM users
    WHERE users.id = $1 AND users.erased_at IS NULL
    FOR NO KEY UPDATE
), changed AS (
    UPDATE tasks
    SET deleted_at = NULL,
        revision = owner.revision + 1,
        updated_at = $4
    FROM owner
    WHERE tasks.user_id = $1 AND tasks.id = $2 AND tasks.deleted_at IS NOT NULL
        AND tasks.title IS NOT NULL
        AND ($3::bigint[] IS NULL OR tasks.revision = ANY ($3))
        AND ($5::bigint IS NULL OR owner.live_tasks < $5)
    RETURNING tasks.*
), counted AS (
    UPDATE users
    SET revision = changed.revision, live_tasks = owner.live_tasks + 1
    FROM changed, owner
    WHERE users.id = $1
)
SELECT user_id, id, title, description, completed_at, priority, due_date, due_time, due_timezone,
    tags, revision, created_at, updated_at, deleted_at
FROM changed
