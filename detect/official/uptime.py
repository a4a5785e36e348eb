"""Uptime under named definitions, side by side: for the same 90 days published figures range from 68 to 99.85 %. Pure.

Nobody says which failures count, for how much, and over what time. Here each definition has a name and a sentence, all
go over the same windows, and what is announced (maintenance, suspensions, client releases) stands apart: one suspension
of two models, s9w82lp9dcn9, stood as critical for 18.8 days.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from detect.official.incidents import Nature, nature_of
from ingest.coverage import covered_time, gaps, intersection, union
from ingest.official import Incident
from ingest.records import Window

State = Literal["major", "partial", "degraded"]

STATES: Mapping[str, State] = {
    "major_outage": "major", "full_outage": "major", "partial_outage": "partial", "degraded_performance": "degraded",
}  # fmt: skip
"""The words of pages for a component that is not up, worst first; any other word (operational, maintenance) is up."""

PARTIAL_WEIGHT = 0.3
"""What Statuspage counts a partial outage for (its help page on uptime showcase)."""

ALL = "any"
"""The part that is down where any component is."""

DEFINITIONS: Mapping[str, str] = {
    "major": "time with a component in major outage",
    "statuspage": "as the page itself computes it: major outage in full, partial outage for 0.3",
    "major + partial": "time with a component in major or partial outage",
    "anything": "time with a component in any state but operational",
    "anything, notices too": "the same with suspensions and client releases counted as outages",
    "felt": "time in which episodes ran, of the time in which complaints could be judged",
}
"""What each definition takes for down."""


class Uptime(msgspec.Struct, frozen=True):
    """One share of one part of a service under one definition.

    `part` is a component's name, or `ALL`. `share` is 0 to 1 of the time from `start` to `end`, None where nothing of
    it was looked at; `down_min` the minutes that count as down, weighted; `known` the share of the time that was
    looked at: the page's record for most, complaints for "felt".
    """

    service: str
    part: str
    definition: str
    start: datetime
    end: datetime
    share: float | None
    down_min: float
    known: float


class Down(msgspec.Struct, frozen=True):
    """One span in which one incident holds one component down."""

    incident_id: str
    component: str
    state: State
    window: Window
    nature: Nature


class Difference(msgspec.Struct, frozen=True):
    """One day of one component on which the page's own seconds and those from its messages are not the same."""

    day: date
    partial_page_s: float
    partial_s: float
    major_page_s: float
    major_s: float


def downtimes(incidents: Iterable[Incident], as_of: datetime) -> list[Down]:
    """Lay out what the messages of incidents do to components.

    A state holds from the message that says it (by its creation: what is shown can be edited) to the next that says
    another of the same component, at the latest to the incident's end: a component that is dropped from an incident
    does not stay down for ever. The incident's end is its resolution, its last message where it has none, `as_of`
    where it is still open.
    """
    found = []
    for incident in incidents:
        said = sorted((one for one in incident.updates if one.created_at <= as_of), key=lambda one: one.created_at)
        if not said:
            continue
        nature = nature_of(incident.name, incident.impact, [(one.status, one.body) for one in said])
        over = said[-1].status in ("resolved", "postmortem", "completed")
        end = min(incident.resolved_at or (said[-1].created_at if over else as_of), as_of)
        running: dict[str, tuple[State, datetime]] = {}
        for update in said:
            for change in update.components:
                before = running.pop(change.name, None)
                if before and before[1] < min(update.created_at, end):
                    window = Window(before[1], min(update.created_at, end))
                    found.append(Down(incident.incident_id, change.name, before[0], window, nature))
                if state := STATES.get(change.new or ""):
                    running[change.name] = (state, update.created_at)
        found += [
            Down(incident.incident_id, name, state, Window(since, end), nature)
            for name, (state, since) in running.items()
            if since < end
        ]
    return found


