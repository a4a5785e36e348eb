"""The official record beside the episodes: one pass that gives all that a run holds of it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from detect.official import audit, corroborate, lags, peers, uptime, verdicts
from detect.official import incidents as official
from detect.official.audit import Finding, Revision
from detect.official.chance import Chance, against_chance
from detect.official.corroborate import Felt, Match, Rule
from detect.official.declared import DeclaredWindow
from detect.official.incidents import IncidentTimes, OfficialIncident
from detect.official.lags import PairLags, Spread
from detect.official.peers import CommonRise, PeerRecord
from detect.official.phases import Phase
from detect.official.uptime import Uptime
from detect.official.verdicts import EpisodeVerdict, IncidentVerdict
from ingest.official import Incident, PageState
from ingest.records import Window
from ingest.times import minutes
from ingest.watchlist import Watchlist

SPAN = timedelta(days=90)
"""The time over which uptime and peers are counted: what status pages show, and what is published about them."""

ANSWERED = ("acknowledged", "early", "unacknowledged")
"""Verdicts that say yes or no: precision is counted over these."""


class Published(msgspec.Struct, frozen=True):
    """All that is known of what the pages published.

    `first_seen` says when an incident (service, id) was first seen, where that is known; `page` is, by service, what of
    the record was truly read.
    """

    incidents: tuple[Incident, ...]
    revisions: tuple[Revision, ...] = ()
    states: tuple[PageState, ...] = ()
    first_seen: Mapping[tuple[str, str], datetime] = {}
    page: Mapping[str, Sequence[Window]] = {}


class Beside(msgspec.Struct, frozen=True):
    """What is held of the official record, table by table; `declared` has (service, incident id, window).

    `phases` are of the episodes alone: they are put here by who has counted them.
    """

    pairs: tuple[tuple[Match, PairLags], ...]
    episodes: dict[str, EpisodeVerdict]
    incidents: tuple[IncidentVerdict, ...]
    declared: tuple[tuple[str, str, DeclaredWindow], ...]
    findings: tuple[Finding, ...]
    times: tuple[IncidentTimes, ...] = ()
    spreads: tuple[Spread, ...] = ()
    chances: tuple[Chance, ...] = ()
    uptimes: tuple[Uptime, ...] = ()
    peers: tuple[PeerRecord, ...] = ()
    rises: tuple[CommonRise, ...] = ()
    phases: tuple[Phase, ...] = ()


def judge(
    felt: Sequence[Felt], published: Published, watchlist: Watchlist, judged: Mapping[str, Sequence[Window]],
    rule: Rule, as_of: datetime,
) -> Beside:  # fmt: skip
    """Match the episodes with the incidents, say what follows for each, and examine the record.

    `judged` is, by service, the time in which complaints about it were covered and learned.
    """
    services = watchlist.services
    known = [
        read
        for incident in published.incidents
        if (read := official.read(incident, services.get(incident.service), as_of))
    ]
    laid = corroborate.index(known, rule, as_of)
    pairs = corroborate.match(felt, laid, rule, as_of)
    met = corroborate.by_episode(pairs)
    by_id = {one.episode.episode_id: one for one in felt}
    matched = {(pair.service, pair.incident_id) for pair in pairs}
    episodes = {
        name: verdicts.judge_episode(
            one.episode, met.get(name, ()), published.page.get(one.episode.service, ()), rule, as_of
        )
        for name, one in by_id.items()
    }
    sheets = audit.sheets_of(published.incidents)
    span = Window(as_of - SPAN, as_of)
    return Beside(
        pairs=tuple((pair, lags.of_pair(pair, by_id[pair.episode_id])) for pair in pairs),
        episodes=episodes,
        incidents=tuple(
            verdicts.judge_incident(
                one, judged.get(one.service, ()), rule, as_of, matched=(one.service, one.incident_id) in matched
            )
            for one in known
        ),
        declared=tuple((one.service, one.incident_id, window) for one in known for window in one.declared),
        findings=tuple(
            audit.examine(audit.Record(sheets, published.revisions, published.states, tuple(felt)), as_of)
        ),
        times=tuple(
            official.times_of(one, published.first_seen.get((one.service, one.incident_id)), as_of) for one in known
        ),
        spreads=tuple(_spreads(felt, episodes, known)),
        chances=tuple(
            against_chance(
                name,
                [one for one in felt if one.episode.service == name
                 and episodes[one.episode.episode_id].verdict in ANSWERED],
                lambda one: one.episode.episode_id in met, laid, published.page.get(name, ()), rule, as_of,
            )
            for name in dict.fromkeys(one.episode.service for one in felt)
        ),
        uptimes=tuple(_uptimes(watchlist, published, felt, judged, span)),
        peers=tuple(
            peers.side_by_side(
                name, known, felt, span, published.page.get(name, ()), judged.get(name, ()), as_of
            )
            for name in services
        ),
        rises=tuple(peers.common_rises(felt)),
    )  # fmt: skip


def _spreads(
    felt: Sequence[Felt], episodes: Mapping[str, EpisodeVerdict], known: Sequence[OfficialIncident]
) -> Iterator[Spread]:
    """Spread each lag: of episodes against the page's first word on each, of the operator over its incidents."""
    for service in dict.fromkeys([*(one.episode.service for one in felt), *(one.service for one in known)]):
        mine = [one for one in felt if one.episode.service == service]
        told = [(one, episodes[one.episode.episode_id]) for one in mine]
        first = [(one, verdict.first_published_at) for one, verdict in told if verdict.first_published_at]
        stated = [one for one in known if one.service == service and one.is_outage and one.declared_start]
        values: dict[str, list[float | None]] = {
            "acknowledgement": [verdict.acknowledgement_lag_min for _, verdict in told],
            "detection": [verdict.detection_lag_min for _, verdict in told],
            "declared": [verdict.declared_lag_min for _, verdict in told],
            "alarm to page": [minutes(at - one.episode.alarm_at) for one, at in first],
            "available to page": [minutes(at - one.available_at) for one, at in first if one.available_at],
            "declared to page": [_own_lag(one) for one in stated],
            "declared to page, live": [_own_lag(one) for one in stated if official.was_live(one)],
        }
        yield from (one for name, each in values.items() if (one := lags.spread(service, name, each)))


def _own_lag(incident: OfficialIncident) -> float | None:
    return minutes(incident.first_published_at - incident.declared_start) if incident.declared_start else None


def _uptimes(
    watchlist: Watchlist,
    published: Published,
    felt: Sequence[Felt],
    judged: Mapping[str, Sequence[Window]],
    span: Window,
) -> Iterator[Uptime]:
    """Compute every definition for each service; none of the page's where its record names no component."""
    for name, service in watchlist.services.items():
        mine = [incident for incident in published.incidents if incident.service == name]
        named = {change.name for incident in mine for update in incident.updates for change in update.components}
        parts = {
            component: surface
            for surface, known in service.surfaces.items()
            for component in known.components
            if component in named
        }
        if parts:
            down = uptime.downtimes(mine, span.end)
            yield from uptime.uptimes(name, down, span, published.page.get(name, ()), parts)
        ran = [
            Window(one.episode.onset_at, one.episode.ended_at or span.end)
            for one in felt
            if one.episode.service == name and one.episode.onset_at < (one.episode.ended_at or span.end)
        ]
        if judged.get(name):
            yield uptime.felt_uptime(name, ran, judged[name], span)
