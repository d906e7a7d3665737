CREATE TABLE tasks (
    id          uuid        PRIMARY KEY,
    owner_id    uuid        NOT NULL,
    title       text        NOT NULL,
    description text,
    completed   boolean     NOT NULL DEFAULT false,
    priority    smallint    NOT NULL,
    due         timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz
);
CREATE INDEX newest_first ON tasks (owner_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
INSERT INTO tasks (id, owner_id, title, description, priority, due, created_at)
SELECT
    ('00000000-0000-7000-9000-' || lpad(to_hex(owner * 1000 + task), 12, '0'))::uuid,
    ('00000000-0000-7000-8000-' || lpad(to_hex(owner), 12, '0'))::uuid,
    'Ring the plumber about kitchen tap ' || lpad(task::text, 5, '0'),
    rpad('The tap drips since the week before last; ask what a new one costs', 120, '.'),
    3,
    '2026-12-01T00:00:00Z',
    '2026-01-01T00:00:00Z'::timestamptz + task * interval '1 hour'
FROM generate_series(0, :tasks - 1) AS task, generate_series(0, :users - 1) AS owner
ORDER BY task, owner;
VACUUM ANALYZE tasks
