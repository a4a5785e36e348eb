-- What repeats what, who stands behind an episode, and in which language a post is written.

ALTER TABLE judgements ADD COLUMN fingerprint BIGINT[];
COMMENT ON COLUMN judgements.fingerprint IS 'Of a complaint''s own words: alike texts share numbers. Keyed and one-way, no text can be made of it; NULL where the words are too few, and for kind none';
ALTER TABLE judgements ADD COLUMN "language" VARCHAR;
COMMENT ON COLUMN judgements."language" IS 'In which the post is written, as BCP 47 has it; NULL where that is not known';
COMMENT ON COLUMN judgements.reason IS 'Where kind is none: echo, news, past, other service, client''s own fault, other, or muted by the watchlist';

ALTER TABLE buckets ADD COLUMN repeated INTEGER;
COMMENT ON COLUMN buckets.repeated IS 'Distinct people who repeated a text that another person wrote up to 48 hours before: not in observed. NULL where observed is';

ALTER TABLE episodes ADD COLUMN complaints INTEGER;
COMMENT ON COLUMN episodes.complaints IS 'Outage complaints between onset and end, those that repeat others included';
ALTER TABLE episodes ADD COLUMN repeats INTEGER;
COMMENT ON COLUMN episodes.repeats IS 'Complaints that repeat what another person wrote up to 48 hours before: in complaints, not in people';
ALTER TABLE episodes ADD COLUMN busiest_share DOUBLE;
COMMENT ON COLUMN episodes.busiest_share IS 'Share of the complaints that the three busiest accounts wrote';
ALTER TABLE episodes ADD COLUMN usual_busiest_share DOUBLE;
COMMENT ON COLUMN episodes.usual_busiest_share IS 'The same of as many complaints in the four weeks before, outside episodes; NULL where there were fewer than 20';
ALTER TABLE episodes ADD COLUMN new_people INTEGER;
COMMENT ON COLUMN episodes.new_people IS 'People whose first judged post of any kind is less than a day older than their first complaint here; NULL where no platform was read for a week before';
ALTER TABLE episodes ADD COLUMN new_share DOUBLE;
COMMENT ON COLUMN episodes.new_share IS 'New people among those of whom it is known';
ALTER TABLE episodes ADD COLUMN usual_new_share DOUBLE;
COMMENT ON COLUMN episodes.usual_new_share IS 'The same a day in the four weeks before, outside episodes; NULL where fewer than 20 are known';
