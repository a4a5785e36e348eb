-- Facts. Nothing here is ever changed in the light of an opinion.
-- Instants are TIMESTAMPTZ in UTC. Keys are 64-bit hashes: see ingest/records.py, hashed_key.

CREATE TABLE about (
    name VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);
COMMENT ON TABLE about IS 'What this file is: kind (live or sample) and the fingerprint of the author key it belongs to';

-- No primary key: DuckDB checks one by scanning the whole table. Duplicates are dropped on the way in.
CREATE TABLE posts (
    post_key BIGINT NOT NULL,
    platform VARCHAR NOT NULL,
    post_id VARCHAR NOT NULL,
    place VARCHAR NOT NULL,
    author_key BIGINT,
    claimed_at TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ,
    seen_at TIMESTAMPTZ,
    counted_at TIMESTAMPTZ,
    form VARCHAR NOT NULL,
    lang VARCHAR,
    url VARCHAR,
    parent_id VARCHAR,
    text VARCHAR,
    pull_id BIGINT NOT NULL
);
COMMENT ON COLUMN posts.post_key IS 'Hash of platform and post id: one post however it reached us';
COMMENT ON COLUMN posts.author_key IS 'Keyed hash of the handle; NULL where the author is unknown, and then every post is a person';
COMMENT ON COLUMN posts.claimed_at IS 'What the author or the platform''s record says';
COMMENT ON COLUMN posts.received_at IS 'When the platform received it; NULL where the platform does not say';
COMMENT ON COLUMN posts.seen_at IS 'When we saw it; NULL where nobody noted that (a file)';
COMMENT ON COLUMN posts.counted_at IS 'When it counts; NULL where its claimed time cannot be true: kept, never counted';
COMMENT ON COLUMN posts.text IS 'Title and body, control characters removed; NULL once it was deleted or its retention ended';
COMMENT ON COLUMN posts.pull_id IS 'The pull that brought it first';

CREATE TABLE volumes (
    platform VARCHAR NOT NULL,
    place VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    window_start TIMESTAMPTZ NOT NULL,
    window_end TIMESTAMPTZ NOT NULL,
    "count" BIGINT NOT NULL,
    seen_at TIMESTAMPTZ,
    pull_id BIGINT NOT NULL,
    PRIMARY KEY (platform, place, service, query, window_start, window_end)
);
COMMENT ON TABLE volumes IS 'Counts that a platform gives without texts; never added to people';

CREATE TABLE incident_revisions (
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    content_hash BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    seen_at TIMESTAMPTZ,
    name VARCHAR NOT NULL,
    impact VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    started_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    resolved_at TIMESTAMPTZ,
    components VARCHAR[] NOT NULL,
    content VARCHAR NOT NULL,
    pull_id BIGINT NOT NULL,
    PRIMARY KEY (service, incident_id, content_hash)
);
COMMENT ON TABLE incident_revisions IS 'Every content change of an incident that was seen, told apart by a hash of its content';
COMMENT ON COLUMN incident_revisions.revision IS '1 for the first content seen of the incident, counting up';
COMMENT ON COLUMN incident_revisions.seen_at IS 'When this content was first seen; NULL from a file that does not say';
COMMENT ON COLUMN incident_revisions.started_at IS 'The page''s own stamp, often a machine''s: not when the trouble began';
COMMENT ON COLUMN incident_revisions.created_at IS 'Can be backdated by hand: not when the page first spoke';

CREATE TABLE incident_updates (
    service VARCHAR NOT NULL,
    incident_id VARCHAR NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    update_id VARCHAR,
    status VARCHAR NOT NULL,
    display_at TIMESTAMPTZ NOT NULL,
    body VARCHAR NOT NULL,
    components STRUCT("name" VARCHAR, "old" VARCHAR, "new" VARCHAR)[] NOT NULL,
    seen_at TIMESTAMPTZ,
    pull_id BIGINT NOT NULL,
    PRIMARY KEY (service, incident_id, created_at)
);
COMMENT ON TABLE incident_updates IS 'Each official message as first seen, never changed. Its created_at was never seen edited, and no incident has two of one instant';
COMMENT ON COLUMN incident_updates.display_at IS 'What the page shows; can be edited, can lie before created_at';

CREATE VIEW incidents AS
SELECT r.* EXCLUDE (content, pull_id), u.first_published_at, s.first_seen_at
FROM incident_revisions AS r
LEFT JOIN (
    SELECT service, incident_id, min(created_at) AS first_published_at
    FROM incident_updates GROUP BY service, incident_id
) AS u USING (service, incident_id)
LEFT JOIN (
    SELECT service, incident_id, min(seen_at) AS first_seen_at
    FROM incident_revisions GROUP BY service, incident_id
) AS s USING (service, incident_id)
-- The latest content wins; a file that does not say when it was seen never overrules the page itself.
QUALIFY row_number() OVER (
    PARTITION BY r.service, r.incident_id ORDER BY r.seen_at DESC NULLS LAST, r.revision DESC
) = 1;
COMMENT ON VIEW incidents IS 'Each incident as last seen, with when the page first spoke of it';

CREATE TABLE page_states (
    service VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    "indicator" VARCHAR,
    description VARCHAR,
    components MAP(VARCHAR, VARCHAR) NOT NULL,
    unresolved INTEGER,
    pull_id BIGINT NOT NULL
);
COMMENT ON TABLE page_states IS 'What the official page showed at each poll';
COMMENT ON COLUMN page_states."indicator" IS 'none, minor, major, critical; NULL where the page was unreadable: unknown, never operational';

CREATE SEQUENCE pull_ids;

CREATE TABLE pulls (
    pull_id BIGINT PRIMARY KEY,
    source VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    service VARCHAR,
    asked_start TIMESTAMPTZ,
    asked_end TIMESTAMPTZ,
    covered_start TIMESTAMPTZ,
    covered_end TIMESTAMPTZ,
    fetched BIGINT NOT NULL,
    new BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    requests INTEGER NOT NULL,
    cost_usd DOUBLE NOT NULL,
    error VARCHAR,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE pulls IS 'The ledger: what was asked, what was truly covered, what it cost, how it ended. What no row covers was not seen';
COMMENT ON COLUMN pulls.service IS 'NULL where the target was read for every service';
COMMENT ON COLUMN pulls.new IS 'Of what was fetched, what was not known before';

CREATE TABLE rejects (
    source VARCHAR NOT NULL,
    "where" VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    excerpt VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    pull_id BIGINT NOT NULL
);
COMMENT ON TABLE rejects IS 'Payloads that could not be read, handles masked, kept for 14 days';

CREATE TABLE cached_answers (
    url VARCHAR PRIMARY KEY,
    etag VARCHAR NOT NULL,
    body VARCHAR NOT NULL
);
COMMENT ON TABLE cached_answers IS 'No facts: the last full answer of an official page with its validator, so that "not modified" can be understood';
