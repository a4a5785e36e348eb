"""Clock times in prose: where a text names one, and which instants it can mean. Pure, and linear in the text.

Operators write `16:01 UTC`, `8:01 PT / 16:01 UTC`, `9:30AM - 1:30PM PST`, `1:45pm PT`, `2026-02-01 02:41`, with a ratio
sign for a colon, with no zone at all, with PST in July. Nothing is decided here but what is written: which of the
instants is meant, `detect.declared` says.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytz

ZONES = {"UTC": pytz.utc, "Pacific": pytz.timezone("America/Los_Angeles"), "Eastern": pytz.timezone("America/New_York")}
"""The zones that operators write in. `PST` and `PDT` both mean what clocks there show: PST was written in July."""

_NAMED = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "pt": "Pacific", "pst": "Pacific", "pdt": "Pacific", "pacific": "Pacific",
    "us/pacific": "Pacific", "et": "Eastern", "est": "Eastern", "edt": "Eastern", "eastern": "Eastern",
}  # fmt: skip
# Upper case but for UTC: "10:00 et 11:00" is French.
_ZONE = r"(?:UTC|GMT|(?-i:US/Pacific|P[SD]?T|E[SD]?T|Pacific|Eastern|Z))\b(?:\s(?:Standard\s|Daylight\s)?Time\b)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"

# Bounded repeats and no nesting: the time is linear in the text, whatever the text.
_CLOCK = re.compile(
    rf"""(?<![\d.:∶：])(?P<hour>\d{{1,2}})
    (?:[:∶：](?P<minute>[0-5]\d)(?:[:∶：](?P<second>[0-5]\d))?(?![\d:∶：])
       |(?=\s?[ap]\.?m\b)|(?=\s?(?:UTC|GMT)\b))
    (?:\s?(?P<half>[ap])\.?m\b\.?)?
    (?:\s?(?P<zone>{_ZONE}))?""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(
    rf"""(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)
    |(?<![\d/])(?P<us_month>\d{{1,2}})/(?P<us_day>\d{{1,2}})/(?P<us_year>20\d\d)(?!\d)
    |\b(?P<name>{_MONTH})\s(?P<named_day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:∶：])(?:,?\s(?P<named_year>20\d\d)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_ISO = re.compile(r"20\d\d-")
_VAGUE = r"(?:~|approximately|approx\.?|around|about|roughly|circa)"
_DATE_THEN_CLOCK = re.compile(rf"[\s,T]{{0,3}}(?:(?:at|{_VAGUE})\s?){{0,2}}", re.IGNORECASE)
_CLOCK_THEN_DATE = re.compile(
    r"\s{0,2}(?:on\s|of\s|,\s?|\(){0,2}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?", re.IGNORECASE
)
_ZONE_AFTER_DATE = re.compile(rf"\s(?P<zone>{_ZONE})")
_VAGUE_BEFORE = re.compile(rf"{_VAGUE}\s?\Z", re.IGNORECASE)
_ALL_IN = re.compile(rf"all times (?:are |are in |in )?(?P<zone>{_ZONE})", re.IGNORECASE)


class Clock(msgspec.Struct, frozen=True):
    """One clock time as it is written.

    `start` and `end` are offsets in the text, its date and zone included. `hours` are the hours of the day it can mean:
    two where a 12-hour clock tells neither am nor pm. `zone` is a key of `ZONES`, None where none is named; `winter`
    marks a zone's winter name. `day` is (year or None, month, day), None where no date stands beside it. `vague`
    where the text says about, around, approximately.
    """

    start: int
    end: int
    hours: tuple[int, ...]
    minute: int
    second: int
    zone: str | None
    winter: bool = False
    day: tuple[int | None, int, int] | None = None
    vague: bool = False


def find(text: str) -> list[Clock]:
    """Find the clock times of a text, in their order; what no clock shows (25:10, 13pm) is not one."""
    dates = [(found.start(), found.end(), day) for found in _DATE.finditer(text) if (day := _day(found))]
    everywhere = _ALL_IN.search(text.replace("*", "")) if "ll times" in text else None
    default = _zone(everywhere["zone"]) if everywhere else None
    clocks = []
    for found in _CLOCK.finditer(text):
        hours = _hours(found)
        if not hours:
            continue
        zone, start, end = found["zone"], found.start(), found.end()
        vague = bool(_VAGUE_BEFORE.search(text, max(0, start - 16), start))
        day = None
        while dates and dates[0][1] <= start:
            before = dates.pop(0)
            if _DATE_THEN_CLOCK.fullmatch(text, before[1], start):
                start, day = before[0], before[2]
        gap = _CLOCK_THEN_DATE.match(text, end)
        follows = dates and gap and dates[0][0] == gap.end() and not _belongs_to_next(text, dates[0][1])
        if day is None and follows:
            _, end, day = dates.pop(0)
            after = None if zone else _ZONE_AFTER_DATE.match(text, end)
            zone, end = (after["zone"], after.end()) if after else (zone, end)
        if day and _ISO.match(text, start):
            hours = (int(found["hour"]),) if not found["half"] else hours  # who writes so writes 24 hours
        named = _zone(zone) if zone else default
        winter = bool(zone) and zone[:3].upper() in ("PST", "EST")
        clocks.append(
            Clock(start, end, hours, int(found["minute"] or 0), int(found["second"] or 0), named, winter, day, vague)
        )
    return clocks


def instants(clock: Clock, zone: str | None, near: datetime) -> Iterator[datetime]:
    """Lay out the instants (UTC) that a clock time can mean, of the three days before to the two after `near`.

    `zone` is taken where the clock names none, UTC where that is None too. A date beside it leaves one day, of the
    year that lies nearest to `near`.
    """
    place = ZONES[clock.zone or zone or "UTC"]
    hours = clock.hours[:1] if place is pytz.utc else clock.hours  # UTC is written on a 24-hour clock
    if clock.day:
        days = [_dated(clock.day, near.date())]
    else:
        today = near.astimezone(place).date()
        days = [today + timedelta(days=shift) for shift in range(-3, 3)]
    for day in days:
        for hour in hours:
            whole, at = divmod(hour, 24)
            shown = datetime.combine(day + timedelta(days=whole), time(at, clock.minute, clock.second))
            yield place.localize(shown).astimezone(UTC)


def in_summer(clock: Clock, at: datetime) -> bool:
    """Tell whether a clock is named by its winter name at a time when clocks there show summer time."""
    place = ZONES[clock.zone or "UTC"]
    return clock.winter and bool(at.astimezone(place).dst())


def _hours(found: re.Match[str]) -> tuple[int, ...]:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if hour > 24 or (hour == 24 and found["minute"] not in (None, "00")):
        return ()
    if half:
        if hour > 12:
            # "16:44 PM UTC": the 24-hour clock says it already; "13 pm" alone is no time.
            return (hour,) if found["minute"] else ()
        return (hour % 12 + (12 if half == "p" else 0),)
    utc = bool(found["zone"]) and _zone(found["zone"]) == "UTC"
    padded = len(found["hour"]) == 2 and hour < 10
    return (hour, hour % 12 + 12 if hour < 12 else 0) if 1 <= hour <= 12 and not utc and not padded else (hour,)


def _zone(word: str) -> str:
    return _NAMED[word.lower().split(" ")[0]]


def _day(found: re.Match[str]) -> tuple[int | None, int, int] | None:
    if found["name"]:
        year = int(found["named_year"]) if found["named_year"] else None
        month, day = _MONTHS.index(found["name"][:3].lower()) + 1, int(found["named_day"])
    else:
        year = int(found["year"] or found["us_year"])
        month, day = int(found["month"] or found["us_month"]), int(found["day"] or found["us_day"])
    return (year, month, day) if _exists(year or 2024, month, day) else None


def _dated(day: tuple[int | None, int, int], near: date) -> date:
    """Say the date; without a year, that of the last such day up to a week after `near`."""
    year, month, number = day
    if year:
        return date(year, month, number)
    named = (date(n, month, number) for n in range(near.year + 1, near.year - 9, -1) if _exists(n, month, number))
    return next(found for found in named if found <= near + timedelta(days=7))


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _belongs_to_next(text: str, end: int) -> bool:
    """Tell whether a date stands before another clock time: "until Sep 19 22:00"."""
    gap = _DATE_THEN_CLOCK.match(text, end)
    return bool(gap and gap.end() > end and _CLOCK.match(text, gap.end()))
