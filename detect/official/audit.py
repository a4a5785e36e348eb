"""The official record examined: what it says against itself, and against what people felt. Pure.

Each finding names its incidents (and its episode, where one is concerned) and the rule that found it; the text of a
rule is the docstring of its function, here and in `audit_incident`. A finding is an opinion of ours and no reproach:
most are habits of posting that make a number computed from the record wrong.
"""

import inspect
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from detect.official import audit_incident
from detect.official.audit_incident import Sheet, sheet_of
from detect.official.corroborate import Felt
from ingest.folding import folded
from ingest.official import Incident, PageState
from ingest.times import minutes

TWINS = timedelta(hours=1)
"""How far apart two incidents of one title may be published to be one told twice."""

SEVERITY = ("none", "minor", "major", "critical")
GREEN = "none"


class Finding(msgspec.Struct, frozen=True):
    """One finding: the rule's name, whose record, which incidents, which episode, when, and what it says."""

    rule: str
    service: str
    incident_ids: tuple[str, ...]
    episode_id: str | None
    at: datetime
    says: str


class Revision(msgspec.Struct, frozen=True):
    """One content of an incident as it was seen; `seen_at` is None where a file does not say when."""

    service: str
    incident_id: str
    revision: int
    seen_at: datetime | None
    name: str
    impact: str
    created_at: datetime


class Record(msgspec.Struct, frozen=True):
    """All that the audit looks at. `sheets` are the incidents, read; `states` what the pages showed at each poll."""

    sheets: tuple[Sheet, ...]
    revisions: tuple[Revision, ...] = ()
    states: tuple[PageState, ...] = ()
    felt: tuple[Felt, ...] = ()


def sheets_of(incidents: Iterable[Incident]) -> tuple[Sheet, ...]:
    """Read incidents for the audit."""
    return tuple(map(sheet_of, incidents))


def examine(record: Record, as_of: datetime) -> list[Finding]:
    """Put every rule to the record, in the rules' order and within a rule in that of time."""
    found = [
        Finding(check.__name__, sheet.incident.service, (sheet.incident.incident_id,), None, at, says)
        for check in audit_incident.CHECKS
        for sheet in record.sheets
        for at, says in check(sheet)
    ]
    for rule in ACROSS:
        found += rule(record, as_of)
    order = {name: number for number, name in enumerate(rules())}
    return sorted(found, key=lambda finding: (order[finding.rule], finding.at, finding.incident_ids))


def rules() -> dict[str, str]:
    """Give the text of every rule by its name, in their order."""
    return {check.__name__: inspect.cleandoc(check.__doc__ or "") for check in (*audit_incident.CHECKS, *ACROSS)}


def renamed(record: Record, as_of: datetime) -> Iterator[Finding]:
    """Its title was another when it was seen before."""
    for earlier, later in _changes(record.revisions):
        if earlier.name != later.name:
            yield _of_change("renamed", earlier, later, f"{earlier.name!r} became {later.name!r}", as_of)


def impact_changed(record: Record, as_of: datetime) -> Iterator[Finding]:
    """Its impact was another when it was seen before: escalated, or lowered."""
    for earlier, later in _changes(record.revisions):
        if earlier.impact != later.impact:
            known = earlier.impact in SEVERITY and later.impact in SEVERITY
            up = known and SEVERITY.index(later.impact) > SEVERITY.index(earlier.impact)
            word = "escalated" if up else "lowered" if known else "changed"
            yield _of_change("impact_changed", earlier, later, f"{word} from {earlier.impact} to {later.impact}", as_of)


def told_twice(record: Record, as_of: datetime) -> Iterator[Finding]:  # noqa: ARG001  (all rules are called alike)
    """Two incidents of one service carry the same title and were published within an hour."""
    by_title: dict[tuple[str, str], list[Sheet]] = {}
    for sheet in record.sheets:
        by_title.setdefault((sheet.incident.service, folded(sheet.incident.name)), []).append(sheet)
    for (service, _), twins in by_title.items():
        for one, other in pairwise(sorted(twins, key=lambda sheet: sheet.first_at)):
            apart = other.first_at - one.first_at
            if apart <= TWINS:
                ids = (one.incident.incident_id, other.incident.incident_id)
                yield Finding("told_twice", service, ids, None, other.first_at, f"{minutes(apart):.0f} min apart")


