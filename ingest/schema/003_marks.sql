-- What a person said about a service and a span of time, so that it outlives every judgement.

CREATE SEQUENCE mark_ids;

CREATE TABLE marks (
    mark_id BIGINT PRIMARY KEY,
    service VARCHAR NOT NULL,
    "start" TIMESTAMPTZ NOT NULL,
    "end" TIMESTAMPTZ NOT NULL,
    says VARCHAR NOT NULL CHECK (says IN ('right', 'wrong')),
    why VARCHAR NOT NULL,
    episode_id VARCHAR NOT NULL,
    marked_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ
);
COMMENT ON TABLE marks IS 'What a person said of an episode, kept as a service and a span: it speaks of whichever episodes overlap it, of several marks the newest';
COMMENT ON COLUMN marks.mark_id IS 'Counted up: of two marks of one instant, the later';
COMMENT ON COLUMN marks.service IS 'What it is about: a name of the watchlist';
COMMENT ON COLUMN marks."start" IS 'The onset of the episode that was marked';
COMMENT ON COLUMN marks."end" IS 'The end of the episode that was marked; of an episode that was running: as of when it was judged then';
COMMENT ON COLUMN marks.says IS 'right: it was an outage; wrong: it was none';
COMMENT ON COLUMN marks.why IS 'The reason, in the words of who marked it';
COMMENT ON COLUMN marks.episode_id IS 'How the episode was called when it was marked; a later judgement may call it otherwise, or not have it';
COMMENT ON COLUMN marks.marked_at IS 'When it was said';
COMMENT ON COLUMN marks.withdrawn_at IS 'NULL while the mark is in force';
