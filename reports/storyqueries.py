"""What a story asks the database. All of it reads; values are bound, never written into the text."""

EPISODE = """
SELECT
    service, onset_at, onset_earliest, onset_latest, alarm_at, available_at, peak_at, ended_at, peak_people,
    peak_expected, people, verdict, detection_lag_min
FROM episodes WHERE episode_id = $episode_id
"""

LATEST_EPISODES = "SELECT episode_id FROM episodes ORDER BY onset_at DESC LIMIT 5"

INCIDENTS_OF_EPISODE = """
SELECT
    m.incident_id, i.name AS title, i.impact, 'felt' AS verdict, m.reason, i.first_published_at, i.resolved_at,
    m.page_spoke_at, m.declared_start, m.acknowledgement_lag_min, m.alarm_to_page_min, m.declared_lag_min
FROM matches AS m JOIN incidents AS i USING (service, incident_id)
WHERE m.episode_id = $episode_id ORDER BY m.page_spoke_at, m.incident_id
"""

INCIDENT = """
SELECT
    i.service, i.incident_id, i.name AS title, i.impact, coalesce(v.verdict, 'unknown') AS verdict,
    coalesce(v.reason, 'the judgement in force does not speak of it') AS reason, i.first_published_at, i.resolved_at
FROM incidents AS i LEFT JOIN incident_verdicts AS v ON v.service = i.service AND v.incident_id = i.incident_id
WHERE i.incident_id = $incident_id
"""

EPISODES_OF_INCIDENT = """
SELECT episode_id FROM matches JOIN episodes USING (episode_id)
WHERE matches.service = $service AND incident_id = $incident_id ORDER BY onset_at
"""

UPDATES = """
SELECT created_at, status, body, components FROM incident_updates
WHERE service = $service AND incident_id = $incident_id AND created_at <= $as_of ORDER BY created_at
"""

DECLARED = """
SELECT "start", "end", other_start, other_end, said_at, confidence, doubts FROM declared_windows
WHERE service = $service AND incident_id = $incident_id ORDER BY coalesce("start", "end")
"""

PHASES = """
SELECT "start", people, symptom, surface, model FROM phases WHERE episode_id = $episode_id ORDER BY "start"
"""

GREEN = """
SELECT "at", says FROM audit WHERE episode_id = $episode_id AND "rule" = 'green_page'
"""

ALSO = """
SELECT unnest(episode_ids) AS episode_id FROM common_rises WHERE list_contains(episode_ids, $episode_id)
EXCEPT SELECT $episode_id
"""

LOOKED = """
SELECT platform, sum(coverage) / count(*) AS "share"
FROM buckets JOIN episodes USING (service)
WHERE episode_id = $episode_id AND kind = 'outage' AND bucket_start >= onset_at
  AND bucket_start < coalesce(ended_at, 'infinity')
GROUP BY platform ORDER BY platform
"""
