"""The SQL of alerts: what the judgement in force says of episodes, and what was sent. Callers hold the connection."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import duckdb
import msgspec

from detect.standing import STALE
from ingest.errors import DatabaseError
from ingest.store import transaction
from reports import marks
from reports.alerts.message import Felt, Incident, Message
from reports.alerts.transitions import RECENT, Sent
from reports.reading import label, records, require_judged

_CLOCKS = """
SELECT service, judged_until FROM standing
WHERE surface IS NULL AND run_id = (SELECT max(run_id) FROM runs)
"""

_FELT = """
SELECT
    e.episode_id, e.service, e.onset_at, e.alarm_at, e.ended_at, coalesce(e.settled, false) AS settled,
    coalesce(e.severity, 1) AS severity, e.people, e.peak_people, e.peak_expected, e.platforms, e.symptoms, e.surfaces,
    e.models, e.verdict, e.first_published_at, e.acknowledgement_lag_min,
    CASE WHEN s.episode_id = e.episode_id THEN s.answer END AS answer,
    CASE WHEN s.episode_id = e.episode_id THEN s.reason END AS reason, s.page_until
FROM episodes AS e LEFT JOIN standing AS s
    ON s.service = e.service AND s.surface IS NULL AND s.run_id = (SELECT max(run_id) FROM runs)
WHERE e.ended_at IS NULL OR e.alarm_at >= $since OR list_contains($told::VARCHAR[], e.episode_id)
ORDER BY e.onset_at, e.episode_id
"""

_MET = """
SELECT m.episode_id, i.incident_id, i.name AS title, i.impact, i.first_published_at, t.surfaces
FROM matches AS m JOIN incidents AS i USING (service, incident_id)
LEFT JOIN incident_times AS t USING (service, incident_id)
WHERE list_contains($episode_ids::VARCHAR[], m.episode_id)
ORDER BY i.first_published_at, i.incident_id
"""

_STANDING = "FROM duckdb_tables() WHERE table_name = 'standing'"

_HELD = "FROM duckdb_tables() WHERE table_name = 'alerts'"

_SENT = """
SELECT address, service, episode_id, onset_at, "transition", severity, told_page FROM alerts ORDER BY "number"
"""


class Told(msgspec.Struct, frozen=True):
    """What one address was told of one episode, in order."""

    service: str
    onset_at: datetime
    sent: tuple[Sent, ...]


class Known(msgspec.Struct, frozen=True):
    """All that a round goes by. `fresh` are the services judged up to now; `told` is by address and episode."""

    now: datetime
    as_of: datetime
    fresh: frozenset[str]
    felt: tuple[Felt, ...]
    told: dict[str, dict[str, Told]]
    label: str | None


def load(connection: duckdb.DuckDBPyConnection, clock: datetime) -> Known:
    """Load what can be told at the wall's `clock`; on the sample, now is when it was judged.

    Raises DatabaseError, with the next command, where nothing was judged by this version.
    """
    run = require_judged(connection)
    if not connection.execute(_STANDING).fetchone():
        raise DatabaseError("this database was judged by an older version; run: make detect")
    labelled = label(connection)
    now = run["as_of"] if labelled else clock
    told = _told(connection)
    ids = sorted({episode_id for each in told.values() for episode_id in each})
    found = records(connection, _FELT, {"since": now - RECENT - timedelta(minutes=1), "told": ids})
    met: dict[str, list[Incident]] = {}
    parts: dict[str, list[str]] = {}
    for one in records(connection, _MET, {"episode_ids": [each["episode_id"] for each in found]}):
        episode_id, surfaces = one.pop("episode_id"), one.pop("surfaces")
        met.setdefault(episode_id, []).append(Incident(**one))
        parts.setdefault(episode_id, []).extend(surfaces or ())
    marked = marks.load(connection, run["as_of"])
    fresh = frozenset(
        one["service"]
        for one in records(connection, _CLOCKS, {})
        if one["judged_until"] is not None and now - one["judged_until"] < STALE
    )
    felt = tuple(
        Felt(
            **one, incidents=tuple(met.get(one["episode_id"], ())),
            page_surfaces=tuple(dict.fromkeys(parts.get(one["episode_id"], ()))),
            mark=marked[one["episode_id"]].says if one["episode_id"] in marked else None,
        )
        for one in found
    )  # fmt: skip
    return Known(now, run["as_of"], fresh, felt, told, labelled)


def save(connection: duckdb.DuckDBPyConnection, address: str, taken: Iterable[Message], at: datetime) -> None:
    """Note what an address took."""
    with transaction(connection):
        for message in taken:
            connection.execute(
                "INSERT OR REPLACE INTO alerts VALUES (nextval('alert_numbers'), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    address, message.message_id, message.service, message.episode_id, message.transition,
                    message.onset_at, message.severity or 0, message.first_published_at is not None, at,
                ],
            )  # fmt: skip


def _told(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Told]]:
    if not connection.execute(_HELD).fetchone():
        return {}
    told: dict[str, dict[str, Told]] = {}
    for one in records(connection, _SENT, {}):
        mine = told.setdefault(one["address"], {})
        before: Sequence[Sent] = mine[one["episode_id"]].sent if one["episode_id"] in mine else ()
        sent = Sent(one["transition"], one["severity"], one["told_page"])
        mine[one["episode_id"]] = Told(one["service"], one["onset_at"], (*before, sent))
    return told
