"""Declared windows: when the operator's own prose says that it failed. Pure; a claim, never a fact about the failure.

What the messages of one incident state is folded in their order, so that a start said at first and an end said later
make one window, three blips stay three, and a span told in the end replaces what was told on the way. Where two zones
are named and disagree, Pacific time is taken (it was the right one in the clear cases), the other reading is kept
beside it, and the confidence is low.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

import msgspec

from detect.official.clocks import Clock, in_summer, instants
from detect.official.statements import Moment, Role, Said, statements
from ingest.official import IncidentUpdate

ROUNDING = timedelta(minutes=5)
"""How far after its message a stated time may lie and still be past: clocks are rounded."""

SLIP = timedelta(hours=3)
"""How far after its message a time may lie to be taken for a slip of the pen, not for yesterday's."""

STALE = timedelta(hours=18)
"""From how long before its message on a time without a date is rather that slip."""

SAME = timedelta(minutes=15)
"""How far apart two statements of one instant may lie: the first message says "at about", the last one knows."""

FAR = timedelta(days=14)
"""How far before its message a dated time may lie before its date is doubted."""

MOST = 100
"""Windows of one incident that are kept, the first ones: no incident has a tenth of it."""

MOST_STATED = 1000
"""Statements about time that are read of one incident."""

PLANNED = (
    "scheduled", "in_progress", "verifying", "completed", "maintenance_scheduled", "maintenance_in_progress",
    "maintenance_complete",
)  # fmt: skip
"""Statuses of maintenance: what their messages name is planned, no failure."""

Confidence = Literal["high", "fair", "low"]

_LOW = ("its zones", "it names one zone twice", "it lies after the message", "its date is far", "it ends before")
_YEARS = range(2006, 2200)


class DeclaredWindow(msgspec.Struct, frozen=True):
    """One impact window as the operator states it, in UTC.

    `start` or `end` is None where only the other is stated, both where nothing but `lasted_min` is; `whole` where one
    statement gives both. `other_start` and `other_end` hold the second reading where the text contradicts itself.
    `said_at` is when the message was published (of two messages, the later), `sentence` where its sentence stands in
    that message's text, in characters. `confidence` is high, fair or low, and `doubts` says why it is not high.
    """

    start: datetime | None
    end: datetime | None
    said_at: datetime
    sentence: tuple[int, int]
    other_start: datetime | None = None
    other_end: datetime | None = None
    lasted_min: float | None = None
    whole: bool = False
    confidence: Confidence = "high"
    doubts: tuple[str, ...] = ()

    @property
    def contradictory(self) -> bool:
        """Whether the text allows a second reading."""
        return self.other_start is not None or self.other_end is not None


class _Read(msgspec.Struct, frozen=True):
    """One moment as instants: the reading taken first; `other` where there is a second one."""

    taken: tuple[datetime, ...]
    other: tuple[datetime, ...] = ()
    doubts: tuple[str, ...] = ()


class Stated(msgspec.Struct, frozen=True):
    """One statement of one message as a window of its own; `role`: a span, a start, an end, or a length alone."""

    role: Role
    window: DeclaredWindow


def declared_windows(updates: Iterable[IncidentUpdate]) -> list[DeclaredWindow]:
    """Read the windows out of an incident's messages, in the order in which they begin."""
    return fold(stated(updates))


def stated(updates: Iterable[IncidentUpdate]) -> list[Stated]:
    """Read every statement about time, in the order in which they were made, `MOST_STATED` at most."""
    said = (
        Stated(said.role, _window(said, update.created_at))
        for update in sorted(updates, key=lambda update: update.created_at)
        if update.status not in PLANNED and update.created_at.year in _YEARS
        for said in statements(update.body)
    )
    return list(islice(said, MOST_STATED))


def fold(statements_: Iterable[Stated]) -> list[DeclaredWindow]:
    """Make windows of the statements of one incident, given in their order."""
    told: list[DeclaredWindow] = []
    for one in statements_:
        told = _folded(told, one.role, one.window)
        if len(told) >= MOST:
            break
    return sorted(told, key=lambda window: (window.start or window.end or window.said_at, window.said_at))


def envelope(windows: Iterable[DeclaredWindow]) -> tuple[datetime | None, datetime | None]:
    """Say the first start and the last end that are declared; None where none is."""
    listed = list(windows)
    start = min((window.start for window in listed if window.start), default=None)
    return start, max((window.end for window in listed if window.end), default=None)


