"""Is it down now? The answer as plain data: the standing that the last run left, held against the clock.

The clock is the wall's; on the sample it is the sample's last instant. What was judged too long ago says nothing of
now: then the answer is "can't tell", whatever it was.
"""

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

from detect.standing import RULE
from ingest.errors import DatabaseError
from ingest.marks import Mark
from reports import marks
from reports.models import Model, Named, compare
from reports.reading import label, records, require_judged

EXIT_CODES = {"no sign": 0, "down": 10, "probably": 11, "can't tell": 12, "learning": 12}
"""What the door ends with: apart from 1 and 2, so that what went wrong never reads as an outage."""

_HELD = """
FROM duckdb_tables() WHERE table_name = 'standing'
"""

_STANDING = """
SELECT * EXCLUDE (run_id) FROM standing
WHERE service = $service AND surface IS NOT DISTINCT FROM $surface AND run_id = (SELECT max(run_id) FROM runs)
"""

_EPISODE = """
SELECT episode_id, onset_at, onset_earliest, onset_latest, alarm_at, ended_at, peak_people, peak_expected, people,
    platforms, symptoms, surfaces, models, verdict, first_published_at, acknowledgement_lag_min
FROM episodes WHERE service = $service AND (episode_id = $episode_id OR ($episode_id IS NULL AND ended_at IS NOT NULL))
ORDER BY onset_at DESC LIMIT 1
"""

_OPEN = """
SELECT i.incident_id, i.name AS title, i.impact, t.first_published_at, t.families
FROM incidents AS i JOIN incident_times AS t USING (service, incident_id)
WHERE i.service = $service AND list_contains($incident_ids::VARCHAR[], i.incident_id)
ORDER BY t.first_published_at, i.incident_id
"""

_LAST_SEEN = "SELECT max(covered_end) AS last_seen FROM pulls"


class OpenIncident(msgspec.Struct, frozen=True):
    """An outage that is open on the page. `title` is the operator's, `families` those of the models that it names."""

    incident_id: str
    title: str
    impact: str
    first_published_at: datetime
    families: tuple[str, ...]


class Episode(msgspec.Struct, frozen=True):
    """An episode of the service: the running one that the answer rests on, or the last that is over.

    The fields are the columns of the table `episodes`; lags are signed minutes. `mark` is what somebody said of it,
    right or wrong, with `mark_why`.
    """

    episode_id: str
    onset_at: datetime
    onset_earliest: datetime
    onset_latest: datetime
    alarm_at: datetime
    ended_at: datetime | None
    peak_people: int
    peak_expected: float
    people: int
    platforms: tuple[str, ...]
    symptoms: tuple[str, ...]
    surfaces: tuple[str, ...]
    models: tuple[str, ...]
    verdict: str
    first_published_at: datetime | None
    acknowledgement_lag_min: float | None
    mark: str | None = None
    mark_why: str | None = None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """How one service, or one of its parts, stands at `asked_at`; instants are UTC.

    `answer` is down, probably, no sign, can't tell or learning; `reason` the clause of the rule that gave it, or
    "stale": then the answer that was judged at `as_of` was `held`, and all but `freshen` speaks of it. `people`,
    `usual`, `heard`, `seen` and the clocks are the columns of the table `standing`. `episode` is the running one,
    `last_episode` the last that is over, each None where there is none. `freshen` is the command that brings newer
    facts, None where nothing is missing. `label` says what is synthetic, None on live facts.
    """

    service: str
    surface: str | None
    answer: str
    reason: str
    exit_code: int
    held: str
    since: datetime | None
    asked_at: datetime
    as_of: datetime
    judged_until: datetime | None
    page_until: datetime | None
    page_indicator: str | None
    people: int | None
    usual: float | None
    heard: float | None
    covered_days: float
    seen: tuple[dict[str, Any], ...]
    episode: Episode | None
    last_episode: Episode | None
    incidents: tuple[OpenIncident, ...]
    model: Named | None
    freshen: str | None
    rule: str
    label: str | None


def load(
    connection: duckdb.DuckDBPyConnection, service: str, surface: str | None = None, model: Model | None = None,
    *, clock: datetime | None = None, named: str | None = None,
) -> Now:  # fmt: skip
    """Read how a service stands, or one of its parts.

    `clock` is the time of asking, None for now; on the sample it is always the sample's last instant. `named` is the
    database as the user named it, for the command that freshens it. Raises DatabaseError, with the next command, where
    nothing was judged by this version.
    """
    run = require_judged(connection)
    named = shlex.quote(named) if named else None
    again = f"python -m detect --db {named}" if named else "make detect"
    asked = {"service": service, "surface": surface}
    held = records(connection, _STANDING, asked) if connection.execute(_HELD).fetchone() else []
    if not held:
        raise DatabaseError(
            f"how {service} stands was not judged by this version, or not with this watchlist; run: {again}"
        )
    [row] = held
    marked = label(connection)
    [seen] = records(connection, _LAST_SEEN, {})
    last_seen = seen["last_seen"] or run["as_of"]
    asked_at = last_seen if marked else clock or datetime.now(UTC)
    stale_at = row.pop("stale_at")
    stale = stale_at is not None and asked_at >= stale_at
    answer = "can't tell" if stale else row["answer"]
    opened = _opened(connection, service, row.pop("incident_ids"))
    episode_id = row.pop("episode_id")
    said = marks.load(connection, run["as_of"])
    running = _episode(connection, service, episode_id, said) if episode_id else None
    reason = "stale" if stale else row.pop("reason")
    row.pop("reason", None)
    return Now(
        **{name: value for name, value in row.items() if name != "answer"},
        answer=answer, reason=reason, exit_code=EXIT_CODES[answer], held=row["answer"],
        asked_at=asked_at, as_of=run["as_of"], episode=running, last_episode=_episode(connection, service, None, said),
        incidents=opened,
        model=compare(model, running.models if running else (), [one.families for one in opened]) if model else None,
        freshen=_freshen(named, newer=last_seen > run["as_of"]) if reason in ("stale", "not looked") else None,
        rule=RULE, label=marked,
    )  # fmt: skip


def as_json(now: Now) -> str:
    """Write the answer as one JSON object, times in ISO 8601 with Z."""
    return msgspec.json.format(msgspec.json.encode(now), indent=2).decode()


def _opened(connection: duckdb.DuckDBPyConnection, service: str, ids: tuple[str, ...]) -> tuple[OpenIncident, ...]:
    if not ids:
        return ()
    found = records(connection, _OPEN, {"service": service, "incident_ids": list(ids)})
    return tuple(OpenIncident(**one) for one in found)


def _episode(
    connection: duckdb.DuckDBPyConnection, service: str, episode_id: str | None, said: Mapping[str, Mark]
) -> Episode | None:
    found = records(connection, _EPISODE, {"service": service, "episode_id": episode_id})
    if not found:
        return None
    marked = said.get(found[0]["episode_id"])
    return Episode(**found[0], mark=marked.says if marked else None, mark_why=marked.why if marked else None)


def _freshen(named: str | None, *, newer: bool) -> str:
    """Name the command that brings the answer up to date; `newer` where there are facts that nobody judged."""
    if named is None:
        return "make detect" if newer else "make ingest detect"
    detect = f"python -m detect --db {named}"
    return detect if newer else f"python -m ingest --db {named} && {detect}"
