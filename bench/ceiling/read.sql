\set owner random(0, :active - 1)
\set task :owner * 1000 + random(0, :tasks - 1)
SELECT id, owner_id, title, description, completed, priority, due, created_at, updated_at FROM tasks WHERE id = ('00000000-0000-7000-9000-' || lpad(to_hex(:task::bigint), 12, '0'))::uuid AND owner_id = ('00000000-0000-7000-8000-' || lpad(to_hex(:owner::bigint), 12, '0'))::uuid AND deleted_at IS NULL;
