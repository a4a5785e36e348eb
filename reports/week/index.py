"""The page of all weeks: what the JSON reports in a folder say, and nothing else."""

from pathlib import Path

import msgspec

from reports.week import words
from reports.week.calendar import begin
from reports.week.changes import remember
from reports.week.html import render_index
from reports.week.records import Week
from reports.wording import NOTHING


class Line(msgspec.Struct, frozen=True):
    """One week in the list; `stem` is its files' name without ending."""

    stem: str
    week: str
    worst: str
    episodes: int | None
    felt_hours: float | None
    median_lag_min: float | None
    judged: float


class Listed(msgspec.Struct, frozen=True):
    """A service's weeks, the newest first; `longest` is the most hours of one."""

    name: str
    title: str
    weeks: tuple[Line, ...]
    longest: float


def render(folder: Path) -> str:
    """Write the page of every report in a folder; what cannot be read as one is left out."""
    found: dict[str, list[Line]] = {}
    titles: dict[str, str] = {}
    labels: dict[str, None] = {}
    for path in sorted(folder.glob("*-W??.json")):
        week = remember(path.read_bytes())
        if week is None or path.stem != f"{week.service}-{week.week}":
            continue
        titles[week.service] = week.title
        if week.label:
            labels[week.label] = None
        found.setdefault(week.service, []).append(
            Line(
                path.stem, week.week, _worst(week), week.figures.episodes, week.figures.felt_hours,
                words.median_lag(week.cards), week.figures.judged,
            )
        )  # fmt: skip
    services = [
        Listed(
            name, titles[name], tuple(sorted(weeks, key=lambda line: begin(line.week), reverse=True)),
            max((line.felt_hours or 0.0 for line in weeks), default=0.0) or 1.0,
        )
        for name, weeks in found.items()
    ]  # fmt: skip
    return render_index(services=services, labels=list(labels))


def _worst(week: Week) -> str:
    card = words.worst(week)
    return f"{words.day_and_time(card.onset_at)}: {words.at_peak(card)}" if card else NOTHING
