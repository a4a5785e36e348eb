-- How sure the classifier is that a post complains of an outage.

ALTER TABLE judgements ADD COLUMN probability DOUBLE;
COMMENT ON COLUMN judgements.probability IS 'That the post complains of an outage, calibrated; NULL where the classifier was not asked';
