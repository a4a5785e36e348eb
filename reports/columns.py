"""What stands in the columns of a timeline's tables: the same words in the terminal and in Markdown."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.hostile import one_line
from reports.floods import flood_note
from reports.marks import note
from reports.timeline import Row, Timeline
from reports.wording import MINUS, NOTHING, WIDE, clock, day, lag, listed, peak, span

RIGHT = (
    "Day", "Lasted", "Peak", "Lag", "Min", "n", "Page first", "Lowest", "p10", "p25", "Median", "p75", "p90", "Highest",
    "Uptime", "Down", "Page − onset", "Page − alarm", "Alarm − declared", "Incidents", "Notices", "Lift",
)  # fmt: skip
"""Columns of figures, which stand to the right."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's heading, its columns' names, and its cells as text: one tuple a row."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def only(self, names: Sequence[str]) -> "Table":
        """Keep these columns, in this table's order."""
        kept = [index for index, name in enumerate(self.columns) if name in names]
        return Table(
            self.heading,
            tuple(self.columns[index] for index in kept),
            tuple(tuple(row[index] for index in kept) for row in self.rows),
        )

    def without_the_constant(self, *names: str) -> "Table":
        """Leave out those of the named columns in which every row says the same."""
        varying = [
            name
            for index, name in enumerate(self.columns)
            if name not in names or len({row[index] for row in self.rows}) > 1
        ]
        return self.only(varying)


def episodes(timeline: Timeline) -> Table:
    """Lay out what people felt, in the order of time."""
    felt = [row for row in timeline.rows if row.felt]
    years = len(_years(timeline)) > 1
    names = (
        "Service", "Day", "Onset", "Alarm", "End", "Lasted", "Peak", "Page", "Lag", "Verdict",
        "Symptom", "Affected", "Said on", "Note",
    )  # fmt: skip
    rows = tuple(_episode(row, timeline, years=years) for row in felt)
    table = Table(_heading("Outages people felt", len(felt), timeline), names, rows)
    if not any(_note(row) for row in felt):
        table = table.only(names[:-1])
    return table if _several_services(timeline) else table.without_the_constant("Service")


def incidents(timeline: Timeline, verdict: str) -> Table:
    """Lay out the official incidents that no episode met: verdict "unfelt", or "unknown"."""
    chosen = [row for row in timeline.rows if not row.felt and row.verdict == verdict]
    years = len(_years(timeline)) > 1
    reasons = Counter(row.incidents[0].reason for row in chosen)
    usual = reasons.most_common(1)[0][0] if reasons else ""
    meaning = "nobody felt" if verdict == "unfelt" else "that could not be judged"
    table = Table(
        _heading(f"Official incidents {meaning}", len(chosen), timeline),
        ("Service", "Day", "Page", "Impact", "Title"),
        tuple(_incident(row, usual, years=years) for row in chosen),
    )
    return table if _several_services(timeline) else table.without_the_constant("Service")


def legend(table: Table) -> str:
    """Explain, in one line, the words and signs of the table of episodes; those that do not occur are left out."""
    cells = {cell for row in table.rows for cell in row}
    said = ["Peak: people complaining in 5 min vs usual", "Lag: page − onset"]
    meanings = {
        "early": "our alarm came before the page",
        "pending": "too young to say",
        "unknown": "nobody read the page then",
    }
    said += [f"{verdict}: {meaning}" for verdict, meaning in meanings.items() if verdict in cells]
    said += [f"{sign}1d: the {which}" for sign, which in (("+", "next day"), (MINUS, "day before"))
             if any(f"{sign}1d" in cell for cell in cells)]  # fmt: skip
    return " · ".join(said)


def nothing_found(timeline: Timeline) -> str:
    """Say that no outage and no official incident was found, and where it was looked for."""
    service = f" for {timeline.service}" if timeline.service else ""
    since = f" since {timeline.since:%Y-%m-%d %H:%M}" if timeline.since else ""
    until = f" until {timeline.until:%Y-%m-%d %H:%M}" if timeline.until else ""
    return f"Nothing found{service}{since}{until}: no outage, and no official incident."


def _heading(text: str, number: int, timeline: Timeline) -> str:
    years = _years(timeline)
    year = f", {years.pop()}" if len(years) == 1 else ""
    return f"{text}{year} ({number:,})"


def _years(timeline: Timeline) -> set[int]:
    return {row.stands_at.year for row in timeline.rows if row.onset_at or row.first_published_at}


def _several_services(timeline: Timeline) -> bool:
    return len({row.service for row in timeline.rows}) > 1


def _episode(row: Row, timeline: Timeline, *, years: bool) -> tuple[str, ...]:
    onset = row.stands_at
    return (
        row.service,
        day(onset, year=years),
        f"{onset:%H:%M}",
        clock(row.alarm_at, onset),
        _end(row, timeline),
        span(row.felt_until(timeline.as_of) - onset),
        peak(row.peak_people, row.peak_expected),
        clock(row.first_published_at, onset),
        lag(row.printed_lag),
        row.verdict,
        listed(row.symptoms),
        listed((*row.surfaces, *row.models)),
        listed(row.platforms),
        _note(row) or NOTHING,
    )


def _end(row: Row, timeline: Timeline) -> str:
    if row.unseen(timeline.as_of):
        return f"unseen since {clock(row.judged_until, row.stands_at)}"
    return clock(row.ended_at, row.stands_at) if row.ended_at else "not yet"


def _note(row: Row) -> str:
    """Say what a person said of the episode, what stands out in who is behind it, and that its onset is a guess."""
    return "; ".join(filter(None, (note(row.mark, row.mark_why), flood_note(row), _guessed(row))))


def _guessed(row: Row) -> str:
    earliest, latest = row.onset_earliest, row.onset_latest
    if not earliest or not latest or latest - earliest <= WIDE:
        return ""
    return f"onset a rough guess, {clock(earliest, row.stands_at)} to {clock(latest, row.stands_at)}"


def _incident(row: Row, usual: str, *, years: bool) -> tuple[str, ...]:
    """Give the reason only where it is another than that of most."""
    official, spoke = row.incidents[0], row.first_published_at
    title = one_line(official.title, 120)
    return (
        row.service,
        day(spoke, year=years) if spoke else NOTHING,
        f"{spoke:%H:%M}" if spoke else NOTHING,
        official.impact,
        title if official.reason == usual else f"{title} ({official.reason})",
    )