def uptimes(
    service: str, down: Sequence[Down], span: Window, page: Sequence[Window], parts: Mapping[str, str]
) -> list[Uptime]:
    """Compute every definition but "felt" for each part and for all of them, over what of `span` the page was read.

    `parts` maps the names that components have, or once had, to the part that they are: a component that was renamed
    is one part. Components without a part are left out.
    """
    read = [shared for window in union(page) if (shared := intersection(window, span))]
    looked = covered_time(span, read)
    counted = []
    for part in (ALL, *dict.fromkeys(parts.values())):
        mine = [one for one in down if one.component in parts and part in (ALL, parts[one.component])]
        outages = [one for one in mine if one.nature == "outage"]
        held = {
            state: _within([one.window for one in outages if one.state == state], read)
            for state in set(STATES.values())
        }
        major = held["major"]
        partial = _without(held["partial"], major)
        minutes_down = {
            "major": _minutes(major),
            "statuspage": _minutes(major) + PARTIAL_WEIGHT * _minutes(partial),
            "major + partial": _minutes(major) + _minutes(partial),
            "anything": _minutes(union([*major, *partial, *held["degraded"]])),
            "anything, notices too": _minutes(
                _within([one.window for one in mine if one.nature != "maintenance"], read)
            ),
        }
        whole, known = looked.total_seconds() / 60, looked / (span.end - span.start)
        counted += [
            Uptime(
                service, part, name, span.start, span.end, 1 - lost / whole if whole else None, round(lost, 1), known
            )
            for name, lost in minutes_down.items()
        ]
    return counted


def felt_uptime(service: str, episodes: Iterable[Window], judged: Sequence[Window], span: Window) -> Uptime:
    """Compute the share of the judged time of `span` in which no episode ran."""
    looked = [shared for window in union(judged) if (shared := intersection(window, span))]
    lost = _minutes(_within(list(episodes), looked))
    whole = _minutes(looked)
    known = whole / ((span.end - span.start).total_seconds() / 60)
    share = 1 - lost / whole if whole else None
    return Uptime(service, ALL, "felt", span.start, span.end, share, round(lost, 1), known)


def seconds_by_day(down: Iterable[Down], component: str) -> dict[date, tuple[float, float]]:
    """Say, per UTC day, for how many seconds a component was in partial and in major outage, by the messages."""
    mine = [one for one in down if one.component == component and one.nature == "outage"]
    major = union(one.window for one in mine if one.state == "major")
    partial = _without([one.window for one in mine if one.state == "partial"], major)
    days: dict[date, tuple[float, float]] = {}
    for number, windows in enumerate((partial, major)):
        for window in windows:
            day = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
            while day < window.end:
                shared = intersection(window, Window(day, day + timedelta(days=1)))
                if shared:
                    held = list(days.get(day.date(), (0.0, 0.0)))
                    held[number] += (shared.end - shared.start).total_seconds()
                    days[day.date()] = (held[0], held[1])
                day += timedelta(days=1)
    return days


def statuspage_share(days: Mapping[date, tuple[float, float]], count: int) -> float:
    """Compute uptime as the page does, from its own seconds of partial and major outage per day, over `count` days."""
    lost = sum(PARTIAL_WEIGHT * partial + major for partial, major in days.values())
    return 1 - lost / (count * 86_400)


def reconcile(
    page: Mapping[date, tuple[float, float]], ours: Mapping[date, tuple[float, float]], tolerance_s: float = 60.0
) -> list[Difference]:
    """List the days on which the page's own seconds and ours differ by more than the tolerance, in their order."""
    days = []
    for day in sorted({*page, *ours}):
        theirs, mine = page.get(day, (0.0, 0.0)), ours.get(day, (0.0, 0.0))
        if max(abs(theirs[0] - mine[0]), abs(theirs[1] - mine[1])) > tolerance_s:
            days.append(Difference(day, theirs[0], mine[0], theirs[1], mine[1]))
    return days


def _within(windows: Iterable[Window], read: Sequence[Window]) -> list[Window]:
    """Keep what of the windows lies under what was looked at, joined."""
    return [shared for one in union(windows) for other in read if (shared := intersection(one, other))]


def _without(windows: Iterable[Window], taken: Sequence[Window]) -> list[Window]:
    """Take away what another, worse state holds already: no second is counted twice."""
    return [left for window in union(windows) for left in gaps(window, taken)]


def _minutes(windows: Iterable[Window]) -> float:
    return sum((window.end - window.start for window in windows), timedelta()).total_seconds() / 60
