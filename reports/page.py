"""What the page said, and when: lags, chance, uptime and peers, as they stand in the database."""

from datetime import datetime

import duckdb
import msgspec

from detect.official.peers import WARNING
from detect.official.uptime import DEFINITIONS
from ingest.saying import count
from reports.columns import Table
from reports.reading import label, records, require_judged
from reports.wording import NOTHING, apart, instant, lag, listed, number, share

_ANSWERED = """
SELECT service, episode_id, onset_at, alarm_at, available_at, first_published_at, verdict, acknowledgement_lag_min,
       declared_lag_min
FROM episodes WHERE first_published_at IS NOT NULL AND service = coalesce($service, service)
ORDER BY onset_at
"""
_TABLES = {
    "spreads": "SELECT * FROM lag_spreads WHERE service = coalesce($service, service) ORDER BY service, lag",
    "chances": "SELECT * FROM chances WHERE service = coalesce($service, service) ORDER BY service",
    "uptimes": "SELECT * FROM uptimes WHERE service = coalesce($service, service)",
    "peers": "SELECT * FROM peers ORDER BY service",
    "rises": "SELECT * FROM common_rises ORDER BY first_onset_at",
}


class Answer(msgspec.Struct, frozen=True):
    """One episode that the page answered: who was first, by how much. Lags are signed minutes."""

    service: str
    episode_id: str
    onset_at: datetime
    alarm_at: datetime
    available_at: datetime | None
    first_published_at: datetime
    verdict: str
    acknowledgement_lag_min: float
    declared_lag_min: float | None


class PageReport(msgspec.Struct, frozen=True):
    """All that is held of the page beside the episodes; the rows of `spreads` and so on are those of their tables.

    `page_first` are the episodes whose alarm came after the page's word, `people_first` the others.
    """

    page_first: tuple[Answer, ...]
    people_first: tuple[Answer, ...]
    spreads: tuple[dict[str, object], ...]
    chances: tuple[dict[str, object], ...]
    uptimes: tuple[dict[str, object], ...]
    peers: tuple[dict[str, object], ...]
    rises: tuple[dict[str, object], ...]
    definitions: dict[str, str]
    warning: str
    rule: str
    as_of: datetime
    label: str | None


def load(connection: duckdb.DuckDBPyConnection, service: str | None = None) -> PageReport:
    """Read the report of one service, or of all. Raises DatabaseError where nothing is judged yet."""
    run = require_judged(connection)
    asked = {"service": service}
    answers = [Answer(**row) for row in records(connection, _ANSWERED, asked)]
    tables = {
        name: tuple(records(connection, query, asked if "$service" in query else {})) for name, query in _TABLES.items()
    }
    return PageReport(
        page_first=tuple(one for one in answers if one.verdict == "acknowledged"),
        people_first=tuple(one for one in answers if one.verdict == "early"),
        definitions=dict(DEFINITIONS), warning=WARNING, rule=run["rule"], as_of=run["as_of"],
        label=label(connection), **tables,
    )  # fmt: skip


