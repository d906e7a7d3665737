-- What a move must see, all of one moment: the owner $1, the tasks $2 by their ids, the live ones
-- directly before and after the task $3 in the order of positions, and the last $4 of that order.
SELECT {columns}
FROM users
LEFT JOIN (
    SELECT * FROM tasks WHERE tasks.owner_id = $1 AND tasks.id = ANY ($2)
    UNION ALL
    (
        SELECT * FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NULL AND (tasks.position, tasks.id) < (
            SELECT place.position, place.id FROM tasks AS place
            WHERE place.owner_id = $1 AND place.id = $3::uuid
        )
        ORDER BY tasks.position DESC, tasks.id DESC
        LIMIT {near}
    )
    UNION ALL
    (
        SELECT * FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NULL AND (tasks.position, tasks.id) > (
            SELECT place.position, place.id FROM tasks AS place
            WHERE place.owner_id = $1 AND place.id = $3::uuid
        )
        ORDER BY tasks.position, tasks.id
        LIMIT {near}
    )
    UNION ALL
    (
        SELECT * FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NULL
        ORDER BY tasks.position DESC, tasks.id DESC
        LIMIT $4
    )
) AS tasks ON true
WHERE users.id = $1
