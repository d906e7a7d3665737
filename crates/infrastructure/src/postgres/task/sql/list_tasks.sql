-- One page, with the owner's revision and purge horizon of the same moment. An owner without
-- matching tasks gives one row without a task. What stands in braces depends on the question.
SELECT users.revision, users.purge_horizon, {columns}
FROM users
LEFT JOIN (
    SELECT *
    FROM tasks
    WHERE tasks.owner_id = $1 AND {state}
        AND {filter}
        AND {behind}
    ORDER BY {order}
    LIMIT $2
) AS page ON true
WHERE users.id = $1
{page_order}
