-- Which version of the domain's folding the keys of tasks were made by: one row. When a program has
-- another version, it makes all keys again, in slices; the place says how far it has come.
CREATE TABLE search_keys (
    version INTEGER NOT NULL PRIMARY KEY,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16),
    task_id BLOB NOT NULL CHECK (length(task_id) = 16)
) STRICT, WITHOUT ROWID;

INSERT INTO search_keys (version, complete, owner_id, task_id) VALUES (0, 1, zeroblob(16), zeroblob(16));
