-- What every table and column means, for the data dictionary.

COMMENT ON TABLE alarms IS 'The judgement on each bucket of a service, all platforms together: its grid is the time that was judged at all';
COMMENT ON COLUMN alarms.statistic IS 'The evidence that complaints exceed the usual; an alarm is raised where it passes the level. NULL: not judged';
COMMENT ON COLUMN alarms."level" IS 'What the statistic must pass, set by the false-alarm promise';

COMMENT ON TABLE episodes IS 'What the public felt: alarms of one service joined';
COMMENT ON COLUMN episodes.detection_lag_min IS 'Alarm minus onset';
COMMENT ON COLUMN episodes.people IS 'Distinct complaining people per bucket and platform, summed: who complains in two buckets counts twice; repeats left out';
COMMENT ON COLUMN episodes.first_published_at IS 'When the page first spoke of it, of all incidents that match; NULL where none does';

COMMENT ON TABLE matches IS 'Which episode and which official incident are one, by the rule in runs: one may have several of the other';
COMMENT ON COLUMN matches.reason IS 'Why they match';
COMMENT ON TABLE incident_verdicts IS 'Whether anybody complained of an official incident';
COMMENT ON COLUMN incident_verdicts.reason IS 'Why';

COMMENT ON COLUMN audit."rule" IS 'Which rule found it';
COMMENT ON COLUMN audit.incident_ids IS 'The incidents that it speaks of';
COMMENT ON COLUMN audit."at" IS 'The instant that the finding is about';
COMMENT ON COLUMN audit.says IS 'What was found, in a sentence';

COMMENT ON COLUMN buckets.coverage IS 'Share of the five minutes that was looked at, weighed by how much each target usually brings: 0 to 1';
COMMENT ON COLUMN buckets.dispersion IS 'How much more widely than by chance alone the counts scatter; NULL while learning';
COMMENT ON COLUMN volume_buckets.minutes IS 'How long the window is';
COMMENT ON COLUMN volume_buckets.bucket_start IS 'Of the platform''s window, minutes long: seldom five';
COMMENT ON COLUMN volume_buckets."state" IS 'As in alarms';
COMMENT ON COLUMN volume_buckets.alarm IS 'True from an alarm to its end; NULL: not judged, see state';
COMMENT ON COLUMN volume_buckets.statistic IS 'As in alarms';
COMMENT ON COLUMN volume_buckets."level" IS 'As in alarms';

COMMENT ON COLUMN chances.matched IS 'Of these, those that have an incident';
COMMENT ON COLUMN chances."precision" IS 'matched over episodes; NULL of none';
COMMENT ON COLUMN chances.low IS 'Of the precision: 95 % interval';
COMMENT ON COLUMN chances.high IS 'Of the precision: 95 % interval';
COMMENT ON COLUMN chances.shuffles IS 'How often the episodes were moved by whole weeks';
COMMENT ON COLUMN chances.chance IS 'Mean precision of the moved ones; NULL where no other week was read';
COMMENT ON COLUMN chances.chance_low IS 'Of the moved ones: the middle 95 %';
COMMENT ON COLUMN chances.chance_high IS 'Of the moved ones: the middle 95 %';
COMMENT ON COLUMN chances.p IS 'Share of the shuffles that match as often or more; 0: fewer than one of them';

COMMENT ON COLUMN common_rises.first_onset_at IS 'Of the episode that began first';
COMMENT ON COLUMN common_rises.last_onset_at IS 'Of the one that began last';
COMMENT ON COLUMN common_rises.services IS 'Which services complained of';
COMMENT ON COLUMN common_rises.episode_ids IS 'Which episodes they are';

COMMENT ON COLUMN declared_windows."end" IS 'NULL where only a start is stated';
COMMENT ON COLUMN declared_windows.other_end IS 'The second reading, where the text contradicts itself';
COMMENT ON COLUMN declared_windows.lasted_min IS 'The length that is stated in words; NULL where none is';
COMMENT ON COLUMN declared_windows.sentence_start IS 'First character of the sentence in the message';
COMMENT ON COLUMN declared_windows.sentence_end IS 'The character after its last';
COMMENT ON COLUMN declared_windows.doubts IS 'Why the confidence is not high';

COMMENT ON COLUMN incident_times.first_published_at IS 'The earliest message: when the page first spoke';
COMMENT ON COLUMN incident_times.published_end IS 'When the page closed it; of an open one the end of what was read';
COMMENT ON COLUMN incident_times.declared_end IS 'As the prose states it without contradiction; NULL where it does not';

COMMENT ON COLUMN judged.rules IS 'Hash of watchlist, vocabulary, classifier and key';
COMMENT ON COLUMN judged.last_pull_id IS 'Posts of later pulls are not judged yet';

COMMENT ON COLUMN judgements.seen_at IS 'When we saw the post; NULL where nobody noted that';
COMMENT ON COLUMN judgements.counted_at IS 'When it counts; NULL: never';
COMMENT ON COLUMN judgements.surface IS 'The part that it names, or that its place is about; NULL: the service as a whole';
COMMENT ON COLUMN judgements.model IS 'The model that it names, family and number; NULL: none';
COMMENT ON COLUMN judgements.symptom IS 'down, errors, slow, login or partial; NULL: none is named';

