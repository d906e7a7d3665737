-- What a summary is made of, all of one moment: the owner with two counts, and a row for each open
-- task. An owner without open tasks gives one row without a task.
SELECT
    users.revision,
    users.purge_horizon,
    (
        SELECT count(*) FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NULL AND tasks.completed_at IS NOT NULL
    ),
    (
        SELECT count(*) FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NOT NULL AND tasks.title IS NOT NULL
    ),
    tasks.priority,
    tasks.due_date,
    tasks.due_time,
    tasks.due_timezone,
    tasks.tags
FROM users
LEFT JOIN tasks
    ON tasks.owner_id = users.id AND tasks.deleted_at IS NULL AND tasks.completed_at IS NULL
WHERE users.id = $1
