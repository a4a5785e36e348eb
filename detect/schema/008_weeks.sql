-- Hours, weeks and what an episode's people name: views over what is stored, for reports and for whoever asks in SQL.
-- Weeks are ISO weeks and hours whole ones, in UTC whatever the session's zone: counted from the epoch in microseconds.

CREATE MACRO hour_of(instant) AS make_timestamptz(epoch_us(instant) // 3600000000 * 3600000000);
-- 1970-01-05 was a Monday.
CREATE MACRO week_of(instant) AS
    make_timestamptz((epoch_us(instant) - 345600000000) // 604800000000 * 604800000000 + 345600000000);

CREATE VIEW hours AS
WITH grid AS (
    SELECT service, hour_of(bucket_start) AS hour_start, count(alarm) / 12 AS judged
    FROM alarms GROUP BY ALL
),
platforms AS (SELECT service, count(DISTINCT "platform") AS known FROM buckets WHERE kind = 'outage' GROUP BY service),
counted AS (
    SELECT
        service, hour_of(bucket_start) AS hour_start,
        sum(observed) FILTER (kind = 'outage') AS people,
        sum(expected) FILTER (kind = 'outage' AND observed IS NOT NULL) AS expected,
        sum(observed) FILTER (kind = 'limit') AS limit_people,
        sum(observed) FILTER (kind = 'quality') AS quality_people,
        sum(coverage) FILTER (kind = 'outage') / 12 AS covered
    FROM buckets GROUP BY ALL
),
ran AS (
    -- One without an end is known to run up to the last instant judged.
    SELECT service, onset_at, coalesce(ended_at, greatest(judged_until, alarm_at)) AS ended_at
    FROM episodes LEFT JOIN (
        SELECT service, max(bucket_start) + INTERVAL 5 MINUTE AS judged_until
        FROM alarms WHERE alarm IS NOT NULL GROUP BY service
    ) USING (service)
),
felt AS (
    SELECT
        grid.service, hour_start,
        sum(epoch(least(ended_at, hour_start + INTERVAL 1 HOUR)) - epoch(greatest(onset_at, hour_start))) / 60 AS felt_min
    FROM grid
    JOIN ran ON ran.service = grid.service AND onset_at < hour_start + INTERVAL 1 HOUR AND ended_at > hour_start
    GROUP BY ALL
),
asked AS (
    SELECT service, covered_start, covered_end, max(covered_end) OVER (
        PARTITION BY service ORDER BY covered_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS up_to
    FROM pulls WHERE brings = 'incidents' AND covered_start < covered_end
),
-- What overlaps is one span: so no hour is counted twice.
spans AS (
    SELECT service, min(covered_start) AS span_start, max(covered_end) AS span_end
    FROM (
        SELECT *, sum(CASE WHEN up_to >= covered_start THEN 0 ELSE 1 END)
            OVER (PARTITION BY service ORDER BY covered_start ROWS UNBOUNDED PRECEDING) AS span
        FROM asked
    ) GROUP BY service, span
),
reading AS (
    SELECT
        grid.service, hour_start,
        sum(epoch(least(span_end, hour_start + INTERVAL 1 HOUR)) - epoch(greatest(span_start, hour_start))) / 3600
            AS page_read
    FROM grid
    JOIN spans ON spans.service = grid.service AND span_start < hour_start + INTERVAL 1 HOUR AND span_end > hour_start
    GROUP BY ALL
)
SELECT
    service, hour_start, people::BIGINT AS people, expected, limit_people::BIGINT AS limit_people,
    quality_people::BIGINT AS quality_people, least(coalesce(felt_min, 0), 60) AS felt_min,
    least(coalesce(covered / known, 0), 1) AS looked, least(judged, 1) AS judged,
    least(coalesce(page_read, 0), 1) AS page_read
FROM grid
LEFT JOIN counted USING (service, hour_start)
LEFT JOIN platforms USING (service)
LEFT JOIN felt USING (service, hour_start)
LEFT JOIN reading USING (service, hour_start);
COMMENT ON VIEW hours IS 'Each hour of each service: people complaining of an outage, a limit, quality; time with an outage; and did we look';
COMMENT ON COLUMN hours.people IS 'Distinct per bucket and platform, summed; NULL where nobody looked';
COMMENT ON COLUMN hours.expected IS 'Of the buckets that were looked at; NULL while learning';
COMMENT ON COLUMN hours.looked IS 'Mean share of the hour covered, over every platform that was ever read for this service';
COMMENT ON COLUMN hours.judged IS 'Share of the hour in which an alarm could have been raised';
COMMENT ON COLUMN hours.page_read IS 'Share of the hour for which the official record was read';

CREATE VIEW weeks AS
WITH whole AS (
    SELECT
        service, week_of(hour_start) AS week_start, sum(people)::BIGINT AS people, sum(expected) AS expected,
        sum(limit_people)::BIGINT AS limit_people, sum(quality_people)::BIGINT AS quality_people,
        sum(felt_min) / 60 AS felt_hours, sum(looked) / 168 AS looked, sum(judged) / 168 AS judged,
        sum(page_read) / 168 AS page_read
    FROM hours GROUP BY ALL
),
began AS (
    SELECT
        service, week_of(onset_at) AS week_start, count(*) AS episodes,
        count(*) FILTER (verdict = 'early') AS early, count(*) FILTER (verdict = 'acknowledged') AS acknowledged,
        count(*) FILTER (verdict = 'unacknowledged') AS unacknowledged,
        median(acknowledgement_lag_min) AS median_lag_min
    FROM episodes GROUP BY ALL
),
published AS (
    SELECT
        t.service, week_of(t.first_published_at) AS week_start, count(*) AS incidents,
        count(*) FILTER (v.verdict = 'felt') AS felt_incidents, count(*) FILTER (v.verdict = 'unfelt') AS unfelt_incidents
    FROM incident_times AS t
    LEFT JOIN incident_verdicts AS v ON v.service = t.service AND v.incident_id = t.incident_id
    WHERE t.nature = 'outage' GROUP BY ALL
)
SELECT
    service, week_start, CASE WHEN judged > 0 THEN coalesce(episodes, 0) END AS episodes,
    CASE WHEN judged > 0 THEN felt_hours END AS felt_hours,
    early, acknowledged, unacknowledged, median_lag_min, people, expected, limit_people, quality_people,
    CASE WHEN page_read > 0 THEN coalesce(incidents, 0) ELSE incidents END AS incidents, felt_incidents,
    unfelt_incidents, looked, judged, page_read
FROM whole LEFT JOIN began USING (service, week_start) LEFT JOIN published USING (service, week_start);
COMMENT ON VIEW weeks IS 'Each ISO week of each service. An episode counts in the week of its onset; its hours count where they fall';
COMMENT ON COLUMN weeks.week_start IS 'Monday 00:00 UTC';
COMMENT ON COLUMN weeks.episodes IS 'NULL, as felt_hours, where nothing of the week could be judged';
COMMENT ON COLUMN weeks.incidents IS 'Outages first published in the week; maintenance, suspensions and client releases are none. NULL where the page was not read';
COMMENT ON COLUMN weeks.looked IS 'As in hours, of the whole week: 168 hours';

CREATE VIEW episode_parts AS
WITH said AS (
    SELECT e.episode_id, j.person, j.platform, j.symptom, j.surface, j.model, j."language"
    FROM episodes AS e
    JOIN judgements AS j ON j.service = e.service AND j.kind = 'outage' AND j.counted_at >= e.onset_at
        AND j.counted_at < coalesce(e.ended_at, (SELECT max(as_of) FROM runs))
)
SELECT episode_id, what, "name", count(DISTINCT person) AS people
FROM (
    SELECT episode_id, person, unnest(['platform', 'symptom', 'surface', 'model', 'language']) AS what,
        unnest(["platform", symptom, surface, model, "language"]) AS "name"
    FROM said
)
GROUP BY ALL;
COMMENT ON VIEW episode_parts IS 'Who stands behind an episode, and what they name: distinct people by platform, symptom, surface, model, language';
COMMENT ON COLUMN episode_parts."name" IS 'NULL: people who name none, or whose language is not known';
COMMENT ON COLUMN episode_parts.people IS 'Distinct from onset to end, those who repeat others included: not the people of episodes, who count once in each five minutes';