COMMENT ON COLUMN lag_spreads.lag IS 'Which one';
COMMENT ON COLUMN lag_spreads.n IS 'How many values';
COMMENT ON COLUMN lag_spreads.lowest IS 'Minutes';
COMMENT ON COLUMN lag_spreads.p10 IS 'Minutes: a tenth of the values is lower';
COMMENT ON COLUMN lag_spreads.p25 IS 'Minutes: a quarter of the values is lower';
COMMENT ON COLUMN lag_spreads.median IS 'Minutes';
COMMENT ON COLUMN lag_spreads.p75 IS 'Minutes: a quarter of the values is higher';
COMMENT ON COLUMN lag_spreads.p90 IS 'Minutes: a tenth of the values is higher';
COMMENT ON COLUMN lag_spreads.highest IS 'Minutes';
COMMENT ON COLUMN lag_spreads.median_high IS 'The median''s 95 % interval, by resampling; NULL of fewer than five values';

COMMENT ON COLUMN peers."start" IS 'Of the 90 days';
COMMENT ON COLUMN peers."end" IS 'Of the 90 days';
COMMENT ON COLUMN peers."none" IS 'Incidents of that impact, in the vendor''s own scale';
COMMENT ON COLUMN peers.minor IS 'Incidents of that impact, in the vendor''s own scale';
COMMENT ON COLUMN peers.major IS 'Incidents of that impact, in the vendor''s own scale';
COMMENT ON COLUMN peers.critical IS 'Incidents of that impact, in the vendor''s own scale';
COMMENT ON COLUMN peers."read" IS 'Share of the 90 days for which the official record was read';
COMMENT ON COLUMN peers.episodes IS 'What people felt; NULL where nobody could have told';
COMMENT ON COLUMN peers.felt_hours IS 'Hours within episodes; NULL as episodes is';
COMMENT ON COLUMN peers.judged IS 'Share of the 90 days in which an alarm could have been raised: divide by it before services are compared';

COMMENT ON COLUMN phases."start" IS 'Of the quarter hour';
COMMENT ON COLUMN phases.expected IS 'What is usual of the same buckets; NULL where that is not known';
COMMENT ON COLUMN phases.covered IS 'Share that was looked at, 0 to 1';
COMMENT ON COLUMN phases.surface IS 'What most people named, two at least; NULL where fewer did';
COMMENT ON COLUMN phases.model IS 'What most people named, two at least; NULL where fewer did';

COMMENT ON COLUMN runs.run_id IS 'Counts up';
COMMENT ON COLUMN runs.ran_at IS 'Our clock';
COMMENT ON COLUMN runs.false_alarms_per_4_weeks IS 'The promise: how many false alarms the user accepts, for each service';

COMMENT ON COLUMN standing.episode_id IS 'The running episode; NULL where there is none';
COMMENT ON COLUMN standing.seen IS 'The hour before the run, platform by platform; people and usual are NULL where nobody looked';

COMMENT ON COLUMN surface_episodes.people IS 'As in episodes, of those who name the surface';
COMMENT ON COLUMN surface_episodes.severity IS '1, 2, 3: as in episodes';
COMMENT ON COLUMN surface_episodes.settled IS 'As in episodes';
COMMENT ON COLUMN surface_episodes.ended_at IS 'NULL while complaints still exceed, or where nobody looked since';

COMMENT ON COLUMN uptimes.definition IS 'What is taken for down';
COMMENT ON COLUMN uptimes."start" IS 'Of the 90 days';
COMMENT ON COLUMN uptimes."end" IS 'Of the 90 days';
COMMENT ON COLUMN uptimes.down_min IS 'Minutes down, of the time that was looked at';

COMMENT ON COLUMN hours.hour_start IS 'UTC';
COMMENT ON COLUMN hours.limit_people IS 'As people, of those whose own quota or rate is used up';
COMMENT ON COLUMN hours.quality_people IS 'As people, of those who find the answers worse';
COMMENT ON COLUMN hours.felt_min IS 'Minutes of the hour between the onset and the end of an episode';
COMMENT ON COLUMN weeks.felt_hours IS 'Hours of the week between the onset and the end of an episode';
COMMENT ON COLUMN weeks.early IS 'Of the episodes, those with that verdict; NULL where there is no episode';
COMMENT ON COLUMN weeks.acknowledged IS 'Of the episodes, those with that verdict; NULL where there is no episode';
COMMENT ON COLUMN weeks.unacknowledged IS 'Of the episodes, those with that verdict; NULL where there is no episode';
COMMENT ON COLUMN weeks.median_lag_min IS 'Page''s word minus onset, of the episodes it spoke of; NULL of none';
COMMENT ON COLUMN weeks.people IS 'As in hours, summed';
COMMENT ON COLUMN weeks.expected IS 'As in hours, summed: of the hours for which it is known';
COMMENT ON COLUMN weeks.limit_people IS 'As in hours, summed';
COMMENT ON COLUMN weeks.quality_people IS 'As in hours, summed';
COMMENT ON COLUMN weeks.felt_incidents IS 'Of the incidents, those with that verdict; NULL where there is no incident';
COMMENT ON COLUMN weeks.unfelt_incidents IS 'Of the incidents, those with that verdict; NULL where there is no incident';
COMMENT ON COLUMN weeks.judged IS 'As in hours, of the whole week';
COMMENT ON COLUMN weeks.page_read IS 'As in hours, of the whole week';
COMMENT ON COLUMN episode_parts.what IS 'platform, symptom, surface, model or language';
