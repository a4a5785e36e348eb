-- Which state each bucket is in, how grave an episode is, surfaces by themselves, and volumes judged on their own grid.

ALTER TABLE alarms ADD COLUMN "state" VARCHAR;
COMMENT ON COLUMN alarms."state" IS 'judged; learning: looked at, but too little past; blind: nobody looked. alarm is NULL in the last two';
COMMENT ON COLUMN alarms.alarm IS 'True from an alarm to the end of its episode. NULL: not judged, see state';

ALTER TABLE episodes ADD COLUMN severity INTEGER;
COMMENT ON COLUMN episodes.severity IS '1, 2, 3: in some hour twice, 5 times, 15 times the usual people. It may only rise';
ALTER TABLE episodes ADD COLUMN settled BOOLEAN;
COMMENT ON COLUMN episodes.settled IS 'True where it did not end but lasted until it was the usual: 48 hours';
ALTER TABLE episodes ADD COLUMN together VARCHAR[];
COMMENT ON COLUMN episodes.together IS 'Episodes of other services that began within an hour: a possible common cause';
ALTER TABLE episodes ADD COLUMN volume BIGINT;
COMMENT ON COLUMN episodes.volume IS 'What platforms counted without texts in complete windows between onset and end: beside people, never in them. NULL where none was counted';
ALTER TABLE episodes ADD COLUMN volume_expected DOUBLE;
COMMENT ON COLUMN episodes.volume_expected IS 'The same as the past predicts; NULL where that is not known for all of it';

CREATE TABLE surface_episodes (
    episode_id VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    surface VARCHAR NOT NULL,
    onset_at TIMESTAMPTZ NOT NULL,
    onset_earliest TIMESTAMPTZ NOT NULL,
    onset_latest TIMESTAMPTZ NOT NULL,
    alarm_at TIMESTAMPTZ NOT NULL,
    peak_at TIMESTAMPTZ NOT NULL,
    peak_people INTEGER NOT NULL,
    peak_expected DOUBLE NOT NULL,
    ended_at TIMESTAMPTZ,
    people INTEGER NOT NULL,
    platforms VARCHAR[] NOT NULL,
    severity INTEGER NOT NULL,
    settled BOOLEAN NOT NULL
);
COMMENT ON TABLE surface_episodes IS 'Episodes of one surface, of the complaints that name it. All surfaces of a service share one false-alarm promise, beside the service''s own';

CREATE TABLE volume_buckets (
    service VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    bucket_start TIMESTAMPTZ NOT NULL,
    minutes INTEGER NOT NULL,
    "count" BIGINT,
    expected DOUBLE,
    dispersion DOUBLE,
    statistic DOUBLE,
    "level" DOUBLE,
    "state" VARCHAR NOT NULL,
    alarm BOOLEAN
);
COMMENT ON TABLE volume_buckets IS 'Volumes on the grid of their own windows, judged as streams of their own: never smeared into shorter ones, never added to people';
COMMENT ON COLUMN volume_buckets."count" IS 'NULL where the platform gave no count for the window';
