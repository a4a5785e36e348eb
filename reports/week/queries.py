"""What a week asks the database. All of it reads; values are bound, never written into the text."""

# Views that every week asks again and again: worked out once.
ONCE = """
CREATE OR REPLACE TEMP TABLE told_hours AS FROM hours;
CREATE OR REPLACE TEMP TABLE told_weeks AS FROM weeks
"""

FIGURES = "SELECT * FROM told_weeks WHERE week_start >= $since AND week_start < $until ORDER BY week_start, service"

HOURS = """
SELECT hour_start, people, expected, limit_people, quality_people, felt_min, looked, judged
FROM told_hours WHERE service = $service AND hour_start >= $since AND hour_start < $until ORDER BY hour_start
"""

# Monday 00:00 UTC is hour 0; 1970-01-05 was a Monday.
HOURS_OF_WEEK = """
SELECT
    ((epoch_us(hour_start) // 3600000000 - 96) % 168)::INTEGER AS "hour",
    sum(people) / nullif(sum(looked) FILTER (people IS NOT NULL), 0) AS people,
    sum(felt_min) / 60 / nullif(sum(judged), 0) AS felt, sum(looked) AS looked_h
FROM told_hours WHERE service = $service AND hour_start >= $since AND hour_start < $until
GROUP BY 1 ORDER BY 1
"""

# Weekdays, 13:00 to 19:00 UTC.
PEAK_HOURS = """
WITH placed AS (
    SELECT *, (epoch_us(hour_start) // 3600000000 - 96) % 168 AS "hour" FROM told_hours
    WHERE service = $service AND hour_start >= $since AND hour_start < $until
),
began AS (
    SELECT (epoch_us(onset_at) // 3600000000 - 96) % 168 AS "hour" FROM episodes
    WHERE service = $service AND onset_at >= $since AND onset_at < $until
)
SELECT
    sum(judged) FILTER (list_contains($peak, "hour")) / nullif(sum(judged), 0) AS of_time,
    sum(felt_min) FILTER (list_contains($peak, "hour")) / nullif(sum(felt_min), 0) AS of_outage_time,
    (SELECT count(*) FROM began)::INTEGER AS onsets,
    (SELECT count(*) FILTER (list_contains($peak, "hour")) / nullif(count(*), 0) FROM began) AS of_onsets
FROM placed
"""

_CARD = """
    episode_id, onset_at, onset_earliest, onset_latest, alarm_at, available_at, peak_at, ended_at, peak_people,
    peak_expected, people, platforms, symptoms, surfaces, models, verdict, first_published_at, acknowledgement_lag_min,
    detection_lag_min, declared_lag_min, severity, settled, together, complaints, repeats, busiest_share,
    usual_busiest_share, new_people, new_share, usual_new_share
"""

CARDS = f"""
SELECT {_CARD} FROM episodes
WHERE service = $service AND onset_at >= $since AND onset_at < $until ORDER BY onset_at, episode_id
"""  # noqa: S608  (our own column names)

CARD = f"SELECT service, {_CARD} FROM episodes WHERE episode_id = $episode_id"  # noqa: S608  (our own column names)

CARRIED = """
SELECT episode_id FROM episodes
WHERE service = $service AND onset_at < $since AND coalesce(ended_at, 'infinity') > $since ORDER BY onset_at
"""

PARTS = """
SELECT what, "name", people FROM episode_parts WHERE episode_id = $episode_id
ORDER BY what, "name" IS NULL, people DESC, "name"
"""

ANSWERS = """
SELECT
    m.incident_id, i.name AS title, i.impact, i.status, i.components, i.first_published_at, i.resolved_at, m.reason,
    m.page_spoke_at, m.declared_start, m.acknowledgement_lag_min, m.alarm_to_page_min, m.available_to_page_min,
    m.declared_to_onset_min, m.declared_lag_min, m.declared_to_page_min
FROM matches AS m JOIN incidents AS i USING (service, incident_id)
WHERE m.episode_id = $episode_id ORDER BY m.page_spoke_at, m.incident_id
"""

