-- A row without a title is a tombstone: what stays of an erased task until the purge.
--
-- The keys are computed by the domain, so that every store folds and sorts alike; they compare by
-- their bytes, hence the collation.
CREATE TABLE tasks (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    title text,
    title_key text COLLATE "C",
    description text,
    description_key text COLLATE "C",
    completed_at timestamptz,
    priority smallint NOT NULL DEFAULT 0,
    due_date date,
    due_time text,
    due_timezone text,
    due_at timestamptz,
    tags text[] NOT NULL DEFAULT '{}',
    tag_keys text COLLATE "C" NOT NULL DEFAULT '',
    tag_search_key text COLLATE "C" NOT NULL DEFAULT '',
    revision bigint NOT NULL,
    fingerprint bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT tasks_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT tasks_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    -- Serves the change feed and the order by revision, and keeps revisions from being given twice.
    CONSTRAINT tasks_user_id_revision_key UNIQUE (user_id, revision),
    CONSTRAINT tasks_tombstone_check CHECK (
        title IS NOT NULL
        OR (deleted_at IS NOT NULL
            AND num_nonnulls(title_key, description, description_key, completed_at,
                             due_date, due_time, due_timezone, due_at) = 0
            AND priority = 0 AND cardinality(tags) = 0 AND tag_keys = '' AND tag_search_key = '')
    ),
    CONSTRAINT tasks_title_check CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT tasks_title_key_check CHECK ((title IS NULL) = (title_key IS NULL)),
    CONSTRAINT tasks_description_check CHECK (char_length(description) BETWEEN 1 AND 10000),
    CONSTRAINT tasks_description_key_check CHECK (
        (description IS NULL) = (description_key IS NULL)
    ),
    CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 0 AND 4),
    CONSTRAINT tasks_due_check CHECK (
        (due_date IS NULL) = (due_at IS NULL)
        AND (due_time IS NULL OR due_date IS NOT NULL)
        AND (due_timezone IS NULL OR due_time IS NOT NULL)
    ),
    CONSTRAINT tasks_tags_check CHECK (cardinality(tags) <= 20),
    CONSTRAINT tasks_revision_check CHECK (revision > 0),
    CONSTRAINT tasks_fingerprint_check CHECK (octet_length(fingerprint) = 32)
);

-- The default list, newest first, reads one page of it and sorts nothing. It also bounds every other
-- order and filter to the owner's live tasks. An index for each other order was left out: sorting
-- 10,000 tasks of one user takes a few milliseconds, and every write would pay for all of them.
CREATE INDEX tasks_live_created_at_idx ON tasks (user_id, created_at, id)
    WHERE deleted_at IS NULL;

-- The same for the trash. Without it, the planner reads the trash of all owners by the index below.
CREATE INDEX tasks_trash_created_at_idx ON tasks (user_id, created_at, id)
    WHERE deleted_at IS NOT NULL AND title IS NOT NULL;

-- The purge looks for what has been in the trash long enough, across owners. Live tasks, which are
-- nearly all, are in neither of the two and pay nothing for them.
CREATE INDEX tasks_deleted_at_idx ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
