-- Turns everything in the owner's trash into tombstones, each with a revision of its own, and gives
-- how many there were and the owner's revision afterwards.
WITH owner AS (
    SELECT users.revision
    FROM users
    WHERE users.id = $1
    FOR NO KEY UPDATE
), trash AS (
    SELECT tasks.id, row_number() OVER (ORDER BY tasks.revision) AS place
    FROM tasks
    WHERE tasks.user_id = $1 AND tasks.deleted_at IS NOT NULL AND tasks.title IS NOT NULL
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
        revision = owner.revision + trash.place,
        updated_at = $2
    FROM owner, trash
    WHERE tasks.user_id = $1 AND tasks.id = trash.id
        AND tasks.deleted_at IS NOT NULL AND tasks.title IS NOT NULL
    RETURNING tasks.revision
), total AS (
    SELECT count(*) AS number, max(erased.revision) AS revision
    FROM erased
), counted AS (
    UPDATE users
    SET revision = total.revision
    FROM total
    WHERE users.id = $1 AND total.number > 0
)
SELECT total.number, coalesce(total.revision, owner.revision)
FROM total, owner
