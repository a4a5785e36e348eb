"""Several series one above the other on one axis of time: kinds of complaints, platforms, services."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from reports.charts import timeaxis
from reports.charts.drawing import Canvas
from reports.charts.figure import Figure, figure
from reports.charts.scales import linear, plain_number, value_ticks
from reports.charts.told import per
from reports.charts.values import Point
from reports.columns import Table
from reports.wording import NOTHING, instant, share

LEFT, PLOT, HEAD = 40.0, 58.0, 24.0
INKS = ("observed", "limit", "quality", "third", "second", "quiet")


def small_multiples(name: str, title: str, given: Mapping[str, Sequence[Point]], step: timedelta) -> Figure:
    """Draw one panel a series, each on a scale of its own, all over the grid of the first.

    Raises ValueError without a series, or for one without points.
    """
    if not given or not all(given.values()):
        raise ValueError("small multiples need a series, and every series a point")
    grid = next(iter(given.values()))
    first, last = grid[0].start, grid[-1].start + step
    return figure(
        name, _in_words(title, given), _table(f"{title}, people in {per(step)}", given),
        lambda canvas: _draw(canvas, given, step), first.timestamp(), last.timestamp(),
    )  # fmt: skip


def _draw(canvas: Canvas, given: Mapping[str, Sequence[Point]], step: timedelta) -> None:
    grid = next(iter(given.values()))
    right, whole = canvas.width - 10, (HEAD + PLOT) * len(given)
    axis = timeaxis.Axis(grid[0].start, grid[-1].start + step, LEFT, right)
    timeaxis.ticks(canvas, axis, whole, HEAD)
    for number, (series, points) in enumerate(given.items()):
        top = number * (HEAD + PLOT) + HEAD
        ticks = value_ticks(max((point.people or 0 for point in points), default=0), 2)
        canvas.rect(LEFT, top - 19, right - LEFT, 15, "paper")
        canvas.text(LEFT, top - 7, series, "ink", font_weight="600")
        up = linear(0, ticks[-1], top + PLOT, top)
        for tick in ticks:
            canvas.line(LEFT, up(tick), right, up(tick), "grid")
            canvas.text(LEFT - 6, up(tick) + 4, plain_number(tick), anchor="end")
        with timeaxis.window(canvas, LEFT, top, right, top + PLOT):
            inner = timeaxis.Axis(axis.first, axis.last, 0, right - LEFT)
            looked = [(point.start, 0.0 if point.people is None else point.looked) for point in points]
            timeaxis.unseen(canvas, inner, looked, step, 0, PLOT)
            high, wide = linear(0, ticks[-1], PLOT, 0), inner.width_of(step) * 0.9
            bars = "".join(
                f"M{inner(point.start):.2f} {PLOT:g}V{high(point.people):.2f}h{wide:.2f}V{PLOT:g}z"
                for point in points
                if point.people
            )
            canvas.path(bars, fill=INKS[number % len(INKS)])
        canvas.line(LEFT, top + PLOT, right, top + PLOT, "quiet")
    canvas.height = whole + 24


def _table(title: str, given: Mapping[str, Sequence[Point]]) -> Table:
    by_start: dict[str, list[str]] = {}
    for points in given.values():
        for point in points:
            cells = by_start.setdefault(instant(point.start), [share(point.looked)])
            cells.append(NOTHING if point.people is None else f"{point.people:,}")
    rows = tuple((start, *cells[1:], cells[0]) for start, cells in by_start.items())
    return Table(title, ("From", *given, "Looked at"), rows)


def _in_words(title: str, given: Mapping[str, Sequence[Point]]) -> str:
    said = []
    for series, points in given.items():
        seen = [point.people for point in points if point.people is not None]
        said.append(f"{series}: {sum(seen):,} in all, at most {max(seen):,}" if seen else f"{series}: nobody looked")
    return f"{title}: {'; '.join(said)}."
