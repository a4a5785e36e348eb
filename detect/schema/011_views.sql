-- Views for analysts: joined, in UTC whatever the session's zone, with what was not looked at next to every count.

CREATE VIEW outages AS
SELECT
    e.service, e.episode_id, e.onset_at, e.onset_earliest, e.onset_latest, e.alarm_at, e.available_at, e.peak_at,
    e.ended_at,
    date_diff('second', e.onset_at, e.ended_at) / 60 AS lasted_min,
    e.severity, e.people, e.peak_people, e.peak_expected, e.platforms, e.symptoms, e.surfaces, e.models, e.verdict,
    e.first_published_at, e.acknowledgement_lag_min, e.detection_lag_min, e.declared_lag_min,
    coalesce(m.incident_ids, []) AS incident_ids, coalesce(m.titles, []) AS titles, marked.mark, marked.mark_why
FROM episodes AS e
LEFT JOIN (
    SELECT
        e.episode_id, arg_max(m.says, (m.marked_at, m.mark_id)) AS mark,
        arg_max(m.why, (m.marked_at, m.mark_id)) AS mark_why
    FROM episodes AS e JOIN marks AS m ON m.service = e.service AND m.withdrawn_at IS NULL
        AND e.onset_at < m."end"
        AND m."start" < coalesce(e.ended_at, (SELECT max_by(as_of, run_id) FROM runs))
    GROUP BY e.episode_id
) AS marked USING (episode_id)
LEFT JOIN (
    SELECT
        m.episode_id,
        list(m.incident_id ORDER BY i.first_published_at, m.incident_id) AS incident_ids,
        list(i.name ORDER BY i.first_published_at, m.incident_id) AS titles
    FROM matches AS m JOIN incidents AS i USING (service, incident_id)
    GROUP BY m.episode_id
) AS m USING (episode_id);
COMMENT ON VIEW outages IS 'One row an episode, with the official incidents that match it';
COMMENT ON COLUMN outages.available_at IS 'Alarm time plus the delay with which the posts reached us; NULL where nobody noted that';
COMMENT ON COLUMN outages.ended_at IS 'NULL while complaints still exceed, or where nobody looked since';
COMMENT ON COLUMN outages.lasted_min IS 'End minus onset; NULL where ended_at is';
COMMENT ON COLUMN outages.severity IS '1, 2, 3: in some hour twice, 5 times, 15 times the usual people';
COMMENT ON COLUMN outages.people IS 'Distinct complaining people per bucket and platform, summed: who complains in two buckets counts twice';
COMMENT ON COLUMN outages.first_published_at IS 'When the page first spoke of it, of all incidents that match; NULL where none does';
COMMENT ON COLUMN outages.acknowledgement_lag_min IS 'First publication minus onset: negative where the page was first';
COMMENT ON COLUMN outages.detection_lag_min IS 'Alarm minus onset';
COMMENT ON COLUMN outages.declared_lag_min IS 'Alarm minus the start that the page declares; NULL where it declares none';
COMMENT ON COLUMN outages.incident_ids IS 'The official incidents that match, the first to be published first; empty where none does';
COMMENT ON COLUMN outages.titles IS 'Their titles, in the operator''s words';
COMMENT ON COLUMN outages.mark IS 'What a person said of it: right (an outage) or wrong (none); of several marks the newest. NULL: nobody said anything';
COMMENT ON COLUMN outages.mark_why IS 'Why, in that person''s words';

CREATE VIEW official_incidents AS
SELECT
    i.service, i.incident_id, i.name AS title, i.impact, i.status, t.nature, i.components, t.surfaces,
    i.first_published_at, i.first_seen_at, t.published_start, t.published_end, t.declared_start, t.declared_end,
    i.resolved_at, i.revision, coalesce(v.verdict, 'unknown') AS verdict,
    coalesce(v.reason, 'the judgement in force does not speak of it') AS reason,
    coalesce(m.episode_ids, []) AS episode_ids
FROM incidents AS i
LEFT JOIN incident_times AS t USING (service, incident_id)
LEFT JOIN incident_verdicts AS v USING (service, incident_id)
LEFT JOIN (
    SELECT service, incident_id, list(episode_id ORDER BY episode_id) AS episode_ids
    FROM matches GROUP BY service, incident_id
) AS m USING (service, incident_id);
COMMENT ON VIEW official_incidents IS 'One row an incident as last seen, with its times by each clock and whether anybody complained';
COMMENT ON COLUMN official_incidents.nature IS 'outage, maintenance, suspension or client release: only an outage can match. NULL where it was published after the judgement';
COMMENT ON COLUMN official_incidents.first_published_at IS 'The earliest message: when the page first spoke. NULL where there is none';
COMMENT ON COLUMN official_incidents.first_seen_at IS 'When we first saw it; NULL from a file that does not say';
COMMENT ON COLUMN official_incidents.published_start IS 'First message, or a stamp of up to a day before it';
COMMENT ON COLUMN official_incidents.published_end IS 'When the page closed it; of an open one the end of what was read';
COMMENT ON COLUMN official_incidents.declared_start IS 'As the prose states it without contradiction; NULL where it does not';
COMMENT ON COLUMN official_incidents.declared_end IS 'As the prose states it without contradiction; NULL where it does not';
COMMENT ON COLUMN official_incidents.resolved_at IS 'The page''s own stamp; can be typed in by hand and lie before the first message';
COMMENT ON COLUMN official_incidents.revision IS '1 where nothing of it was seen to change';
COMMENT ON COLUMN official_incidents.reason IS 'Why the verdict';
COMMENT ON COLUMN official_incidents.episode_ids IS 'The episodes that match; empty where none does';

