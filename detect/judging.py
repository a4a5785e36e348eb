"""Run the judgement on a database, and say what came of it."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from detect import store
from ingest.authors import open_keys
from ingest.database import connect, migrate
from ingest.errors import DatabaseError
from ingest.published import publish
from ingest.saying import count
from ingest.settings import Settings
from ingest.store import about, prepare


def judge_all(settings: Settings, database: Path, as_of: datetime | None) -> None:
    """Judge one database, and publish a copy for readers. Raises DatabaseError where there is nothing to judge."""
    if not database.exists():
        raise DatabaseError(f"{database} does not exist; fill it first: make ingest, or python -m ingest load FILE")
    from detect.run import run  # brings scikit-learn: a second and more, not to be spent on a missing file

    keys = open_keys(database.parent)
    with connect(database) as connection, Console(stderr=True).status("reading facts") as status:
        migrate(connection, "ingest")
        kind = about(connection).get("kind")
        if kind is None:
            raise DatabaseError(f"{database} holds no facts yet; fill it first: make ingest")
        prepare(connection, kind="sample" if kind == "sample" else "live", key_fingerprint=keys.fingerprint)
        migrate(connection, "detect")
        now = datetime.now(UTC)
        known_until = (store.last_instant(connection) if kind == "sample" else None) or now
        ran = run(
            connection, settings.watchlist, keys, as_of=as_of or known_until, ran_at=now,
            false_alarms_per_4_weeks=settings.number("ICD_FALSE_ALARMS_PER_4_WEEKS", 1.0), folder=database.parent,
            on_progress=status.update,
        )  # fmt: skip
    if ran.unchanged:
        click.echo(f"nothing new since the last run -> {database}")
    else:
        counted = f"{count(ran.judged, 'post')} judged, {count(ran.episodes, 'episode')}"
        click.echo(f"{counted}, as of {ran.as_of:%Y-%m-%d %H:%M} UTC -> {database}")
    try:
        publish(database)
    except DatabaseError as error:
        raise DatabaseError(f"the judgement is saved, and readers keep the copy they had: {error}") from error
