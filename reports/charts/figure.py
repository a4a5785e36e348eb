"""What a chart is to whoever shows it: a picture, the same in words, and the table behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.charts.drawing import Canvas
from reports.columns import Table

WIDE, NARROW = 640.0, 360.0
"""How wide a picture is drawn: for a page, and for a phone. Texts have the same size in both."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart.

    `name` is unique on a page and fit for a file's name; `says` stands for the picture where it cannot be seen; `table`
    holds every figure that is drawn. `svg` is the picture, `narrow` the same for a phone. On an axis of time `first`
    and `last` are its ends, in seconds since 1970: so a script finds where a row of the table lies.
    """

    name: str
    title: str
    says: str
    svg: str
    narrow: str
    table: Table
    first: float | None = None
    last: float | None = None

    def __repr__(self) -> str:
        return self.says

    def _repr_svg_(self) -> str:
        return self.svg


def figure(
    name: str, says: str, table: Table, draw: Callable[[Canvas], None],
    first: float | None = None, last: float | None = None,
) -> Figure:  # fmt: skip
    """Draw a chart in both widths; its title is the table's heading."""
    wide, narrow = Canvas(name, says, WIDE), Canvas(f"{name}-narrow", says, NARROW)
    draw(wide)
    draw(narrow)
    return Figure(name, table.heading, says, wide.svg(), narrow.svg(), table, first, last)
