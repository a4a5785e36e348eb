"""The pictures of the notebooks: what is drawn is what the views hold."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ingest.errors import DatabaseError
from reports import charts
from reports.analysis.evaluated import Evaluation
from reports.analysis.frames import Published
from reports.charts import Cell, Column, Figure, Late, Point
from reports.week import load_card
from reports.week.figures import episode
from reports.week.loading import PEAK

DAY = timedelta(days=1)

KINDS = {
    "outage": "Outage: it does not work",
    "limit": "Limit: a quota, or the rate of one's plan",
    "quality": "Quality: it answers worse",
}

SHOWN = 30
"""Episodes that are drawn side by side: the latest."""

SILENT = {"pending": "the page may still speak", "unknown": "the page was not read"}

DAILY = """
SELECT
    date_trunc('day', "hour" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS "start", sum(people)::BIGINT AS people,
    sum(expected) AS expected, sum(coverage) / 24 / count(DISTINCT platform) AS looked
FROM hourly_complaints
WHERE service = $service AND kind = $kind AND platform = coalesce($platform, platform)
GROUP BY "start" ORDER BY "start"
"""


def coverage(book: Published, service: str) -> Figure:
    """Draw the daily complaints of outages on each platform, hatched where nobody looked."""
    found = book.rows("SELECT DISTINCT platform FROM buckets WHERE service = $service ORDER BY 1", service=service)
    series = {row["platform"]: _daily(book, service, "outage", row["platform"]) for row in found}
    return _panels("coverage", f"{book.title(service)}: complaints of outages a day", series, book)


def kinds(book: Published, service: str) -> Figure:
    """Draw the three kinds of complaints, kept apart."""
    series = {says: _daily(book, service, kind) for kind, says in KINDS.items()}
    return _panels("kinds", f"{book.title(service)}: three kinds of complaints a day", series, book)


def services(book: Published) -> Figure:
    """Draw the daily complaints of outages of every service, one below the other."""
    series = {book.title(name): _daily(book, name) for name in book.services}
    return _panels("services", "Complaints of outages a day", series, book)


def outage(book: Published, episode_id: str) -> Figure:
    """Draw one outage: people against the expected, our alarm, and the page on the same axis."""
    with book.reading() as connection:
        card = load_card(connection, book.watchlist, episode_id)
    return episode(card)


def lags(book: Published, service: str) -> Figure:
    """Draw of each episode when we raised the alarm and when the page spoke, from the onset on."""
    shown = book.rows("SELECT * FROM outages WHERE service = $service ORDER BY onset_at", service=service)[-SHOWN:]
    late = [
        Late(
            f"{row['onset_at']:%d %b %H:%M}", row["detection_lag_min"], row["acknowledgement_lag_min"],
            SILENT.get(row["verdict"], "the page never spoke"),
        )
        for row in shown
    ]  # fmt: skip
    return charts.lags("lags", f"{book.title(service)}: who was how late", late)


def hours(book: Published, service: str) -> Figure:
    """Draw the hours of the week: how many complain, and when outages ran."""
    cells = [
        Cell(24 * (row["weekday"] - 1) + row["hour"], row["people"], row["outage_share"], row["judged_hours"])
        for row in book.rows("SELECT * FROM hour_of_week WHERE service = $service", service=service)
    ]
    return charts.hours_of_week("hours", f"{book.title(service)}: the hours of the week, UTC", cells, PEAK)


def months(book: Published) -> Figure:
    """Draw the share of judged time that was spent in outages, month by month, service by service."""
    found = book.rows('SELECT * FROM months ORDER BY "month"')
    given = [
        Column(
            book.title(service), f"{row['month']:%b %y}",
            None if row["outage_share"] is None else 100 * row["outage_share"], row["judged_hours"] / row["hours"],
        )
        for service in book.services
        for row in found
        if row["service"] == service
    ]  # fmt: skip
    latest = f"{found[-1]['month']:%b %y}" if found else None
    return charts.columns(
        "months", "Time in outages, of the time that could be judged", given, "percent", chosen=latest
    )


def calibration(evaluation: Evaluation) -> Figure:
    """Draw how many false alarms each simulated world had for each one that was promised."""
    return charts.curves(
        "calibration", "False alarms for each one promised", evaluation.calibration(),
        "percent of the simulated worlds", "actual over promised",
    )  # fmt: skip


def delay(evaluation: Evaluation) -> Figure:
    """Draw the measured mean delays over the least possible ones."""
    return charts.curves(
        "delay", "How long an alarm takes", evaluation.delay(), "least possible mean delay, minutes", "minutes"
    )


def _panels(name: str, title: str, series: dict[str, list[Point]], book: Published) -> Figure:
    """Draw what was looked at. Raises DatabaseError, with the services that were, where nothing was."""
    looked = {says: points for says, points in series.items() if points}
    if not looked:
        raise DatabaseError(f"nobody looked; in {book.path.name} there is: {', '.join(book.services) or 'no service'}")
    return charts.small_multiples(name, title, looked, DAY)


def _daily(book: Published, service: str, kind: str = "outage", platform: str | None = None) -> list[Point]:
    return _points(book.rows(DAILY, service=service, kind=kind, platform=platform))


def _points(rows: Sequence[dict[str, Any]]) -> list[Point]:
    return [Point(row["start"], row["people"], row["expected"], min(row["looked"], 1.0)) for row in rows]
