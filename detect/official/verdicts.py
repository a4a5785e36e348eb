"""What follows from the pairs: was an episode acknowledged, was an incident felt, and how late was whom. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from detect.detector.episodes import Episode
from detect.official.corroborate import Match, Rule
from detect.official.incidents import OfficialIncident, declared_spans, published_span
from ingest.coverage import covered_time
from ingest.records import Window
from ingest.times import minutes

STALE = timedelta(minutes=30)
"""How old the last look at the page may be for it to be read "until now": pages are asked every 5 to 15 minutes."""


class EpisodeVerdict(msgspec.Struct, frozen=True):
    """What the page had to say to an episode. Lags in minutes, signed, None where there is nothing to compare.

    `first_published_at` is the page's first word on the episode, of all the incidents that it matches.
    """

    episode_id: str
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    detection_lag_min: float
    declared_lag_min: float | None = None


class IncidentVerdict(msgspec.Struct, frozen=True):
    """What people had to say to an incident: felt, unfelt or unknown, and why."""

    service: str
    incident_id: str
    verdict: str
    reason: str


def judge_episode(
    episode: Episode, met: Sequence[Match], page: Sequence[Window], rule: Rule, as_of: datetime
) -> EpisodeVerdict:
    """Give an episode its verdict and its lags, against the page's first word on it.

    `page` is what of the official record was truly read. Where it is not covered around the episode, an episode
    without a match is unknown, not unacknowledged.
    """
    detection = minutes(episode.alarm_at - episode.onset_at)
    if met:
        first = min(pair.page_spoke_at for pair in met)
        verdict = "early" if episode.alarm_at < first else "acknowledged"
        starts = [pair.declared_start for pair in met if pair.declared_start]
        declared = min(starts, key=lambda start: abs(start - episode.onset_at), default=None)
        return EpisodeVerdict(
            episode.episode_id, verdict, first, minutes(first - episode.onset_at), detection,
            minutes(episode.alarm_at - declared) if declared else None,
        )  # fmt: skip
    young = as_of < episode.alarm_at + rule.pending_for
    until = min((episode.ended_at or as_of) + rule.pending_for, as_of)
    looked = max((window.end for window in page), default=None)
    if looked and as_of - looked <= STALE:
        until = min(until, looked)  # nobody can have read the page in the minutes since
    if until > episode.onset_at:
        asked = Window(episode.onset_at, until)
        read = covered_time(asked, page) == asked.end - asked.start
    else:
        read = looked is not None and as_of - looked <= STALE
    verdict = ("pending" if young else "unacknowledged") if read else "unknown"
    return EpisodeVerdict(episode.episode_id, verdict, None, None, detection)


def judge_incident(
    incident: OfficialIncident, judged: Sequence[Window], rule: Rule, as_of: datetime, *, matched: bool
) -> IncidentVerdict:
    """Say whether people felt an incident.

    `judged` is the time in which complaints about the service were covered and learned. The rule's share of an
    incident's time must lie under it before silence means anything: of its declared windows where it states any, else
    of its published span, and of five minutes at least.
    """
    spans = declared_spans(incident) or [published_span(incident, as_of)]
    spans = [Window(span.start, max(span.end, span.start + timedelta(minutes=5))) for span in spans]
    whole = sum((span.end - span.start for span in spans), timedelta())
    share = sum((covered_time(span, judged) for span in spans), timedelta()) / whole
    if matched:
        verdict, reason = "felt", "an episode matches it"
    elif not incident.is_outage:
        verdict, reason = "unfelt", f"not an outage: {incident.nature}"
    elif share < rule.judged_share:
        verdict, reason = "unknown", f"complaints were judged for {share:.0%} of its time"
    elif incident.resolved_at is None:
        verdict, reason = "unknown", "it is not over, and no episode matches it yet"
    else:
        verdict, reason = "unfelt", "complaints were judged, and no episode matches it"
    return IncidentVerdict(incident.service, incident.incident_id, verdict, reason)
