-- Which version of the domain's folding the keys of tasks were made by: one row. When a program has
-- another version, it makes all keys again, in slices; the place says how far it has come.
CREATE TABLE search_keys (
    version integer NOT NULL,
    complete boolean NOT NULL,
    owner_id uuid NOT NULL,
    task_id uuid NOT NULL,
    CONSTRAINT search_keys_pkey PRIMARY KEY (version)
);

INSERT INTO search_keys (version, complete, owner_id, task_id)
VALUES (
    0,
    true,
    '00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000000'
);
