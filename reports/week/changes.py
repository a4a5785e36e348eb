"""What changed since a report was last made: the published JSON is the memory. Pure."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from reports.week.records import VERSION, Card, Change, Incident, Week
from reports.wording import NOTHING, lag, share

NOTICED = 0.005
"""Change of the share judged that is worth a line."""


def remember(written: bytes) -> Week | None:
    """Read an earlier report's JSON; None where it is of another version, or none at all."""
    try:
        before = msgspec.json.decode(written, type=Week)
    except msgspec.DecodeError:
        return None
    return before if before.version == VERSION else None


def since(before: Week | None, week: Week) -> Week:
    """Give the week with what changed since the report before it, whose own history is kept.

    A report of a judgement that is older than the one before says nothing of changes.
    """
    if before is None or (before.service, before.week) != (week.service, week.week):
        return week
    found = tuple(_changes(before, week)) if week.as_of >= before.as_of else ()
    return msgspec.structs.replace(week, first_as_of=before.first_as_of, history=(*before.history, *found))


def _changes(before: Week, week: Week) -> Iterator[Change]:
    said = {card.episode_id: card for card in before.cards}
    for card in week.cards:
        if card.episode_id not in said:
            yield Change(week.as_of, card.episode_id, "outage", "", "found")
        else:
            yield from _of_card(said[card.episode_id], card, week.as_of)
    now = {card.episode_id for card in week.cards}
    for name in said:
        if name not in now:
            yield Change(week.as_of, name, "outage", "found", "no outage any more")
    published = {incident.incident_id: incident for incident in before.incidents}
    for incident in week.incidents:
        if incident.incident_id not in published:
            yield Change(week.as_of, incident.incident_id, "official incident", "", "published, or read, since")
        else:
            yield from _of_incident(published[incident.incident_id], incident, week.as_of)
    there = {incident.incident_id for incident in week.incidents}
    for name in published:
        if name not in there:
            yield Change(week.as_of, name, "official incident", "published", "gone")
    if abs(before.figures.judged - week.figures.judged) > NOTICED:
        yield Change(week.as_of, week.week, "judged", share(before.figures.judged), share(week.figures.judged))


def _of_card(was: Card, now: Card, as_of: datetime) -> Iterator[Change]:
    pairs = (
        ("verdict", was.verdict, now.verdict),
        ("page − onset", lag(was.printed_lag), lag(now.printed_lag)),
        ("onset", f"{was.onset_at:%H:%M}", f"{now.onset_at:%H:%M}"),
        ("end", _clock(was.ended_at), _clock(now.ended_at)),
        ("people", f"{was.people:,}", f"{now.people:,}"),
        ("mark", was.mark or NOTHING, now.mark or NOTHING),
    )
    for what, old, new in pairs:
        if old != new:
            yield Change(as_of, now.episode_id, what, old, new)


def _of_incident(was: Incident, now: Incident, as_of: datetime) -> Iterator[Change]:
    for what in ("verdict", "impact", "title", "nature"):
        if getattr(was, what) != getattr(now, what):
            yield Change(as_of, now.incident_id, what, getattr(was, what), getattr(now, what))


def _clock(at: datetime | None) -> str:
    return f"{at:%H:%M}" if at else NOTHING
