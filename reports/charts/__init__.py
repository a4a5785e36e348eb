"""Every chart of this project, in one visual language: the same figure in a notebook, in HTML and in Markdown.

    charts.over_time(...)       people complaining against the expected, with what happened marked on the same axis
    charts.small_multiples(...) several series one above the other, on one axis of time
    charts.hours_of_week(...)   seven days by twenty-four hours
    charts.columns(...)         figures of several weeks, side by side for several services
    charts.lags(...)            who was how late, one line an episode
    charts.curves(...)          lines and dots on two plain axes

Each gives a `Figure`: an SVG that needs nothing but itself, what it says in words, and the table behind it. A notebook
shows it as it is. Colours are those of Okabe and Ito, which people see apart whatever their eyes; none carries a
meaning that shape, place or words do not carry too.
"""

from reports.charts.columns import Column, columns
from reports.charts.curves import Curve, curves
from reports.charts.figure import Figure
from reports.charts.hours import Cell, hours_of_week
from reports.charts.lags import Late, lags
from reports.charts.multiples import small_multiples
from reports.charts.overtime import over_time
from reports.charts.values import Lane, Mark, Point, Span

__all__ = [
    "Cell", "Column", "Curve", "Figure", "Lane", "Late", "Mark", "Point", "Span", "columns", "curves",
    "hours_of_week", "lags", "over_time", "small_multiples",
]  # fmt: skip
