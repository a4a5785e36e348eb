"""A chart over time in words, and as the table behind it."""

from collections.abc import Sequence
from datetime import timedelta

from reports.charts.values import Lane, Mark, Point
from reports.columns import Table
from reports.wording import NOTHING, instant, share, span


def per(step: timedelta) -> str:
    """Say a step of the grid: `5 min`, `an hour`."""
    return {5: "5 min", 60: "an hour", 1440: "a day"}.get(round(step.total_seconds() / 60), span(step))


def table(title: str, points: Sequence[Point], step: timedelta, marks: Sequence[Mark]) -> Table:
    """Lay the points out, one a row, with what happened in each."""
    rows = []
    for point in points:
        said = "; ".join(mark.says for mark in marks if point.start <= mark.at < point.start + step)
        rows.append(
            (
                instant(point.start), NOTHING if point.people is None else f"{point.people:,}",
                NOTHING if point.expected is None else f"{point.expected:.1f}", share(point.looked), said,
            )
        )  # fmt: skip
    names = ("From", f"People in {per(step)}", "Expected", "Looked at", "What happened")
    return Table(title, names, tuple(rows))


def in_words(title: str, points: Sequence[Point], step: timedelta, marks: Sequence[Mark], lanes: Sequence[Lane]) -> str:
    """Say what the picture shows to whoever cannot see it."""
    first, last = points[0].start, points[-1].start + step
    said = [f"{title}: people complaining in {per(step)}, {instant(first)} to {instant(last)}"]
    seen = [point for point in points if point.people is not None]
    if seen:
        top = max(seen, key=lambda point: point.people or 0)
        usual = "" if top.expected is None else f" against {top.expected:.1f} expected"
        said.append(f"at most {top.people} at {top.start:%d %b %H:%M}{usual}")
    if len(seen) < len(points):
        said.append(f"nobody looked for {span((len(points) - len(seen)) * step)}")
    return "; ".join([*said, *(mark.says for mark in marks), *(lane.says for lane in lanes)]) + "."
