"""Who was how late: one line an episode, minutes from its onset."""

from collections.abc import Sequence

import msgspec

from reports.charts.drawing import Canvas, room_for
from reports.charts.figure import Figure, figure
from reports.charts.legend import diamond, legend
from reports.charts.scales import linear
from reports.columns import Table
from reports.wording import lag

LEFT, ROW = 126.0, 24.0
STEPS = (5, 10, 15, 30, 60, 120, 240, 480, 1440, 10080)


class Late(msgspec.Struct, frozen=True):
    """One episode: minutes from the onset to our alarm and to the page's word, None where it never spoke."""

    name: str
    alarm_min: float | None
    page_min: float | None
    silent: str = "the page never spoke"


def lags(name: str, title: str, given: Sequence[Late]) -> Figure:
    """Draw the alarm and the page's word of each episode, signed, from the onset on."""
    rows = tuple((one.name, lag(one.alarm_min), _page(one)) for one in given)
    says = f"{title}: " + "; ".join(f"{name}: alarm {alarm}, page {page}" for name, alarm, page in rows) + "."
    table = Table(title, ("Outage", "Alarm − onset", "Page − onset"), rows)
    return figure(name, says, table, lambda canvas: _draw(canvas, given))


def _page(one: Late) -> str:
    return one.silent if one.page_min is None else lag(one.page_min)


def _draw(canvas: Canvas, given: Sequence[Late]) -> None:
    top = 10 + legend(
        canvas, 8, [("dot", "alarm", "our alarm"), ("diamond", "page", "the page's first word"),
                    ("none", "", "minutes from the onset")],
    )  # fmt: skip
    bottom = top + ROW * len(given)
    values = [minutes for one in given for minutes in (one.alarm_min, one.page_min) if minutes is not None]
    low, high = min([0.0, *values]), max([30.0, *values])
    across = linear(low - (high - low) * 0.04, high, LEFT, canvas.width - 74)
    most = 4 if canvas.is_narrow else 8
    step = next((one for one in STEPS if (high - low) / one <= most), STEPS[-1])
    tick = -(-low // step) * step
    while tick <= high:
        canvas.line(across(tick), top - 6, across(tick), bottom, "quiet" if tick == 0 else "grid")
        canvas.text(across(tick), bottom + 15, lag(tick).removesuffix(" min") if tick else "onset", anchor="middle")
        tick += step
    for number, one in enumerate(given):
        _line(canvas, one, top + ROW * (number + 0.5), [across(minutes) for minutes in _known(one)])
    canvas.height = bottom + 24


def _known(one: Late) -> list[float]:
    return [minutes for minutes in (one.alarm_min, one.page_min) if minutes is not None]


def _line(canvas: Canvas, one: Late, y: float, xs: list[float]) -> None:
    canvas.text(LEFT - 14, y + 4, one.name, "ink", "end")
    if len(xs) == 2:
        canvas.line(min(xs), y, max(xs), y, "unseen", stroke_width="2")
    if one.page_min is not None:
        canvas.path(diamond(xs[-1], y, 6), fill="page")
    if one.alarm_min is not None:
        canvas.dot(xs[0], y, 5, "alarm", stroke_width="1.2")
    x, says = max(xs, default=LEFT), _page(one)
    leftwards = x + 11 + room_for(says) > canvas.width
    style = {"font_weight": "600"} if one.page_min is not None else {"font_style": "italic"}
    canvas.text(min(xs) - 11 if leftwards else x + 11, y + 4, says, "page", "end" if leftwards else "start", **style)
