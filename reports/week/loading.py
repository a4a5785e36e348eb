"""Read one week. Every figure stands in the database as it is; chosen here is only which week, and how finely."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import msgspec

from detect.official.uptime import DEFINITIONS
from ingest.errors import DatabaseError
from ingest.watchlist import Service, Watchlist
from reports import marks
from reports.charts import Cell, Point
from reports.floods import flood_note
from reports.reading import label, records, require_judged
from reports.timeline import Row
from reports.week import calendar, queries
from reports.week.records import (
    Answer,
    Card,
    Chance,
    Figures,
    Hour,
    Incident,
    Looked,
    Message,
    Part,
    PeakHours,
    Uptime,
    Week,
)

AROUND = timedelta(hours=1)
"""What is drawn before an onset and after an end."""

IN_FULL = 12
"""Outages of a week that are told in full: of more, those with the most people."""

BEFORE = 4
"""Weeks that a week is held against."""

HOURS_OVER = 12
"""Weeks over which the hours of the week are counted."""

STEPS = ((timedelta(hours=14), 5), (timedelta(hours=42), 15), (timedelta.max, 60))
"""Up to which length of a picture it is drawn in steps of how many minutes."""

LINKS = 5
LINKED = ("https://github.com/", "https://news.ycombinator.com/")

PEAK = frozenset(24 * day + hour for day in range(5) for hour in range(13, 19))
PEAK_SAYS = "weekdays 13:00 to 19:00 UTC, the morning of North America and the afternoon of Europe"

MEASURED = (
    "On 35 simulated worlds the rate of false alarms was within half and twice the promised one in 91 %, never above "
    "2.2 times (python -m detect evaluate calibration)."
)
"""What the promise gives, as the README has it."""


def load(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, service: str, week: str | None = None) -> Week:
    """Read a week, the last complete one where none is named.

    Raises WrongOption for a week that is none; DatabaseError where nothing is judged, and for a week that lies before
    or after all that was looked at.
    """
    run, watched = require_judged(connection), watchlist.require(service)
    start = calendar.begin(week) if week else calendar.last_complete(run["as_of"])
    connection.execute(queries.ONCE)
    _require_held(connection, watched, start, run["as_of"])
    return _load(connection, watchlist, watched, start, run)


def load_every(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, service: str) -> tuple[int, Iterator[Week]]:
    """Read every complete week from the first that could be judged: how many there are, and one after the other."""
    run, watched = require_judged(connection), watchlist.require(service)
    connection.execute(queries.ONCE)
    [span] = records(connection, queries.SPAN, {"service": service})
    last = calendar.last_complete(run["as_of"])
    first = span["first"] or last
    count = max((last - first) // calendar.WEEK + 1, 0)
    starts = (first + number * calendar.WEEK for number in range(count))
    return count, (_load(connection, watchlist, watched, start, run) for start in starts)


def _require_held(
    connection: duckdb.DuckDBPyConnection, watched: Service, start: datetime, as_of: datetime
) -> None:  # fmt: skip
    """Refuse a week on which nothing can be said, naming the first and the last that hold anything."""
    [held] = records(connection, queries.HELD, {"service": watched.name})
    if start < as_of and held["first"] and held["first"] <= start <= held["last"]:
        return
    if start >= as_of:
        why = f"begins after the last judgement, {as_of:%Y-%m-%d %H:%M} UTC"
    else:
        why = (
            f"holds nothing of {watched.title}: nobody looked at complaints or at the page, nor did it publish anything"
        )
    if not held["first"]:
        raise DatabaseError(f"{calendar.named(start)} {why}; no other week holds anything either: make ingest detect")
    first, last = calendar.named(held["first"]), calendar.named(held["last"])
    there = f"the only week that does is {last}" if first == last else f"weeks that hold anything: {first} to {last}"
    raise DatabaseError(f"{calendar.named(start)} {why}; {there} (--week {last})")


def _load(
    connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, watched: Service, start: datetime, run: dict[str, Any]
) -> Week:
    service, as_of, end = watched.name, run["as_of"], start + calendar.WEEK
    asked = {"service": service, "since": start, "until": end}
    over = asked | {"since": end - HOURS_OVER * calendar.WEEK}
    known = {
        (each["service"], each["week_start"]): Figures(**each)
        for each in rows(connection, queries.FIGURES, {"since": start - BEFORE * calendar.WEEK, "until": end})
    }
    others = [name for name in watchlist.services if name != service]
    [peak] = rows(connection, queries.PEAK_HOURS, over | {"peak": sorted(PEAK)})
    return Week(
        service=service, title=watched.title, week=calendar.named(start), start=start, end=end, as_of=as_of,
        first_as_of=as_of, figures=_of(known, service, start), before=_before(known, service, start),
        peers=tuple(_of(known, name, start) for name in others),
        peers_before=tuple(each for name in others for each in _before(known, name, start)),
        titles={name: one.title for name, one in watchlist.services.items()},
        looked=tuple(Looked(**each) for each in rows(connection, queries.LOOKED, asked)),
        cards=_cards(connection, watched, rows(connection, queries.CARDS, asked), as_of),
        carried=tuple(
            each["episode_id"]
            for each in rows(connection, queries.CARRIED, {"service": service, "since": start})
        ),
        incidents=tuple(
            Incident(**each, url=_url(watched, each["incident_id"]))
            for each in rows(connection, queries.INCIDENTS, asked)
        ),
        hours=tuple(Hour(**each) for each in rows(connection, queries.HOURS, asked)),
        hours_of_week=tuple(Cell(**each) for each in rows(connection, queries.HOURS_OF_WEEK, over)),
        peak_hours=PeakHours(says=PEAK_SAYS, weeks=HOURS_OVER, **peak),
        uptimes=tuple(Uptime(**each) for each in rows(connection, queries.UPTIMES, {"service": service})),
        definitions=dict(DEFINITIONS),
        chance=next((Chance(**each) for each in rows(connection, queries.CHANCE, {"service": service})), None),
        rule=run["rule"], false_alarms_per_4_weeks=run["false_alarms_per_4_weeks"], measured=MEASURED,
        label=label(connection),
    )  # fmt: skip


def load_card(connection: duckdb.DuckDBPyConnection, watchlist: Watchlist, episode_id: str) -> Card:
    """Read one episode. Raises DatabaseError where none is called so."""
    run = require_judged(connection)
    found = rows(connection, queries.CARD, {"episode_id": episode_id})
    if not found:
        raise DatabaseError(f"no episode is called {episode_id!r}; python -m reports timeline --json has them")
    return _cards(connection, watchlist.require(found[0].pop("service")), found, run["as_of"])[0]


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a query that reads. Sums of floats differ in their last digits from run to run: those are cut."""
    return [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in each.items()}
        for each in records(connection, query, values)
    ]


