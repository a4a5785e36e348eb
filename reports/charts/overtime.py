"""People complaining against the expected, over time, with what happened marked on the same axis."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from reports.charts import timeaxis
from reports.charts.drawing import COLOURS, SIZE, Canvas, outline, room_for
from reports.charts.figure import Figure, figure
from reports.charts.legend import Sign, legend
from reports.charts.scales import linear, plain_number, value_ticks
from reports.charts.told import in_words, per, table
from reports.charts.values import Lane, Mark, Point, Span

Who = Literal["people", "us", "page"]
Up = Callable[[float], float]

LEFT, ROW, PLOT, LANE = 34.0, 17.0, 150.0, 28.0
HEADROOM = 1.15
"""Times the highest bar that the axis reaches, so that what is written at the peak stands above every bar."""

INKS: dict[Who, str] = {"people": "observed", "us": "alarm", "page": "page"}


class Chart(msgspec.Struct, frozen=True):
    """What is drawn, in whichever width."""

    points: Sequence[Point]
    step: timedelta
    marks: Sequence[Mark]
    felt: Sequence[Span]
    lanes: Sequence[Lane]
    peak: Mark | None
    plot: float

    @property
    def first(self) -> datetime:
        """Where the axis begins."""
        return self.points[0].start

    @property
    def last(self) -> datetime:
        """Where it ends."""
        return self.points[-1].start + self.step


def over_time(
    name: str, title: str, points: Sequence[Point], step: timedelta, *,
    marks: Sequence[Mark] = (), felt: Sequence[Span] = (), lanes: Sequence[Lane] = (), peak: Mark | None = None,
    plot: float = PLOT,
) -> Figure:  # fmt: skip
    """Draw people per step against the expected; where nobody looked it is hatched, never zero.

    `felt` are the episodes, shaded. `peak` is written at the bar that it names. Raises ValueError without points.
    """
    if not points:
        raise ValueError("a chart over time needs at least one point")
    chart = Chart(points, step, (), felt, lanes, peak, plot)
    ordered = sorted((mark for mark in marks if chart.first <= mark.at <= chart.last), key=lambda mark: mark.at)
    chart = msgspec.structs.replace(chart, marks=ordered)
    return figure(
        name, in_words(title, points, step, ordered, lanes),
        table(title, points, step, [*ordered, *([peak] if peak else [])]),
        lambda canvas: _draw(canvas, chart), chart.first.timestamp(), chart.last.timestamp(),
    )  # fmt: skip


def _draw(canvas: Canvas, chart: Chart) -> None:
    right = canvas.width - 10
    marks_top = legend(canvas, LEFT, _entries(chart))
    top = marks_top + ROW * len(chart.marks) + 6
    bottom = top + chart.plot
    low = bottom + LANE * len(chart.lanes)
    axis = timeaxis.Axis(chart.first, chart.last, LEFT, right)
    highest = max(max(point.people or 0, point.expected or 0) for point in chart.points)
    ticks = value_ticks(highest * HEADROOM if chart.peak else highest)
    up = linear(0, ticks[-1], bottom, top)
    for tick in ticks:
        canvas.line(LEFT, up(tick), right, up(tick), "grid")
        canvas.text(LEFT - 6, up(tick) + 4, plain_number(tick), anchor="end")
    with timeaxis.window(canvas, LEFT, top, right, low):
        _stretched(canvas, chart, right - LEFT, linear(0, ticks[-1], chart.plot, 0))
    for number, lane in enumerate(chart.lanes):
        y = bottom + LANE * number
        canvas.text(LEFT, y + 13, _fitting(lane.says, right - LEFT), "page")
        for word in lane.words:
            if chart.first <= word <= chart.last:
                with axis.at(canvas, word):
                    canvas.dot(0, y + 20, 4, "page", stroke_width="1.2")
    timeaxis.ticks(canvas, axis, low, top)
    canvas.line(LEFT, bottom, right, bottom, "quiet")
    for row, mark in enumerate(chart.marks):
        _mark(canvas, axis, mark, marks_top + ROW * row, bottom)
    if chart.peak:
        _peak(canvas, axis, chart.peak, chart, up)
    canvas.height = low + 22


def _entries(chart: Chart) -> list[tuple[Sign, str, str]]:
    entries: list[tuple[Sign, str, str]] = [("box", "observed", f"people complaining in {per(chart.step)}")]
    if any(point.expected is not None for point in chart.points):
        entries.append(("dashes", "expected", "expected"))
    if chart.felt:
        entries.append(("box", "felt", "outage"))
    if any(_looked(point) < timeaxis.SEEN for point in chart.points):
        entries.append(("hatch", "unseen", "not looked at, or not everywhere"))
    return entries


def _stretched(canvas: Canvas, chart: Chart, width: float, up: Up) -> None:
    """Draw what a zoom stretches: episodes, what nobody saw, bars, the expected, and how long incidents lasted."""
    axis = timeaxis.Axis(chart.first, chart.last, 0, width)
    for stretch in chart.felt:
        x = max(axis(stretch.start), 0)
        canvas.rect(x, 0, min(axis(stretch.end), width) - x, chart.plot, "felt")
    timeaxis.unseen(canvas, axis, [(point.start, _looked(point)) for point in chart.points], chart.step, 0, chart.plot)
    canvas.path(_bars(chart, axis, up), fill="observed")
    for line in _expected(chart, axis, up):
        canvas.path(
            line, stroke="expected", stroke_dasharray="4 3", stroke_width="1.6", vector_effect="non-scaling-stroke"
        )
    for number, lane in enumerate(chart.lanes):
        for stretch in lane.spans:
            x = min(max(axis(stretch.start), 0), width)
            wide = max(min(axis(stretch.end), width) - x, 2)
            canvas.rect(x, chart.plot + LANE * number + 17, wide, 6, "page", opacity="0.45")


def _looked(point: Point) -> float:
    return 0.0 if point.people is None else point.looked


def _bars(chart: Chart, axis: timeaxis.Axis, up: Up) -> str:
    width = axis.width_of(chart.step)
    wide = width - min(1.0, width * 0.15)
    return "".join(
        f"M{axis(point.start):.2f} {chart.plot:g}V{up(point.people):.2f}h{wide:.2f}V{chart.plot:g}z"
        for point in chart.points
        if point.people
    )


def _expected(chart: Chart, axis: timeaxis.Axis, up: Up) -> list[str]:
    """Write the expected as a line of steps, broken where it is not known."""
    lines: list[str] = []
    run: list[tuple[float, float]] = []
    for point in chart.points:
        if point.expected is None:
            lines.append(outline(run))
            run = []
            continue
        y = up(point.expected)
        run += [(axis(point.start), y), (axis(point.start + chart.step), y)]
    return [line for line in [*lines, outline(run)] if line]


def _mark(canvas: Canvas, axis: timeaxis.Axis, mark: Mark, y: float, bottom: float) -> None:
    ink = INKS[mark.who]
    dashed = {"stroke_dasharray": "5 3"} if mark.who == "page" else {}
    with axis.at(canvas, mark.at):
        canvas.line(0, y + 3, 0, bottom, ink, stroke_width="2" if mark.who == "us" else "1.4", **dashed)
        _beside(canvas, axis(mark.at), y + 12, mark.says, ink, 5, font_weight="600")


def _peak(canvas: Canvas, axis: timeaxis.Axis, peak: Mark, chart: Chart, up: Up) -> None:
    people = next((each.people for each in chart.points if each.start <= peak.at < each.start + chart.step), None)
    if people is not None:
        middle = peak.at + chart.step / 2
        with axis.at(canvas, middle):
            canvas.dot(0, up(people), 3.5, "ink", stroke_width="1.2")
            _beside(canvas, axis(middle), up(people) - SIZE / 2, peak.says, "ink", 0)


def _beside(canvas: Canvas, x: float, y: float, says: str, ink: str, gap: float, **more: str) -> None:
    """Write a text to the right of where we are, or to its left where there is no room."""
    leftwards = x + room_for(says) + gap > canvas.width - 4
    canvas.text(
        -gap if leftwards else gap, y, says, ink, "end" if leftwards else "start",
        class_="stroke-paper", stroke=COLOURS["paper"], stroke_width="3", paint_order="stroke", **more,
    )  # fmt: skip


def _fitting(says: str, width: float) -> str:
    letters = int(width / room_for("x"))
    return says if len(says) <= letters else says[: letters - 1] + "…"
