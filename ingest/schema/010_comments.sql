-- What every table and column means, for the data dictionary; and which source brought what, for analysts.

COMMENT ON TABLE posts IS 'Public messages as published. In the published copy text, author_key and url are NULL';
COMMENT ON TABLE migrations IS 'Which steps of each room''s schema this file has been through';
COMMENT ON COLUMN migrations.room IS 'Whose tables: ingest or detect';
COMMENT ON COLUMN migrations.number IS 'Of the SQL file in the room''s folder schema';
COMMENT ON COLUMN migrations.name IS 'Of the SQL file';
COMMENT ON COLUMN migrations.applied_at IS 'When this file went through it';
COMMENT ON COLUMN about.name IS 'kind, or author_key';
COMMENT ON COLUMN about.value IS 'Of kind: live or sample; of author_key: its fingerprint, never the key';

COMMENT ON COLUMN posts.form IS 'post, comment, reply, quote or issue';
COMMENT ON COLUMN posts.lang IS 'What the platform or the author says it is written in: often wrong; judgements.language is read from the text';
COMMENT ON COLUMN posts.url IS 'Where it stands in public; NULL where the platform gives none, and once it was deleted';
COMMENT ON COLUMN posts.parent_id IS 'The post that it answers';

COMMENT ON COLUMN volumes.window_start IS 'The platform''s own grid, seldom five minutes';
COMMENT ON COLUMN volumes.window_end IS 'Not part of the window';
COMMENT ON COLUMN volumes."count" IS 'Posts, not people: deleted ones are counted on some platforms';
COMMENT ON COLUMN volumes.query IS 'What was counted: complaints, exposure (all that names the service), or all that is written at the place';

COMMENT ON COLUMN incident_revisions.content_hash IS 'Of all that the page says of the incident';
COMMENT ON COLUMN incident_revisions.content IS 'All of it, as JSON of a shape of our own';
COMMENT ON COLUMN incident_revisions.resolved_at IS 'The page''s own stamp; can be typed in by hand and lie before the first message';

COMMENT ON COLUMN incident_updates.created_at IS 'When the message was published: the one clock of the page that was never seen edited';
COMMENT ON COLUMN incident_updates.update_id IS 'The page''s own; NULL where it has none';
COMMENT ON COLUMN incident_updates.body IS 'As published: the operator''s words, hostile input like any other';
COMMENT ON COLUMN incident_updates.components IS 'Which parts it sets from which state to which';

COMMENT ON COLUMN incidents.started_at IS 'The page''s own stamp, often a machine''s: not when the trouble began';
COMMENT ON COLUMN incidents.created_at IS 'Can be backdated by hand: not when the page first spoke';
COMMENT ON COLUMN incidents.resolved_at IS 'The page''s own stamp; can be typed in by hand and lie before the first message';
COMMENT ON COLUMN incidents.content_hash IS 'Of all that the page says of it';
COMMENT ON COLUMN incidents.revision IS '1 where nothing of it was seen to change';
COMMENT ON COLUMN incidents.seen_at IS 'When this content was first seen; NULL from a file that does not say';
COMMENT ON COLUMN incidents.first_seen_at IS 'When we first saw any content of it; NULL from a file that does not say';
COMMENT ON COLUMN incidents.first_published_at IS 'The earliest message: when the page first spoke. NULL where there is none';

COMMENT ON COLUMN page_states.description IS 'The page''s headline';
COMMENT ON COLUMN page_states.components IS 'Each part''s state, in the page''s own words';
COMMENT ON COLUMN page_states.unresolved IS 'Incidents that were open; NULL where the page was unreadable';

COMMENT ON COLUMN pulls.asked_start IS 'From when on was asked; NULL where a state was asked for, not a span';
COMMENT ON COLUMN pulls.asked_end IS 'Up to when was asked';
COMMENT ON COLUMN pulls.covered_start IS 'From when on nothing was missed; NULL where the pull covers nothing';
COMMENT ON COLUMN pulls.covered_end IS 'Up to when: not part of what is covered';
COMMENT ON COLUMN pulls.fetched IS 'Facts that came, known ones too';
COMMENT ON COLUMN pulls.rejected IS 'Payloads that could not be read: see rejects';
COMMENT ON COLUMN pulls.requests IS 'Asked of the far end, repeats included';
COMMENT ON COLUMN pulls.error IS 'How it failed, in one line; NULL where it ended well';
COMMENT ON COLUMN pulls.started_at IS 'Our clock';
COMMENT ON COLUMN pulls.ended_at IS 'Our clock: when what it brought was known';

COMMENT ON COLUMN rejects."where" IS 'Target, file and line, or the post''s id';
COMMENT ON COLUMN rejects.reason IS 'Why it could not be read';
COMMENT ON COLUMN rejects.excerpt IS 'Its beginning, handles masked';

COMMENT ON COLUMN cached_answers.url IS 'That was asked';
COMMENT ON COLUMN cached_answers.etag IS 'The answer''s validator';
COMMENT ON COLUMN cached_answers.body IS 'The answer';
COMMENT ON COLUMN deletions.deleted_at IS 'When it was deleted, as the platform has it';

CREATE VIEW sources AS
SELECT
    source, platform, brings,
    count(DISTINCT target) AS targets,
    count(*) AS pulls,
    count("error") AS failed,
    count(*) FILTER (WHERE covered_start IS NULL) AS covered_nothing,
    min(covered_start) AS covered_from,
    max(covered_end) AS covered_to,
    sum(fetched)::BIGINT AS fetched,
    sum(new)::BIGINT AS new,
    sum(rejected)::BIGINT AS rejected,
    sum(cost_usd) AS cost_usd
FROM pulls
GROUP BY source, platform, brings;
COMMENT ON VIEW sources IS 'What each source was asked, and what came of it';
COMMENT ON COLUMN sources.brings IS 'As in pulls: a row for each';
COMMENT ON COLUMN sources.targets IS 'Different places, queries or streams that were asked about';
COMMENT ON COLUMN sources.pulls IS 'Rows of the ledger';
COMMENT ON COLUMN sources.failed IS 'Pulls that ended in an error; some covered a part before';
COMMENT ON COLUMN sources.covered_nothing IS 'Pulls that vouch for no time at all';
COMMENT ON COLUMN sources.covered_from IS 'The earliest covered instant: there can be gaps after it';
COMMENT ON COLUMN sources.covered_to IS 'The latest covered instant: there can be gaps before it';
COMMENT ON COLUMN sources.fetched IS 'Facts that came, known ones too';
COMMENT ON COLUMN sources.new IS 'Of these, what was not known before';
COMMENT ON COLUMN sources.rejected IS 'Payloads that could not be read';
COMMENT ON COLUMN sources.cost_usd IS 'What the platform charged';
