-- Opinions. All of it can be dropped and rebuilt from the facts, but for the judgement of a post whose text is gone.

CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY,
    as_of TIMESTAMPTZ NOT NULL,
    ran_at TIMESTAMPTZ NOT NULL,
    false_alarms_per_4_weeks DOUBLE NOT NULL,
    rule VARCHAR NOT NULL,
    inputs BIGINT NOT NULL
);
COMMENT ON TABLE runs IS 'When was judged, and what was known: the newest row is the judgement in force';
COMMENT ON COLUMN runs.as_of IS 'Nothing that was published later was looked at';
COMMENT ON COLUMN runs.inputs IS 'Hash of everything the run went by: where it is the same again, so is the judgement';
COMMENT ON COLUMN runs.rule IS 'The matching rule with its parameters, in one sentence';

CREATE TABLE judged (
    rules BIGINT PRIMARY KEY,
    last_pull_id BIGINT NOT NULL
);
COMMENT ON TABLE judged IS 'Up to which pull posts are judged, and by which rules; other rules judge all of them anew';

CREATE TABLE judgements (
    post_key BIGINT NOT NULL,
    service VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    counted_at TIMESTAMPTZ,
    seen_at TIMESTAMPTZ,
    person BIGINT NOT NULL,
    "by" VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    reason VARCHAR,
    symptom VARCHAR,
    surface VARCHAR,
    model VARCHAR
);
COMMENT ON TABLE judgements IS 'Which post speaks of which service, and what it says of it';
COMMENT ON COLUMN judgements.person IS 'One-way token of the author; of the post itself where the author is unknown';
COMMENT ON COLUMN judgements."by" IS 'alias: the text names the service; place: only where it stands does';
COMMENT ON COLUMN judgements.kind IS 'outage, limit, quality or none; where none, the reason';

CREATE TABLE buckets (
    service VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    bucket_start TIMESTAMPTZ NOT NULL,
    observed INTEGER,
    coverage DOUBLE NOT NULL,
    expected DOUBLE,
    dispersion DOUBLE
);
COMMENT ON TABLE buckets IS 'Five minutes of one service on one platform';
COMMENT ON COLUMN buckets.observed IS 'Distinct complaining people; NULL where too little was looked at: unknown, not zero';
COMMENT ON COLUMN buckets.expected IS 'What the past predicts; NULL while learning';

CREATE TABLE alarms (
    service VARCHAR NOT NULL,
    bucket_start TIMESTAMPTZ NOT NULL,
    statistic DOUBLE,
    "level" DOUBLE,
    alarm BOOLEAN
);
COMMENT ON COLUMN alarms.alarm IS 'NULL: not judged, for lack of coverage or of history';

CREATE TABLE episodes (
    episode_id VARCHAR PRIMARY KEY,
    service VARCHAR NOT NULL,
    onset_at TIMESTAMPTZ NOT NULL,
    onset_earliest TIMESTAMPTZ NOT NULL,
    onset_latest TIMESTAMPTZ NOT NULL,
    alarm_at TIMESTAMPTZ NOT NULL,
    available_at TIMESTAMPTZ,
    peak_at TIMESTAMPTZ NOT NULL,
    peak_people INTEGER NOT NULL,
    peak_expected DOUBLE NOT NULL,
    ended_at TIMESTAMPTZ,
    people INTEGER NOT NULL,
    platforms VARCHAR[] NOT NULL,
    symptoms VARCHAR[] NOT NULL,
    surfaces VARCHAR[] NOT NULL,
    models VARCHAR[] NOT NULL,
    verdict VARCHAR NOT NULL,
    first_published_at TIMESTAMPTZ,
    acknowledgement_lag_min DOUBLE,
    detection_lag_min DOUBLE NOT NULL,
    declared_lag_min DOUBLE
);
COMMENT ON COLUMN episodes.available_at IS 'Alarm time plus the delay with which the posts reached us; NULL where nobody noted that';
COMMENT ON COLUMN episodes.ended_at IS 'NULL while complaints still exceed, or where nobody looked since';
COMMENT ON COLUMN episodes.acknowledgement_lag_min IS 'First publication minus onset: negative where the page was first';
COMMENT ON COLUMN episodes.declared_lag_min IS 'Alarm minus declared start; NULL where no declared window has been read';

CREATE TABLE matches (
    episode_id VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (episode_id, incident_id)
);

CREATE TABLE incident_verdicts (
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (service, incident_id)
);
COMMENT ON COLUMN incident_verdicts.verdict IS 'felt, unfelt, or unknown where complaints were not covered or not yet judged';
