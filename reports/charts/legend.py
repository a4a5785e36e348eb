"""The line above a chart that says what is what; where it is narrow, several lines."""

from collections.abc import Sequence
from typing import Literal

from reports.charts.drawing import Canvas, room_for
from reports.charts.timeaxis import hatch

Sign = Literal["box", "dashes", "hatch", "dot", "diamond", "frame", "none"]

LINE = 17.0


def legend(canvas: Canvas, left: float, entries: Sequence[tuple[Sign, str, str]]) -> float:
    """Write (sign, colour, words) one after the other; give where the chart may begin below."""
    x, y = left, 4.0
    for sign, ink, says in entries:
        wide = {"none": 0.0, "dashes": 22.0}.get(sign, 15.0)
        if x > left and x + wide + room_for(says) > canvas.width - 4:
            x, y = left, y + LINE
        _draw(canvas, sign, ink, x, y)
        canvas.text(x + wide, y + 9.5, says)
        x += wide + room_for(says) + 13
    return y + LINE


def _draw(canvas: Canvas, sign: Sign, ink: str, x: float, y: float) -> None:
    match sign:
        case "box":
            canvas.rect(x, y + 0.5, 10, 10, ink)
        case "dashes":
            canvas.line(x, y + 5.5, x + 18, y + 5.5, ink, stroke_dasharray="4 3", stroke_width="1.6")
        case "hatch":
            hatch(canvas, x, y + 0.5, 11, 10)
        case "dot":
            canvas.dot(x + 5, y + 5.5, 4.5, ink)
        case "diamond":
            canvas.path(diamond(x + 5, y + 5.5, 5), fill=ink)
        case "frame":
            canvas.path(f"M{x} {y}h11v10h-11z", stroke=ink, stroke_width="1.4")
        case "none":
            pass


def diamond(x: float, y: float, size: float) -> str:
    """Write a diamond around a point as a path."""
    return f"M{x - size:.2f} {y:.2f}l{size:g} {-size:g}l{size:g} {size:g}l{-size:g} {size:g}z"
