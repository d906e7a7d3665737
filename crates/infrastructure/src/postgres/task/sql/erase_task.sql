-- Turns a task, live or in the trash, into a tombstone. Which of the two it was counts, so its
-- newest version is locked and looked at before it is changed.
WITH owner AS (
    SELECT users.revision, users.live_tasks
    FROM users
    WHERE users.id = $1 AND users.erased_at IS NULL
    FOR NO KEY UPDATE
), held AS (
    SELECT owner.revision + 1 AS revision, tasks.deleted_at,
        owner.live_tasks - CASE WHEN tasks.deleted_at IS NULL THEN 1 ELSE 0 END AS live_tasks
    FROM owner
    JOIN tasks ON tasks.user_id = $1 AND tasks.id = $2
    WHERE tasks.title IS NOT NULL
        AND ($3::bigint[] IS NULL OR tasks.revision = ANY ($3))
    FOR NO KEY UPDATE OF tasks
), erased AS (
    UPDATE tasks
    SET title = NULL,
        title_key = NULL,
        description = NULL,
        description_key = NULL,
        completed_at = NULL,
        priority = 0,
        due_date = NULL,
        due_time = NULL,
        due_timezone = NULL,
        due_at = NULL,
        tags = '',
        tag_keys = '',
        tag_search_key = '',
        revision = held.revision,
        updated_at = $4,
        deleted_at = coalesce(held.deleted_at, $4)
    FROM held
    WHERE tasks.user_id = $1 AND tasks.id = $2
    RETURNING tasks.revision, tasks.deleted_at, held.live_tasks
), counted AS (
    UPDATE users
    SET revision = erased.revision, live_tasks = erased.live_tasks
    FROM erased
    WHERE users.id = $1
)
SELECT revision, deleted_at
FROM erased