CREATE VIEW lags AS
SELECT
    m.service, m.episode_id, m.incident_id, i.name AS title, i.impact, e.verdict, e.onset_at, e.alarm_at,
    m.page_spoke_at, m.declared_start, m.acknowledgement_lag_min, e.detection_lag_min, m.alarm_to_page_min,
    m.available_to_page_min, m.declared_to_onset_min, m.declared_lag_min, m.declared_to_page_min, m.reason
FROM matches AS m
JOIN episodes AS e USING (episode_id)
JOIN incidents AS i ON i.service = m.service AND i.incident_id = m.incident_id;
COMMENT ON VIEW lags IS 'One row a pair of episode and incident: who was first, by how many minutes. An episode can stand in several rows';
COMMENT ON COLUMN lags.page_spoke_at IS 'The incident''s first message that can speak of this episode';
COMMENT ON COLUMN lags.declared_start IS 'The start that the incident''s prose states; NULL where none is stated without contradiction';
COMMENT ON COLUMN lags.acknowledgement_lag_min IS 'Page''s word minus onset: negative where the page was first';
COMMENT ON COLUMN lags.detection_lag_min IS 'Alarm minus onset';
COMMENT ON COLUMN lags.alarm_to_page_min IS 'Page''s word minus alarm: negative where the page was first';
COMMENT ON COLUMN lags.available_to_page_min IS 'Page''s word minus the time at which the alarm could have been known; NULL where nobody noted when the posts arrived';
COMMENT ON COLUMN lags.declared_to_onset_min IS 'Onset minus declared start';
COMMENT ON COLUMN lags.declared_lag_min IS 'Alarm minus declared start';
COMMENT ON COLUMN lags.declared_to_page_min IS 'Page''s word minus declared start: the operator''s own lag';
COMMENT ON COLUMN lags.reason IS 'Why the two match';

