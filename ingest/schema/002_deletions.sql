-- What a row of the ledger brought, and so what its coverage vouches for; and what was deleted.

ALTER TABLE pulls ADD COLUMN brings VARCHAR DEFAULT 'posts';
UPDATE pulls SET brings = 'incidents' WHERE platform = 'status';
UPDATE pulls SET brings = 'volumes' WHERE pull_id IN (SELECT pull_id FROM volumes);
COMMENT ON COLUMN pulls.brings IS 'posts, discoveries (posts that a search happened to find: their coverage vouches for nothing), volumes, incidents or deletions';
COMMENT ON COLUMN pulls.cost_usd IS 'What the platform charges; negative where a row before reserved more than was billed in the end';

CREATE TABLE deletions (
    platform VARCHAR NOT NULL,
    post_key BIGINT,
    author_key BIGINT,
    deleted_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    pull_id BIGINT NOT NULL
);
COMMENT ON TABLE deletions IS 'Deletions of the last days: a post that arrives after its deletion loses its text too';
COMMENT ON COLUMN deletions.post_key IS 'The post that is gone; NULL where a person is';
COMMENT ON COLUMN deletions.author_key IS 'The person whose posts up to deleted_at are gone; NULL where a single post is';
