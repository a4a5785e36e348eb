"""Episodes against incidents: the matching rule, the verdicts, the signed lags. Pure, and printed by every report.

The rule's figures come from the operator's own statements of when impact began (59 incidents of 2026: first
publication 8.5 to 74 minutes after the start for 80 %, 237 at most in an episode) and are not tuned on any episode.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from detect.episodes import Episode
from ingest.coverage import covered_time
from ingest.records import Window
from ingest.times import minutes


class Rule(msgspec.Struct, frozen=True):
    """When an episode and an incident are taken to be one. All three are spans of time."""

    users_lead: timedelta = timedelta(minutes=160)
    """How long before the page's first word people may complain of the same thing."""
    users_trail: timedelta = timedelta(minutes=60)
    """How long after the page calls it over an episode may still begin."""
    pending_for: timedelta = timedelta(hours=3)
    """How long an unmatched episode may still be acknowledged before it counts as unacknowledged."""

    def __str__(self) -> str:
        return (
            f"An episode and an incident of one service match if the episode overlaps the span from "
            f"{minutes(self.users_lead):.0f} min before the incident (its published start or first message) to "
            f"{minutes(self.users_trail):.0f} min after its end; maintenance and deliberate suspensions do not count; "
            f"an unmatched episode is pending for {minutes(self.pending_for) / 60:.0f} h."
        )


class OfficialIncident(msgspec.Struct, frozen=True):
    """What the rule needs to know of an incident."""

    service: str
    incident_id: str
    name: str
    impact: str
    started_at: datetime | None
    created_at: datetime
    resolved_at: datetime | None
    first_published_at: datetime


class Match(msgspec.Struct, frozen=True):
    """One pair, and why it is one."""

    episode_id: str
    service: str
    incident_id: str
    reason: str


class EpisodeVerdict(msgspec.Struct, frozen=True):
    """What the page had to say to an episode. Lags in minutes, signed, None where there is nothing to compare."""

    episode_id: str
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    detection_lag_min: float


class IncidentVerdict(msgspec.Struct, frozen=True):
    """What people had to say to an incident: felt, unfelt or unknown, and why."""

    service: str
    incident_id: str
    verdict: str
    reason: str


NOT_OUTAGES = ("maintenance",)
"""Impacts that announce something planned."""

_SUSPENDED = ("suspend",)
# A title with this word announces a decision, not a failure: s9w82lp9dcn9 stood as critical for 18.8 days.


def is_outage(incident: OfficialIncident) -> bool:
    """Tell an outage from maintenance and from a deliberate suspension."""
    return incident.impact not in NOT_OUTAGES and not any(word in incident.name.lower() for word in _SUSPENDED)


def published_span(incident: OfficialIncident, as_of: datetime) -> tuple[datetime, datetime]:
    """Say from when to when the incident lasted by the page's own stamps, of which each can be wrong.

    `created_at` can be backdated, `started_at` can lie after the end: the span is the widest that they allow.
    """
    stamps = [incident.created_at, incident.first_published_at]
    stamps += [incident.started_at] if incident.started_at else []
    start = min(stamps)
    # An incident written up afterwards is over at its one stamp, not at the message that reports it.
    end = incident.resolved_at or as_of
    return start, max(start, end)


def match(
    episodes: Iterable[Episode], incidents: Sequence[OfficialIncident], rule: Rule, as_of: datetime
) -> list[Match]:
    """Pair episodes with incidents by the rule: many to many, each pair with its reason."""
    pairs = []
    for episode in episodes:
        ended_at = episode.ended_at or max(as_of, episode.alarm_at)
        for incident in incidents:
            if incident.service != episode.service or not is_outage(incident):
                continue
            start, end = published_span(incident, as_of)
            if episode.onset_at <= end + rule.users_trail and ended_at >= start - rule.users_lead:
                pairs.append(
                    Match(episode.episode_id, episode.service, incident.incident_id, _why(episode, start, end))
                )
    return pairs


def _why(episode: Episode, start: datetime, end: datetime) -> str:
    if episode.onset_at > end:
        return f"it began {minutes(episode.onset_at - end):.0f} min after the incident's published end"
    if episode.ended_at and episode.ended_at < start:
        return f"it ended {minutes(start - episode.ended_at):.0f} min before the incident's published start"
    return "it overlaps the incident's published span"


def judge_episode(
    episode: Episode, met: Sequence[OfficialIncident], page: Sequence[Window], rule: Rule, as_of: datetime
) -> EpisodeVerdict:
    """Give an episode its verdict and its lags, against the incident that the page spoke of first.

    `page` is what of the official record was truly read. Where it is not covered around the episode, an episode
    without a match is unknown, not unacknowledged.
    """
    detection = minutes(episode.alarm_at - episode.onset_at)
    if met:
        first = min(incident.first_published_at for incident in met)
        verdict = "early" if episode.alarm_at < first else "acknowledged"
        return EpisodeVerdict(episode.episode_id, verdict, first, minutes(first - episode.onset_at), detection)
    ended_at = episode.ended_at or as_of
    asked = Window(episode.onset_at, max(min(ended_at + rule.pending_for, as_of), episode.alarm_at))
    if covered_time(asked, page) < asked.end - asked.start:
        verdict = "unknown"
    elif as_of < episode.alarm_at + rule.pending_for:
        verdict = "pending"
    else:
        verdict = "unacknowledged"
    return EpisodeVerdict(episode.episode_id, verdict, None, None, detection)


def judge_incident(
    incident: OfficialIncident, judged: Sequence[Window], as_of: datetime, *, matched: bool
) -> IncidentVerdict:
    """Say whether people felt an incident.

    `judged` is the time in which complaints about the service were covered and learned. Half of an incident's span
    must lie under it before silence means anything.
    """
    start, end = published_span(incident, as_of)
    span = Window(start, max(end, start + timedelta(minutes=5)))
    share = covered_time(span, judged) / (span.end - span.start)
    if matched:
        verdict, reason = "felt", "an episode matches it"
    elif not is_outage(incident):
        verdict, reason = "unfelt", "not an outage: announced by the operator"
    elif share < 0.5:
        verdict, reason = "unknown", f"complaints were judged for {share:.0%} of its span"
    else:
        verdict, reason = "unfelt", "complaints were judged, and no episode matches it"
    return IncidentVerdict(incident.service, incident.incident_id, verdict, reason)