def as_json(report: PageReport) -> str:
    """Write the report as one JSON object."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def tables(report: PageReport) -> list[tuple[Table, tuple[str, ...]]]:
    """Lay the report out: each table with the sentences that belong under it. What is empty is left out."""
    laid = [
        (_answers("The page was first", report.page_first), ()),
        (_answers("People were first", report.people_first), ()),
        (_spreads(report), ("Signed minutes; a median's interval is of 95 %, by resampling, from five values on.",)),
        (_chances(report), ("By chance: the same episodes moved by whole weeks, 1,000 times.",)),
        (_uptimes(report), tuple(f"{name}: {text}." for name, text in report.definitions.items())),
        (_peers(report), (report.warning,)),
        (_rises(report), ("Perhaps one cause: a cloud, a network; or a surge of the platforms themselves.",)),
    ]
    return [(table, notes) for table, notes in laid if table.rows]


def closing(report: PageReport) -> list[str]:
    """Say the rule, and as of when."""
    said = [report.rule, f"As of {instant(report.as_of)}; times are UTC."]
    return [*said, report.label] if report.label else said


def _answers(heading: str, answers: tuple[Answer, ...]) -> Table:
    rows = tuple(
        (
            one.episode_id, f"{one.onset_at:%Y-%m-%d %H:%M}", f"{one.alarm_at:%H:%M}",
            f"{one.first_published_at:%H:%M}", lag(apart(one.first_published_at, one.onset_at)),
            lag(apart(one.first_published_at, one.alarm_at)),
            lag(one.declared_lag_min),
        )
        for one in answers
    )  # fmt: skip
    columns = ("Episode", "Onset", "Alarm", "Page", "Page − onset", "Page − alarm", "Alarm − declared")
    return Table(f"{heading} ({len(rows):,})", columns, rows)


def _spreads(report: PageReport) -> Table:
    names = ("lowest", "p10", "p25", "median", "p75", "p90", "highest")
    rows = tuple(
        (
            str(row["service"]), str(row["lag"]), f"{row['n']:,}", f"{row['page_first']:,}",
            *(lag(row[name]) for name in names),  # type: ignore[arg-type]
            NOTHING if row["median_low"] is None else f"{lag(row['median_low'])} to {lag(row['median_high'])}",  # type: ignore[arg-type]
        )
        for row in report.spreads
    )  # fmt: skip
    heads = ("Lowest", "p10", "p25", "Median", "p75", "p90", "Highest", "Median 95 %")
    return Table("Lags", ("Service", "Lag", "n", "Page first", *heads), rows)


def _chances(report: PageReport) -> Table:
    rows = tuple(
        (
            str(row["service"]), f"{row['matched']:,} of {row['episodes']:,}", _share(row["precision"]),
            _between(row["low"], row["high"]), _share(row["chance"]), _between(row["chance_low"], row["chance_high"]),
            NOTHING if row["lift"] is None else f"{row['lift']:.1f}",
        )
        for row in report.chances
    )  # fmt: skip
    columns = ("Service", "Episodes with an incident", "Share", "95 %", "By chance", "95 % of shuffles", "Lift")
    return Table("Precision and chance", columns, rows)


def _uptimes(report: PageReport) -> Table:
    rows = tuple(
        (
            str(row["service"]), str(row["part"]), str(row["definition"]),
            NOTHING if row["share"] is None else f"{row['share']:.2%}", f"{row['down_min']:,.0f} min",
            _share(row["known"]),
        )
        for row in report.uptimes
    )  # fmt: skip
    return Table("Uptime of the last 90 days", ("Service", "Part", "Definition", "Uptime", "Down", "Looked"), rows)


def _peers(report: PageReport) -> Table:
    rows = tuple(
        (
            str(row["service"]), number(row["incidents"]),
            "/".join(number(row[impact]) for impact in ("none", "minor", "major", "critical")),
            number(row["notices"]),
            NOTHING if row["median_min"] is None else f"{row['median_min']:.0f} min", _share(row["read"]),
            number(row["episodes"]), NOTHING if row["felt_hours"] is None else f"{row['felt_hours']:.1f} h",
            _share(row["judged"]),
        )
        for row in report.peers
    )  # fmt: skip
    columns = ("Service", "Incidents", "None/minor/major/critical", "Notices", "Median length", "Page read", "Felt",
               "Felt for", "Judged")  # fmt: skip
    return Table("Services side by side, last 90 days", columns, rows)


def _rises(report: PageReport) -> Table:
    rows = tuple(
        (
            f"{row['first_onset_at']:%Y-%m-%d %H:%M}",
            listed(row["services"]),  # type: ignore[arg-type]
            listed(row["episode_ids"]),  # type: ignore[arg-type]
        )
        for row in report.rises
    )
    return Table(
        f"{count(len(rows), 'rise')} of several services at once", ("First onset", "Services", "Episodes"), rows
    )


def _share(part: object) -> str:
    return NOTHING if part is None else share(float(part))  # type: ignore[arg-type]


def _between(low: object, high: object) -> str:
    return NOTHING if low is None else f"{_share(low)} to {_share(high)}"
