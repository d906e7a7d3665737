-- Who owns tasks. An erased user keeps the row, so that the count goes on where it stopped: id,
-- version, revision, purge_horizon, tokens_not_before, disabled_at and erased_at stay, everything personal
-- goes.
--
-- No CHECK stands here or on tasks: PostgreSQL builds all of a table's checks again for each statement
-- that writes to it, which doubled the cost of a write. The domain's types hold the rules, and a row
-- that breaks one is reported as corrupt when it is read.
--
-- Every write to a task updates its owner's row. No index but the primary key covers what changes,
-- and the pages keep room, so that these updates stay within their page (heap-only tuples).
CREATE TABLE users (
    id uuid NOT NULL,
    -- Raised by everything that changes what the user owns or counts. Whoever writes against the
    -- version that they read has seen everything as it is. Zero is the version of who is not here.
    version bigint NOT NULL DEFAULT 1,
    revision bigint NOT NULL DEFAULT 0,
    purge_horizon bigint NOT NULL DEFAULT 0,
    -- What the user keeps, as the quotas count it.
    open_tasks bigint NOT NULL DEFAULT 0,
    items bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    issuer text NOT NULL,
    subject text,
    email text,
    -- When it was shown that the address reaches the user.
    email_verified_at timestamptz,
    name text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    tokens_not_before timestamptz,
    disabled_at timestamptz,
    erased_at timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id)
) WITH (fillfactor = 75);
