"""Figures as Markdown tables, which read as well in a terminal. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.hostile import one_line

UNKNOWN = "–"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out rows under column names, every cell as wide as its column; the first column stands to the left."""
    cells = [[cell(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells), 3) for at, name in enumerate(columns)]
    lines = [_line(columns, widths), "|" + "|".join(_rule(at, width) for at, width in enumerate(widths)) + "|"]
    return "\n".join([*lines, *(_line(row, widths) for row in cells)])


def cell(value: object) -> str:
    """Say one value: two decimals for shares, a dash for what is not known; a bar would end a cell."""
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.2f}"
    return one_line(f"{value:,}" if isinstance(value, int) else str(value), 120).replace("|", "¦")


def within(value: float | None, interval: Sequence[float] | None) -> str:
    """Say a share with its interval, as in `.83 [.76, .89]`."""
    if value is None:
        return UNKNOWN
    return f"{_short(value)} [{_short(interval[0])}, {_short(interval[1])}]" if interval else _short(value)


def of_calls(title: str, groups: Mapping[str, Mapping[str, Any]]) -> str:
    """Lay out precision, recall and F1 of groups of texts."""
    return table(
        (title, "texts", "real", "called", "precision", "recall", "F1"),
        [
            (
                name,
                one["n"],
                one["real"],
                one["called"],
                *(within(one[figure], one["intervals"][figure]) for figure in ("precision", "recall", "f1")),
            )
            for name, one in groups.items()
        ],
    )


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0") if 0 <= value < 1 else f"{value:.2f}"


def _line(values: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        value.ljust(width) if at == 0 else value.rjust(width)
        for at, (value, width) in enumerate(zip(values, widths, strict=True))
    ]
    return "| " + " | ".join(aligned) + " |"


def _rule(at: int, width: int) -> str:
    return "-" * (width + 2) if at == 0 else "-" * (width + 1) + ":"
