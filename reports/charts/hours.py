"""The hours of the week: seven rows of twenty-four."""

from collections.abc import Sequence

import msgspec

from reports.charts.drawing import Canvas
from reports.charts.figure import Figure, figure
from reports.charts.legend import Sign, legend
from reports.charts.timeaxis import hatch
from reports.columns import Table
from reports.wording import NOTHING, share

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LEFT, HIGH = 40.0, 19.0


class Cell(msgspec.Struct, frozen=True):
    """One hour of the week, over all weeks looked at.

    `hour` counts from Monday 00:00 UTC, 0 to 167. `people` is how many complain in such an hour on average, `felt` the
    share of its time with an outage; both None where nobody ever looked. `looked_h` is how many hours were looked at.
    """

    hour: int
    people: float | None
    felt: float | None
    looked_h: float


def hours_of_week(name: str, title: str, cells: Sequence[Cell], peak: frozenset[int] = frozenset()) -> Figure:
    """Draw how many complain in each hour of the week, the stronger the more, and a dot where outages ran, by area.

    `peak` are the hours of the week that are framed as the busy ones.
    """
    return figure(name, _in_words(title, cells), _table(title, cells), lambda canvas: _draw(canvas, cells, peak))


def _draw(canvas: Canvas, cells: Sequence[Cell], peak: frozenset[int]) -> None:
    entries: list[tuple[Sign, str, str]] = [
        ("box", "observed", "the stronger, the more people complain"),
        ("dot", "alarm", "time with an outage, by area"),
    ]
    top = 8 + legend(canvas, LEFT, [*entries, ("frame", "ink", "peak hours")] if peak else entries)
    known = {cell.hour: cell for cell in cells}
    most = max((cell.people or 0 for cell in cells), default=0) or 1.0
    longest = max((cell.felt or 0 for cell in cells), default=0)
    wide = (canvas.width - LEFT - 10) / 24
    for hour in range(168):
        cell, x, y = known.get(hour), LEFT + hour % 24 * wide, top + hour // 24 * HIGH
        if cell is None or cell.people is None:
            hatch(canvas, x, y, wide - 1.5, HIGH - 1.5)
            continue
        canvas.rect(x, y, wide - 1.5, HIGH - 1.5, "observed", fill_opacity=f"{0.04 + 0.9 * cell.people / most:.2f}")
        if cell.felt and longest:
            radius = 1.2 + (min(wide, HIGH) / 2 - 2.4) * (cell.felt / longest) ** 0.5
            canvas.dot(x + wide / 2 - 0.75, y + HIGH / 2 - 0.75, radius, "alarm", stroke_width="1.2")
    for number, day in enumerate(DAYS):
        canvas.text(LEFT - 8, top + number * HIGH + 13, day, anchor="end")
        _framed(canvas, number, wide, top, peak)
    for hour in range(0, 25, 6 if canvas.is_narrow else 3):
        anchor = "end" if hour == 24 else "middle" if hour else "start"
        canvas.text(LEFT + hour * wide, top + 7 * HIGH + 15, f"{hour:02}:00", anchor=anchor)
    canvas.height = top + 7 * HIGH + 22


def _framed(canvas: Canvas, day: int, wide: float, top: float, peak: frozenset[int]) -> None:
    """Frame the busy hours of one day; they follow one another."""
    hours = sorted(hour % 24 for hour in peak if hour // 24 == day)
    if hours:
        x, y = LEFT + hours[0] * wide - 0.75, top + day * HIGH - 0.75
        canvas.path(f"M{x:.2f} {y:.2f}h{len(hours) * wide:.2f}v{HIGH:.2f}h{-len(hours) * wide:.2f}z", stroke="ink",
                    stroke_width="1.2")  # fmt: skip


def _table(title: str, cells: Sequence[Cell]) -> Table:
    rows = tuple(
        (
            f"{DAYS[cell.hour // 24]} {cell.hour % 24:02}:00",
            NOTHING if cell.people is None else f"{cell.people:.1f}",
            NOTHING if cell.felt is None else share(cell.felt), f"{cell.looked_h:.1f} h",
        )
        for cell in cells
    )  # fmt: skip
    return Table(title, ("Hour (UTC)", "People", "Time with an outage", "Looked at"), rows)


def _in_words(title: str, cells: Sequence[Cell]) -> str:
    seen = [cell for cell in cells if cell.people is not None]
    if not seen:
        return f"{title}: nobody looked."
    busiest = max(seen, key=lambda cell: cell.people or 0)
    said = f"{title}: most people complain on {DAYS[busiest.hour // 24]} at {busiest.hour % 24:02}:00 UTC"
    felt = sorted((cell for cell in seen if cell.felt), key=lambda cell: -(cell.felt or 0))[:3]
    if felt:
        named = ", ".join(f"{DAYS[cell.hour // 24]} {cell.hour % 24:02}:00" for cell in felt)
        said += f"; most time with an outage lay in {named}"
    return said + "."
