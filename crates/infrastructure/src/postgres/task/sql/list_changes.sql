-- What changed after revision $2, oldest first, with the owner's revision and purge horizon of the
-- same moment. An owner without changes gives one row without a task.
SELECT users.revision, users.purge_horizon,
    change.user_id, change.id, change.title, change.description, change.completed_at,
    change.priority, change.due_date, change.due_time, change.due_timezone, change.tags,
    change.revision, change.created_at, change.updated_at, change.deleted_at
FROM users
LEFT JOIN (
    SELECT *
    FROM tasks
    WHERE tasks.user_id = $1 AND tasks.revision > $2
    ORDER BY tasks.revision
    LIMIT $3
) AS change ON true
WHERE users.id = $1
ORDER BY change.revision
