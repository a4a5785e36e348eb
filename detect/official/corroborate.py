"""Episodes against incidents: the matching rule. Pure, and printed by every report.

The rule's figures come from the operator's own statements of when it began to fail (59 incidents of 2026), from the
gaps between its messages, and from a simulation of true pairs (`tests/bench_rule.py` prints all three); no episode was
looked at for them. They stand in one place, `Rule`, and a reader can redo every pair from the sentence that it prints.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from detect.detector.episodes import Episode
from detect.official.incidents import BACKDATED, OfficialIncident, declared_spans, published_span, sure
from ingest.records import Window
from ingest.times import minutes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Rule(msgspec.Struct, frozen=True):
    """When an episode and an incident are taken to be one, and what follows for what has no partner."""

    users_lead: timedelta = timedelta(minutes=75)
    """How long before the page's first word people may have stopped to complain: 98 % of the stated lags are below."""
    users_trail: timedelta = timedelta(minutes=30)
    """How long after the page calls it over people may begin to complain: keeps all of the simulated pairs."""
    declared_slack: timedelta = timedelta(minutes=15)
    """How far a declared window may be missed: three buckets of five minutes, in which an onset is uncertain."""
    page_lead: timedelta = timedelta(minutes=120)
    """How old the page's word may be when people begin: between two messages of an incident 90 % are under 112 min."""
    pending_for: timedelta = timedelta(hours=4)
    """How long an unmatched episode may still be acknowledged: 97 % of the stated starts were published within 4 h."""
    judged_share: float = 0.5
    """Share of an incident's time in which complaints must have been judged before silence means anything."""

    def __str__(self) -> str:
        lead, trail, slack, page = (
            f"{minutes(span):.0f} min"
            for span in (self.users_lead, self.users_trail, self.declared_slack, self.page_lead)
        )
        return (
            f"An episode and an incident of one service match if the episode overlaps the time from {lead} before the "
            f"incident's first message ({slack} before a begin that its stamps or its prose state) to {trail} after "
            f"its published end, or a window that its prose declares without contradiction, widened by {slack}; and if "
            f"the incident says something from {page} before the onset on: that message is the page's word (one that "
            f"is not its first counts up to {lead} after the episode). Where both name surfaces, or both name families "
            "of models, and share none, they must overlap without slack; where they share neither, they do not match. "
            "Maintenance, suspensions and client releases match nothing; one incident may answer several episodes, and "
            "the reverse. An episode is early if its alarm came before the page's word, else acknowledged; unmatched "
            f"it is pending until {minutes(self.pending_for) / 60:g} h after the alarm, then unacknowledged, and "
            "unknown where the page was not read. An unmatched incident is unfelt if complaints were judged for "
            f"{self.judged_share:.0%} of its time and it is over, else unknown."
        )


class Felt(msgspec.Struct, frozen=True):
    """An episode with what its people name, and when its alarm could have been known: None where nobody noted that."""

    episode: Episode
    available_at: datetime | None = None
    surfaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def families(self) -> frozenset[str]:
        """The families of the models named: "opus 4.6" is of the family "opus"."""
        return frozenset(name.split(" ")[0] for name in self.models)


class Match(msgspec.Struct, frozen=True):
    """One pair, and why it is one. `page_spoke_at` is the page's word on this episode, `declared_start` as stated."""

    episode_id: str
    service: str
    incident_id: str
    reason: str
    page_spoke_at: datetime
    declared_start: datetime | None = None


class _Reach(msgspec.Struct, frozen=True):
    """One span of an incident: as it is, with the rule's slack, and how the two are spoken of."""

    strict: Window
    wide: Window
    name: str


class Index(msgspec.Struct, frozen=True):
    """The outages of one service with their spans, laid out so that few need to be looked at for an episode.

    `starts` and `ends` bound each incident's spans with all slack, in microseconds since 1970.
    """

    incidents: tuple[OfficialIncident, ...]
    reaches: tuple[tuple[_Reach, ...], ...]
    starts: np.ndarray
    ends: np.ndarray


def index(incidents: Iterable[OfficialIncident], rule: Rule, as_of: datetime) -> dict[str, Index]:
    """Lay the outages out, by service; what is no outage is left out."""
    by_service: dict[str, list[OfficialIncident]] = {}
    for incident in incidents:
        if incident.is_outage:
            by_service.setdefault(incident.service, []).append(incident)
    laid = {}
    for service, mine in by_service.items():
        reaches = tuple(tuple(reach(incident, rule, as_of)) for incident in mine)
        bounds = [(min(each.wide.start for each in spans), max(each.wide.end for each in spans)) for spans in reaches]
        edges = np.array([[_micros(start), _micros(end)] for start, end in bounds])
        laid[service] = Index(tuple(mine), reaches, edges[:, 0], edges[:, 1])
    return laid


