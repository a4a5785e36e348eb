"""Did we look? Union, gaps and shares of windows: arithmetic on half-open spans, nothing else."""

from collections.abc import Iterable
from datetime import timedelta

from ingest.records import Window


def union(windows: Iterable[Window]) -> list[Window]:
    """Join windows that overlap or touch; the result is sorted and disjoint.

    >>> from datetime import UTC, datetime
    >>> at = lambda hour: datetime(2026, 4, 15, hour, tzinfo=UTC)
    >>> [str(w)[11:16] + str(w)[32:37] for w in union([Window(at(3), at(5)), Window(at(1), at(3))])]
    ['01:0005:00']
    """
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and window.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return joined


def gaps(wanted: Window, covered: Iterable[Window]) -> list[Window]:
    """What of `wanted` lies under no covered window, oldest first."""
    missing: list[Window] = []
    reached = wanted.start
    for window in union(covered):
        if window.start >= wanted.end:
            break
        if window.start > reached:
            missing.append(Window(reached, window.start))
        reached = max(reached, window.end)
    if reached < wanted.end:
        missing.append(Window(reached, wanted.end))
    return missing


def intersection(window: Window, other: Window) -> Window | None:
    """What the two have in common; None where they only touch or are apart."""
    start, end = max(window.start, other.start), min(window.end, other.end)
    return Window(start, end) if start < end else None


def covered_time(window: Window, covered: Iterable[Window]) -> timedelta:
    """How much of `window` lies under the covered windows, overlaps counted once."""
    uncovered = sum((gap.end - gap.start for gap in gaps(window, covered)), timedelta())
    return (window.end - window.start) - uncovered
