-- What the page said, and when: pairs with their lags, declared windows, the audit of the official record.

ALTER TABLE matches ADD COLUMN page_spoke_at TIMESTAMPTZ;
COMMENT ON COLUMN matches.page_spoke_at IS 'The incident''s first message that can speak of this episode: its first publication, or in a long open one the first message from two hours before the onset on';
ALTER TABLE matches ADD COLUMN declared_start TIMESTAMPTZ;
COMMENT ON COLUMN matches.declared_start IS 'The start that the incident''s prose states, of several the nearest to the onset; NULL where none is stated without contradiction';
ALTER TABLE matches ADD COLUMN acknowledgement_lag_min DOUBLE;
COMMENT ON COLUMN matches.acknowledgement_lag_min IS 'Page''s word minus onset: negative where the page was first';
ALTER TABLE matches ADD COLUMN alarm_to_page_min DOUBLE;
COMMENT ON COLUMN matches.alarm_to_page_min IS 'Page''s word minus alarm: negative where the page was first';
ALTER TABLE matches ADD COLUMN available_to_page_min DOUBLE;
COMMENT ON COLUMN matches.available_to_page_min IS 'Page''s word minus the time at which the alarm could have been known; NULL where nobody noted when the posts arrived';
ALTER TABLE matches ADD COLUMN declared_to_onset_min DOUBLE;
COMMENT ON COLUMN matches.declared_to_onset_min IS 'Onset minus declared start: negative where people complained before the operator says it began';
ALTER TABLE matches ADD COLUMN declared_lag_min DOUBLE;
COMMENT ON COLUMN matches.declared_lag_min IS 'Alarm minus declared start';
ALTER TABLE matches ADD COLUMN declared_to_page_min DOUBLE;
COMMENT ON COLUMN matches.declared_to_page_min IS 'Page''s word minus declared start: the operator''s own lag';

CREATE TABLE declared_windows (
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    "start" TIMESTAMPTZ,
    "end" TIMESTAMPTZ,
    other_start TIMESTAMPTZ,
    other_end TIMESTAMPTZ,
    lasted_min DOUBLE,
    said_at TIMESTAMPTZ NOT NULL,
    sentence_start INTEGER NOT NULL,
    sentence_end INTEGER NOT NULL,
    confidence VARCHAR NOT NULL,
    doubts VARCHAR[] NOT NULL
);
COMMENT ON TABLE declared_windows IS 'When an incident''s own prose says that it failed: a claim. Several windows are several rows';
COMMENT ON COLUMN declared_windows."start" IS 'NULL where only an end, or only a length, is stated';
COMMENT ON COLUMN declared_windows.other_start IS 'The second reading, where the text contradicts itself';
COMMENT ON COLUMN declared_windows.said_at IS 'Creation of the message that states it: with sentence_start and sentence_end, in characters, its place in incident_updates.body';
COMMENT ON COLUMN declared_windows.confidence IS 'high, fair or low; doubts says why it is not high';

CREATE TABLE audit (
    "rule" VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    incident_ids VARCHAR[] NOT NULL,
    episode_id VARCHAR,
    "at" TIMESTAMPTZ NOT NULL,
    says VARCHAR NOT NULL
);
COMMENT ON TABLE audit IS 'What the official record says against itself, or against an episode; an opinion. python -m detect audit prints the text of each rule';
COMMENT ON COLUMN audit.episode_id IS 'The episode that a finding concerns; NULL for most';

CREATE TABLE lag_spreads (
    service VARCHAR NOT NULL,
    lag VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    page_first INTEGER NOT NULL,
    lowest DOUBLE NOT NULL,
    p10 DOUBLE NOT NULL,
    p25 DOUBLE NOT NULL,
    median DOUBLE NOT NULL,
    p75 DOUBLE NOT NULL,
    p90 DOUBLE NOT NULL,
    highest DOUBLE NOT NULL,
    median_low DOUBLE,
    median_high DOUBLE,
    PRIMARY KEY (service, lag)
);
COMMENT ON TABLE lag_spreads IS 'How each signed lag is spread, in minutes: of episodes against the page''s first word on them, of the operator''s own lag over its incidents';
COMMENT ON COLUMN lag_spreads.page_first IS 'Values below zero';
COMMENT ON COLUMN lag_spreads.median_low IS 'The median''s 95 % interval, by resampling; NULL of fewer than five values';

