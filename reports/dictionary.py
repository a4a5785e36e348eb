"""The data dictionary: what every table, view and column means, as their own comments in the schema say it."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import msgspec

from ingest.database import connect, migrate

ROOMS = ("ingest", "detect", "reports")

COMMON: Mapping[str, str] = {
    "service": "What people complain about: a name of the watchlist",
    "platform": "Where people write: reddit, bluesky, x, github, hackernews; status is the official page",
    "place": "Where on a platform: r/ClaudeAI, anthropics/claude-code",
    "source": "The module that read it; two may read one platform",
    "target": "What one pull asks a source about: a subreddit's comments, a query, a stream",
    "query": "What the platform was asked to count",
    "kind": "outage, limit or quality",
    "symptoms": "What its complaints name most: down, errors, slow, login, partial",
    "surface": "A part of the service: claude.ai, api, claude_code",
    "surfaces": "Parts of the service that are named, or that the page's components are",
    "models": "Models that its complaints name most, family and number",
    "platforms": "The platforms on which people complained",
    "components": "Its parts on the official page, in the page's words",
    "episode_id": "Service and alarm time: claude-20260415T1445Z; it stays when more becomes known",
    "incident_id": "The official page's own",
    "name": "The title, in the operator's words",
    "title": "In the operator's words",
    "impact": "On the operator's own scale: none, minor, major, critical, maintenance",
    "status": "As the page has it: investigating, identified, monitoring, resolved and others",
    "verdict": "Episode: early, acknowledged, unacknowledged, pending or unknown. Incident: felt, unfelt or unknown",
    "pull_id": "The row of the ledger that brought it",
    "post_key": "Hash of platform and post id: one post however it reached us",
    "post_id": "The platform's own; hashed where it carries its author",
    "seen_at": "When we saw it",
    "bucket_start": "Start of the five minutes, UTC",
    "onset_at": "When complaints began to exceed the usual, inferred afterwards",
    "onset_earliest": "The onset lies after it, as far as can be told",
    "onset_latest": "The onset lies before it, as far as can be told",
    "alarm_at": "End of the minute in which the evidence passed the level: nothing later was looked at",
    "peak_at": "Start of the five minutes with the most complaining people",
    "peak_people": "Distinct complaining people in those five minutes",
    "peak_expected": "What was usual of the same five minutes",
    "expected": "What the past predicts",
    "dispersion": "How much more widely than by chance alone the counts scatter",
}
"""Names that mean the same wherever they stand and have no comment of their own there."""


class Column(msgspec.Struct, frozen=True):
    """One column: its name, its type as DuckDB writes it, whether it may be NULL, what it means."""

    name: str
    type: str
    nullable: bool
    meaning: str


class Table(msgspec.Struct, frozen=True):
    """One table or view of one room, with its meaning and its columns in order."""

    room: str
    name: str
    is_view: bool
    meaning: str
    columns: tuple[Column, ...]


def read() -> tuple[Table, ...]:
    """Make the rooms' schemas in memory and read them back, room by room, by name."""
    tables: list[Table] = []
    with connect(Path(":memory:")) as connection:
        for room in ROOMS:
            migrate(connection, room)
            known = {table.name for table in tables}
            tables += [table for table in of(connection, room) if table.name not in known]
    return tuple(tables)


def of(connection: duckdb.DuckDBPyConnection, room: str = "") -> list[Table]:
    """Read every table and view that a connection sees, by name."""
    columns: dict[str, list[Column]] = {}
    for table, name, kind, nullable, comment in connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database() ORDER BY table_name, column_index"
    ).fetchall():
        columns.setdefault(table, []).append(Column(name, kind, nullable, comment or COMMON.get(name, "")))
    return [
        Table(room, name, is_view, comment or "", tuple(columns[name]))
        for name, is_view, comment in connection.execute(
            "SELECT table_name, false, comment FROM duckdb_tables() WHERE database_name = current_database() UNION ALL "
            "SELECT view_name, true, comment FROM duckdb_views() WHERE NOT internal "
            "AND database_name = current_database() ORDER BY 1"
        ).fetchall()
    ]


_HEAD = """\
# Data dictionary

Written by `make dictionary` from the comments in each room's folder `schema`; the same words stand in the database, in
`duckdb_columns()`. Every instant is UTC. NULL means unknown, never zero.

Open the copy that every `make detect` publishes: it is in no writer's way, and holds no text, author or address of a
post.

```sh
duckdb -readonly data/published/sample.duckdb "SELECT onset_at, lasted_min, verdict, titles FROM outages"
```

(Live facts: `data/published/outages.duckdb`. Without the command `duckdb`: `reports.analysis`, as the notebooks do.)"""


def as_markdown(tables: tuple[Table, ...]) -> str:
    """Write the dictionary: views for analysts first, then opinions, facts, and what was sent."""
    parts = [_HEAD]
    chapters = (
        ("Views for analysts", [table for table in tables if table.is_view]),
        ("Opinions: made anew by every run", _tables_of(tables, "detect")),
        ("Facts: never changed in the light of an opinion", _tables_of(tables, "ingest")),
        ("What was sent", _tables_of(tables, "reports")),
    )
    parts += [f"- **{heading}**: {', '.join(map(_linked, chosen))}" for heading, chosen in chapters]
    parts[-len(chapters) :] = ["\n".join(parts[-len(chapters) :])]
    for heading, chosen in chapters:
        parts.append(f"## {heading}")
        for table in chosen:
            parts += [f"### {table.name}", f"{table.meaning}.", _grid(table)]
    return "\n\n".join(parts) + "\n"


def _tables_of(tables: tuple[Table, ...], room: str) -> list[Table]:
    return [table for table in tables if table.room == room and not table.is_view]


def _linked(table: Table) -> str:
    return f"[{table.name}](#{table.name})"


def _grid(table: Table) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {column.type.lower()} | {column.meaning} |" for column in table.columns]
    return "\n".join(lines)