def _of(known: dict[tuple[Any, Any], Figures], service: str, start: datetime) -> Figures:
    """Give a week's figures; of a week without any nothing is known."""
    return known.get((service, start)) or Figures(service=service, week_start=start)


def _before(known: dict[tuple[Any, Any], Figures], service: str, start: datetime) -> tuple[Figures, ...]:
    return tuple(_of(known, service, start - number * calendar.WEEK) for number in range(BEFORE, 0, -1))


def _cards(
    connection: duckdb.DuckDBPyConnection, watched: Service, found: Sequence[dict[str, Any]], as_of: datetime
) -> tuple[Card, ...]:
    """Read episodes; those with the most people in full."""
    said = marks.load(connection, as_of) if found else {}
    most = {each["episode_id"] for each in sorted(found, key=lambda each: -each["people"])[:IN_FULL]}
    [looking] = rows(connection, queries.LOOKING, {"service": watched.name})
    cards = []
    for each in found:
        marked = said.get(each["episode_id"])
        each["judged_until"] = looking["judged_until"]
        row = Row(service=watched.name, **{name: each[name] for name in each if name in Row.__struct_fields__})
        card = Card(
            **{name: each[name] for name in each if name in Card.__struct_fields__}, note=flood_note(row),
            felt_until=row.felt_until(as_of), unseen=row.unseen(as_of),
            mark=marked.says if marked else None, mark_why=marked.why if marked else None,
        )  # fmt: skip
        full = card.episode_id in most
        cards.append(_in_full(connection, watched, card, as_of, looking["platforms"]) if full else card)
    return tuple(cards)


def _in_full(
    connection: duckdb.DuckDBPyConnection, watched: Service, card: Card, as_of: datetime, platforms: int
) -> Card:
    end = max(card.felt_until, card.onset_at)
    own = {"service": watched.name, "since": card.onset_at, "until": end}
    since, until = card.onset_at - AROUND, min(end + AROUND, as_of)
    step = next(minutes for longest, minutes in STEPS if until - since <= longest)
    each_named = {"episode_id": card.episode_id}
    asked = own | {"since": since, "until": until, "step_us": step * 60_000_000, "platforms": platforms}
    return msgspec.structs.replace(
        card, step_min=step, in_full=True,
        parts=tuple(Part(**each) for each in rows(connection, queries.PARTS, each_named)),
        answers=tuple(
            Answer(**each, messages=_messages(connection, watched.name, each["incident_id"], as_of),
                   url=_url(watched, each["incident_id"]))
            for each in rows(connection, queries.ANSWERS, each_named)
        ),
        looked=tuple(Looked(**each) for each in rows(connection, queries.LOOKED, own)),
        links=_links(rows(connection, queries.LINKS, own)),
        points=tuple(Point(**each) for each in rows(connection, queries.POINTS, asked)),
    )  # fmt: skip


def _messages(
    connection: duckdb.DuckDBPyConnection, service: str, incident_id: str, as_of: datetime
) -> tuple[Message, ...]:
    asked = {"service": service, "incident_id": incident_id, "as_of": as_of}
    return tuple(Message(**each) for each in rows(connection, queries.MESSAGES, asked))


def _links(found: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Keep the earliest few that lead where they claim to."""
    safe = [each for each in found if each["url"].startswith(LINKED) and re.fullmatch(r"[\w:/.?=#-]+", each["url"])]
    return tuple(each["url"] for each in sorted(safe, key=lambda each: each["counted_at"])[:LINKS])


def _url(watched: Service, incident_id: str) -> str | None:
    """Say where an incident stands on its page; an id that is none of the page's leads nowhere."""
    page = watched.status_page
    known = page is not None and page.type in ("statuspage", "incidentio") and page.url.startswith("https://")
    return f"{page.url}/incidents/{incident_id}" if page and known and re.fullmatch(r"\w+", incident_id) else None
