"""The SQL of the official record's opinions: load what pages published, save what is held of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import msgspec
import pandas as pd

from detect.official.audit import Revision
from detect.official.beside import Beside, Published
from ingest.official import ComponentChange, Incident, IncidentUpdate, PageState
from ingest.records import Window
from ingest.times import in_utc

TABLES = (
    "matches", "incident_verdicts", "declared_windows", "audit", "lag_spreads", "chances", "uptimes", "peers",
    "common_rises", "phases", "incident_times",
)  # fmt: skip
"""What a run replaces."""

# A file that does not say when it was seen never overrules the page itself; what was seen later is not known yet.
_INCIDENTS = """
SELECT
    service, incident_id, name, impact, status, started_at, created_at, resolved_at, components, seen_at,
    (service, incident_id) IN (SELECT (service, incident_id) FROM incident_updates) AS speaks
FROM incident_revisions
QUALIFY row_number() OVER (
    PARTITION BY service, incident_id
    ORDER BY coalesce(seen_at <= $as_of, true) DESC, seen_at DESC NULLS LAST, revision DESC
) = 1
ORDER BY service, created_at, incident_id
"""

_UPDATES = """
SELECT service, incident_id, status, created_at, display_at, body, components, update_id
FROM incident_updates WHERE created_at <= $as_of ORDER BY created_at
"""


def load_incidents(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[Incident]:
    """Load what the pages had published by `as_of`, as it was known then.

    An incident whose messages all came later is left out; one that has none at all is kept, for the audit.
    """
    said: dict[tuple[str, str], list[IncidentUpdate]] = {}
    for service, incident_id, status, created, shown, body, changes, update_id in connection.execute(
        _UPDATES, {"as_of": as_of}
    ).fetchall():
        components = tuple(ComponentChange(change["name"], change["old"], change["new"]) for change in changes)
        update = IncidentUpdate(status, in_utc(created), in_utc(shown), body, components, update_id)
        said.setdefault((service, incident_id), []).append(update)
    known = []
    for row in connection.execute(_INCIDENTS, {"as_of": as_of}).fetchall():
        service, incident_id, name, impact, status, started, created, resolved, components, seen, speaks = row
        if (service, incident_id) in said or (not speaks and in_utc(created) <= as_of):
            known.append(
                Incident(
                    service=service, incident_id=incident_id, name=name, impact=impact, status=status,
                    started_at=started and in_utc(started), created_at=in_utc(created),
                    resolved_at=resolved and in_utc(resolved), components=tuple(components),
                    updates=tuple(said.get((service, incident_id), ())), seen_at=seen and in_utc(seen),
                )
            )  # fmt: skip
    return known


def load_published(
    connection: duckdb.DuckDBPyConnection, page: Mapping[str, Sequence[Window]], as_of: datetime
) -> Published:  # fmt: skip
    """Load all that is known by `as_of` of what the pages published; `page` is what of them was truly read."""
    return Published(
        incidents=tuple(load_incidents(connection, as_of)),
        revisions=tuple(load_revisions(connection, as_of)),
        states=tuple(load_page_states(connection, as_of)),
        first_seen={
            (service, incident_id): in_utc(seen)
            for service, incident_id, seen in connection.execute(
                "SELECT service, incident_id, min(seen_at) FROM incident_revisions WHERE seen_at <= ? GROUP BY ALL",
                [as_of],
            ).fetchall()
        },
        page=page,
    )


def load_revisions(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[Revision]:
    """Load the contents of those incidents of which more than one was seen by `as_of`."""
    rows = connection.execute(
        "SELECT service, incident_id, revision, seen_at, name, impact, created_at FROM incident_revisions "
        "WHERE coalesce(seen_at <= $as_of, true) "
        "QUALIFY count(*) OVER (PARTITION BY service, incident_id) > 1 ORDER BY service, incident_id, revision",
        {"as_of": as_of},
    ).fetchall()
    return [
        Revision(service, incident_id, revision, seen and in_utc(seen), name, impact, in_utc(created))
        for service, incident_id, revision, seen, name, impact, created in rows
    ]


def load_page_states(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[PageState]:
    """Load what the pages showed at each poll by `as_of`, without their components."""
    rows = connection.execute(
        'SELECT service, seen_at, "indicator", unresolved FROM page_states WHERE seen_at <= $as_of ORDER BY seen_at',
        {"as_of": as_of},
    ).fetchall()
    return [
        PageState(service, in_utc(seen), indicator, unresolved=unresolved)
        for service, seen, indicator, unresolved in rows
    ]


def save(connection: duckdb.DuckDBPyConnection, beside: Beside) -> None:
    """Replace what is held of the official record, inside the caller's transaction."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  (a constant)
    _insert(connection, "matches", ({**_flat(pair), **_flat(lags)} for pair, lags in beside.pairs))
    for table, records in (
        ("incident_verdicts", beside.incidents), ("audit", beside.findings), ("lag_spreads", beside.spreads),
        ("chances", beside.chances), ("uptimes", beside.uptimes), ("peers", beside.peers),
        ("common_rises", beside.rises), ("phases", beside.phases), ("incident_times", beside.times),
    ):  # fmt: skip
        _insert(connection, table, map(_flat, records))
    _insert(connection, "declared_windows", (
        {"service": service, "incident_id": incident_id, "sentence_start": window.sentence[0],
         "sentence_end": window.sentence[1]} | {name: value for name, value in _flat(window).items()
                                                if name not in ("sentence", "whole")}
        for service, incident_id, window in beside.declared
    ))  # fmt: skip


def _flat(record: msgspec.Struct) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(record).items()
    }


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows in bulk by the names of their columns."""
    listed = list(rows)
    if listed:
        types = dict(connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [table]
        ).fetchall())  # fmt: skip
        frame = pd.DataFrame({name: pd.Series([row[name] for row in listed], dtype=object) for name in listed[0]})  # noqa: F841  (DuckDB reads it)
        named = ", ".join(f'"{name}"' for name in listed[0])
        cast = ", ".join(f'"{name}"::{types[name]}' for name in listed[0])
        connection.execute(f"INSERT INTO {table} ({named}) SELECT {cast} FROM frame").fetchall()  # noqa: S608  (our own names)
