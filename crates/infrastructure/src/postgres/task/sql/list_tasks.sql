-- One page, with the owner's revision and purge horizon of the same moment. An owner without
-- matching tasks gives one row without a task. What stands in braces depends on the question.
SELECT users.revision, users.purge_horizon,
    page.user_id, page.id, page.title, page.description, page.completed_at, page.priority,
    page.due_date, page.due_time, page.due_timezone, page.tags, page.revision, page.created_at,
    page.updated_at, page.deleted_at
FROM users
LEFT JOIN (
    SELECT *
    FROM tasks
    WHERE tasks.user_id = $1 AND {state}
        AND {filter}
        AND {behind}
    ORDER BY {order}
    LIMIT $2
) AS page ON true
WHERE users.id = $1
{page_order}