def match(felt: Iterable[Felt], laid: Mapping[str, Index], rule: Rule, as_of: datetime) -> list[Match]:
    """Pair episodes with incidents by the rule: many to many, each pair with its reason, in the episodes' order."""
    pairs = []
    for one in felt:
        there = laid.get(one.episode.service)
        if there is None:
            continue
        ended_at = one.episode.ended_at or max(as_of, one.episode.alarm_at)
        near = (there.starts <= _micros(ended_at)) & (there.ends >= _micros(one.episode.onset_at))
        for number in np.flatnonzero(near):
            pair = _pair(one, there.incidents[number], there.reaches[number], rule, as_of)
            pairs += [pair] if pair else []
    return pairs


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def reach(incident: OfficialIncident, rule: Rule, as_of: datetime) -> list[_Reach]:
    """Lay out the spans in which an episode can be the incident's: the published one first, then the declared ones."""
    shown, first, slack = published_span(incident, as_of), incident.first_published_at, rule.declared_slack
    begins = [window.start for window in sure(incident.declared) if window.start]
    if first - shown.start > BACKDATED:
        begins.append(shown.start)
    start = min(begins) - slack if begins else first - rule.users_lead
    # A begin that is stated later than the first message is a relapse: the page had spoken before.
    start = min(start, shown.start - slack)
    spans = [_Reach(shown, Window(start, shown.end + rule.users_trail), "published span")]
    spans += [
        _Reach(span, Window(span.start - slack, span.end + slack), "declared window")
        for span in declared_spans(incident)
    ]
    return spans


def _pair(
    one: Felt, incident: OfficialIncident, spans: Iterable[_Reach], rule: Rule, as_of: datetime
) -> Match | None:  # fmt: skip
    episode = one.episode
    ended_at = episode.ended_at or max(as_of, episode.alarm_at)
    met = [span for span in spans if _overlap(episode.onset_at, ended_at, span.wide)]
    if not met:
        return None
    spoke = next((at for at in incident.spoke_at or (incident.first_published_at,)
                  if at >= episode.onset_at - rule.page_lead), None)  # fmt: skip
    if spoke is None or (spoke > incident.first_published_at and spoke > ended_at + rule.users_lead):
        return None
    differs = _differences(one, incident)
    strictly = [span for span in met if _overlap(episode.onset_at, ended_at, span.strict)]
    if len(differs) > 1 or (differs and not strictly):
        return None
    reasons = [_why(episode, ended_at, strictly or met, incident), *differs]
    if spoke > incident.first_published_at:
        reasons.append(f"the page had spoken of it {minutes(episode.onset_at - incident.first_published_at):.0f} min "
                       "before the onset, and spoke again")  # fmt: skip
    return Match(episode.episode_id, episode.service, incident.incident_id, "; ".join(reasons), spoke,
                 _declared_start(episode, incident))  # fmt: skip


def _overlap(start: datetime, end: datetime, span: Window) -> bool:
    return start <= span.end and end >= span.start


def _differences(one: Felt, incident: OfficialIncident) -> list[str]:
    """Name in what people and page disagree, of what both name."""
    said = []
    surfaces = frozenset(one.surfaces) & incident.nameable
    if surfaces and incident.surfaces and not surfaces & incident.surfaces:
        said.append(f"people name {_listed(surfaces)}, the page {_listed(incident.surfaces)}")
    if one.families and incident.families and not one.families & incident.families:
        said.append(f"people name {_listed(one.families)}, the page {_listed(incident.families)}")
    return said


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))


def _why(episode: Episode, ended_at: datetime, met: Sequence[_Reach], incident: OfficialIncident) -> str:
    for span in met:
        if _overlap(episode.onset_at, ended_at, span.strict):
            return f"it overlaps the {span.name}"
    span = met[0]
    if episode.onset_at > span.strict.end:
        return f"it began {minutes(episode.onset_at - span.strict.end):.0f} min after the end of the {span.name}"
    before = incident.first_published_at if span.name == "published span" else span.strict.start
    named = "the page's first word" if span.name == "published span" else "the declared window"
    return f"it ended {minutes(before - ended_at):.0f} min before {named}"


def _declared_start(episode: Episode, incident: OfficialIncident) -> datetime | None:
    """Choose the declared start that lies nearest to the onset; None where none is stated without contradiction."""
    starts = [window.start for window in sure(incident.declared) if window.start]
    return min(starts, key=lambda start: abs(start - episode.onset_at), default=None)


def by_episode(matches: Iterable[Match]) -> Mapping[str, list[Match]]:
    """Sort the pairs by their episode."""
    sorted_: dict[str, list[Match]] = {}
    for pair in matches:
        sorted_.setdefault(pair.episode_id, []).append(pair)
    return sorted_
