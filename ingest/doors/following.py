"""Follow: read on until stopped, a thread for each source, so that a slow one holds up no other.

A stream is read without a break; what must be polled is asked again every few minutes. One database, one lock: the
threads of this process take turns, other processes get in between two pages.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import duckdb

from ingest import deletions
from ingest.authors import AuthorKeys
from ingest.doors.reading import chosen_sources, prepared, read_source, utc_now
from ingest.doors.telling import Teller
from ingest.errors import IngestError, MissingKey
from ingest.hostile import one_line
from ingest.pull import Open
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import Source
from ingest.stopping import stopping_on_signals

EVERY = timedelta(minutes=5)
"""Between two rounds of a source that is polled: the bucket, and what an official page bears."""

FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
"""The end that is asked of a stream: it never comes."""


def follow_all(settings: Settings, database: Path, names: Sequence[str], *, as_json: bool = False) -> int:
    """Read every configured source until the program is told to stop (Ctrl-C, SIGTERM). Returns the exit code."""
    chosen = chosen_sources(settings, names)
    settings, opened, keys = prepared(settings, database)
    open_database = taking_turns(opened)
    stop, teller = threading.Event(), Teller(as_json=as_json)
    failed: list[BaseException] = []
    threads = []
    for source in chosen:
        try:
            client = source.connect(settings)
        except MissingKey as missing:
            teller.not_configured(source, missing)
            continue
        arguments = (source, client, settings, open_database, keys, stop, teller, failed)
        threads.append(threading.Thread(target=_follow, args=arguments, name=source.NAME, daemon=True))
    with stopping_on_signals(stop):
        for thread in threads:
            thread.start()
        if not as_json:
            following = ", ".join(thread.name for thread in threads)
            click.echo(f"following {following} -> {database}; Ctrl-C stops", err=True)
        while any(thread.is_alive() for thread in threads) and not stop.wait(0.2):
            pass
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
    if failed:
        raise failed[0]
    return teller.summary(database, live=settings.live)


def _follow(
    source: Source, client: Any, settings: Settings, open_database: Open, keys: AuthorKeys, stop: threading.Event,
    teller: Teller, failed: list[BaseException],
) -> None:  # fmt: skip
    """Follow one source. What the world does wrong is said and asked again; a defect of ours ends the program."""
    endless = bool(getattr(source, "ENDLESS", False))
    try:
        while not stop.is_set():
            now, targets = utc_now(), source.targets(settings)
            window = Window(now - settings.lookback, FOREVER if endless else now)
            outcomes = list(
                read_source(
                    source, client, targets, window, open_database=open_database, keys=keys, stopped=stop.is_set
                )
            )
            teller.outcomes(source, outcomes, len(targets))
            with open_database() as connection:
                deletions.forget_older_than(connection, now - settings.retention)
            # A stream that ended is asked again soon: it was cut off. What costs money says how often it bears.
            every: timedelta = timedelta(seconds=5) if endless else getattr(source, "EVERY", EVERY)
            stop.wait(every.total_seconds())
    except IngestError as error:
        click.echo(f"error: {source.NAME}: {one_line(str(error), 400)}", err=True)
        failed.append(error)
        stop.set()
    except BaseException as error:
        failed.append(error)
        stop.set()
        raise


def taking_turns(open_database: Open) -> Open:
    """Let one thread at a time have the database."""
    lock = threading.Lock()

    @contextmanager
    def turn() -> Iterator[duckdb.DuckDBPyConnection]:
        with lock, open_database() as connection:
            yield connection

    return turn
