"""Claude beside OpenAI and Gemini: what their pages say, with the warning that they are not on one scale. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
import numpy as np

from detect.official.corroborate import Felt
from detect.official.incidents import OfficialIncident, published_span
from ingest.coverage import covered_time
from ingest.records import Window

WARNING = (
    "Vendors publish on different scales: one page posts every blip of one model, another a few incidents a year, a "
    "third names no components. More published incidents are not more outages; compare a page with itself, and vendors "
    "by what people felt."
)
"""Stands beside every table of peers."""

TOGETHER = timedelta(hours=1)
"""Onsets of several services that lie so near can have one cause: a cloud, a network, a platform of ours."""


class PeerRecord(msgspec.Struct, frozen=True):
    """What one service's page and its people said in a span of time.

    `incidents` are outages first published in it, `notices` what is none; `median_min` is their published length (of
    those that are over and longer than a minute), None where there is none; `felt_hours` is how long episodes ran.
    `read` and `judged` are the shares of the span in which the page was read and complaints could be judged: what
    nobody looked at has no counts, which are None then.
    """

    service: str
    start: datetime
    end: datetime
    incidents: int | None
    notices: int | None
    none: int | None
    minor: int | None
    major: int | None
    critical: int | None
    median_min: float | None
    read: float
    episodes: int | None
    felt_hours: float | None
    judged: float


class CommonRise(msgspec.Struct, frozen=True):
    """Episodes of several services whose onsets lie within an hour of one another; the earliest first."""

    first_onset_at: datetime
    last_onset_at: datetime
    services: tuple[str, ...]
    episode_ids: tuple[str, ...]


def side_by_side(
    service: str, incidents: Iterable[OfficialIncident], felt: Iterable[Felt], span: Window,
    page: Sequence[Window], judged: Sequence[Window], as_of: datetime,
) -> PeerRecord:  # fmt: skip
    """Count one service's span."""
    mine = [one for one in incidents if one.service == service and span.start <= one.first_published_at < span.end]
    outages = [one for one in mine if one.is_outage]
    lasted = [
        (window.end - window.start).total_seconds() / 60
        for one in outages
        if one.resolved_at
        and (window := published_span(one, as_of))
        and window.end - window.start > timedelta(minutes=1)
    ]
    ran = [
        Window(max(one.episode.onset_at, span.start), min(one.episode.ended_at or as_of, span.end))
        for one in felt
        if one.episode.service == service
        and one.episode.onset_at < span.end
        and max(one.episode.onset_at, span.start) < min(one.episode.ended_at or as_of, span.end)
    ]
    whole = span.end - span.start
    read, looked = covered_time(span, page) / whole, covered_time(span, judged) / whole
    severity = [one.impact for one in outages]
    counts: dict[str, int | None] = {
        "incidents": len(outages),
        "notices": len(mine) - len(outages),
        **{impact: severity.count(impact) for impact in ("none", "minor", "major", "critical")},
    }
    return PeerRecord(
        service=service, start=span.start, end=span.end,
        **(counts if read or mine else dict.fromkeys(counts)),
        median_min=round(float(np.median(lasted)), 1) if lasted else None, read=read,
        episodes=len(ran) if looked else None,
        felt_hours=round(covered_time(span, ran).total_seconds() / 3600, 2) if looked else None, judged=looked,
    )  # fmt: skip


def common_rises(felt: Iterable[Felt]) -> list[CommonRise]:
    """Find where several services rose within one hour of the first of them: perhaps one cause, or a surge of ours."""
    rises: list[CommonRise] = []
    group: list[Felt] = []
    for one in sorted(felt, key=lambda one: one.episode.onset_at):
        if group and one.episode.onset_at - group[0].episode.onset_at > TOGETHER:
            rises += _rise(group)
            group = []
        group.append(one)
    return rises + _rise(group)


def _rise(group: Sequence[Felt]) -> list[CommonRise]:
    services = tuple(dict.fromkeys(one.episode.service for one in group))
    if len(services) < 2:
        return []
    onsets = [one.episode.onset_at for one in group]
    return [CommonRise(min(onsets), max(onsets), services, tuple(one.episode.episode_id for one in group))]
