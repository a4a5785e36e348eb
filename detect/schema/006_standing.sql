-- What `reports now` says: one answer for each service, and one for each of its parts.

CREATE TABLE standing (
    run_id INTEGER NOT NULL,
    service VARCHAR NOT NULL,
    surface VARCHAR,
    answer VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    since TIMESTAMPTZ,
    stale_at TIMESTAMPTZ,
    episode_id VARCHAR,
    incident_ids VARCHAR[] NOT NULL,
    people INTEGER,
    usual DOUBLE,
    heard DOUBLE,
    covered_days DOUBLE NOT NULL,
    judged_until TIMESTAMPTZ,
    page_until TIMESTAMPTZ,
    page_indicator VARCHAR,
    seen STRUCT("platform" VARCHAR, people INTEGER, usual DOUBLE, covered DOUBLE, seen_until TIMESTAMPTZ)[] NOT NULL
);
COMMENT ON TABLE standing IS 'Is it down? As of the run; python -m reports now --why prints the rule. Whoever reads it must hold stale_at against the clock';
COMMENT ON COLUMN standing.run_id IS 'The run that it follows from: of another than the newest it says nothing';
COMMENT ON COLUMN standing.surface IS 'NULL: the service as a whole';
COMMENT ON COLUMN standing.answer IS 'down, probably, no sign, can''t tell, or learning: complaints are seen, and how many are usual is not known yet';
COMMENT ON COLUMN standing.reason IS 'Which clause of the rule gave the answer: detect/standing.py lists them';
COMMENT ON COLUMN standing.since IS 'Onset of the running episode; where the page alone says so, its first publication';
COMMENT ON COLUMN standing.stale_at IS 'From then on the answer is can''t tell; NULL where it is already';
COMMENT ON COLUMN standing.incident_ids IS 'Outages that are open on the page and concern this part, with an episode or without';
COMMENT ON COLUMN standing.people IS 'Complaints in the hour before the run. Of a service: distinct people per bucket and platform, summed; of a part: distinct people who name it. NULL where nobody looked';
COMMENT ON COLUMN standing.usual IS 'What is usual of the same buckets; NULL while learning, where nobody looked, and for parts, whose usual nobody models';
COMMENT ON COLUMN standing.heard IS 'Share of the last four weeks'' complaints that came from platforms read up to now; NULL where there were none';
COMMENT ON COLUMN standing.covered_days IS 'Covered time of the platform that was read longest, in days';
COMMENT ON COLUMN standing.judged_until IS 'Up to when an alarm could have been raised';
COMMENT ON COLUMN standing.page_until IS 'Up to when the official record was read; NULL: never';
COMMENT ON COLUMN standing.page_indicator IS 'What the page showed at its last poll: none, minor, major, critical; NULL where it was unreadable or was not polled';
