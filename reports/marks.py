"""What a person said of the episodes in force, for every report to show."""

from datetime import datetime

import duckdb
import msgspec

from detect.marks import by_episode
from ingest import marks
from ingest.marks import Mark
from reports.reading import records

_EPISODES = "SELECT episode_id, service, onset_at, ended_at FROM episodes"


class _Episode(msgspec.Struct, frozen=True):
    episode_id: str
    service: str
    onset_at: datetime
    ended_at: datetime | None


def load(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, Mark]:
    """Give each marked episode, by id, the mark in force: what it `says`, right or wrong, and `why`.

    `as_of` is that of the judgement in force.
    """
    made = marks.load(connection)
    return (
        dict(by_episode(made, [_Episode(**one) for one in records(connection, _EPISODES, {})], as_of)) if made else {}
    )


def said(says: str, why: str | None) -> str:
    """Say a mark in a sentence of its own."""
    return f"somebody marked it as {'an outage' if says == 'right' else 'no outage'}: {why}."


def note(says: str | None, why: str | None) -> str:
    """Say a mark in a table's note; an empty text where there is none."""
    return f"marked {says}: {why}" if says else ""
