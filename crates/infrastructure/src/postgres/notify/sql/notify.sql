-- Sends each of the payloads $2 over the channel $1.
SELECT count(pg_notify($1, payload))
FROM unnest($2) AS payload
