-- Removes the rows $4 of the owner $1, if the owner is still at version $2, and sets the purge
-- horizon and what the owner still keeps. The rows are then as they were when the version was read.
WITH won AS (
    UPDATE users
    SET version = $2 + 1, purge_horizon = $3, items = items - $5, bytes = bytes - $6
    WHERE users.id = $1 AND users.version = $2
    RETURNING users.id
)
DELETE FROM tasks
USING won
WHERE tasks.owner_id = $1 AND tasks.owner_id = won.id AND tasks.id = ANY ($4)
RETURNING tasks.id
