"""Lines and dots on two plain axes: for what is no time."""

from collections.abc import Sequence

import msgspec

from reports.charts.drawing import Canvas, outline, room_for
from reports.charts.figure import Figure, figure
from reports.charts.scales import linear, plain_number, value_ticks
from reports.columns import Table

LEFT, PLOT = 44.0, 190.0
INKS = ("observed", "second", "third", "limit", "quality", "quiet")
DASHES = ("none", "6 3", "2 3", "8 3 2 3", "1 2", "4 2")


class Curve(msgspec.Struct, frozen=True):
    """One line: its (x, y) in order; with `dots` each of them is marked, and with `dots` alone no line is drawn."""

    name: str
    xy: tuple[tuple[float, float], ...]
    line: bool = True
    dots: bool = False


def curves(name: str, title: str, given: Sequence[Curve], x_name: str, y_name: str) -> Figure:
    """Draw lines from zero on; up to six, told apart by colour and dash."""
    said = [f"{one.name} from {one.xy[0][1]:.3g} to {one.xy[-1][1]:.3g}" for one in given if one.xy]
    says = f"{title}: {y_name} by {x_name}; {'; '.join(said)}."
    rows = tuple((one.name, f"{a:.6g}", f"{b:.6g}") for one in given for a, b in one.xy)
    table = Table(title, ("Line", x_name, y_name), rows)
    return figure(name, says, table, lambda canvas: _draw(canvas, given, x_name, y_name))


def _draw(canvas: Canvas, given: Sequence[Curve], x_name: str, y_name: str) -> None:
    right = canvas.width - 16
    top = 20 + _named(canvas, given)
    x_ticks = value_ticks(max((x for one in given for x, _ in one.xy), default=0), 3 if canvas.is_narrow else 6)
    y_ticks = value_ticks(max((y for one in given for _, y in one.xy), default=0), 4)
    across, up = linear(0, x_ticks[-1], LEFT, right), linear(0, y_ticks[-1], top + PLOT, top)
    for tick in y_ticks:
        canvas.line(LEFT, up(tick), right, up(tick), "grid")
        canvas.text(LEFT - 6, up(tick) + 4, plain_number(tick), anchor="end")
    for tick in x_ticks:
        canvas.line(across(tick), top + PLOT, across(tick), top + PLOT + 4, "quiet")
        canvas.text(across(tick), top + PLOT + 16, plain_number(tick), anchor="middle")
    canvas.line(LEFT, top + PLOT, right, top + PLOT, "quiet")
    canvas.text(LEFT, top - 8, y_name)
    canvas.text(right, top + PLOT + 32, x_name, anchor="end")
    for number, one in enumerate(given):
        if one.line:
            canvas.path(outline([(across(a), up(b)) for a, b in one.xy]), stroke=INKS[number % len(INKS)],
                        stroke_width="1.8", **_dashed(number))  # fmt: skip
        if one.dots or not one.line:
            for a, b in one.xy:
                canvas.dot(across(a), up(b), 3.5, INKS[number % len(INKS)], stroke_width="1")
    canvas.height = top + PLOT + 38


def _named(canvas: Canvas, given: Sequence[Curve]) -> float:
    """Write which line is whose; give where the chart may begin below."""
    x, y = LEFT, 9.0
    for number, one in enumerate(given):
        if x > LEFT and x + 23 + room_for(one.name) > canvas.width:
            x, y = LEFT, y + 17
        if one.line:
            canvas.line(x, y, x + 18, y, INKS[number % len(INKS)], stroke_width="1.8", **_dashed(number))
        if one.dots or not one.line:
            canvas.dot(x + 9, y, 3.5, INKS[number % len(INKS)])
        canvas.text(x + 23, y + 4, one.name)
        x += 23 + room_for(one.name) + 14
    return y + 12


def _dashed(number: int) -> dict[str, str]:
    dash = DASHES[number % len(DASHES)]
    return {} if dash == "none" else {"stroke_dasharray": dash}
