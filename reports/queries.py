"""What a timeline asks the database. All of it reads; values are bound, never written into the text."""

RUN = "SELECT as_of, ran_at, false_alarms_per_4_weeks, rule FROM runs ORDER BY ran_at DESC, run_id DESC LIMIT 1"

# The newest columns read here: where one is missing, an older version judged last.
CURRENT = """
FROM duckdb_columns() WHERE table_name = 'episodes' AND column_name = 'usual_new_share'
  AND EXISTS (FROM duckdb_tables() WHERE table_name = 'phases')
"""

EPISODES = """
SELECT
    service, episode_id, onset_at, onset_earliest, onset_latest, alarm_at, available_at, peak_at, ended_at,
    peak_people, peak_expected, people, platforms, symptoms, surfaces, models, verdict, first_published_at,
    acknowledgement_lag_min, detection_lag_min, declared_lag_min,
    complaints, repeats, busiest_share, usual_busiest_share, new_people, new_share, usual_new_share, judged_until
FROM episodes LEFT JOIN (
    SELECT service, max(bucket_start) + INTERVAL 5 MINUTES AS judged_until
    FROM alarms WHERE alarm IS NOT NULL GROUP BY service
) USING (service)
WHERE service = coalesce($service, service)
  AND onset_at < coalesce($until::TIMESTAMPTZ, 'infinity')
  AND coalesce(ended_at, 'infinity') > coalesce($since::TIMESTAMPTZ, '-infinity')
"""

_OFFICIAL = """
    i.incident_id, i.name AS title, i.impact, i.status, i.components, i.first_published_at, i.resolved_at
"""

MET = f"""
SELECT m.episode_id, {_OFFICIAL}, m.reason
FROM matches AS m
JOIN incidents AS i USING (service, incident_id)
ORDER BY i.first_published_at, i.incident_id
"""  # noqa: S608  (our own column names)

# `resolved_at` can be typed in by hand and lie before the first message: such an incident is of one instant.
_PUBLISHED = """
    WHERE i.service = coalesce($service, i.service)
      AND coalesce(i.first_published_at, i.created_at) < coalesce($until::TIMESTAMPTZ, 'infinity')
      AND (coalesce(i.resolved_at, 'infinity') > coalesce($since::TIMESTAMPTZ, '-infinity')
           OR coalesce(i.first_published_at, i.created_at) >= $since::TIMESTAMPTZ)
"""

UNMET = f"""
SELECT
    i.service, coalesce(v.verdict, 'unknown') AS verdict, {_OFFICIAL}, coalesce(v.reason, $not_judged) AS reason
FROM incidents AS i
ANTI JOIN matches USING (service, incident_id)
LEFT JOIN incident_verdicts AS v ON v.service = i.service AND v.incident_id = i.incident_id
{_PUBLISHED}
  AND coalesce(i.first_published_at, i.created_at) <= $as_of
"""  # noqa: S608  (our own column names)

LATER = f"""
SELECT count(*) AS later FROM incidents AS i {_PUBLISHED}
  AND coalesce(i.first_published_at, i.created_at) > $as_of
"""  # noqa: S608  (our own column names)

_CHOSEN = """
    service = coalesce($service, service)
    AND bucket_start >= coalesce($since::TIMESTAMPTZ, '-infinity')
    AND bucket_start < coalesce($until::TIMESTAMPTZ, 'infinity')
"""

# A platform without a row for a bucket of the service's grid was not looked at.
COVERAGE = f"""
WITH grids AS (SELECT service, count(*) AS size FROM alarms WHERE {_CHOSEN} GROUP BY service)
SELECT service, platform, least(sum(coverage) / any_value(grids.size), 1) AS share
FROM buckets JOIN grids USING (service)
WHERE kind = 'outage' AND {_CHOSEN}
GROUP BY service, platform
ORDER BY service, share DESC, platform
"""  # noqa: S608  (our own column names)

JUDGED = f"""
SELECT
    service, count(alarm) / count(*) AS share,
    min(bucket_start) AS "start", max(bucket_start) + INTERVAL 5 MINUTES AS "end"
FROM alarms WHERE {_CHOSEN}
GROUP BY service ORDER BY service
"""  # noqa: S608  (our own column names)
