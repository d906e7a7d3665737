-- What a write must see of the owner $1 that is more than a few rows, all of one moment. What is found
-- in several ways comes several times.
SELECT {columns}
FROM users
LEFT JOIN (
    SELECT * FROM tasks WHERE tasks.owner_id = $1 AND tasks.id = ANY ($2)
    UNION ALL
    -- The live sub-tasks of $3.
    SELECT * FROM tasks
    WHERE tasks.owner_id = $1 AND tasks.parent_id = ANY ($3) AND tasks.deleted_at IS NULL
    UNION ALL
    -- All sub-tasks of $4.
    SELECT * FROM tasks WHERE tasks.owner_id = $1 AND tasks.parent_id = ANY ($4)
    UNION ALL
    -- Some sub-tasks of each of $5.
    SELECT part.*
    FROM tasks AS whole
    CROSS JOIN LATERAL (
        SELECT * FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.parent_id = whole.id
        LIMIT {some}
    ) AS part
    WHERE whole.owner_id = $1 AND whole.id = ANY ($5)
    UNION ALL
    -- What comes back from the trash with $6: their sub-tasks that went there with them, ...
    SELECT part.*
    FROM tasks AS whole
    JOIN tasks AS part
        ON part.owner_id = $1 AND part.parent_id = whole.id AND part.deleted_at = whole.deleted_at
    WHERE whole.owner_id = $1 AND whole.id = ANY ($6)
    UNION ALL
    -- ... their parents, ...
    SELECT whole.*
    FROM tasks AS part
    JOIN tasks AS whole ON whole.owner_id = $1 AND whole.id = part.parent_id
    WHERE part.owner_id = $1 AND part.id = ANY ($6)
    UNION ALL
    -- ... and the live sub-tasks of these.
    SELECT other.*
    FROM tasks AS part
    JOIN tasks AS other
        ON other.owner_id = $1 AND other.parent_id = part.parent_id AND other.deleted_at IS NULL
    WHERE part.owner_id = $1 AND part.id = ANY ($6)
    UNION ALL
    -- The siblings directly before the task $7, ...
    (
        SELECT tasks.*
        FROM tasks
        JOIN tasks AS place ON place.owner_id = $1 AND place.id = $7::uuid
        WHERE tasks.owner_id = $1
            AND tasks.deleted_at IS NULL
            AND tasks.parent_id IS NOT DISTINCT FROM place.parent_id
            AND (tasks.position, tasks.id) < (place.position, place.id)
        ORDER BY tasks.position DESC, tasks.id DESC
        LIMIT {near}
    )
    UNION ALL
    -- ... and directly after it.
    (
        SELECT tasks.*
        FROM tasks
        JOIN tasks AS place ON place.owner_id = $1 AND place.id = $7::uuid
        WHERE tasks.owner_id = $1
            AND tasks.deleted_at IS NULL
            AND tasks.parent_id IS NOT DISTINCT FROM place.parent_id
            AND (tasks.position, tasks.id) > (place.position, place.id)
        ORDER BY tasks.position, tasks.id
        LIMIT {near}
    )
    UNION ALL
    -- The last $8 of the siblings of the task $9, or without one of the tasks with the parent $10, or of
    -- all live tasks.
    (
        SELECT tasks.*
        FROM tasks
        WHERE tasks.owner_id = $1
            AND tasks.deleted_at IS NULL
            AND ($11 OR tasks.parent_id IS NOT DISTINCT FROM CASE
                WHEN $9::uuid IS NULL THEN $10::uuid
                ELSE (
                    SELECT sibling.parent_id FROM tasks AS sibling
                    WHERE sibling.owner_id = $1 AND sibling.id = $9
                )
            END)
        ORDER BY tasks.position DESC, tasks.id DESC
        LIMIT $8
    )
    UNION ALL
    -- The $12 tasks of the trash with the lowest revisions.
    (
        SELECT *
        FROM tasks
        WHERE tasks.owner_id = $1 AND tasks.deleted_at IS NOT NULL AND tasks.title IS NOT NULL
        ORDER BY tasks.revision
        LIMIT $12
    )
) AS tasks ON true
WHERE users.id = $1