def _window(said: Said, at: datetime) -> DeclaredWindow:
    """Say which instants a statement means, by the time of its message."""
    doubts: list[str] = []
    start = end = other_start = other_end = None
    if said.first and said.last:
        zones = (said.first.one.zone, said.last.one.zone)
        end_is_dated = bool(said.last.one.day) and not said.first.one.day
        if end_is_dated:
            last = _read(said.last, zones[1] or zones[0], at)
            first = _read(said.first, zones[0] or zones[1], _before(last.taken, at))
        else:
            first = _read(said.first, zones[0] or zones[1], at)
            last = _read(said.last, zones[1] or zones[0], _before(first.taken, at) if said.first.one.day else at)
        start, end = _span(first.taken, last.taken, at, end_is_dated=end_is_dated)
        if first.other or last.other:
            second = _span(first.other or (start,), last.other or (end,), at, end_is_dated=False)
            other_start, other_end = (second[0] if first.other else None, second[1] if last.other else None)
        doubts += [*first.doubts, *last.doubts]
        clocks = _clocks(said.first, said.last)
    elif said.first:
        read = _read(said.first, None, at)
        when = _before(read.taken, at)
        second_at = _before(read.other, at) if read.other else None
        start, end = (when, None) if said.role == "start" else (None, when)
        other_start, other_end = (second_at, None) if said.role == "start" else (None, second_at)
        if start and said.lasted:
            end = start + said.lasted
            doubts.append("its end follows from a length in words")
        doubts += read.doubts
        clocks = _clocks(said.first)
    else:
        clocks = ()
    doubts += _doubts_of(clocks, start or end, at, paired=bool(said.first and said.first.other))
    if any(instant and instant > at + ROUNDING for instant in (start, end)):
        doubts.append("it lies after the message that states it")
    if start and end and end < start:
        doubts.append("it ends before it begins")
    doubts += [] if clocks else ["only its length is stated"]
    lasted = said.lasted.total_seconds() / 60 if said.lasted else None
    whole = bool(start and end)
    return _judged(DeclaredWindow(start, end, at, said.sentence, other_start, other_end, lasted, whole), doubts)


def _clocks(*moments: Moment) -> tuple[Clock, ...]:
    return tuple(clock for moment in moments for clock in (moment.one, moment.other) if clock)


def _judged(window: DeclaredWindow, doubts: Sequence[str]) -> DeclaredWindow:
    said = tuple(dict.fromkeys(doubts))
    low = any(doubt.startswith(_LOW) for doubt in said)
    return msgspec.structs.replace(window, doubts=said, confidence="low" if low else "fair" if said else "high")


def _read(moment: Moment, zone: str | None, at: datetime) -> _Read:
    """Lay out what a moment can mean. Told in two zones, what both can mean is meant; else they contradict."""
    one, other = moment.one, moment.other
    if other is None:
        return _Read(tuple(instants(one, zone, at)))
    one, other = _other_zone(one, other), _other_zone(other, one)
    if one.day and not other.day and one.zone != other.zone:
        # The date belongs to the zone that it stands with; the other's day follows from it.
        sides = tuple(instants(one, zone, at)), tuple(instants(other, zone, next(instants(one, zone, at))))
    else:
        sides = tuple(instants(one, zone, at)), tuple(instants(other, zone, at))
    if one.zone != other.zone:
        agreed = tuple(instant for instant in sides[0] if instant in sides[1])
        if agreed:
            return _Read(agreed)
        pacific, second = sides if other.zone == "UTC" or one.zone != "UTC" else sides[::-1]
        apart = min(abs(a - b) for a in pacific for b in second)
        return _Read(pacific, second, (f"its zones disagree by {apart.total_seconds() / 60:.0f} min",))
    meant = tuple(instants(msgspec.structs.replace(other, zone="UTC", hours=other.hours[:1]), None, at))
    literal = any(instant in sides[0] for instant in meant)
    return _Read(sides[0], sides[1] if literal else meant, ("it names one zone twice",))


def _other_zone(clock: Clock, beside: Clock) -> Clock:
    """Give the side that names no zone the one that its neighbour is not in."""
    return clock if clock.zone else msgspec.structs.replace(clock, zone="Pacific" if beside.zone == "UTC" else "UTC")