def gone(record: Record, as_of: datetime) -> Iterator[Finding]:  # noqa: ARG001  (as above)
    """It was never resolved, and at a later poll the page had no open incident: deleted, perhaps as a duplicate."""
    polls = _polls(record.states)
    for sheet in record.sheets:
        if sheet.incident.resolved_at or not sheet.said or sheet.said[-1].status in audit_incident.OVER:
            continue
        last = max(sheet.said[-1].created_at, sheet.incident.seen_at or sheet.said[-1].created_at)
        mine = polls.get(sheet.incident.service, [])
        after = bisect_right(mine, last, key=lambda state: state.seen_at)
        polled = next((state for state in mine[after:] if state.unresolved == 0), None)
        if polled:
            says = f"unresolved at {last:%Y-%m-%d %H:%M}, no open incident at {polled.seen_at:%Y-%m-%d %H:%M} UTC"
            ids = (sheet.incident.incident_id,)
            yield Finding("gone", sheet.incident.service, ids, None, polled.seen_at, says)


def green_page(record: Record, as_of: datetime) -> Iterator[Finding]:
    """At a poll while an episode ran, after its alarm, the page showed no trouble and no open incident."""
    polls = _polls(record.states)
    for one in record.felt:
        episode, end = one.episode, one.episode.ended_at or as_of
        mine = polls.get(episode.service, [])
        first, last = (bisect_left(mine, at, key=lambda state: state.seen_at) for at in (episode.alarm_at, end))
        during = mine[first:last]
        read = [state for state in during if state.indicator is not None]
        green = [state for state in read if state.indicator == GREEN and not state.unresolved]
        if green:
            says = (
                f"green at {len(green):,} of {len(read):,} readable polls, {green[0].seen_at:%Y-%m-%d %H:%M} to "
                f"{green[-1].seen_at:%Y-%m-%d %H:%M} UTC"
            )
            if len(read) < len(during):
                says += f"; {len(during) - len(read):,} more could not be read"
            yield Finding("green_page", episode.service, (), episode.episode_id, green[0].seen_at, says)


def green_with_incident(record: Record, as_of: datetime) -> Iterator[Finding]:  # noqa: ARG001  (as above)
    """At a poll the page's indicator was green while it listed an open incident; the first poll of each such time."""
    before: dict[str, bool] = {}
    for state in sorted(record.states, key=lambda state: state.seen_at):
        odd = state.indicator == GREEN and bool(state.unresolved)
        if odd and not before.get(state.service):
            says = f"{state.unresolved:,} open, indicator {state.indicator}"
            yield Finding("green_with_incident", state.service, (), None, state.seen_at, says)
        before[state.service] = odd


def milder_indicator(record: Record, as_of: datetime) -> Iterator[Finding]:
    """At a poll while it was open, the page's indicator was milder than its own impact, and not green."""
    polls = _polls(record.states)
    for sheet in record.sheets:
        incident = sheet.incident
        if incident.impact not in SEVERITY or sheet.nature != "outage":
            continue
        mine, end = polls.get(incident.service, []), incident.resolved_at or as_of
        first, last = (bisect_left(mine, at, key=lambda state: state.seen_at) for at in (sheet.first_at, end))
        worse = SEVERITY.index(incident.impact)
        milder = [
            state
            for state in mine[first:last]
            if state.indicator in SEVERITY and 0 < SEVERITY.index(state.indicator) < worse
        ]
        if milder:
            says = f"{incident.impact}, shown as {milder[0].indicator} at {len(milder):,} of {last - first:,} polls"
            ids = (incident.incident_id,)
            yield Finding("milder_indicator", incident.service, ids, None, milder[0].seen_at, says)


Across = Callable[[Record, datetime], Iterator[Finding]]

ACROSS: tuple[Across, ...] = (
    renamed,
    impact_changed,
    told_twice,
    gone,
    green_page,
    green_with_incident,
    milder_indicator,
)
"""The rules that look at more than one incident, or beyond the record."""


def _polls(states: Iterable[PageState]) -> dict[str, list[PageState]]:
    """Sort the polls by service and time."""
    by_service: dict[str, list[PageState]] = {}
    for state in states:
        by_service.setdefault(state.service, []).append(state)
    return {service: sorted(mine, key=lambda state: state.seen_at) for service, mine in by_service.items()}


def _changes(revisions: Sequence[Revision]) -> Iterator[tuple[Revision, Revision]]:
    ordered = sorted(revisions, key=lambda each: (each.service, each.incident_id, each.revision))
    for earlier, later in pairwise(ordered):
        if (earlier.service, earlier.incident_id) == (later.service, later.incident_id):
            yield earlier, later


def _of_change(rule: str, earlier: Revision, later: Revision, says: str, as_of: datetime) -> Finding:
    at = later.seen_at or as_of
    if later.seen_at:
        says += f", {minutes(later.seen_at - later.created_at) / 60:.1f} h after it was created"
    return Finding(rule, earlier.service, (earlier.incident_id,), None, at, says)
