-- Removes those of an owner's rows that were found to be old enough, if they still are, and raises
-- the purge horizon to the highest revision among them. The revision is set to what it is for the
-- reason that update_task.sql gives.
WITH owner AS (
    SELECT users.id, users.revision, users.purge_horizon
    FROM users
    WHERE users.id = $1
    FOR NO KEY UPDATE
), removed AS (
    DELETE FROM tasks
    USING owner
    WHERE tasks.user_id = $1 AND tasks.user_id = owner.id AND tasks.id = ANY ($2)
        AND tasks.deleted_at < $3
    RETURNING tasks.revision
), total AS (
    SELECT count(*) AS number, max(removed.revision) AS revision
    FROM removed
), raised AS (
    UPDATE users
    SET revision = owner.revision,
        purge_horizon = greatest(owner.purge_horizon, total.revision)
    FROM total, owner
    WHERE users.id = $1 AND total.number > 0
)
SELECT number
FROM total