MESSAGES = """
SELECT created_at AS "at", status FROM incident_updates
WHERE service = $service AND incident_id = $incident_id AND created_at <= $as_of ORDER BY created_at
"""

LOOKED = """
SELECT platform, least(sum(coverage) * 300 / (epoch($until::TIMESTAMPTZ) - epoch($since::TIMESTAMPTZ)), 1) AS "share"
FROM buckets
WHERE service = $service AND kind = 'outage' AND bucket_start >= $since AND bucket_start < $until
GROUP BY platform ORDER BY platform
"""

POINTS = """
WITH grid AS (
    SELECT bucket_start, make_timestamptz(epoch_us(bucket_start) // $step_us * $step_us) AS "start"
    FROM alarms WHERE service = $service AND bucket_start >= $since AND bucket_start < $until
),
counted AS (
    SELECT
        bucket_start, sum(observed) AS people, sum(expected) FILTER (observed IS NOT NULL) AS expected,
        sum(coverage) AS covered
    FROM buckets
    WHERE service = $service AND kind = 'outage' AND bucket_start >= $since AND bucket_start < $until
    GROUP BY bucket_start
)
SELECT
    "start", sum(people)::BIGINT AS people, sum(expected) AS expected,
    least(coalesce(sum(covered), 0) / nullif(count(*) * $platforms, 0), 1) AS looked
FROM grid LEFT JOIN counted USING (bucket_start)
GROUP BY "start" ORDER BY "start"
"""

# Platforms whose terms let anybody link to a public post.
LINKS = """
SELECT DISTINCT ON (p.post_key) p.platform, p.url, p.counted_at
FROM judgements AS j JOIN posts AS p USING (post_key)
WHERE j.service = $service AND j.kind = 'outage' AND j.counted_at >= $since AND j.counted_at < $until
  AND p.platform IN ('github', 'hackernews') AND p.url IS NOT NULL AND p.text IS NOT NULL
ORDER BY p.post_key
"""

INCIDENTS = """
SELECT
    t.incident_id, i.name AS title, i.impact, t.nature, t.surfaces, t.first_published_at,
    CASE WHEN t.published_end > t.first_published_at AND i.resolved_at IS NOT NULL
        THEN epoch(t.published_end - t.first_published_at) / 60 END AS lasted_min,
    coalesce(v.verdict, 'unknown') AS verdict, coalesce(v.reason, '') AS reason
FROM incident_times AS t
JOIN incidents AS i USING (service, incident_id)
LEFT JOIN incident_verdicts AS v ON v.service = t.service AND v.incident_id = t.incident_id
WHERE t.service = $service AND t.first_published_at >= $since AND t.first_published_at < $until
ORDER BY t.first_published_at, t.incident_id
"""

UPTIMES = """
SELECT part, definition, "start", "end", "share", down_min, known FROM uptimes WHERE service = $service
"""

CHANCE = """
SELECT episodes, matched, "precision", low, high, chance, lift FROM chances WHERE service = $service
"""

LOOKING = """
SELECT
    (SELECT count(DISTINCT platform) FROM buckets WHERE service = $service AND kind = 'outage') AS platforms,
    (SELECT max(bucket_start) + INTERVAL 5 MINUTE FROM alarms WHERE service = $service AND alarm IS NOT NULL)
        AS judged_until
"""

# The weeks of which anything is known: complaints looked at, the page read, or an incident that it published.
HELD = """
SELECT min(week_start) AS "first", max(week_start) AS "last" FROM (
    SELECT week_start FROM told_weeks WHERE service = $service AND looked > 0
    UNION ALL
    SELECT unnest([week_of(covered_start), week_of(covered_end - INTERVAL 1 MICROSECOND)]) AS week_start
    FROM pulls WHERE service = $service AND brings = 'incidents' AND covered_start < covered_end
    UNION ALL
    SELECT week_of(first_published_at) AS week_start FROM incident_times WHERE service = $service
)
"""

SPAN = "SELECT min(week_start) AS first FROM told_weeks WHERE service = $service AND judged > 0"
