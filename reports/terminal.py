"""The timeline in a terminal, for somebody with ten seconds: the outages, and at the end what they come to."""

import os
import re
import sys
from collections.abc import Callable
from datetime import tzinfo

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from reports import columns
from reports.columns import RIGHT, Table
from reports.summary import closing
from reports.timeline import Timeline
from reports.wording import NOTHING, writable

LISTED = 40
"""How many official incidents are listed before only the severe ones are, and the others counted."""

GAP = "  "

DETAILS = ("Symptom", "Affected", "Said on", "Note")
"""Columns of words, which may take more than one line."""

ROOM_FOR_WORDS = 36
"""How many columns the details need to stand beside the figures and not below them."""

PROSE = 110
"""The longest line of sentences that an eye follows; tables may be wider."""

_STYLES = {
    "unacknowledged": "bold red", "early": "bold green", "acknowledged": "green", "pending": "yellow",
    "unknown": "dim", "critical": "bold red", "major": "red", "not yet": "bold red",
}  # fmt: skip


_TRAILING = re.compile(" +$", re.MULTILINE)


def show(timeline: Timeline) -> None:
    """Print the timeline to standard output, as wide as the terminal is (80 columns where there is none)."""
    put(lambda width: as_terminal(timeline, width))


def put(laid_out: Callable[[int], RenderableType], widest: int | None = None) -> None:
    """Print what is laid out for a terminal of that many columns; for `widest` where it goes into a file or a pipe."""
    console = Console(highlight=False, soft_wrap=False)
    if widest and not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, soft_wrap=False, width=widest)
    with console.capture() as captured:
        console.print(laid_out(console.width))
    sys.stdout.write(writable(_TRAILING.sub("", captured.get()), sys.stdout.encoding))


def as_terminal(timeline: Timeline, width: int, zone: tzinfo | None = None) -> Group:
    """Lay the timeline out for a terminal of that many columns; nothing in it needs colour to be understood."""
    parts: list[RenderableType] = []
    felt = columns.episodes(timeline)
    if felt.rows:
        parts += [*_outages(felt, width), "", prose(Text(columns.legend(felt), "dim"), width), ""]
    for verdict in ("unfelt", "unknown"):
        table = columns.incidents(timeline, verdict)
        if table.rows:
            parts += [*_official(table), ""]
    if not timeline.rows:
        parts += [prose(Text(columns.nothing_found(timeline), "bold"), width), ""]
    return Group(*parts, _closing(timeline, width, zone))


def _outages(table: Table, width: int) -> list[RenderableType]:
    """Align the figures; the details stand beside them where there is room for words, below them where not."""
    figures = table.only([name for name in table.columns if name not in DETAILS])
    worded = table.only(DETAILS)
    details = [" · ".join(cell for cell in row if cell != NOTHING) for row in worded.rows]
    lines = _aligned(figures)
    if width - lines[0].cell_len - len(GAP) < ROOM_FOR_WORDS:
        return [Text(table.heading, "bold"), _two_lines_each(table, details, width)]
    grid = Grid.grid(padding=(0, len(GAP), 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_row(lines[0], Text(" · ".join(worded.columns), "dim"))
    for line, detail in zip(lines[1:], details, strict=True):
        grid.add_row(line, Text(detail))
    return [Text(table.heading, "bold"), grid]


def _two_lines_each(table: Table, details: list[str], width: int) -> Grid:
    """Move how long it lasted down to the details: onset and end tell it too; where that is not enough, the peak."""
    for moved, gap in ((("Lasted",), GAP), (("Lasted",), " "), (("Lasted", "Peak"), " ")):
        lines = _aligned(table.only([name for name in table.columns if name not in (*DETAILS, *moved)]), gap)
        if lines[0].cell_len <= width:
            break
    grid = Grid.grid()
    grid.add_row(lines[0])
    below = table.only(moved)
    for line, cells, detail in zip(lines[1:], below.rows, details, strict=True):
        named = [
            cell if name == "Lasted" else f"peak {cell.strip()}"
            for name, cell in zip(below.columns, cells, strict=True)
        ]
        grid.add_row(line)
        grid.add_row(Padding(Text(" · ".join(filter(None, [*named, detail])), "dim"), (0, 0, 0, 8)))
    return grid


def _aligned(table: Table, gap: str = GAP) -> list[Text]:
    """Pad the cells of each column to one width, the columns' names first."""
    widths = [max(map(cell_len, cells)) for cells in zip(table.columns, *table.rows, strict=True)]
    lines = []
    for row in (table.columns, *table.rows):
        line = Text()
        for name, cell, width in zip(table.columns, row, widths, strict=True):
            padding = " " * (width - cell_len(cell))
            style = "dim" if row is table.columns else _STYLES.get(cell, "")
            before, after = (padding, "") if name in RIGHT else ("", padding)
            line.append(gap if line else "").append(before).append(cell, style).append(after)
        lines.append(line)
    return lines


def _official(table: Table) -> list[RenderableType]:
    shown, left = table, 0
    if len(table.rows) > LISTED:
        impact = table.columns.index("Impact")
        severe = [row for row in table.rows if row[impact] in ("critical", "major")][-LISTED:]
        shown, left = Table(table.heading, table.columns, tuple(severe)), len(table.rows) - len(severe)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for name in shown.columns:
        grid.add_column(no_wrap=name != "Title", justify="right" if name in RIGHT else "left")
    for row in shown.rows:
        grid.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in row))
    parts: list[RenderableType] = [Text(table.heading, "bold")]
    if shown.rows:
        parts.append(grid)
    if left:
        others = "other ones" if shown.rows else "of them"
        hint = f"{left:,} {others} are not listed: narrow down with --since and --until, or read all with --json"
        parts.append(Text(hint, "dim"))
    return parts


def plain_table(table: Table, width: int, wide: str) -> list[RenderableType]:
    """Lay a table out with its heading above; the column called `wide` takes more than one line where it must.

    Where there is no such column nothing is cut: a line that is too long goes on below.
    """
    if wide not in table.columns:
        return [Text(table.heading, "bold"), *_aligned(table)]
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for name in table.columns:
        grid.add_column(no_wrap=name != wide, justify="right" if name in RIGHT else "left")
    grid.add_row(*(Text(name, "dim") for name in table.columns))
    for row in table.rows:
        grid.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in row))
    grid.width = min(width, PROSE)
    return [Text(table.heading, "bold"), grid]


def prose(text: Text, width: int) -> Grid:
    """Break sentences at a length that an eye follows."""
    grid = Grid.grid()
    grid.add_column(max_width=min(width, PROSE))
    grid.add_row(text)
    return grid


def _closing(timeline: Timeline, width: int, zone: tzinfo | None) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(max_width=min(width, PROSE) - 10)
    for heading, sentence in closing(timeline, zone):
        important = "bold" if heading in ("Felt", "Page", "Sample") else ""
        grid.add_row(Text(heading, "bold"), Text(sentence, important))
    return grid