CREATE VIEW hourly_complaints AS
SELECT
    service, platform, kind,
    date_trunc('hour', bucket_start AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS "hour",
    sum(observed)::INTEGER AS people,
    CASE WHEN count(expected) FILTER (WHERE observed IS NOT NULL) = count(observed) AND count(observed) > 0
         THEN sum(expected) FILTER (WHERE observed IS NOT NULL) END AS expected,
    sum(coverage) / 12 AS coverage
FROM buckets
GROUP BY ALL;
COMMENT ON VIEW hourly_complaints IS 'Complaining people hour by hour, the three kinds apart. An hour without a row was not looked at';
COMMENT ON COLUMN hourly_complaints."hour" IS 'Its start, UTC';
COMMENT ON COLUMN hourly_complaints.people IS 'Distinct people per bucket, summed: who complains in two buckets counts twice. NULL where nobody looked';
COMMENT ON COLUMN hourly_complaints.expected IS 'What is usual of the buckets that were looked at; NULL while learning, and for limit and quality, whose usual nobody models';
COMMENT ON COLUMN hourly_complaints.coverage IS 'Share of the hour that was looked at: where it is below 1, people are too few';

CREATE VIEW daily_coverage AS
WITH days AS (
    SELECT
        service, (bucket_start AT TIME ZONE 'UTC')::DATE AS "day", count(*) AS buckets,
        count(alarm) / count(*) AS judged,
        count(*) FILTER (WHERE "state" = 'blind') / count(*) AS blind,
        count(*) FILTER (WHERE "state" = 'learning') / count(*) AS learning
    FROM alarms GROUP BY ALL
), looked AS (
    SELECT service, platform, (bucket_start AT TIME ZONE 'UTC')::DATE AS "day", sum(coverage) AS buckets
    FROM buckets WHERE kind = 'outage' GROUP BY ALL
), platforms AS (SELECT DISTINCT service, platform FROM looked)
SELECT
    service, platform, "day", coalesce(looked.buckets, 0) / days.buckets AS coverage,
    days.judged, days.blind, days.learning, days.buckets / 288 AS of_day
FROM days JOIN platforms USING (service) LEFT JOIN looked USING (service, platform, "day");
COMMENT ON VIEW daily_coverage IS 'What was looked at, day by day and platform by platform, and what could be judged';
COMMENT ON COLUMN daily_coverage."day" IS 'UTC';
COMMENT ON COLUMN daily_coverage.coverage IS 'Share of the day''s buckets that was looked at on the platform, 0 to 1';
COMMENT ON COLUMN daily_coverage.judged IS 'Share in which an alarm could have been raised, of all platforms together';
COMMENT ON COLUMN daily_coverage.blind IS 'Share in which nobody looked, of all platforms together';
COMMENT ON COLUMN daily_coverage.learning IS 'Share that was looked at, with too little past to compare with';
COMMENT ON COLUMN daily_coverage.of_day IS 'Share of the day that lies in the judgement at all: below 1 on the first and the last day';

CREATE VIEW hour_of_week AS
WITH felt AS (
    SELECT
        service, isodow(hour_start AT TIME ZONE 'UTC') AS weekday, hour(hour_start AT TIME ZONE 'UTC') AS "hour",
        sum(judged) AS judged_hours, sum(felt_min) / 60 AS outage_hours,
        sum(people) / nullif(sum(looked) FILTER (people IS NOT NULL), 0) AS people
    FROM hours GROUP BY ALL
), told AS (
    SELECT
        service, isodow(first_published_at AT TIME ZONE 'UTC') AS weekday,
        hour(first_published_at AT TIME ZONE 'UTC') AS "hour", count(*) AS incidents
    FROM official_incidents WHERE nature = 'outage' GROUP BY ALL
)
SELECT
    service, weekday, "hour", judged_hours, outage_hours, outage_hours / nullif(judged_hours, 0) AS outage_share,
    people, coalesce(incidents, 0) AS incidents
FROM felt LEFT JOIN told USING (service, weekday, "hour");
COMMENT ON VIEW hour_of_week IS 'Are peak hours the problem? Each hour of the week, UTC, over all that was judged';
COMMENT ON COLUMN hour_of_week.weekday IS '1 Monday to 7 Sunday';
COMMENT ON COLUMN hour_of_week."hour" IS '0 to 23, UTC';
COMMENT ON COLUMN hour_of_week.judged_hours IS 'How long this hour of the week could be judged in all: where it is small, the share says little';
COMMENT ON COLUMN hour_of_week.outage_hours IS 'Hours from the onset of an episode to its end';
COMMENT ON COLUMN hour_of_week.outage_share IS 'outage_hours over judged_hours; NULL where none was judged';
COMMENT ON COLUMN hour_of_week.people IS 'Complaining people in such an hour, its outages included: as in hours, for a whole hour looked at. NULL where nobody looked';
COMMENT ON COLUMN hour_of_week.incidents IS 'Official outages whose first publication fell into it, while the page was read';

CREATE VIEW months AS
WITH grids AS (
    SELECT
        service, date_trunc('month', hour_start AT TIME ZONE 'UTC')::DATE AS "month", count(*) AS hours,
        sum(judged) AS judged_hours, sum(felt_min) / 60 AS outage_hours, sum(page_read) AS page_read_hours
    FROM hours GROUP BY ALL
), felt AS (
    SELECT
        service, date_trunc('month', onset_at AT TIME ZONE 'UTC')::DATE AS "month", count(*) AS outages,
        median(acknowledgement_lag_min) AS median_acknowledgement_min
    FROM episodes GROUP BY ALL
), told AS (
    SELECT
        service, date_trunc('month', first_published_at AT TIME ZONE 'UTC')::DATE AS "month", count(*) AS incidents,
        count(*) FILTER (WHERE impact IN ('major', 'critical')) AS grave_incidents
    FROM official_incidents WHERE nature = 'outage' GROUP BY ALL
)
SELECT
    service, "month", hours, judged_hours, CASE WHEN judged_hours > 0 THEN coalesce(outages, 0) END AS outages,
    CASE WHEN judged_hours > 0 THEN outage_hours END AS outage_hours,
    outage_hours / nullif(judged_hours, 0) AS outage_share, median_acknowledgement_min, page_read_hours,
    CASE WHEN page_read_hours > 0 THEN coalesce(incidents, 0) END AS incidents,
    CASE WHEN page_read_hours > 0 THEN coalesce(grave_incidents, 0) END AS grave_incidents
FROM grids LEFT JOIN felt USING (service, "month") LEFT JOIN told USING (service, "month");
COMMENT ON VIEW months IS 'Month by month. Compare shares, never counts: months are not judged for equally long';
COMMENT ON COLUMN months."month" IS 'Its first day, UTC';
COMMENT ON COLUMN months.hours IS 'Hours of the month that lie in the judgement at all';
COMMENT ON COLUMN months.judged_hours IS 'Of these, hours in which an alarm could have been raised';
COMMENT ON COLUMN months.outages IS 'Episodes that began in it; NULL, as outage_hours, where nothing of it could be judged';
COMMENT ON COLUMN months.outage_hours IS 'Hours from the onset of an episode to its end';
COMMENT ON COLUMN months.outage_share IS 'outage_hours over judged_hours; NULL where none was judged';
COMMENT ON COLUMN months.median_acknowledgement_min IS 'Page''s word minus onset, of the episodes it spoke of; NULL of none';
COMMENT ON COLUMN months.page_read_hours IS 'Hours for which the official record was read';
COMMENT ON COLUMN months.incidents IS 'Official outages first published in it: too few where the page was read for a part of it. NULL where it was not';
COMMENT ON COLUMN months.grave_incidents IS 'Of these, impact major or critical';
