-- What changed after revision $2, oldest first, with the owner's revision and purge horizon of the
-- same moment. An owner without changes gives one row without a task.
SELECT users.revision, users.purge_horizon, {columns}
FROM users
LEFT JOIN (
    SELECT *
    FROM tasks
    WHERE tasks.owner_id = $1 AND tasks.revision > $2
    ORDER BY tasks.revision
    LIMIT $3
) AS change ON true
WHERE users.id = $1
ORDER BY change.revision
