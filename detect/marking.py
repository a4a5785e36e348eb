"""Keep, or take back, what a person says of an episode; and say what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec

from detect.marks import spoken_of
from ingest import marks
from ingest.database import connect, migrate, refuse_newer
from ingest.errors import DatabaseError, WrongOption
from ingest.hostile import one_line
from ingest.marks import Mark, Says
from ingest.store import transaction
from ingest.windows import Window

_PATIENCE = timedelta(minutes=2)

_EPISODE = "SELECT episode_id, service, onset_at, ended_at FROM episodes WHERE episode_id = ?"
_LATEST = "SELECT episode_id FROM episodes ORDER BY onset_at DESC LIMIT 5"
_AS_OF = "SELECT max_by(as_of, run_id) FROM runs"


class Marked(msgspec.Struct, frozen=True):
    """The episode to be marked, as the judgement in force tells it."""

    episode_id: str
    service: str
    onset_at: datetime
    ended_at: datetime | None


def mark(database: Path, episode_id: str, says: Says, why: str, now: datetime) -> str:
    """Keep a mark on an episode's service and span. Raises WrongOption without a reason, DatabaseError for no episode.

    What was said under the same id before is withdrawn by it.
    """
    why = one_line(why, marks.LONGEST)
    if not why:
        raise WrongOption("say why, in a few words: --why TEXT")
    with _opened(database) as connection:
        episode = _require(connection, episode_id)
        until = max(episode.ended_at or _as_of(connection), episode.onset_at + timedelta(minutes=1))
        made = Mark(episode.service, Window(episode.onset_at, until), says, why, episode.episode_id, now)
        before = [one for one in marks.load(connection) if one.episode_id == episode_id]
        with transaction(connection):
            for one in before:
                marks.withdraw(connection, one, now)
            marks.save(connection, made)
    instead = f", no longer {before[-1].says}" if before and before[-1].says != says else ""
    return f"{episode.episode_id} is marked {says}{instead}: {episode.service}, {_said(made.span)} ({why})"


def withdraw(database: Path, episode_id: str, now: datetime) -> str:
    """Take back every mark that speaks of an episode, or was made under its id. Raises DatabaseError for none."""
    with _opened(database) as connection:
        here, as_of = _found(connection, episode_id), _as_of(connection)
        before = [one for one in marks.load(connection) if one.episode_id == episode_id or spoken_of(one, here, as_of)]
        if not before:
            _require(connection, episode_id)
            raise DatabaseError(f"{one_line(episode_id, 80)} is not marked; python -m detect mark --list says what is")
        with transaction(connection):
            for one in before:
                marks.withdraw(connection, one, now)
    return "\n".join(f"{one.episode_id} is not marked {one.says} any more" for one in before)


def told(database: Path, *, as_json: bool) -> str:
    """List the marks in force."""
    with connect(database, read_only=True) as connection:
        found = marks.load(connection)
    if as_json:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    lines = [f"{one.episode_id}  {one.says}  {_said(one.span)}  {one.why}" for one in found]
    return "\n".join(lines) or "nothing is marked"


@contextmanager
def _opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that was judged, with its tables up to date."""
    if not database.exists():
        raise DatabaseError(f"{database} does not exist; fill it first: make ingest, or python -m ingest load FILE")
    with connect(database, patience=_PATIENCE) as connection:
        known = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if not {"episodes", "runs"} <= known:
            raise DatabaseError(f"nothing in {database} is judged yet; run: make detect, or python -m detect --db FILE")
        refuse_newer(connection, "detect")
        migrate(connection, "ingest")
        yield connection


def _require(connection: duckdb.DuckDBPyConnection, episode_id: str) -> Marked:
    found = _found(connection, episode_id)
    if not found:
        latest = ", ".join(name for (name,) in connection.execute(_LATEST).fetchall())
        raise DatabaseError(
            f"no episode is called {one_line(episode_id, 80)!r}; "
            + (f"the latest are: {latest}" if latest else "this database has none")
        )
    return found[0]


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime:
    [(as_of,)] = connection.execute(_AS_OF).fetchall()
    return as_of.astimezone(UTC) if as_of else datetime.min.replace(tzinfo=UTC)


def _found(connection: duckdb.DuckDBPyConnection, episode_id: str) -> list[Marked]:
    return [
        Marked(name, service, onset_at.astimezone(UTC), ended_at and ended_at.astimezone(UTC))
        for name, service, onset_at, ended_at in connection.execute(_EPISODE, [episode_id]).fetchall()
    ]


def _said(span: Window) -> str:
    return f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC"
