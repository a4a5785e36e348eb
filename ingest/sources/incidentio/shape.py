"""An incident as incident.io's imitation of Statuspage gives it, and what its ids say. Pure."""

from datetime import date, datetime
from typing import Any

import msgspec

from ingest.hostile import one_line, plain
from ingest.records import Incident, IncidentUpdate
from ingest.sources import Reading
from ingest.sources.pagestate import instant
from ingest.times import from_epoch

IMPORTED = date(2025, 2, 25)
"""The day of the move: older incidents got their ids then, which say nothing of when they were published."""

_CROCKFORD = {sign: number for number, sign in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


class _Update(msgspec.Struct):
    id: str
    status: str
    created_at: str | None = None
    display_at: str | None = None
    body: str | None = None


class _Incident(msgspec.Struct):
    id: str
    name: str
    status: str
    created_at: str
    incident_updates: list[_Update]
    impact: str | None = None
    resolved_at: str | None = None


def read_incident(payload: Any, reading: Reading) -> Incident:
    """Read one incident. Raises ValueError for another shape, or one without a message."""
    said = msgspec.convert(payload, _Incident)
    if not said.incident_updates:
        raise ValueError(f"incident {one_line(said.id, 40)} has no message")
    return Incident(
        service=reading.target.service or "",
        incident_id=plain(said.id),
        name=plain(said.name),
        impact=plain(said.impact or "none"),
        status=plain(said.status),
        started_at=None,
        created_at=instant(said.created_at),
        # As stated: it stays at the first resolution of several, and can lie hours before `created_at`.
        resolved_at=instant(said.resolved_at) if said.resolved_at else None,
        components=(),
        updates=tuple(
            message(update.id, update.status, update.created_at, update.display_at, update.body)
            for update in said.incident_updates
        ),
        seen_at=reading.seen_at,
    )


def message(update_id: str, status: str, created: str | None, shown: str | None, body: str | None) -> IncidentUpdate:
    """Read a message, to the second: created when it says, else when its id was minted, else when it is shown."""
    created_at = instant(created) if created else minted_at(update_id) or (instant(shown) if shown else None)
    if created_at is None:
        raise ValueError(f"message {one_line(update_id, 40)} has no time")
    created_at = to_seconds(created_at)
    display_at = to_seconds(instant(shown)) if shown else created_at
    return IncidentUpdate(plain(status), created_at, display_at, plain(body or ""), update_id=plain(update_id))


def minted_at(ulid: str) -> datetime | None:
    """Say when a ULID was minted, to the second; None where it is none, or was minted at the import of older ones.

    All 53 ids of May and June 2026 decode to `created_at` within a second (official-status, section 3).
    """
    if len(ulid) != 26 or not all(sign in _CROCKFORD for sign in ulid) or ulid[0] > "7":
        return None
    milliseconds = 0
    for sign in ulid[:10]:
        milliseconds = milliseconds * 32 + _CROCKFORD[sign]
    try:
        at = from_epoch(milliseconds // 1000)
    except ValueError:
        return None
    return None if at.date() == IMPORTED else at


def to_seconds(at: datetime) -> datetime:
    """Cut to the second that it lies in, as the v2 API does."""
    return at.replace(microsecond=0)
