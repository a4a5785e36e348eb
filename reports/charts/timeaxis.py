"""The axis of time that charts share, drawn so that a script can zoom it: the picture is whole without one.

What lies on the axis is either stretched (in the `window`, an SVG of its own) or moved (`at`, a group that carries its
place as `data-x`, 0 to 1); a script needs nothing else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from xml.etree import ElementTree as ET

from reports.charts.drawing import Canvas, room_for
from reports.charts.scales import tick_label, time_ticks

SEEN = 0.98
"""From which share on a step counts as looked at in a picture."""


class Axis:
    """Where an instant lies."""

    def __init__(self, first: datetime, last: datetime, left: float, right: float) -> None:
        self.first, self.last, self.left, self.right = first, last, left, right

    def share(self, at: datetime) -> float:
        """Give the place of an instant on the axis, 0 to 1."""
        return (at - self.first) / (self.last - self.first)

    def __call__(self, at: datetime) -> float:
        """Give the place of an instant in the chart's units."""
        return self.left + self.share(at) * (self.right - self.left)

    def width_of(self, span: timedelta) -> float:
        """Give how wide a span is."""
        return span / (self.last - self.first) * (self.right - self.left)

    @contextmanager
    def at(self, canvas: Canvas, at: datetime, name: str = "at") -> Iterator[None]:
        """Draw at an instant: x is counted from there."""
        x = self(at)
        attributes = {"class": name, "data-x": f"{self.share(at):.5f}", "transform": f"translate({x:.2f} 0)"}
        with canvas.inside(**attributes):
            yield


@contextmanager
def window(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> Iterator[None]:
    """Draw into the part that is stretched: coordinates are counted from its corner."""
    width, height = right - left, bottom - top
    outside = canvas.root
    canvas.root = ET.SubElement(
        outside,
        "svg",
        {
            "x": f"{left:g}", "y": f"{top:g}", "width": f"{width:g}", "height": f"{height:g}", "class": "window",
            "viewBox": f"0 0 {width:g} {height:g}", "preserveAspectRatio": "none",
        },
    )  # fmt: skip
    try:
        yield
    finally:
        canvas.root = outside


def ticks(canvas: Canvas, axis: Axis, bottom: float, top: float) -> None:
    """Draw round instants below the axis, with a faint line up."""
    found, step = time_ticks(axis.first, axis.last, 4 if canvas.is_narrow else 8)
    if canvas.is_narrow and step > timedelta(days=1):
        found, step = time_ticks(axis.first, axis.last, 8)
    taken = axis.left - 20
    for number, at in enumerate(found):
        with axis.at(canvas, at):
            canvas.line(0, top, 0, bottom, "grid", stroke_dasharray="1 3")
            canvas.line(0, bottom, 0, bottom + 4, "quiet")
            if step != timedelta(days=1):
                says = tick_label(at, step, first=number == 0)
                half = room_for(says) / 2
                inwards = max(taken + half - axis(at), 0) if number == 0 else min(axis.right + 8 - axis(at) - half, 0)
                if number == 0 or axis(at) + inwards - half > taken:
                    canvas.text(inwards, bottom + 16, says, anchor="middle")
                    taken = axis(at) + inwards + half + 4
            elif at + step <= axis.last:
                # A day has its name in its middle.
                canvas.text(axis.width_of(step) / 2, bottom + 16, _day(canvas, at, step), anchor="middle")


def unseen(
    canvas: Canvas, axis: Axis, looked: Sequence[tuple[datetime, float]], step: timedelta, top: float, height: float
) -> None:
    """Hatch what nobody looked at, and fainter what was not wholly looked at."""
    for kind, stretch in groupby(
        looked, key=lambda one: "seen" if one[1] >= SEEN else "partly" if one[1] > 0 else "blind"
    ):
        if kind == "seen":
            continue
        told = list(stretch)
        start, end = axis(told[0][0]), axis(told[-1][0] + step)
        hatch(canvas, start, top, end - start, height, faint=kind == "partly")


def hatch(canvas: Canvas, x: float, y: float, width: float, height: float, *, faint: bool = False) -> None:
    """Hatch a box: nobody looked there."""
    box = canvas.rect(x, y, width, height, "unseen", opacity="0.45" if faint else "1")
    box.set("fill", canvas.hatched())
    box.set("class", "hatched")


def _day(canvas: Canvas, at: datetime, step: timedelta) -> str:
    return f"{at:%a} {at.day}" if canvas.is_narrow and step == timedelta(days=1) else tick_label(at, step, first=False)
