-- A row without a title is a tombstone: what stays of an erased task until the purge.
--
-- The keys are computed by the domain, so that every store folds and sorts alike; they compare by
-- their bytes, hence the collation. Tags stand in their order, a line each;
-- metadata by name, each member between two line feeds, a tab between its name and its value.
CREATE TABLE tasks (
    owner_id uuid NOT NULL,
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
    tags text NOT NULL DEFAULT '',
    tag_keys text COLLATE "C" NOT NULL DEFAULT '',
    tag_search_key text COLLATE "C" NOT NULL DEFAULT '',
    parent_id uuid,
    position text COLLATE "C" NOT NULL DEFAULT '',
    metadata text COLLATE "C" NOT NULL DEFAULT '',
    revision bigint NOT NULL,
    fingerprint bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT tasks_pkey PRIMARY KEY (owner_id, id),
    CONSTRAINT tasks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id),
    -- Serves the change feed and the order by revision, and keeps revisions from being given twice.
    CONSTRAINT tasks_owner_id_revision_key UNIQUE (owner_id, revision)
);

-- The default list, newest first, reads one page of it and sorts nothing. It also bounds every other
-- order and filter to the owner's live tasks. An index for each other order was left out: sorting
-- 10,000 tasks of one user takes a few milliseconds, and every write would pay for all of them.
CREATE INDEX tasks_live_created_at_idx ON tasks (owner_id, created_at, id)
    WHERE deleted_at IS NULL;

-- The same for the trash. Without it, the planner reads the trash of all owners by the index below.
CREATE INDEX tasks_trash_created_at_idx ON tasks (owner_id, created_at, id)
    WHERE deleted_at IS NOT NULL AND title IS NOT NULL;

-- The purge looks for what has been in the trash long enough, across owners. Live tasks, which are
-- nearly all, are in neither of the two and pay nothing for them.
CREATE INDEX tasks_deleted_at_idx ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;

-- The sub-tasks of a task, which go to the trash and come back with it. No foreign key: what a parent
-- may be is decided against the owner's version, and a purge may remove it before its sub-tasks.
CREATE INDEX tasks_parent_id_idx ON tasks (owner_id, parent_id) WHERE parent_id IS NOT NULL;
