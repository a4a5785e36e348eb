"""Ask every source for its gaps, once, and print the ledger of this run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress, TaskID

from ingest import deletions, ledger, sources, store
from ingest.authors import AuthorKeys, open_keys
from ingest.database import connect
from ingest.door import progress
from ingest.doors.telling import Teller
from ingest.errors import ConfigError, MissingKey, RateLimited, Refused, SpendCapped, Unreachable, WrongOption
from ingest.hostile import one_line
from ingest.pull import Open, Outcome, pull_target
from ingest.recheck import recheck_source
from ingest.records import Window
from ingest.settings import Settings
from ingest.sources import Source, Target

PATIENCE = timedelta(minutes=2)
"""How long to wait for another process that holds the database, rather than lose what was read."""

GIVES_UP_AFTER = 3
"""Targets of a source that cannot be reached, one after the other, before the others are left for the next run."""


def read_all(
    settings: Settings, database: Path, names: Sequence[str], since: datetime | None, until: datetime | None,
    *, paced: bool = False, as_json: bool = False,
) -> int:  # fmt: skip
    """Pull every target of every source that is configured. Returns the exit code.

    Where it is `paced`, a source that says how often it bears to be asked is left out until then.

    Raises ConfigError for a source that is not read now, WrongOption for one that there is not or a span that is none.
    """
    chosen = chosen_sources(settings, names)
    for source in chosen:
        wanted(settings, source, since, until)  # a span that is none is said before anything is made
    settings, open_database, keys = prepared(settings, database)
    teller = Teller(as_json=as_json)
    with progress(quiet=as_json) as shown:
        for source in chosen:
            window = wanted(settings, source, since, until)
            try:
                client, targets = source.connect(settings), source.targets(settings)
            except MissingKey as missing:
                teller.not_configured(source, missing)
                continue
            with open_database() as connection:
                asked_at = ledger.last_asked(connection, source.NAME) if paced else None
                first = not any(ledger.load_covered(connection, source.NAME, target.name) for target in targets)
            if asked_at and utc_now() < (again := asked_at + getattr(source, "EVERY", timedelta())):
                teller.not_yet(source, again)
                continue
            if targets and first:
                teller.before(source, source.estimate(settings, targets[0], window).said)
            bar = shown.add_task(source.NAME, total=None)
            outcomes = list(
                read_source(
                    source, client, targets, window, open_database=open_database, keys=keys,
                    on_page=partial(_draw, shown, bar, source.NAME),
                )
            )  # fmt: skip
            shown.remove_task(bar)
            teller.outcomes(source, outcomes, len(targets))
    if settings.live:
        with open_database() as connection:
            deletions.forget_older_than(connection, datetime.now(UTC) - settings.retention)
    return teller.summary(database, live=settings.live)


def prepared(settings: Settings, database: Path) -> tuple[Settings, Open, AuthorKeys]:
    """Make folder, author key and tables ready. Returns the settings with the folder, the opener, the key."""
    keys = open_keys(database.parent)
    open_database = partial(connect, database, patience=PATIENCE)
    with open_database() as connection:
        store.prepare(connection, kind="live" if settings.live else "sample", key_fingerprint=keys.fingerprint)
    return replace(settings, folder=database.parent), open_database, keys


def _draw(shown: Progress, bar: TaskID, source: str, target: Target, fetched: int) -> None:
    shown.update(bar, description=f"{source} {target.name}: {fetched:,}")


def read_source(
    source: Source, client: Any, targets: Sequence[Target], window: Window, *, open_database: Open, keys: AuthorKeys,
    on_page: Callable[[Target, int], None] = lambda target, fetched: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:  # fmt: skip
    """Pull the targets in order; give up on a source that fails in the same way again and again.

    At the end the source is asked about posts that are old enough to be asked about again, where it can be.
    """
    failed: list[type] = []
    for target in targets:
        outcome = pull_target(
            source, client, target, window, open_database=open_database, keys=keys, now=utc_now,
            on_page=partial(on_page, target), stopped=stopped,
        )  # fmt: skip
        yield outcome
        # What one target lacks says nothing about the next; a far end that is away does.
        away = isinstance(outcome.failure, RateLimited | Refused | SpendCapped | Unreachable)
        failed = [*failed, type(outcome.failure)] if away else []
        if len(failed) >= GIVES_UP_AFTER and len(set(failed[-GIVES_UP_AFTER:])) == 1:
            return
        if stopped():
            return
    asked_again = recheck_source(source, client, open_database=open_database, keys=keys, now=utc_now)
    if asked_again:
        yield asked_again


def chosen_sources(settings: Settings, names: Sequence[str]) -> list[Source]:
    """Import the sources that are asked for, or all that are to be read.

    Raises WrongOption for one that there is not, ConfigError for one that is not read as things are configured.
    """
    allowed = sources.LIVE if settings.live else sources.SAMPLE
    for name in names:
        if name not in allowed:
            hint = "" if settings.live else "; nothing is configured, so only the sample is read (cp .env.example .env)"
            exists = name in (*sources.LIVE, *sources.SAMPLE)
            raise (ConfigError if exists else WrongOption)(
                f"there is no source {one_line(name, 40)!r} to read now; there is: {', '.join(allowed)}{hint}"
            )
    return [sources.open_source(name) for name in allowed if not names or name in names]


def wanted(settings: Settings, source: Source, since: datetime | None, until: datetime | None) -> Window:
    """Say what to ask for: what the options say, else the look-back up to now. Raises WrongOption for no span."""
    if not settings.live:
        span = source.SPAN  # type: ignore[attr-defined]  # only the sample has one: there, now is its last instant
        start, end = since or span.start, until or span.end
    else:
        end = until or utc_now()
        start = since or end - settings.lookback
    try:
        return Window(start, end)
    except ValueError:
        raise WrongOption(
            f"--since {start:%Y-%m-%dT%H:%MZ} does not lie before --until {end:%Y-%m-%dT%H:%MZ}"
        ) from None


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
