-- What was sent, so that nobody is told twice.

CREATE SEQUENCE alert_numbers;

CREATE TABLE alerts (
    "number" BIGINT NOT NULL,
    address VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    episode_id VARCHAR NOT NULL,
    "transition" VARCHAR NOT NULL,
    onset_at TIMESTAMPTZ NOT NULL,
    severity INTEGER NOT NULL,
    told_page BOOLEAN NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (address, message_id)
);
COMMENT ON TABLE alerts IS 'Messages that an address took. One that was sent, and not noted because the program ended between the two, is sent again under the same message_id';
COMMENT ON COLUMN alerts."number" IS 'The order in which they were noted: clocks are set back at times';
COMMENT ON COLUMN alerts.address IS 'Keyed hash of the address: the address itself is stored nowhere';
COMMENT ON COLUMN alerts.message_id IS 'Episode and transition; the message carries it';
COMMENT ON COLUMN alerts.service IS 'What it was about: a name of the watchlist';
COMMENT ON COLUMN alerts.episode_id IS 'How the episode was called then';
COMMENT ON COLUMN alerts."transition" IS 'opened, risen, page, ended, resumed or withdrawn: reports/alerts/transitions.py';
COMMENT ON COLUMN alerts.onset_at IS 'The onset as it was told';
COMMENT ON COLUMN alerts.severity IS 'The severity as it was told';
COMMENT ON COLUMN alerts.sent_at IS 'When it was noted, just after it was taken';
COMMENT ON COLUMN alerts.told_page IS 'Whether it told that the page had spoken';
