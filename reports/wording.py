"""How times, spans and lags are said: the same in the terminal and in Markdown."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

WIDE = timedelta(hours=1)
"""From which width on the interval of an onset is said in words."""

NOTHING = "–"
"""What stands where there is nothing to say: never a zero, never an empty cell."""

MINUS = "−"

_IN_ASCII = str.maketrans({"−": "-", "–": "-", "·": "|", "…": "~"})
"""For a terminal that is not in UTF-8: above all a lag keeps its sign."""


def writable(text: str, encoding: str | None) -> str:
    """Make a text one that an output of this encoding can take."""
    encoding = encoding or "ascii"
    if "utf" in encoding.lower():
        return text
    return text.translate(_IN_ASCII).encode(encoding, "replace").decode(encoding)


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


def between(earliest: datetime, latest: datetime, onset: datetime) -> str:
    """Say within what an onset lies; where that is wide, that it is a guess.

    >>> from datetime import UTC
    >>> at = lambda hour, minute: datetime(2026, 4, 15, hour, minute, tzinfo=UTC)
    >>> between(at(9, 50), at(10, 5), at(10, 0))
    'between 09:50 and 10:05'
    >>> between(at(2, 0), at(10, 5), at(10, 0))
    'a rough guess, and so are its lags: complaints rose slowly, and any time from 02:00 to 10:05 (8h05m) fits'
    >>> between(at(10, 0), at(10, 0), at(10, 0))
    'known to five minutes'
    """
    if earliest == latest:
        return "known to five minutes"
    if latest - earliest <= WIDE:
        return f"between {clock(earliest, onset)} and {clock(latest, onset)}"
    span_of = f"from {clock(earliest, onset)} to {clock(latest, onset)} ({passed(latest, earliest)})"
    return f"a rough guess, and so are its lags: complaints rose slowly, and any time {span_of} fits"


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


def passed(later: datetime, earlier: datetime) -> str:
    """Say how long it is from one instant to another, as clocks show them."""
    return span(timedelta(minutes=apart(later, earlier) or 0))


def number(value: object) -> str:
    """Say a count, by thousands; a dash where it is not known."""
    return NOTHING if value is None else f"{value:,}"


def apart(later: datetime | None, earlier: datetime | None) -> float | None:
    """Give the minutes between two instants as clocks show them, without seconds; None where one is not known.

    A lag that is printed beside its two instants is the difference of what is printed.
    """
    if later is None or earlier is None:
        return None
    return (later.replace(second=0, microsecond=0) - earlier.replace(second=0, microsecond=0)) / timedelta(minutes=1)


def lag(minutes: float | None) -> str:
    """Say a lag with its sign: plus is later, minus is earlier. Whole minutes, cut as a clock cuts its seconds.

    >>> lag(17.8), lag(-5), lag(0), lag(-0.4), lag(600)
    ('+17 min', '−5 min', '0 min', '−1 min', '+10.0 h')
    """
    if minutes is None:
        return NOTHING
    minutes = math.floor(minutes + 1e-6)
    size = abs(minutes)
    if size == 0:
        return "0 min"
    if size < 180:
        return f"{_sign(minutes)}{size} min"
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
