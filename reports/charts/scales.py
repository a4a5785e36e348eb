"""Where a value lies on an axis, and where its ticks stand. Pure arithmetic."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 40320)
)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def linear(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Map [low, high] to [start, end]; an axis without extent maps all to its start."""
    whole = high - low
    return lambda value: start + (value - low) / whole * (end - start) if whole else start


def time_ticks(first: datetime, last: datetime, most: int = 8) -> tuple[list[datetime], timedelta]:
    """Choose round instants of [first, last], at most about `most`, and give their distance too."""
    step = next(
        (one for one in _STEPS if (last - first) / one <= most),
        _STEPS[-1] * math.ceil((last - first) / _STEPS[-1] / most),
    )
    at = _MONDAY + math.ceil((first - _MONDAY) / step) * step
    found = []
    while at <= last:
        found.append(at)
        at += step
    return found, step


def tick_label(at: datetime, step: timedelta, *, first: bool) -> str:
    """Say an instant on an axis: the day where it begins, or where the axis does."""
    day = f"{at.day} {at:%b}"
    if step >= timedelta(days=1):
        return f"{at:%a} {day}" if step == timedelta(days=1) else day
    midnight = at.hour == at.minute == 0
    return day if midnight else f"{day}, {at:%H:%M}" if first else f"{at:%H:%M}"


def value_ticks(highest: float, most: int = 4) -> list[float]:
    """Choose round values from 0 to at least `highest`.

    >>> value_ticks(31), value_ticks(3), value_ticks(0)
    ([0.0, 10.0, 20.0, 30.0, 40.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0])
    """
    if highest <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(highest / most))
    step = next(power * factor for factor in (1, 2, 5, 10) if highest / (power * factor) <= most)
    return [step * count for count in range(math.ceil(highest / step) + 1)]


def plain_number(value: float) -> str:
    """Say a tick: no decimals where none are needed.

    >>> plain_number(20.0), plain_number(0.25), plain_number(12500)
    ('20', '0.25', '12,500')
    """
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3g}"