CREATE TABLE chances (
    service VARCHAR PRIMARY KEY,
    episodes INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    "precision" DOUBLE,
    low DOUBLE,
    high DOUBLE,
    shuffles INTEGER NOT NULL,
    chance DOUBLE,
    chance_low DOUBLE,
    chance_high DOUBLE,
    lift DOUBLE,
    p DOUBLE
);
COMMENT ON TABLE chances IS 'How many episodes have an incident, and how many would by chance: the same ones moved by whole weeks';
COMMENT ON COLUMN chances.episodes IS 'Those that are acknowledged, early or unacknowledged';
COMMENT ON COLUMN chances.lift IS 'Precision over chance; NULL where no other week was read';

CREATE TABLE uptimes (
    service VARCHAR NOT NULL,
    part VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    "start" TIMESTAMPTZ NOT NULL,
    "end" TIMESTAMPTZ NOT NULL,
    "share" DOUBLE,
    down_min DOUBLE NOT NULL,
    known DOUBLE NOT NULL,
    PRIMARY KEY (service, part, definition)
);
COMMENT ON TABLE uptimes IS 'Uptime of the last 90 days under named definitions, side by side: what each takes for down, python -m reports page says';
COMMENT ON COLUMN uptimes.part IS 'A surface of the official page; any: where one of them is down';
COMMENT ON COLUMN uptimes."share" IS 'Of the time that was looked at; NULL where nothing was';
COMMENT ON COLUMN uptimes.known IS 'Share of the 90 days that was looked at: the page''s record, or complaints for "felt"';

CREATE TABLE peers (
    service VARCHAR PRIMARY KEY,
    "start" TIMESTAMPTZ NOT NULL,
    "end" TIMESTAMPTZ NOT NULL,
    incidents INTEGER,
    notices INTEGER,
    "none" INTEGER,
    minor INTEGER,
    major INTEGER,
    critical INTEGER,
    median_min DOUBLE,
    "read" DOUBLE NOT NULL,
    episodes INTEGER,
    felt_hours DOUBLE,
    judged DOUBLE NOT NULL
);
COMMENT ON TABLE peers IS 'The last 90 days of each service. Vendors publish on different scales: counts of incidents do not compare';
COMMENT ON COLUMN peers.incidents IS 'NULL, as the other counts, where nobody looked';
COMMENT ON COLUMN peers.notices IS 'Incidents that are no outages: maintenance, suspensions, client releases';
COMMENT ON COLUMN peers.median_min IS 'Published length, of those over and longer than a minute';

CREATE TABLE common_rises (
    first_onset_at TIMESTAMPTZ NOT NULL,
    last_onset_at TIMESTAMPTZ NOT NULL,
    services VARCHAR[] NOT NULL,
    episode_ids VARCHAR[] NOT NULL
);
COMMENT ON TABLE common_rises IS 'Episodes of several services whose onsets lie within an hour: perhaps one cause, or a surge of the platforms themselves';

CREATE TABLE phases (
    episode_id VARCHAR NOT NULL,
    "start" TIMESTAMPTZ NOT NULL,
    people INTEGER,
    expected DOUBLE,
    covered DOUBLE NOT NULL,
    symptom VARCHAR,
    surface VARCHAR,
    model VARCHAR,
    PRIMARY KEY (episode_id, "start")
);
COMMENT ON TABLE phases IS 'An episode quarter hour by quarter hour, from an hour before its onset to its end';
COMMENT ON COLUMN phases.people IS 'Distinct per bucket and platform, summed; NULL where nobody looked';
COMMENT ON COLUMN phases.symptom IS 'What most people named, two at least; NULL where fewer did';

CREATE TABLE incident_times (
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    nature VARCHAR NOT NULL,
    first_published_at TIMESTAMPTZ NOT NULL,
    published_start TIMESTAMPTZ NOT NULL,
    published_end TIMESTAMPTZ NOT NULL,
    declared_start TIMESTAMPTZ,
    declared_end TIMESTAMPTZ,
    first_seen_at TIMESTAMPTZ,
    surfaces VARCHAR[] NOT NULL,
    families VARCHAR[] NOT NULL,
    PRIMARY KEY (service, incident_id)
);
COMMENT ON TABLE incident_times IS 'What the matching rule goes by, incident by incident: with the rule''s sentence every pair can be redone by hand';
COMMENT ON COLUMN incident_times.nature IS 'outage, maintenance, suspension or client release: only an outage can match';
COMMENT ON COLUMN incident_times.published_start IS 'First message, or a stamp of up to a day before it';
COMMENT ON COLUMN incident_times.declared_start IS 'As the prose states it without contradiction; NULL where it does not';
COMMENT ON COLUMN incident_times.first_seen_at IS 'When we first saw it; NULL from a file that does not say';
COMMENT ON COLUMN incident_times.families IS 'Families of models named in the title; empty where it names none, or many';
