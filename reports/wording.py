"""How times, spans and lags are said: the same in the terminal and in Markdown."""

from collections.abc import Iterable
from datetime import datetime, timedelta

NOTHING = "–"
"""What stands where there is nothing to say: never a zero, never an empty cell."""

MINUS = "−"


def day(at: datetime, *, year: bool) -> str:
    """Say the day: `15 Apr`, with its year where one is needed to tell days apart."""
    return f"{at.day:2} {at:%b %Y}" if year else f"{at.day:2} {at:%b}"


def clock(at: datetime | None, seen_from: datetime) -> str:
    """Say the time of day; where it is another day than `seen_from`'s, with the days between.

    >>> from datetime import UTC
    >>> clock(datetime(2026, 4, 16, 0, 5, tzinfo=UTC), datetime(2026, 4, 15, 23, tzinfo=UTC))
    '00:05+1d'
    """
    if at is None:
        return NOTHING
    days = (at.date() - seen_from.date()).days
    return f"{at:%H:%M}" + (f"{_sign(days)}{abs(days)}d" if days else "")


def instant(at: datetime) -> str:
    """Say an instant in full, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span(lasted: timedelta) -> str:
    """Say how long something lasted.

    >>> span(timedelta(minutes=44)), span(timedelta(minutes=284)), span(timedelta(days=3, hours=4))
    ('44m', '4h44m', '3d4h')
    """
    whole = round(lasted.total_seconds() / 60)
    if whole < 60:
        return f"{whole}m"
    hours, minutes = divmod(whole, 60)
    if hours < 48:
        return f"{hours}h{minutes:02}m"
    return f"{hours // 24}d{hours % 24}h"


def lag(minutes: float | None) -> str:
    """Say a lag with its sign: plus is later, minus is earlier.

    >>> lag(17.2), lag(-5), lag(0), lag(-0.4), lag(600)
    ('+17 min', '−5 min', '0 min', '−0.4 min', '+10.0 h')
    """
    if minutes is None:
        return NOTHING
    size = abs(minutes)
    if size < 0.05:
        return "0 min"
    if size < 1:
        return f"{_sign(minutes)}{size:.1f} min"
    if size < 180:
        return f"{_sign(minutes)}{size:.0f} min"
    return f"{_sign(minutes)}{size / 60:.1f} h" if size < 72 * 60 else f"{_sign(minutes)}{size / 1440:.1f} d"


def peak(people: int | None, expected: float | None) -> str:
    """Say how many people complained in the worst bucket, against how many were expected."""
    if people is None:
        return NOTHING
    usual = "?" if expected is None else f"{expected:.1f}" if expected < 10 else f"{expected:.0f}"
    return f"{people} vs {usual}"


def listed(names: Iterable[str]) -> str:
    """Join names with commas; nothing to name is a dash."""
    return ", ".join(names) or NOTHING


def count(number: int, one: str, many: str | None = None) -> str:
    """Say a number with its noun: `1 outage`, `3 outages`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: float) -> str:
    """Say a share in whole percent; what is not quite all or not quite nothing never looks so.

    >>> share(1.0), share(0.9991), share(0.001), share(0.0)
    ('100 %', '>99 %', '<1 %', '0 %')
    """
    if 0.99 < part < 1:
        return ">99 %"
    return "<1 %" if 0 < part < 0.01 else f"{part:.0%}".replace("%", " %")


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS
