-- Changes parts of a live task that is at one of the revisions $3 (any, when null), if that makes a
-- difference.
--
-- The owner's row is locked first, so that writers take turns; the update of the task sees its
-- newest version and checks every condition on that one; the owner counts only what was changed.
--
-- What the owner's row is set to is computed from the row that was locked, here and in the like
-- statements. PostgreSQL computes an update from the row's version at the statement's beginning at
-- first and checks constraints on that, before it turns to the newest one: a difference would be
-- taken from an old number, and may be refused.
WITH owner AS (
    SELECT users.revision
    FROM users
    WHERE users.id = $1 AND users.erased_at IS NULL
    FOR NO KEY UPDATE
), changed AS (
    UPDATE tasks
    SET title = coalesce($5, tasks.title),
        title_key = coalesce($6, tasks.title_key),
        description = CASE WHEN $7 THEN $8 ELSE tasks.description END,
        description_key = CASE WHEN $7 THEN $9 ELSE tasks.description_key END,
        completed_at = CASE
            WHEN $10 THEN coalesce(tasks.completed_at, $4)
            WHEN $10 IS NULL THEN tasks.completed_at
        END,
        priority = coalesce($11, tasks.priority),
        due_date = CASE WHEN $12 THEN $13 ELSE tasks.due_date END,
        due_time = CASE WHEN $12 THEN $14 ELSE tasks.due_time END,
        due_timezone = CASE WHEN $12 THEN $15 ELSE tasks.due_timezone END,
        due_at = CASE WHEN $12 THEN $16 ELSE tasks.due_at END,
        tags = coalesce($17, tasks.tags),
        tag_keys = coalesce($18, tasks.tag_keys),
        tag_search_key = coalesce($19, tasks.tag_search_key),
        revision = owner.revision + 1,
        updated_at = $4
    FROM owner
    WHERE tasks.user_id = $1 AND tasks.id = $2 AND tasks.deleted_at IS NULL
        AND ($3::bigint[] IS NULL OR tasks.revision = ANY ($3))
        AND (
            tasks.title <> $5
            OR ($7 AND tasks.description IS DISTINCT FROM $8)
            OR (tasks.completed_at IS NOT NULL) <> $10
            OR tasks.priority <> $11
            OR ($12 AND (
                tasks.due_date IS DISTINCT FROM $13
                OR tasks.due_time IS DISTINCT FROM $14
                OR tasks.due_timezone IS DISTINCT FROM $15
            ))
            OR tasks.tags <> $17
        )
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