def _before(instants_: Sequence[datetime], at: datetime) -> datetime:
    """Choose the last instant before the message; just after it where that would be yesterday's."""
    past = [instant for instant in instants_ if instant <= at + ROUNDING]
    slips = [instant for instant in instants_ if at + ROUNDING < instant <= at + SLIP]
    if slips and (not past or max(past) < at - STALE):
        return min(slips)
    return max(past) if past else min(instants_)


def _span(
    starts: Sequence[datetime], ends: Sequence[datetime], at: datetime, *, end_is_dated: bool
) -> tuple[datetime, datetime]:
    """Choose a span: the latest start before the message, and the first end from there on."""
    if end_is_dated:
        end = _before(ends, at)
        before = [start for start in starts if start <= end]
        return (max(before) if before else min(starts)), end
    start = _before(starts, at)
    after = [end for end in ends if end >= start]
    return start, min(after) if after else max(ends)


def _doubts_of(clocks: Sequence[Clock], when: datetime | None, at: datetime, *, paired: bool) -> list[str]:
    doubts = []
    if clocks and not any(clock.zone for clock in clocks):
        doubts.append("no zone is named: taken for UTC")
    if not paired and any(len(clock.hours) > 1 and clock.zone not in (None, "UTC") for clock in clocks):
        doubts.append("a 12-hour clock without am or pm: the last before the message is taken")
    if any(clock.vague for clock in clocks):
        doubts.append("approximate by its own words")
    if when and any(in_summer(clock, when) for clock in clocks):
        doubts.append("winter time is named in summer: clocks there are taken as they were")
    if when and any(clock.day for clock in clocks) and when < at - FAR:
        doubts.append(f"its date is far: {(at - when).days} days before the message")
    return doubts


def _folded(told: list[DeclaredWindow], role: str, window: DeclaredWindow) -> list[DeclaredWindow]:
    """Add a statement to what was told so far."""
    if role == "lasted":
        return told if any(other.start or other.end for other in told) else [*told, window]
    told = [other for other in told if other.start or other.end]
    if role == "span" or window.whole:
        return [*(other for other in told if not _replaces(window, other)), window]
    if role == "start":
        return _begun(told, window)
    return _ended(told, window)


def _replaces(window: DeclaredWindow, other: DeclaredWindow) -> bool:
    """Tell whether a span says what was known before: the same one again, or a start or an end within it."""
    if window.start is None or window.end is None:
        return False
    if other.start and other.end:
        near = abs(other.start - window.start) <= SAME and other.end > window.start and other.start < window.end
        return near and other.said_at < window.said_at
    one = other.start or other.end
    return one is not None and window.start - SAME <= one <= window.end + SAME


def _begun(told: list[DeclaredWindow], window: DeclaredWindow) -> list[DeclaredWindow]:
    """Add a beginning, unless it was told already; of several models in one message, the first to fail counts."""
    for number, other in enumerate(told):
        if other.start is None or window.start is None:
            continue
        if other.said_at == window.said_at and other.end is None:
            return [*told[:number], min(other, window, key=_start), *told[number + 1 :]]
        if other.start - SAME <= window.start <= (other.end or other.start + SAME):
            return told
    return [*told, window]


def _start(window: DeclaredWindow) -> datetime:
    return window.start or window.said_at


def _ended(told: list[DeclaredWindow], window: DeclaredWindow) -> list[DeclaredWindow]:
    """Add an end: without a new beginning in between, the last that is told counts, but not against a span."""
    if not told or window.end is None:
        return [*told, window]
    last = max(range(len(told)), key=lambda number: (told[number].end is None, told[number].said_at, number))
    other = told[last]
    if other.whole or (other.start and other.start > window.end):
        over = any(one.start and one.end and one.start <= window.end <= one.end + SAME for one in told)
        return told if over or (other.whole and other.said_at == window.said_at) else [*told, window]
    if other.end and other.end >= window.end:
        return told
    joined = msgspec.structs.replace(
        other, end=window.end, other_end=window.other_end, said_at=window.said_at, sentence=window.sentence
    )
    doubts = window.doubts if other.start is None else [*other.doubts, *window.doubts]
    return [*told[:last], _judged(joined, doubts), *told[last + 1 :]]
