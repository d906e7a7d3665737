-- Who owns tasks. An erased user keeps the row, so that the count goes on where it stopped: id,
-- revision, purge_horizon, tokens_not_before and erased_at stay, everything personal goes.
--
-- Every write to a task updates its owner's row. No index but the primary key covers what changes,
-- and the pages keep room, so that these updates stay within their page (heap-only tuples).
CREATE TABLE users (
    id uuid NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    purge_horizon bigint NOT NULL DEFAULT 0,
    live_tasks integer NOT NULL DEFAULT 0,
    issuer text NOT NULL,
    subject text,
    email text,
    name text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    tokens_not_before timestamptz,
    erased_at timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_revision_check CHECK (revision >= 0),
    CONSTRAINT users_purge_horizon_check CHECK (purge_horizon BETWEEN 0 AND revision),
    CONSTRAINT users_live_tasks_check CHECK (live_tasks >= 0),
    CONSTRAINT users_subject_check CHECK (char_length(subject) BETWEEN 1 AND 255),
    CONSTRAINT users_email_check CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT users_erased_check CHECK (
        erased_at IS NULL
        OR (live_tasks = 0 AND num_nonnulls(subject, email, name) = 0
            AND tokens_not_before IS NOT NULL)
    )
) WITH (fillfactor = 75);
