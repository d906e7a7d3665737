-- The filters of a list. One that is not asked for is null, so that there is one text for all of
-- them: each text is prepared and kept.
--
-- The first tag and the first word are looked for by themselves: mostly they are the only ones, and
-- the sub-selects for all others cost several times as much for each row.
($3::boolean IS NULL OR (tasks.completed_at IS NOT NULL) = $3)
AND ($4::smallint[] IS NULL OR tasks.priority = ANY ($4))
AND ($5::text IS NULL OR strpos(tasks.tag_keys, $5) > 0)
AND ($6::text[] IS NULL OR NOT EXISTS (
    SELECT FROM unnest($6) AS tag (key)
    WHERE strpos(tasks.tag_keys, tag.key) = 0
))
AND ($18::text[] IS NULL OR NOT EXISTS (
    SELECT FROM unnest($18) AS member (line)
    WHERE strpos(tasks.metadata, member.line) = 0
))
AND ($7::timestamptz IS NULL
    OR tasks.due_at < CASE WHEN tasks.due_timezone IS NULL THEN $13::timestamptz ELSE $7 END)
AND ($8::timestamptz IS NULL
    OR tasks.due_at >= CASE WHEN tasks.due_timezone IS NULL THEN $14::timestamptz ELSE $8 END)
AND ($11::uuid[] IS NULL OR tasks.id = ANY ($11))
AND ($12::boolean IS NULL OR (tasks.due_at IS NOT NULL) = $12)
AND ($15::timestamptz IS NULL OR tasks.updated_at >= $15)
AND ($16::timestamptz IS NULL OR tasks.completed_at < $16)
AND ($17::timestamptz IS NULL OR tasks.completed_at >= $17)
AND ($19::boolean IS NULL OR (tasks.parent_id IS NOT NULL) = $19)
AND ($20::uuid IS NULL OR tasks.parent_id = $20)
AND ($9::text IS NULL
    OR strpos(tasks.title_key, $9) > 0
    OR strpos(tasks.description_key, $9) > 0
    OR strpos(tasks.tag_search_key, $9) > 0)
AND ($10::text[] IS NULL OR NOT EXISTS (
    SELECT FROM unnest($10) AS word (key)
    WHERE strpos(tasks.title_key, word.key) = 0
        AND strpos(coalesce(tasks.description_key, ''), word.key) = 0
        AND strpos(tasks.tag_search_key, word.key) = 0
))
