"""Figures of several weeks, side by side for several services."""

from collections.abc import Sequence

import msgspec

from reports.charts.drawing import Canvas
from reports.charts.figure import Figure, figure
from reports.charts.scales import linear, plain_number, value_ticks
from reports.charts.timeaxis import hatch
from reports.columns import Table
from reports.wording import NOTHING, share

LEFT, HEAD, PLOT, FOOT, GAP = 30.0, 34.0, 84.0, 22.0, 32.0

SEEN = 0.5
"""Below which share looked at a column is hatched: much may have been missed."""


class Column(msgspec.Struct, frozen=True):
    """One figure of one group: None where nobody looked; `looked` is the share of its time, 0 to 1."""

    group: str
    name: str
    value: float | None
    looked: float


def columns(name: str, title: str, given: Sequence[Column], unit: str, *, chosen: str | None = None) -> Figure:
    """Draw one panel a group, all on one scale; the column called `chosen` stands out."""
    rows = tuple(
        (one.group, one.name, NOTHING if one.value is None else plain_number(round(one.value, 2)), share(one.looked))
        for one in given
    )
    table = Table(title, ("Of", "When", unit.capitalize(), "Looked at"), rows)
    return figure(name, _in_words(title, given, unit), table, lambda canvas: _draw(canvas, given, chosen))


def _draw(canvas: Canvas, given: Sequence[Column], chosen: str | None) -> None:
    """Set the panels side by side, or where it is narrow one above the other."""
    groups = list(dict.fromkeys(one.group for one in given))
    ticks = value_ticks(max((one.value or 0 for one in given), default=0), 3)
    across = 1 if canvas.is_narrow else min(len(groups), 3)
    room = (canvas.width - 10 - (LEFT + 2) * across) / max(across, 1)
    for number, group in enumerate(groups):
        left = LEFT + number % across * (room + GAP)
        top = HEAD + number // across * (HEAD + PLOT + FOOT)
        up = linear(0, ticks[-1], top + PLOT, top)
        canvas.text(left, top - 21, group, "ink", font_weight="600")
        for tick in ticks:
            canvas.line(left, up(tick), left + room, up(tick), "grid")
            canvas.text(left - 5, up(tick) + 4, plain_number(tick), anchor="end")
        mine = [one for one in given if one.group == group]
        wide = room / max(len(mine), 1)
        for place, one in enumerate(mine):
            _column(canvas, one, left + place * wide, wide, top, up(one.value or 0), stands_out=one.name == chosen)
        canvas.line(left, top + PLOT, left + room, top + PLOT, "quiet")
        canvas.height = top + PLOT + FOOT


def _column(
    canvas: Canvas, one: Column, left: float, wide: float, top: float, high: float, *, stands_out: bool
) -> None:
    x, middle, weight = left + wide * 0.14, left + wide / 2, "600" if stands_out else "400"
    if one.value is None or one.looked < SEEN:
        hatch(canvas, x, top, wide * 0.72, PLOT, faint=True)
    if one.value is not None:
        canvas.rect(x, high, wide * 0.72, top + PLOT - high, "observed" if stands_out else "unseen")
        canvas.text(middle, high - 4, plain_number(round(one.value, 1)), "ink", "middle", font_weight=weight)
    canvas.text(middle, top + PLOT + 15, one.name, "ink" if stands_out else "quiet", "middle", font_weight=weight)


def _in_words(title: str, given: Sequence[Column], unit: str) -> str:
    said = [
        f"{one.group} {one.name} {'not known' if one.value is None else plain_number(round(one.value, 1))}"
        for one in given
    ]
    return f"{title} ({unit}): {', '.join(said)}."
